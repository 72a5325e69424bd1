"""Law 2: nothing known fires nothing; everything known leaves nothing open."""

from random import Random
from typing import Any

import pytest

from myopathway.engine.outcome import Answer
from myopathway.facts import Fact
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests import population

GUIDELINE = shipped()
FACTS = GUIDELINE.vocabulary.facts


def answer(facts: dict[str, Any]) -> Answer:
    return recommend_on(Patient.from_facts(facts), population.TODAY)


def some_value(fact: Fact, rng: Random) -> Any:
    match fact.type:
        case "boolean":
            return rng.random() < 0.3
        case "number":
            return rng.randint(int(fact.low or 0), min(int(fact.high or 0), 300))
        case "choice":
            return rng.choice(list(fact.values))
        case "names":
            return rng.sample(["allopurinol", "febuxostat", "aliskiren", "unheard-of"], 2)
        case _:
            raise AssertionError(fact.name)


def everything_known(rng: Random) -> dict[str, Any]:
    facts = population.complete_patient(rng)
    for regimen in facts["treatments"]:
        assert regimen["purpose"]
        assert regimen["outcome"]
    two_ways = {"age_years", "birth_date"}
    for name, fact in FACTS.items():
        if name not in facts and name not in two_ways:
            facts[name] = some_value(fact, rng)
    if facts["sex"] == "male":
        facts["can_become_pregnant"] = False
    assert set(facts) | two_ways == set(FACTS)
    return facts


def test_the_unknown_patient_may_be_anywhere_and_is_given_nothing() -> None:
    given = answer({})
    assert given.status == "needs-information"
    assert (given.node, given.group, given.line) == (None, None, None)
    assert given.possible == tuple(node.id for node in GUIDELINE.nodes)
    assert len(given.possible) == 10
    assert given.therapies == ()
    assert not [one for one in given.trace if one.value == "true"]
    assert given.missing


def test_null_is_unknown() -> None:
    assert answer(dict.fromkeys(FACTS)) == answer({})


@pytest.mark.parametrize("node", [node.id for node in GUIDELINE.nodes])
def test_no_node_is_reached_by_not_knowing(node: str) -> None:
    """The empty patient makes no line of any node true."""
    given = answer({})
    assert node in given.possible
    assert {one.value for one in given.trace} == {"unknown"}


@pytest.mark.parametrize("seed", range(4))
def test_the_patient_of_whom_everything_is_known_leaves_nothing_open(seed: int) -> None:
    rng = Random(seed)
    nodes = set()
    for _ in range(60):
        facts = everything_known(rng)
        given = answer(facts)
        assert given.status in ("recommended", "not-covered")
        assert given.missing == (), (facts, given.missing)
        assert not [one for one in given.trace if one.value == "unknown"], facts
        nodes.add(given.node)
    assert len(nodes) > 5
