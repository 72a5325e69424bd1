"""Law 5: a drug that was not tolerated is never offered or favoured again, whatever follows."""

import json
from random import Random
from typing import Any

import pytest

from myopathway.engine.outcome import Answer
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests import oracle, population

Facts = dict[str, Any]


def answer(facts: Facts) -> Answer:
    return recommend_on(Patient.from_facts(facts), population.TODAY)


def harmed(rng: Random) -> tuple[str, Facts, str]:
    """A drug, a regimen that was not tolerated because of it, and the mildest verdict left."""
    drug = rng.choice(oracle.DRUGS)
    purpose = rng.choice(("induction", "maintenance", None))
    regimen: Facts = {"drugs": [drug], "purpose": purpose, "outcome": "intolerance"}
    kind = rng.choice(("alone", "named", "with corticosteroid", "nobody named"))
    others = [one for one in oracle.DRUGS if one != drug and one not in oracle.STEROIDS]
    if kind == "named":
        regimen["drugs"] += rng.sample(others, 2)
        regimen["intolerant_of"] = [drug]
    elif kind == "with corticosteroid" and drug not in oracle.STEROIDS:
        regimen["drugs"].append("prednisolone")
    elif kind == "nobody named" and drug not in oracle.STEROIDS:
        regimen["drugs"].append(rng.choice(others))
        rng.shuffle(regimen["drugs"])
        return drug, regimen, "caution"
    rng.shuffle(regimen["drugs"])
    return drug, regimen, "excluded"


@pytest.mark.parametrize("seed", range(6))
def test_what_was_not_tolerated_never_comes_back(seed: int) -> None:
    rng = Random(seed)
    met = 0
    for _ in range(150):
        drug, regimen, mildest = harmed(rng)
        facts = population.complete_patient(rng)
        if rng.random() < 0.5:
            facts = {**facts, **population.patient(rng), "course": facts["course"]}
        later = facts.get("treatments") or []
        place = rng.randint(0, len(later))
        facts["treatments"] = [*later[:place], regimen, *later[place:]]
        for therapy in answer(facts).therapies:
            for option in therapy.options:
                if drug in option.id.split("+"):
                    met += 1
                    strict = oracle.STRICTNESS[option.verdict]
                    assert strict >= oracle.STRICTNESS[mildest], (drug, json.dumps(facts))
                    assert option.verdict != "excluded" or all(
                        one.calculated == () for one in option.drugs
                    )
    assert met > 30


def test_a_good_course_afterwards_does_not_bring_it_back() -> None:
    facts: Facts = {
        "age_years": 50,
        "subtype": "polymyositis",
        "course": "remission",
        "treatments": [
            {"drugs": ["methotrexate"], "purpose": "induction", "outcome": "intolerance"},
            {"drugs": ["methotrexate"], "purpose": "maintenance", "outcome": "adequate-response"},
        ],
    }
    (option,) = [
        one
        for therapy in answer(facts).therapies
        for one in therapy.options
        if one.id == "methotrexate"
    ]
    assert option.verdict == "excluded"
    assert [one.calculated for one in option.drugs] == [()]
