"""Law 6: the same input gives the same bytes, whatever the order or the hash seed."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests import population

Facts = dict[str, Any]
HERE = Path(__file__).resolve()
COUNT = 120


def written(facts: Facts) -> bytes:
    return msgspec.json.encode(recommend_on(Patient.from_facts(facts), population.TODAY))


def patients(seed: int, count: int) -> list[Facts]:
    rng = Random(seed)
    found = []
    for _ in range(count):
        facts = population.patient(rng)
        facts["other_drugs"] = rng.sample(["allopurinol", "aliskiren", "unheard-of"], 2)
        facts["allergies"] = rng.sample(["tacrolimus", "cyclosporine", "penicillin", "latex"], 3)
        found.append(facts)
    return found


def shuffled(facts: Facts, rng: Random, *, regimens: bool = False) -> Facts:
    """The same patient, told in another order."""

    def keys(given: Facts) -> Facts:
        names = list(given)
        rng.shuffle(names)
        return {name: given[name] for name in names}

    def members(given: list[Any]) -> list[Any]:
        return rng.sample(given, len(given))

    other = keys(facts)
    for name in ("autoantibodies", "allergies", "other_drugs"):
        if other.get(name) is not None:
            other[name] = members(other[name])
    if other.get("treatments") is not None:
        other["treatments"] = [keys(one) for one in other["treatments"]]
        for one in other["treatments"] if regimens else ():
            one["drugs"] = members(one["drugs"])
            if "intolerant_of" in one:
                one["intolerant_of"] = members(one["intolerant_of"])
    return other


def test_the_order_of_keys_and_of_lists_does_not_matter() -> None:
    rng = Random(1)
    for facts in patients(1, 150):
        other = shuffled(facts, rng)
        assert written(other) == written(facts), json.dumps(facts)


def decided(facts: Facts) -> Any:
    """Everything but the words: place, options, verdicts, doses, questions, notices."""
    given = recommend_on(Patient.from_facts(facts), population.TODAY)
    options = [
        (option.id, option.verdict, [one.basis for one in option.reasons], option.drugs)
        for therapy in given.therapies
        for option in therapy.options
    ]
    told = [(one.level, one.basis) for one in given.notices]
    asked = [(one.fact, one.decides) for one in given.missing]
    return given.status, given.possible, options, told, asked


def test_the_order_of_drugs_in_a_regimen_decides_nothing() -> None:
    rng = Random(2)
    for facts in patients(2, 150):
        other = shuffled(facts, rng, regimens=True)
        assert decided(other) == decided(facts), json.dumps(facts)


def test_the_order_of_drugs_in_a_regimen_gives_the_same_bytes() -> None:
    rng = Random(2)
    for facts in patients(2, 150):
        other = shuffled(facts, rng, regimens=True)
        assert written(other) == written(facts), json.dumps(facts)


def test_patients_before_do_not_matter() -> None:
    """What the engine remembers of others never shows."""
    some = patients(3, COUNT)
    forwards = [written(facts) for facts in some]
    backwards = [written(facts) for facts in reversed(some)]
    assert forwards == backwards[::-1]


def test_a_question_about_a_regimen_tells_the_regimen_of_this_patient() -> None:
    base: Facts = {"subtype": "polymyositis", "course": "initial", "muscle_strength_mrc": 3}
    drugs = ("methotrexate", "azathioprine")
    for days in (("2026-01-01", "2026-02-01"), ("2026-03-01", "2026-04-01")):
        regimens = [
            {"drugs": [drug], "purpose": "induction", "stopped": day}
            for drug, day in zip(drugs, days, strict=True)
        ]
        patient = Patient.from_facts({**base, "treatments": regimens})
        answer = recommend_on(patient, population.TODAY)
        asked = {one.fact: one.question for one in answer.missing}
        for place, (drug, day) in enumerate(zip(drugs, days, strict=True)):
            question = asked[f"treatments[{place}].outcome"]
            assert f"({drug}: " in question
            assert f"stopped {day})" in question


def test_a_list_that_names_a_member_twice_is_the_same_list() -> None:
    facts: Facts = {"subtype": "dermatomyositis", "autoantibodies": ["anti-mda5"], "ild": True}
    twice = {**facts, "autoantibodies": ["anti-mda5", "anti-mda5"]}
    assert written(twice) == written(facts)


def digest(count: int) -> str:
    """Answer many patients, and give one hash of all bytes."""
    found = hashlib.sha256()
    for facts in patients(4, count):
        found.update(written(facts))
    return found.hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_neither_process_nor_hash_seed_matters(hash_seed: str) -> None:
    root = HERE.parent.parent
    code = f"from tests.test_law_6_same_bytes import digest; print(digest({COUNT}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest(COUNT)
