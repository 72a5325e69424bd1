"""The proofs hold on the content that is shipped, and would see an engine that goes astray."""

import datetime as dt
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from myopathway.criteria import All, AtLeast, Criterion, FirstKnown, Is, Not, evaluate
from myopathway.criteria import Any as AnyOf
from myopathway.engine.place import Place
from myopathway.engine.position import Positions
from myopathway.guideline.load import load, shipped
from myopathway.truth import Truth
from myopathway.verify import PROPERTIES, verify
from myopathway.verify.agreement import _Comparison, agreement
from myopathway.verify.kleene import row
from myopathway.verify.placing import Placing
from tests import oracle, small_guideline

SLOW = ("places", "questions", "learning")


@pytest.fixture(scope="module")
def placing() -> Placing:
    return Placing(shipped())


def test_every_property_holds_on_the_shipped_content() -> None:
    """What the engine does with each of 100,000 patients is left to the command itself."""
    report = verify(only=[one for one in PROPERTIES if one not in SLOW])
    assert [(one.id, one.failures) for one in report.findings if not one.holds] == []
    assert len(report.findings) == len(PROPERTIES) - len(SLOW)


def test_the_engine_agrees_on_some_histories_of_the_shipped_content(placing: Placing) -> None:
    comparison = _Comparison(placing)
    part = comparison.compare([0, 7, 20])
    assert (part.places, part.questions) == ([], [])
    assert len(part.answers) // 2 == 3 * comparison.size // len(comparison.axes[0].states)


def test_the_tables_place_patients_as_the_second_reading_of_the_text_does(placing: Placing) -> None:
    """Two readings that share no code: the sentences of the content, and the oracle's Python."""
    rng = Random(1)
    patients = list(placing.settled.patients())
    day = dt.date.fromisoformat(shipped().edition.date)
    for number in rng.sample(range(len(patients)), 400):
        facts: dict[str, Any] = {}
        for state in patients[number]:
            facts |= rng.choice(state.ways)
        found = oracle.answer(facts, day)
        code = placing.codes[number]
        names = [name for place, name in enumerate(placing.names) if code >> place & 1]
        said = [found["node"]] if found["node"] else [found["status"]]
        assert names == said, json.dumps(facts)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Placing:
    # (A contradiction of ages is not asked for: no answer to a question could tell it.)
    files = small_guideline.changed("position.yaml", "    asks: [age_years]\n", "")
    return Placing(load(small_guideline.written(tmp_path_factory.mktemp("small"), files)))


def test_a_guideline_of_another_kind_is_proved_by_the_same_means(small: Placing) -> None:
    held = agreement(small, workers=1)
    assert held.size > 10
    assert (held.places, held.questions, held.learning) == ((), (), ())


def test_shared_out_among_processes_the_answer_is_the_same(
    small: Placing, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = agreement(small, workers=1)
    monkeypatch.setattr("myopathway.verify.agreement.os.cpu_count", lambda: 4)
    assert len(small.distinct()[0].states) > 2
    assert agreement(small, workers=2) == alone


def forgetful(place: Place) -> Place:
    return Place(place.possible[:-1], place.deciders)


def curious(place: Place) -> Place:
    return Place(place.possible, place.deciders[:-1])


@pytest.mark.parametrize(("astray", "seen"), [(forgetful, "places"), (curious, "questions")])
def test_an_engine_astray_is_seen(
    small: Placing, monkeypatch: pytest.MonkeyPatch, astray: Any, seen: str
) -> None:
    straight = Positions.place
    monkeypatch.setattr(Positions, "place", lambda *one: astray(straight(*one)))
    held = agreement(small, workers=1)
    failures = getattr(held, seen)
    assert failures
    assert failures[0].patient is not None
    sizes = [len(json.dumps(one.patient)) for one in failures]
    assert sizes[0] == min(sizes)


LEAVES = tuple(Is(name, value=True) for name in "abcd")


def drawn(rng: Random, depth: int) -> Criterion:
    if depth == 0:
        return rng.choice(LEAVES)
    parts = tuple(drawn(rng, depth - 1) for _ in range(rng.randint(1, 3)))
    kinds: list[Criterion] = [
        All(parts),
        AnyOf(parts),
        Not(parts[0]),
        AtLeast(rng.randint(1, len(parts)), parts),
        FirstKnown(parts),
    ]
    return rng.choice(kinds)


class Stated:
    """What is known of four facts."""

    def __init__(self, truths: dict[Criterion, Truth]) -> None:
        self._truths = truths
        self.terms: dict[str, Truth] = {}

    def truth(self, leaf: Any) -> Truth:
        return self._truths[leaf]


def test_both_readings_of_criteria_say_the_same_of_random_criteria() -> None:
    rng = Random(3)
    codes = {(1, 0): Truth.TRUE, (0, 1): Truth.FALSE, (0, 0): Truth.UNKNOWN}
    rows = {truth: pair for pair, truth in codes.items()}
    for _ in range(1500):
        criterion = drawn(rng, rng.randint(1, 3))
        truths: dict[Criterion, Truth] = {leaf: rng.choice(list(Truth)) for leaf in LEAVES}
        own = {leaf: rows[truth] for leaf, truth in truths.items()}
        assert codes[row(criterion, own.get, 1)] is evaluate(criterion, Stated(truths))


def test_the_folder_of_vignettes_must_be_there_and_gaps_are_found(tmp_path: Path) -> None:
    content = small_guideline.written(tmp_path)
    report = verify(content, only=["cases-hold", "cases-cover", "one-node", "nodes-reached"])
    found = {one.id: one.failures for one in report.findings}
    assert all("no vignettes here" in one.says for one in found["cases-hold"])
    assert found["cases-hold"] == found["cases-cover"]
    assert [one.patient for one in found["one-node"]] == [{"course": "relapse"}]
    assert not found["nodes-reached"]
