"""Five thousand patients: none is harmed by an answer; the rules act as they are written."""

import json
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from myopathway.engine.outcome import Answer, Calculated, Reason
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests import safety_population, sources_alone
from tests.population import TODAY
from tests.safety_expected import Expected, expected
from tests.safety_harms import (
    HARMS,
    ROWS,
    Facts,
    Harm,
    basis_of_nothing,
    dose_for_a_child,
    excluded_but_offered,
    methotrexate_not_weekly,
    not_tolerated_but_offered,
    option_without_a_reason,
    teratogen_without_a_word,
)
from tests.safety_patients import ask, options, patient, whole
from tests.safety_population import CHOICES, NUMBERS, YES_OR_NO

SEEDS = 10
EACH = 500
# Read by nothing but the drug-safety rules, which alone then say how much an answer matters.
SAFETY_FACTS = {*YES_OR_NO, *NUMBERS, *CHOICES}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nobody_is_harmed(seed: int) -> None:
    rng = Random(seed)
    placed = 0
    for _ in range(EACH):
        facts = safety_population.patient(rng)
        answer = recommend_on(Patient.from_facts(facts), TODAY)
        for name, harm in HARMS.items():
            assert not list(harm(facts, answer)), (name, json.dumps(facts))
        if answer.status == "recommended":
            placed += 1
            compare(facts, answer)
    assert placed > EACH / 3


def compare(facts: Facts, after: Answer) -> None:
    """Hold an answer against the second reading of the rules."""
    wanted = expected(facts, sources_alone.answer(facts, TODAY))
    missing = {one.fact for one in after.missing}
    notices = " ".join(one.text for one in after.notices if one.level == "critical")
    told = json.dumps(facts)
    assert list(wanted) == [option.id for option in options(after)]
    for option in options(after):
        own: Expected = wanted[option.id]
        assert option.verdict == own.verdict, (option.id, told)
        asked = {one.text for one in option.reasons if one.text.startswith("Not known: ")}
        said = {one.basis for one in option.reasons if one.text not in asked} & ROWS
        assert said == own.fired, (option.id, told)
        rows = {row for text in asked for row in ROWS if f"({row}" in text or f", {row}" in text}
        assert rows == own.asking, (option.id, told)
        assert set(own.facts) <= missing, (option.id, told)
        for _, row in own.vaccine:
            assert row in notices, (option.id, told)
    ranks = [
        max(own.facts.get(one.fact, 0) for own in wanted.values())
        for one in after.missing
        if one.fact in SAFETY_FACTS and after.node not in one.decides
    ]
    assert ranks == sorted(ranks, reverse=True), told


def changed(answer: Answer, **parts: Any) -> Answer:
    """The answer with the first drug of its first methotrexate option, or the option, changed."""
    drug_parts = {x: y for x, y in parts.items() if x in ("dose", "calculated")}
    therapies = []
    for therapy in answer.therapies:
        new = []
        for option in therapy.options:
            if option.id == "methotrexate":
                drug = replace(option.drugs[0], **drug_parts)
                rest = {x: y for x, y in parts.items() if x not in drug_parts}
                new.append(replace(option, drugs=(drug,), **rest))
            else:
                new.append(option)
        therapies.append(replace(therapy, options=tuple(new)))
    return replace(answer, therapies=tuple(therapies))


RIGHT = ask(whole(), patient("remission.1"))
UNSAFE = ask(sources_alone.ENGINE, patient("remission.1"))
NOBODY_ASKS = ask(sources_alone.ENGINE, patient("remission.1", {"pregnant": None}))
ENDED = {"purpose": "induction", "outcome": "intolerance"}
DAILY = Calculated("weekly", Decimal(15), Decimal(15), "mg/day", capped=False, working="")
# For each walk an answer in which it has to find a fault, given what is true of the patient.
FAULTY: list[tuple[Harm, Facts, Answer]] = [
    (excluded_but_offered, {"pregnant": True}, UNSAFE),
    (excluded_but_offered, {"allergies": ["methotrexate"]}, RIGHT),
    (excluded_but_offered, {}, changed(RIGHT, verdict="excluded")),
    (teratogen_without_a_word, {"pregnant": None}, NOBODY_ASKS),
    (teratogen_without_a_word, {"pregnant": None}, RIGHT),
    (teratogen_without_a_word, {"pregnant": True}, RIGHT),
    (teratogen_without_a_word, {}, UNSAFE),
    (dose_for_a_child, {"age_years": 17.9}, RIGHT),
    (dose_for_a_child, {"age_years": None}, RIGHT),
    (methotrexate_not_weekly, {}, changed(RIGHT, dose="15 mg oral")),
    (methotrexate_not_weekly, {}, changed(RIGHT, dose="WEEKLY, 15 mg every day")),
    (methotrexate_not_weekly, {}, changed(RIGHT, calculated=(DAILY,))),
    (not_tolerated_but_offered, {"treatments": [{"drugs": ["methotrexate"], **ENDED}]}, RIGHT),
    (
        not_tolerated_but_offered,
        {"treatments": [{"drugs": ["methotrexate", "azathioprine"], **ENDED}]},
        RIGHT,
    ),
    (basis_of_nothing, {}, changed(RIGHT, reasons=(Reason("Because.", "XYZ-99"),))),
    (basis_of_nothing, {}, replace(RIGHT, safety=())),
    (option_without_a_reason, {}, changed(RIGHT, reasons=())),
]


@pytest.mark.parametrize(("harm", "facts", "answer"), FAULTY)
def test_a_harm_would_be_seen(harm: Harm, facts: Facts, answer: Answer) -> None:
    """Each walk finds its fault in an answer that has it, and none in the right answer."""
    right = patient("remission.1", facts)
    assert list(harm(right, answer))
    assert not list(harm(right, ask(whole(), right)))


def test_every_harm_can_be_seen() -> None:
    assert {harm for harm, _, _ in FAULTY} == set(HARMS.values())
