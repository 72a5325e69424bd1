"""Criteria compiled to bits mean what their plain evaluation means, for patients and options."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

import myopathway
from myopathway.criteria import evaluate, unsettled
from myopathway.engine.sight import Sight
from myopathway.engine.situation import Situation
from myopathway.engine.view import OptionView
from myopathway.guideline.load import shipped
from tests import population, safety_population
from tests.safety_patients import whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import Criterion
    from myopathway.guideline.model import Node

GUIDELINE = shipped()
LINES = whole().positions.cuts.lines
MARKS = LINES.marks
PATIENTS = 60


def situations() -> Iterator[Situation]:
    for seed in range(PATIENTS):
        facts = safety_population.patient(Random(seed))
        record = myopathway.Patient.from_facts(facts).record
        yield Situation(GUIDELINE, LINES, record, population.TODAY)


def of_patients() -> list[Criterion]:
    nodes = [one for node in GUIDELINE.nodes for one in node.when]
    notices = [one.when for one in GUIDELINE.notices]
    notices += [one.when for one in GUIDELINE.safety.notices]
    return [GUIDELINE.scope.when, *nodes, *notices, *(one.when for one in GUIDELINE.conflicts)]


def of_options() -> list[Criterion]:
    checks = [part for one in GUIDELINE.safety.checks for part in (one.when, one.done) if part]
    rules = [one.when for one in GUIDELINE.rules]
    return [*rules, *(one.when for one in GUIDELINE.safety.rules), *checks]


def test_a_criterion_of_patients_is_compiled_to_what_it_means() -> None:
    criteria = of_patients()
    MARKS.mask(criteria)
    for situation in situations():
        for one in criteria:
            assert MARKS.test(one)(situation.marks) is evaluate(one, situation), one
            left = list(MARKS.unsettled(one, situation.marks))
            assert left == list(unsettled(one, situation)), one
            lower = {1 << MARKS.shift(leaf) for leaf in left}
            assert MARKS.opening(one)(situation.marks) == sum(lower), one


@pytest.mark.parametrize("node", [one for one in GUIDELINE.nodes if one.group != "ibm"])
def test_a_criterion_of_options_is_compiled_to_what_it_means(node: Node) -> None:
    criteria = of_options()
    options = [option for one in node.therapies for option in one.options]
    sights = [(option, Sight(MARKS, criteria, option.drugs, node.purpose)) for option in options]
    for situation in situations():
        if situation.history is None:
            continue  # no option is judged before the history is known
        for option, sight in sights:
            view = OptionView(situation, option.drugs, node.purpose)
            seen = sight.seen(situation)
            for one in criteria:
                assert MARKS.test(one)(seen) is evaluate(one, view), (option.id, one)
