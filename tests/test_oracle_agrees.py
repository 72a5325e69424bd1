"""The engine against the second reading of the rules, patient by patient."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests import oracle, population, sources_alone

CHUNK = 250
Facts = dict[str, Any]


def drawn(make: Callable[[Random], Facts], seed: int) -> Iterator[Facts]:
    rng = Random(seed)
    for _ in range(CHUNK):
        yield make(rng)


def expected(facts: Facts) -> dict[str, Any]:
    found = oracle.answer(facts, population.TODAY)
    return {
        "status": found["status"],
        "node": found["node"],
        "possible": list(found["possible"]),
        "therapies": found["therapies"],
        "missing": found["decides"] | found["verdict_unknown"],
        "notices": found["notices"],
    }


def end(fact: str) -> bool:
    return fact.endswith("].outcome")


def difference(facts: Facts) -> str:
    """What the engine says beside what the oracle says; nothing where they agree."""
    mine = sources_alone.in_the_oracles_terms(sources_alone.answer(facts, population.TODAY))
    theirs = expected(facts)
    # How a regimen ended is asked even where the answer could only lift a caution.
    mine["missing"] = {one for one in mine["missing"] if one in theirs["missing"] or not end(one)}
    mine["notices"] -= {("info", "lower-age-info")}
    if theirs["status"] == "needs-information":
        # What goes with every place that is possible is said before the place is settled.
        mine["notices"] &= theirs["notices"]
    return "".join(
        f"\n{name}\n  engine {mine[name]}\n  oracle {theirs[name]}\n  {json.dumps(facts)}"
        for name in theirs
        if mine[name] != theirs[name]
    )


@pytest.mark.parametrize("seed", range(6))
def test_half_known_patients(seed: int) -> None:
    differences = [difference(facts) for facts in drawn(population.patient, seed)]
    assert not "".join(differences)


@pytest.mark.parametrize("seed", range(2))
def test_complete_patients(seed: int) -> None:
    differences = [difference(facts) for facts in drawn(population.complete_patient, seed)]
    assert not "".join(differences)


def doses(facts: Facts) -> int:
    found = oracle.answer(facts, population.TODAY)
    return sum(
        len(drug["calculated"])
        for therapy in found["therapies"]
        for option in therapy["options"]
        for drug in option["drugs"]
    )


def asked(facts: Facts) -> set[str]:
    return {one.fact for one in sources_alone.answer(facts, population.TODAY).missing}


def test_the_weight_is_asked_exactly_where_a_dose_waits_for_it() -> None:
    seen = set()
    for facts in drawn(population.patient, 11):
        facts.pop("weight_kg", None)
        waiting = doses({**facts, "weight_kg": 70}) > doses(facts)
        assert ("weight_kg" in asked(facts)) == waiting, json.dumps(facts)
        seen.add(waiting)
    assert seen == {True, False}


def open_options(facts: Facts) -> int:
    """How many options are not excluded: below 18 none of their drugs has a dose."""
    found = oracle.answer({**facts, "age_years": 40, "weight_kg": 70}, population.TODAY)
    options = [option for therapy in found["therapies"] for option in therapy["options"]]
    return sum(option["verdict"] != "excluded" for option in options)


def test_the_age_is_asked_exactly_where_a_drug_may_be_given() -> None:
    seen = set()
    for facts in drawn(population.patient, 12):
        for name in ("age_years", "birth_date"):
            facts.pop(name, None)
        waiting = open_options(facts) > 0
        assert ("age_years" in asked(facts)) == waiting, json.dumps(facts)
        seen.add(waiting)
    assert seen == {True, False}


def test_standing_remarks_stand_where_they_should() -> None:
    for facts in drawn(population.patient, 13):
        given = sources_alone.answer(facts, population.TODAY)
        told = {one.basis for one in given.notices}
        for basis, places in sources_alone.STANDING.items():
            assert (basis in told) == (given.node in places or given.group in places)


def test_what_is_given_or_has_worked_is_said_first_and_of_nothing_else() -> None:
    said = 0
    for facts in drawn(population.patient, 15):
        history = oracle.read_history(facts) or ()
        for therapy in recommend_on(Patient.from_facts(facts), population.TODAY).therapies:
            for option in therapy.options:
                own = option.id.split("+")
                told = any(
                    (one.outcome == "ongoing" and not set(own).isdisjoint(one.drugs))
                    or (
                        one.outcome == "adequate-response"
                        and any(oracle.counts_for(one, drug) for drug in own)
                    )
                    for one in history
                )
                assert (option.reasons[0].basis == "N-GIVEN") == told, json.dumps(facts)
                said += told
    assert said > 20


def test_the_drug_safety_rules_only_make_verdicts_stricter() -> None:
    stricter = 0
    for facts in drawn(population.patient, 14):
        alone = sources_alone.answer(facts, population.TODAY)
        whole = recommend_on(Patient.from_facts(facts), population.TODAY)
        assert (alone.status, alone.node, alone.possible) == (
            whole.status,
            whole.node,
            whole.possible,
        )
        assert [one.role for one in alone.therapies] == [one.role for one in whole.therapies]
        for before, after in zip(alone.therapies, whole.therapies, strict=True):
            for one, other in zip(before.options, after.options, strict=True):
                assert one.id == other.id
                less = oracle.STRICTNESS[other.verdict] < oracle.STRICTNESS[one.verdict]
                assert not less, json.dumps(facts)
                stricter += one.verdict != other.verdict
    assert stricter > 50
