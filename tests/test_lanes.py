"""Criteria and ends in all lanes at once are what they are for one history after the other."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import msgspec
import pytest

import myopathway
from myopathway.criteria import All, Any, AtLeast, FirstKnown, Named, Not
from myopathway.engine.cuts import Cuts
from myopathway.engine.diagram import Maker
from myopathway.engine.growth import Ends
from myopathway.engine.lanes import Lanes
from myopathway.engine.situation import Situation
from myopathway.guideline.load import shipped
from myopathway.truth import Truth
from tests import population

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import Criterion
    from myopathway.guideline.model import Guideline

GUIDELINE = shipped()
CUTS = Cuts(GUIDELINE)
PATIENTS = 60


def grounds(cuts: Cuts) -> Iterator[int]:
    """Give what is known of patients, their histories aside."""
    for seed in range(PATIENTS):
        facts = population.patient(Random(seed))
        facts.pop("treatments", None)
        record = myopathway.Patient.from_facts(facts).record
        situation = Situation(GUIDELINE, cuts.lines, record, population.TODAY)
        yield situation.marks & cuts.ground


def some_criterion(random: Random, deep: int) -> Criterion:
    leaves = (*CUTS.leaves, *CUTS.lines.leaves, *CUTS.lines.leaves)
    if not deep or random.random() < 0.2:
        return random.choice(leaves)
    parts = tuple([some_criterion(random, deep - 1) for _ in range(random.randint(1, 4))])
    match random.randrange(6):
        case 0:
            return All(parts)
        case 1:
            return Any(parts)
        case 2:
            return AtLeast(random.randint(1, len(parts)), parts)
        case 3:
            return Not(parts[0])
        case 4:
            return FirstKnown(parts)
        case _:
            return Named(f"{random.random()}", parts[0])  # a name means one thing


def test_a_criterion_means_in_each_lane_what_it_means_for_that_history() -> None:
    random = Random(1)
    lanes, marks = Lanes(CUTS), CUTS.lines.marks
    told = [CUTS.told(vector) for vector in CUTS.vectors]
    seen = set()
    for ground in grounds(CUTS):
        criterion = some_criterion(random, 4)
        true, false = lanes.test(criterion)(ground)
        test = marks.test(criterion)
        for lane, own in enumerate(told):
            said = {(1, 0): Truth.TRUE, (0, 1): Truth.FALSE, (0, 0): Truth.UNKNOWN}[
                true >> lane & 1, false >> lane & 1
            ]
            assert said is test(ground | own), criterion
            seen.add(said)
        assert not (true | false) >> len(told)
    assert len(seen) == len(Truth)


def crowded() -> Guideline:
    """Let several nodes be reached at once, some of which win, and conflicts be there as well."""
    structs = msgspec.structs
    wide = [structs.replace(one, id=f"{one.id}-wide", when=one.when[-1:], wins=one.line == 3)
            for one in GUIDELINE.nodes]  # fmt: skip
    asks = ("course",)
    turned = [structs.replace(one, asks=() if one.asks else asks) for one in GUIDELINE.conflicts]
    loud = [structs.replace(turned[0], when=one, asks=asks)
            for one in (GUIDELINE.scope.when, *(All(one.when[-1:]) for one in GUIDELINE.nodes
                                                if one.line == 3))]  # fmt: skip
    return structs.replace(
        GUIDELINE,
        nodes=(*GUIDELINE.nodes, *wide),
        conflicts=(*GUIDELINE.conflicts, *turned, *loud),
    )


@pytest.mark.parametrize("guideline", [GUIDELINE, crowded()], ids=["as it is", "crowded"])
def test_ends_in_all_lanes_are_the_ends_one_by_one(guideline: Guideline) -> None:
    cuts = Cuts(guideline)
    ends = Ends(cuts, Maker())
    found = set()
    for ground in grounds(cuts):
        one_by_one = [ends.end(ground | cuts.told(vector))[1] for vector in cuts.vectors]
        assert ends.by_history.of(ground) == one_by_one
        found |= set(one_by_one)
    assert len(found) > len(GUIDELINE.nodes) // 2
