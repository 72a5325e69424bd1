"""Five thousand patients: none is harmed by an answer; the rules act as they are written."""

import json
from random import Random

import pytest

from myopathway.engine.outcome import Answer
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests import safety_population, sources_alone
from tests.population import TODAY
from tests.safety_expected import Expected, expected
from tests.safety_harms import HARMS, ROWS, Facts
from tests.safety_patients import options

SEEDS = 10
EACH = 500


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
        assert own.facts <= missing, (option.id, told)
        for drug, row in own.vaccine:
            assert f"{drug} ({row})" in notices or row in notices, (option.id, told)
