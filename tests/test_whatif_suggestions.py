"""Every suggestion does what it says, and no smaller set does: shown by trying them all."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from random import Random
from typing import Any

import pytest

from myopathway.criteria import Includes, TakenWith, leaves
from myopathway.engine.outcome import Answer
from myopathway.errors import InputError
from myopathway.facts import Fact
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.whatif import Aim, Change, changed, read_changes, suggestions
from tests.population import TODAY, complete_patient, patient

VOCABULARY = shipped().vocabulary
GRID = [Decimal(n) / 4 for n in range(21)]
CONTENT_NAMES = {
    leaf.drug if isinstance(leaf, TakenWith) else leaf.member
    for when in [
        *(one.when for one in shipped().rules),
        *(one.when for one in shipped().safety.rules),
    ]
    for leaf in leaves(when)
    if isinstance(leaf, TakenWith | Includes)
}
NAMES = {
    "other_drugs": sorted(CONTENT_NAMES - shipped().drugs.keys() - {""}),
    "allergies": sorted(CONTENT_NAMES | shipped().drugs.keys()),
}


# What is never a suggestion, what none once it is known, and what can be acted on.
NEVER = {"as_of", "age_years", "birth_date", "sex", "weight_kg", "ivig_dose_weight_kg"}
ONCE = {
    "subtype", "autoantibodies", "treatments", "can_become_pregnant", "thrombosis_history",
    "diverticulitis_history", "anti_hbc", "tpmt", "nudt15", "iga_deficiency_with_anti_iga",
    "immunoglobulin_anaphylaxis", "allergies",
}  # fmt: skip
ACTED_ON = {
    "infection", "planning_conception", "alcohol_dependence", "uncontrolled_hypertension",
    "urinary_outflow_obstruction", "peptic_ulcer_active", "live_vaccine_planned", "tuberculosis",
    "other_drugs",
}  # fmt: skip


@pytest.mark.parametrize(
    ("how", "names"), [("never", NEVER), ("once-known", ONCE), ("by-treatment", ACTED_ON)]
)
def test_what_can_change_and_what_cannot(how: str, names: set[str]) -> None:
    assert {one.name for one in VOCABULARY.facts.values() if one.changes == how} == names


def answer_to(person: Patient) -> Answer:
    return recommend_on(person, TODAY, shipped())


def verdict(answer: Answer, option: str) -> str:
    found = {one.id: one.verdict for part in answer.therapies for one in part.options}
    return found.get(option, "absent")


def reached(aim: Aim, node: str | None, answer: Answer) -> bool:
    if not aim.option:
        return answer.node == aim.after
    return answer.node == node and verdict(answer, aim.option) == aim.after


def random_patients(count: int, seed: int) -> Iterator[dict[str, Any]]:
    rng = Random(seed)
    for place in range(count):
        yield complete_patient(rng) if place % 3 == 0 else patient(rng)


@pytest.mark.parametrize("document", list(random_patients(6, 7)))
def test_every_suggestion_applied_does_what_it_says(document: dict[str, Any]) -> None:
    person = Patient.from_facts(document)
    before = answer_to(person)
    found = suggestions(person, TODAY, shipped())
    assert (found.status, found.node, found.possible) == (
        before.status, before.node, before.possible)  # fmt: skip
    for aim in (*found.places, *found.verdicts):
        assert aim.before != aim.after
        assert not aim.option or aim.before == verdict(before, aim.option)
        for one in aim.suggestions[:10]:
            changes = read_changes(part.written for part in one.alter)
            after = answer_to(changed(person, changes, VOCABULARY))
            assert reached(aim, before.node, after), (aim.option, aim.after, changes)
            known = {told.basis for told in one.reasons}
            assert known <= _bases(before) | _bases(after)


def _bases(answer: Answer) -> set[str]:
    told = {one.basis for one in answer.trace} | {one.basis for one in answer.notices}
    for part in answer.therapies:
        told |= {one.basis for option in part.options for one in option.reasons}
    return told


def _values(fact: Fact) -> Iterator[Any]:
    """Everything that a fact could be, from the dictionary alone."""
    match fact.type:
        case "boolean":
            yield from (True, False)
        case "choice":
            yield from fact.values
        case "grade":
            yield from (float(one) for one in GRID)
        case "number":
            low, high = int(fact.low or 0), int(fact.high or 0)
            yield from range(low, min(high, 200), 7)
            yield from (0.4, 0.9, 1.2, 3.4, 49, 60, 99)
        case _:
            return


def single_changes(person: Patient, answer: Answer) -> Iterator[tuple[str, Change]]:
    """Every single change that may be offered: no age, no sex, nothing that stays once known."""
    known = person.record.facts
    for name, fact in VOCABULARY.facts.items():
        if fact.changes == "never" or (fact.changes == "once-known" and name in known):
            continue
        for value in _values(fact):
            if fact.low is None or fact.low <= Decimal(str(value)) <= (fact.high or 0):
                yield name, Change(name, value)
        if fact.type in ("set", "names"):
            members = fact.values or NAMES[name]
            yield from ((name, Change(name, [one], how)) for one in members for how in "+-")
            yield name, Change(name, [])
    regimens = person.record.regimens
    if regimens is None:
        yield "treatments", Change("treatments", [])
        return
    for place, one in enumerate(regimens):
        if one.outcome in (None, "ongoing"):
            for end in ("adequate-response", "inadequate-response", "intolerance"):
                yield f"{place}", Change("treatments", end, path=f"[{place}].outcome")
    for name in answer.possible:
        node = shipped().node(name)
        for option in (one for part in node.therapies for one in part.options):
            for end in ("inadequate-response", "intolerance"):
                value = {"drugs": list(option.drugs), "purpose": node.purpose, "outcome": end}
                yield f"+{option.id}", Change("treatments", value, "+")


def outcomes(person: Patient, changes: list[Change], before: Answer) -> set[tuple[str, str]]:
    """What a set of changes reaches: another place, or other verdicts in the same place."""
    try:
        after = answer_to(changed(person, changes, VOCABULARY))
    except InputError:
        return set()
    if after.node is None:
        return set()
    if after.node != before.node:
        return {("", after.node)}
    options = {one.id for part in (*before.therapies, *after.therapies) for one in part.options}
    return {
        (one, verdict(after, one)) for one in options if verdict(after, one) != verdict(before, one)
    }


def aims(person: Patient) -> dict[tuple[str, str], int]:
    found = suggestions(person, TODAY, shipped())
    return {
        (aim.option, aim.after): len(aim.suggestions[0].alter)
        for aim in (*found.places, *found.verdicts)
    }


@pytest.mark.parametrize("document", list(random_patients(4, 21)))
def test_an_aim_takes_one_change_exactly_where_some_single_change_reaches_it(
    document: dict[str, Any],
) -> None:
    person = Patient.from_facts(document)
    before = answer_to(person)
    brute: set[tuple[str, str]] = set()
    for _, change in single_changes(person, before):
        brute |= outcomes(person, [change], before)
    assert {key for key, size in aims(person).items() if size == 1} == brute


NEEDS_TWO = {
    "as_of": "2026-03-01", "subtype": "dermatomyositis", "course": "initial",
    "severe_muscle_weakness": True, "myocarditis": True, "age_years": 50, "weight_kg": 70,
    "treatments": [{"drugs": ["ciclosporin"], "purpose": "induction", "outcome": "ongoing"}],
    "uncontrolled_hypertension": True, "infection": True,
}  # fmt: skip
NEEDS_THREE = {"course": "remission", "sex": "female"}


@pytest.mark.parametrize("document", [NEEDS_TWO, NEEDS_THREE])
def test_no_smaller_set_reaches_an_aim_that_takes_several_changes(document: dict[str, Any]) -> None:
    person = Patient.from_facts(document)
    before = answer_to(person)
    several = {key: size for key, size in aims(person).items() if size > 1}
    assert several
    singles = [one for one in single_changes(person, before) if _telling(one[1])]
    for size in range(1, max(several.values())):
        for chosen in combinations(singles, size):
            if len({axis for axis, _ in chosen}) == size:
                reached_here = outcomes(person, [one for _, one in chosen], before)
                assert not {key for key in reached_here if several.get(key, 0) > size}, chosen


def _telling(change: Change) -> bool:
    """Leave out the many values of one fact that say the same, so that sets can all be tried."""
    fact = VOCABULARY.facts[change.fact]
    return fact.type in ("boolean", "treatments") or change.value in (
        3.0, "initial", "relapse", "remission", "dermatomyositis", "inclusion-body-myositis",
        "low", "positive", "active", "poor", [])  # fmt: skip


def test_age_sex_and_what_stays_once_it_is_known_are_not_offered() -> None:
    for document in random_patients(2, 3):
        person = Patient.from_facts(document)
        found = suggestions(person, TODAY, shipped())
        for aim in (*found.places, *found.verdicts):
            for part in (part for one in aim.suggestions for part in one.alter):
                assert part.fact not in {"age_years", "birth_date", "sex", "as_of", "weight_kg"}
                known = document.get(part.fact) is not None
                fixed = VOCABULARY.facts[part.fact.partition("[")[0]].changes == "once-known"
                assert not (known and fixed) or part.fact == "treatments", part


def test_what_can_be_acted_on_comes_first() -> None:
    person = Patient.from_facts(NEEDS_TWO | {"infection": False, "severe_muscle_weakness": False})
    found = suggestions(person, TODAY, shipped())
    rank = {"by-treatment": 0, "with-the-disease": 1, "not-known-yet": 2}
    mixed = 0
    for aim in found.verdicts:
        ranks = [max(rank[part.changes] for part in one.alter) for one in aim.suggestions]
        assert ranks == sorted(ranks)
        mixed += len(set(ranks)) > 1
    assert mixed


def test_a_settled_patient_outside_the_guideline_is_told_that_nothing_leads_in() -> None:
    person = Patient.from_facts({"subtype": "not-iim"})
    found = suggestions(person, TODAY, shipped())
    assert found.status == "not-covered"
    assert not found.places
    assert not found.verdicts
    assert found.tried_for_places >= 2


def test_a_contradiction_can_be_resolved() -> None:
    person = Patient.from_facts({
        "subtype": "dermatomyositis", "course": "remission", "myocarditis": True,
        "treatments": [],
    })  # fmt: skip
    found = suggestions(person, TODAY, shipped())
    to = {aim.after: [one.alter for one in aim.suggestions] for aim in found.places}
    assert found.status == "conflict"
    assert [part.written for part in to["remission.1"][0]] == ["myocarditis=false"]
    assert ["course=initial"] in [[part.written for part in one] for one in to["severe.1"]]


def test_the_same_patient_gets_the_same_suggestions() -> None:
    document = next(random_patients(1, 5))
    turned = dict(reversed(document.items()))
    one, other = (
        suggestions(Patient.from_facts(given), dt.date(2026, 3, 1), shipped())
        for given in (document, turned)
    )
    assert one == other
