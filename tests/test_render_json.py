"""The answer as JSON: the same bytes for the same answer, amounts as numbers."""

from __future__ import annotations

import json
from random import Random

import myopathway
from myopathway.engine.outcome import Answer
from myopathway.render.json import json_bytes, json_pretty
from tests.population import TODAY, patient
from tests.test_render_golden import answer_for
from tests.test_render_text import answers


def test_the_same_patient_gives_the_same_bytes_in_any_order_of_keys() -> None:
    for seed in range(100):
        facts = patient(Random(seed))
        turned = dict(reversed(facts.items()))
        found = {
            json_bytes(myopathway.recommend(myopathway.Patient.from_facts(one), today=TODAY))
            for one in (facts, turned)
        }
        assert len(found) == 1


def test_pretty_is_the_same_answer_indented() -> None:
    for answer in answers():
        assert json.loads(json_pretty(answer)) == json.loads(json_bytes(answer))
    assert json_pretty(answers()[0]).startswith('{\n  "status": ')


def test_amounts_are_numbers_and_texts_keep_their_letters() -> None:
    found = json.loads(json_bytes(answer_for("severe-with-lung-disease")))
    drug = found["therapies"][0]["options"][0]["drugs"][1]["calculated"][0]
    assert (drug["low"], drug["high"], drug["unit"]) == (35, 70, "mg/day")
    assert "×" in drug["working"]


def test_the_keys_are_those_of_the_answer() -> None:
    found = json.loads(json_bytes(answer_for("contradiction")))
    fields = [name for name in Answer.__struct_fields__ if name != "unread"]
    assert list(found) == fields
    assert "unread" in json.loads(json_bytes(answer_for("from-a-record")))
