"""A QuestionnaireResponse to the exported Questionnaire states facts, as Observations do."""

import datetime as dt
from typing import Any

import pytest

from myopathway.facts import Regimen, Source
from tests.data.fhir.build import (
    FACTS,
    Json,
    coded,
    condition,
    quantity,
    read,
    request,
    stated,
    told,
    values,
)

QUESTIONS = "https://myopathway.example/fhir/Questionnaire/iim-treatment|0.1.0"


def choice(code: str) -> Json:
    return {"valueCoding": {"system": FACTS, "code": code}}


def item(link: str, *answers: Json, **more: Any) -> Json:
    return {"linkId": link, "answer": list(answers)} | more


def response(*items: Any, **more: Any) -> Json:
    found: Json = {"resourceType": "QuestionnaireResponse", "id": "q1", "status": "completed"}
    found |= {"questionnaire": QUESTIONS, "authored": "2026-01-01T10:00:00Z", "item": list(items)}
    return found | more


def test_answers_are_stated_facts() -> None:
    reading = read(
        response(
            item("weight_kg", {"valueDecimal": 70.5}),
            {"linkId": "disease", "item": [item("subtype", choice("polymyositis"))]},
            item("ild", {"valueBoolean": True}),
            item("birth_date", {"valueDate": "1960-02-29"}),
            item("muscle_strength_mrc", {"valueString": "4-"}),
            item("egfr", {"valueQuantity": quantity(60, "mL/min")}),
            item("autoantibodies", choice("anti-srp"), choice("anti-jo-1")),
            item("allergies", choice("none")),
            item("myocarditis"),
        )
    )
    known = values(reading)
    assert str(known.pop("muscle_strength_mrc")) == "3.7"
    assert known == {
        "weight_kg": 70.5, "subtype": "polymyositis", "ild": True, "egfr": 60,
        "birth_date": dt.date(1960, 2, 29), "autoantibodies": ("anti-jo-1", "anti-srp"),
        "allergies": (),
    }  # fmt: skip
    assert reading.unread == ()
    source = Source("fhir", "QuestionnaireResponse/q1", "2026-01-01", "answer ild")
    assert reading.record.facts["ild"].source == source


def test_an_answered_list_is_the_whole_list() -> None:
    older = stated("autoantibodies", day="2025-01-01", valueCodeableConcept=coded("anti-mda5"))
    newer = stated("autoantibodies", day="2026-02-01", valueCodeableConcept=coded("anti-sae"))
    answer = response(item("autoantibodies", choice("anti-srp")))
    assert values(read(older, answer)) == {"autoantibodies": ("anti-srp",)}
    assert values(read(newer, answer)) == {"autoantibodies": ("anti-sae", "anti-srp")}


def test_it_wins_over_codes_as_any_stated_judgement_does() -> None:
    icd = ("http://hl7.org/fhir/sid/icd-10", "M33.1")
    reading = read(response(item("subtype", choice("polymyositis"))), condition(icd, day="2026-05"))
    assert values(reading) == {"subtype": "polymyositis"}
    assert "the stated one counts" in told(reading)["Condition/c1"][0]


TREATMENTS = [
    {"linkId": "treatments", "item": [
        item("treatments.drugs", choice("methotrexate"), choice("prednisone")),
        item("treatments.purpose", choice("induction")),
        item("treatments.outcome", choice("intolerance")),
        item("treatments.intolerant_of", choice("methotrexate")),
        item("treatments.started", {"valueDate": "2025-01-01"}),
        item("treatments.stopped"),
        item("treatments.dose", {"valueString": "15 mg once weekly"}),
    ]},
    {"linkId": "treatments", "item": [item("treatments.drugs", {"valueString": "azathioprine"})]},
]  # fmt: skip


def test_stated_treatments_count_before_recorded_ones() -> None:
    reading = read(response(*TREATMENTS), request("L04AX01"))
    first, second = reading.record.regimens or ()
    assert first == Regimen(
        ("prednisolone", "methotrexate"), "induction", "intolerance", ("methotrexate",),
        dt.date(2025, 1, 1), None, "15 mg once weekly", 0, first.source,
    )  # fmt: skip
    assert (second.drugs, second.index) == (("azathioprine",), 1)
    assert first.source.reference == "QuestionnaireResponse/q1"
    assert reading.occasions == ()
    assert told(reading) == {"MedicationRequest/m1": ["the stated treatments count instead"]}


def test_no_treatment_can_be_answered() -> None:
    assert values(read(response(item("treatments", choice("none"))))) == {"treatments": ()}
    assert values(read(response({"linkId": "treatments", "item": []}))) == {}


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (item("wieght_kg", {"valueDecimal": 70}), "'wieght_kg' names no fact"),
        (item("weight_kg", {"valueDecimal": 700}), "a number from 2 to 350"),
        (item("weight_kg", {"valueDecimal": 70}, {"valueDecimal": 71}), "several answers"),
        (item("weight_kg", {"valueAttachment": {}}), "a valueAttachment cannot be read"),
        (item("subtype", choice("dm")), "found 'dm'"),
        (item("allergies", choice("none"), choice("latex")), "none beside a member"),
        (item("treatments", {"valueString": "x"}), "the code none"),
        ({"linkId": "treatments", "item": [item("treatments.drugs", choice("x"))]}, "found 'x'"),
        ({"linkId": "treatments", "item": [item("treatments.dose", {"valueString": "x"})]},
         "treatments[0].drugs: missing"),
    ],
)  # fmt: skip
def test_an_answer_in_doubt_is_listed_and_not_used(one: Json, reason: str) -> None:
    reading = read(response(one, item("ild", {"valueBoolean": True})))
    assert values(reading) == {"ild": True}
    (only,) = told(reading)["QuestionnaireResponse/q1"]
    assert reason in only


def test_the_same_answer_twice_is_one() -> None:
    twice = item("weight_kg", {"valueDecimal": 70}, {"valueDecimal": 70.0})
    assert values(read(response(twice))) == {"weight_kg": 70}


@pytest.mark.parametrize("status", ["in-progress", "entered-in-error", "stopped", "", None])
def test_only_a_finished_response_counts(status: str | None) -> None:
    reading = read(response(item("ild", {"valueBoolean": True}), status=status))
    assert values(reading) == {}
    assert len(reading.unread) == 1


def test_answers_to_another_questionnaire_are_counted_only() -> None:
    reading = read(response(item("ild", {"valueBoolean": True}), questionnaire="http://x/phq-9"))
    assert values(reading) == {}
    assert told(reading) == {
        "QuestionnaireResponse": ["no code that a fact is read from: 1 resource"]
    }


def test_an_odd_date_counts_as_the_oldest() -> None:
    late = response(item("ild", {"valueBoolean": True}), authored="yesterday")
    reading = read(late, stated("ild", day="2000-01-01", valueBoolean=False))
    assert values(reading) == {"ild": False}
    assert "cannot be read" in told(reading)["QuestionnaireResponse/q1"][0]


@pytest.mark.parametrize("depth", [50, 5000])
def test_items_are_read_however_deep_they_lie(depth: int) -> None:
    deep: Json = item("ild", {"valueBoolean": True})
    for _ in range(depth):
        deep = {"linkId": "group", "item": [deep]}
    reading = read(response(deep))
    assert values(reading)["ild"] is True
    assert reading.unread == ()
