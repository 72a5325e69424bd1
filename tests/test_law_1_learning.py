"""Law 1: learning a fact never brings back a node that was ruled out, nor turns a known criterion.

What is learnt is a fact, or how a regimen ended and what it was for.  Two things are no learning:
the day (`as_of`), which stands from the start, and a judgement that overrides a grade, which is a
correction (decisions.md, Unknown).
"""

import json
from random import Random
from typing import Any

import pytest

from myopathway.engine.outcome import Answer
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests import oracle, population

Facts = dict[str, Any]
Step = tuple[str, ...]  # ("ild",) or ("treatments", "1", "outcome")


def answer(facts: Facts) -> Answer:
    return recommend_on(Patient.from_facts(facts), population.TODAY)


def known_criteria(given: Answer) -> dict[str, str]:
    return {one.criterion: one.value for one in given.trace if one.value != "unknown"}


def complete(rng: Random) -> Facts:
    facts = population.complete_patient(rng)
    grade = oracle.worse_than_4(facts["muscle_strength_mrc"])
    if grade != facts["severe_muscle_weakness"]:
        del facts[rng.choice(("muscle_strength_mrc", "severe_muscle_weakness"))]
    return facts


def steps(facts: Facts, rng: Random) -> list[Step]:
    """All that can be learnt of a patient, in any order, a regimen's end after the regimen."""
    found: list[Step] = [(name,) for name in facts if name != "as_of"]
    for place, regimen in enumerate(facts["treatments"]):
        # (whom an intolerance is of belongs to it and is not learnt afterwards)
        names = ("purpose",) if "intolerant_of" in regimen else ("purpose", "outcome")
        found += [("treatments", str(place), name) for name in names]
    rng.shuffle(found)
    first = found.index(("treatments",))
    early = [one for one in found[:first] if one[0] == "treatments"]
    rest = [one for one in found if one not in early]
    return [*rest, *early]


def learn(so_far: Facts, step: Step, whole: Facts) -> None:
    name, *inside = step
    if inside:
        place, field = inside
        so_far[name][int(place)][field] = whole[name][int(place)][field]
    elif name == "treatments":
        hidden = ("purpose", "outcome")
        so_far[name] = [
            {
                key: value
                for key, value in regimen.items()
                if key not in hidden or (key == "outcome" and "intolerant_of" in regimen)
            }
            for regimen in whole[name]
        ]
    else:
        so_far[name] = whole[name]


@pytest.mark.parametrize("seed", range(6))
def test_learning_only_rules_out(seed: int) -> None:
    rng = Random(seed)
    for _ in range(20):
        whole = complete(rng)
        so_far: Facts = {"as_of": whole["as_of"]}
        before = answer(so_far)
        assert len(before.possible) == 10
        for step in steps(whole, rng):
            learn(so_far, step, whole)
            after = answer(so_far)
            assert set(after.possible) <= set(before.possible), (step, json.dumps(so_far))
            was, now = known_criteria(before), {one.criterion: one.value for one in after.trace}
            turned = [name for name in was if name in now and now[name] != was[name]]
            assert not turned, (step, turned, json.dumps(so_far))
            before = after
        assert so_far == whole
        assert before.status in ("recommended", "not-covered")


@pytest.mark.parametrize("seed", range(2))
def test_what_was_settled_stays_settled(seed: int) -> None:
    """One place left stays that place, or a contradiction comes to light."""
    rng = Random(100 + seed)
    settled = 0
    for _ in range(60):
        facts = population.patient(rng)
        facts.setdefault("as_of", population.TODAY.isoformat())
        before = answer(facts)
        if before.status != "recommended":
            continue
        settled += 1
        for name in ("myocarditis", "severe_dysphagia", "ild", "malignancy", "pregnant"):
            for value in (True, False):
                if facts.get(name) is None:
                    after = answer({**facts, name: value})
                    assert after.node == before.node or after.status == "conflict"
    assert settled > 15


def test_a_judgement_that_overrides_a_grade_is_the_one_exception() -> None:
    facts: Facts = {
        "subtype": "polymyositis",
        "course": "initial",
        "treatments": [],
        "muscle_strength_mrc": 3,
        **dict.fromkeys(population.LIFE_THREATENING, False),
    }
    before, after = answer(facts), answer({**facts, "severe_muscle_weakness": False})
    assert (before.node, after.node) == ("severe.1", "non-severe.1")
    assert "U-TWO-WAYS" in {one.basis for one in after.notices}
