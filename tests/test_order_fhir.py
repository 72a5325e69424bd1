"""Orders as FHIR R4 MedicationRequests: units, timings, routes, and what makes no order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.medicationrequest import MedicationRequest

from myopathway.errors import InputError
from myopathway.guideline.load import shipped
from myopathway.orders import Order, Part, check_order, read_orders
from myopathway.orders.request import MOST_STEPS
from tests.test_order_rules import DAY, bases, given, person

UCUM = "http://unitsofmeasure.org"
ABBREVIATIONS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"
WEEKLY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}
DAILY = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}


def amount(value: float, code: str, unit: str | None = None) -> dict[str, Any]:
    return {"value": value, "unit": unit or code, "system": UCUM, "code": code}


def dose(value: float, code: str, unit: str | None = None) -> list[dict[str, Any]]:
    return [{"doseQuantity": amount(value, code, unit)}]


def request(text: str = "Methotrexate", *dosages: dict[str, Any], **more: Any) -> dict[str, Any]:
    resource = {
        "resourceType": "MedicationRequest",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "medicationCodeableConcept": {"text": text},
        **more,
    }
    return {**resource, "dosageInstruction": list(dosages)} if dosages else resource


def read(resource: dict[str, Any]) -> Order:
    (order,) = read_orders(resource, shipped())
    return order


def part(**dosage: Any) -> Part:
    resource = request("Methotrexate", dosage)
    MedicationRequest.model_validate(resource)
    ((found,),) = read(resource).steps
    return found


def faults(*dosages: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(InputError) as error:
        read(request("Methotrexate", *dosages, **more))
    return [str(one) for one in error.value.faults]


@pytest.mark.parametrize(
    ("quantity", "milligrams", "per_kg"),
    [
        (amount(15, "mg"), "15", False),
        (amount(1.5, "g"), "1500", False),
        (amount(500, "ug", "mcg"), "0.5", False),
        (amount(0.4, "g/kg"), "400", True),
        (amount(2, "mg/kg"), "2", True),
        (amount(2, "mg/kg{body_wt}", "mg/kg"), "2", True),
        ({"value": 15, "unit": "milligrams"}, "15", False),
        ({"value": 15, "code": "mg"}, "15", False),
        ({"value": 15, "system": "http://example.org", "code": "x", "unit": "mg"}, "15", False),
    ],
)
def test_amounts_by_ucum_code_or_words(
    quantity: dict[str, Any], milligrams: str, *, per_kg: bool
) -> None:
    found = part(doseAndRate=[{"doseQuantity": quantity}])
    assert (found.low, found.per_kg) == (Decimal(milligrams), per_kg)
    assert found.high == found.low


def test_a_range_has_two_ends() -> None:
    ends = {"low": amount(7.5, "mg"), "high": amount(0.025, "g")}
    found = part(doseAndRate=[{"doseRange": ends}])
    assert (found.low, found.high) == (Decimal("7.5"), Decimal(25))
    only = part(doseAndRate=[{"doseRange": {"high": amount(25, "mg")}}])
    assert only.low == only.high


def test_a_range_is_said_in_words_and_its_upper_end_is_checked() -> None:
    ends = {"low": amount(60, "mg"), "high": amount(90, "mg")}
    dosage = {
        "doseAndRate": [{"doseRange": ends}],
        "timing": {"repeat": {**DAILY["repeat"], "count": 1}},
    }
    answer = check_order(person(), read(request("Prednisone", dosage)), DAY, shipped())
    assert answer.order.text == "60 to 90 mg once a day, 1 dose in all"
    assert answer.status == "stop"
    (found,) = [one for one in answer.findings if one.severity == "critical"]
    assert found.working == "ordered: 1 × 90 mg = 90 mg a day; limit: 80 mg"


def test_of_several_amounts_the_one_that_is_ordered_counts() -> None:
    def typed(code: str, value: float, unit: str) -> dict[str, Any]:
        return {"type": {"coding": [{"code": code}]}, "doseQuantity": amount(value, unit)}

    found = part(doseAndRate=[typed("calculated", 140, "mg"), typed("ordered", 2, "mg/kg")])
    assert found.per_kg
    assert "several doses" in faults({"doseAndRate": [*dose(1, "mg"), *dose(2, "mg")]})[0]
    twice = [typed("ordered", 2, "mg"), typed("ordered", 3, "mg")]
    assert "several doses" in faults({"doseAndRate": twice})[0]
    rate = part(doseAndRate=[{"rateQuantity": amount(50, "mL/h")}], timing=DAILY)
    assert rate.high is None, "a rate is no amount"


@pytest.mark.parametrize(
    ("quantity", "found"),
    [
        (amount(6, "{tbl}", "tablet"), "the unit '{tbl}'"),
        (amount(5, "mL"), "the unit 'mL'"),
        ({"value": 5, "code": "mL"}, "the unit 'mL'"),
        ({"value": 5, "unit": "mL"}, "the unit 'mL'"),
        (amount(5, "Mg"), "the unit 'Mg'"),
        (amount(5, "mg/d"), "the unit 'mg/d'"),
        (amount(5, "mg/m2"), "the unit 'mg/m2'"),
        ({"value": 15}, "no unit"),
        (amount(15, "mg", "g"), "unit 'g' and code 'mg' differ"),
        (amount(0, "mg"), "found 0"),
        ({**amount(15, "mg"), "comparator": "<"}, "found '<'"),
        ({"code": "mg"}, "found None"),
        ("15 mg", "found None"),
    ],
)
def test_an_amount_that_cannot_be_read_is_a_fault(quantity: Any, found: str) -> None:
    told = faults({"doseAndRate": [{"doseQuantity": quantity}]})
    assert told[0].startswith("dosageInstruction[0].doseQuantity: ")
    assert found in told[0]


def test_the_ends_of_a_range_must_fit() -> None:
    for low in (amount(30, "mg"), amount(1, "mg/kg")):
        told = faults({"doseAndRate": [{"doseRange": {"low": low, "high": amount(25, "mg")}}]})
        assert told[0].startswith("dosageInstruction[0].doseRange: its ends do not fit")


# What a Timing says: how many doses in how many hours.
TIMINGS: list[tuple[dict[str, Any], int, int]] = [
    (WEEKLY, 1, 168),
    ({"repeat": {"frequency": 1, "period": 7, "periodUnit": "d"}}, 1, 168),
    ({"repeat": {"period": 1, "periodUnit": "wk"}}, 1, 168),
    ({"repeat": {"period": 168, "periodUnit": "h"}}, 1, 168),
    ({"repeat": {"dayOfWeek": ["mon"]}}, 1, 168),
    ({"repeat": {"dayOfWeek": ["mon"], "timeOfDay": ["08:00:00"]}}, 1, 168),
    ({"repeat": {**DAILY["repeat"], "dayOfWeek": ["mon"]}}, 1, 168),
    ({"repeat": {**WEEKLY["repeat"], "dayOfWeek": ["mon"]}}, 1, 168),
    ({"repeat": {**DAILY["repeat"], "dayOfWeek": ["mon", "thu"]}}, 2, 168),
    ({"repeat": {**WEEKLY["repeat"], "dayOfWeek": ["mon", "thu"]}}, 2, 168),
    ({"repeat": {"frequency": 2, "dayOfWeek": ["mon"]}}, 2, 168),
    (DAILY, 1, 24),
    ({"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}, 2, 24),
    ({"repeat": {"frequency": 1, "frequencyMax": 3, "period": 1, "periodUnit": "d"}}, 3, 24),
    ({"repeat": {"frequency": 1, "period": 12, "periodUnit": "h"}}, 1, 12),
    ({"repeat": {"timeOfDay": ["08:00:00", "20:00:00"]}}, 2, 24),
    ({"repeat": {"when": ["MORN", "EVE"], "frequency": 1, "period": 1, "periodUnit": "d"}}, 2, 24),
    ({"repeat": {"frequency": 1, "period": 4, "periodUnit": "wk"}}, 1, 672),
    ({"repeat": {"frequency": 1, "period": 1, "periodUnit": "mo"}}, 1, 672),
    ({"repeat": {"frequency": 1, "period": 1, "periodUnit": "a"}}, 1, 8736),
    ({"code": {"coding": [{"system": ABBREVIATIONS, "code": "BID"}]}}, 2, 24),
    ({"code": {"coding": [{"system": ABBREVIATIONS, "code": "QOD"}]}}, 1, 48),
    ({"code": {"coding": [{"system": ABBREVIATIONS, "code": "WK"}]}}, 1, 168),
    ({"code": {"text": "Once weekly"}}, 1, 168),
    ({"code": {"text": "twice  daily"}}, 2, 24),
    ({"code": {"text": "bid"}}, 2, 24),
    ({"code": {"text": "every 4 weeks"}}, 1, 672),
    ({"code": {"coding": [{"code": "QD"}], "text": "daily"}, **DAILY}, 1, 24),
]


WORDS = {
    (1, 24): "daily; once daily; once a day; every day; each day; od; QD; AM; PM; BED",
    (2, 24): "twice daily; twice a day; bd; b.i.d.; BID",
    (3, 24): "three times daily; three times a day; tds; t.i.d.; TID",
    (4, 24): "QID",
    (1, 48): "every other day; alternate days; QOD; every 2 days",
    (1, 168): "weekly; once weekly; once a week; every week; each week; WK; every 168 hours",
    (2, 168): "twice weekly; twice a week",
    (1, 672): "monthly; once monthly; once a month; every month; MO; every 4 weeks",
    (1, 1): "Q1H",
    (1, 2): "Q2H",
    (1, 3): "Q3H",
    (1, 4): "Q4H; every 4 hours",
    (1, 6): "Q6H",
    (1, 8): "Q8H",
    (1, 1344): "every 2 months",
}


@pytest.mark.parametrize(
    ("word", "rhythm"),
    [(word, rhythm) for rhythm, words in WORDS.items() for word in words.split("; ")],
)
def test_the_words_of_a_rhythm(word: str, rhythm: tuple[int, int]) -> None:
    found = part(timing={"code": {"text": word}}).rhythm
    assert found is not None
    assert (found.times, int(found.hours)) == rhythm
    other = part(timing={"code": {"text": f"{word}!"}}, doseAndRate=dose(1, "mg"))
    assert other.rhythm is None, "only the words that are known"


@pytest.mark.parametrize(("timing", "times", "hours"), TIMINGS)
def test_a_timing_is_a_rhythm(timing: dict[str, Any], times: int, hours: int) -> None:
    rhythm = part(timing=timing).rhythm
    assert rhythm is not None
    assert (rhythm.times, rhythm.hours, rhythm.longest) == (times, Decimal(hours), Decimal(hours))


@pytest.mark.parametrize(("timing", "times", "hours"), TIMINGS)
def test_methotrexate_is_clear_once_weekly_only(
    timing: dict[str, Any], times: int, hours: int
) -> None:
    order = read(request("Methotrexate", {"doseAndRate": dose(15, "mg"), "timing": timing}))
    answer = check_order(person(), order, DAY, shipped())
    assert answer.status == ("clear" if (times, hours) == (1, 168) else "stop")


@pytest.mark.parametrize(
    "timing",
    [
        {"code": {"text": "on the agreed day"}},
        {"event": ["2026-12-01", "2026-12-08"]},
        {"repeat": {"count": 4}},
        {},
    ],
)
def test_a_timing_that_is_not_understood_is_never_clear(timing: dict[str, Any]) -> None:
    order = read(request("Methotrexate", {"doseAndRate": dose(15, "mg"), "timing": timing}))
    answer = check_order(person(), order, DAY, shipped())
    assert answer.status == "caution"
    assert "MTX-13" in [one.basis for one in answer.unchecked]


def test_a_range_of_intervals_and_as_needed_are_not_weekly() -> None:
    wide = {"repeat": {"frequency": 1, "period": 1, "periodMax": 2, "periodUnit": "wk"}}
    for dosage in ({"timing": wide}, {"timing": WEEKLY, "asNeededBoolean": True}):
        order = read(request("Methotrexate", {"doseAndRate": dose(15, "mg"), **dosage}))
        answer = check_order(person(), order, DAY, shipped())
        assert bases(answer, "critical") == ["MTX-13"]


@pytest.mark.parametrize(
    ("bounds", "days"),
    [
        ({"boundsDuration": {"value": 5, "code": "d"}}, 5),
        ({"boundsDuration": {"value": 2, "unit": "weeks"}}, 14),
        ({"boundsDuration": {"value": 36, "code": "h"}}, 2),
        ({"boundsRange": {"low": {"value": 2, "code": "d"}, "high": {"value": 6, "code": "d"}}}, 6),
        ({"boundsPeriod": {"start": "2026-12-01", "end": "2026-12-05"}}, 5),
        ({"boundsPeriod": {"start": "2026-12-01", "end": "2026-12-01"}}, 1),
        ({"boundsPeriod": {"start": "2026-12-01"}}, None),
        ({}, None),
    ],
)
def test_bounds_are_days(bounds: dict[str, Any], days: int | None) -> None:
    found = part(timing={"repeat": {**DAILY["repeat"], **bounds}})
    assert (found.days, found.count) == (days, None)


def test_a_number_of_doses_bounds_too() -> None:
    counted = {**DAILY["repeat"], "count": 3, "countMax": 5}
    assert part(timing={"repeat": counted}).count == 5
    single = part(timing={"repeat": {"count": 1}})
    assert (single.once, single.rhythm) == (True, None)
    assert part(timing={"event": ["2026-12-01"]}).once
    once, twice = DAILY["repeat"], {**DAILY["repeat"], "frequency": 2}
    for repeat, count, each, status in (
        (once, 3, 1, "clear"),
        (twice, 6, 0.5, "clear"),
        (twice, 4, 0.5, "caution"),
    ):
        pulse = {"repeat": {**repeat, "count": count}}
        dosage = {"doseAndRate": dose(each, "g"), "timing": pulse}
        order = read(request("Methylprednisolone", dosage))
        answer = check_order(person(severe_dysphagia=True), order, DAY, shipped())
        assert answer.status == status, (count, each)


@pytest.mark.parametrize(
    ("timing", "where"),
    [
        ({"repeat": {"frequency": 1}}, "timing.repeat: a frequency without a period"),
        ({"repeat": {"period": 1}}, "timing.repeat.periodUnit: found None"),
        ({"repeat": {"periodUnit": "d"}}, "timing.repeat.period: found None"),
        ({"repeat": {"period": "1", "periodUnit": "d"}}, "timing.repeat.period: found '1'"),
        ({"repeat": {"period": 90, "periodUnit": "min"}}, "timing.repeat.periodUnit: found 'min'"),
        (
            {"repeat": {"period": 2, "periodMax": 1, "periodUnit": "d"}},
            "timing.repeat.periodMax: found 1",
        ),
        (
            {"repeat": {"period": 1, "periodMax": "2", "periodUnit": "wk"}},
            "timing.repeat.periodMax: found '2'",
        ),
        (
            {"repeat": {**DAILY["repeat"], "frequency": 1.5}},
            "timing.repeat.frequency: found 1.5",
        ),
        ({"repeat": {"dayOfWeek": ["monday"]}}, "timing.repeat.dayOfWeek: found ['monday']"),
        ({"repeat": {"dayOfWeek": "mon"}}, "timing.repeat.dayOfWeek: found 'mon'"),
        ({"repeat": {"dayOfWeek": ["mon", "mon"]}}, "timing.repeat.dayOfWeek: found"),
        ({"code": {"text": "daily"}, **WEEKLY}, "timing: its code and its repeat"),
        ({"code": {"coding": [{"code": "QD"}], "text": "bid"}}, "timing.code: it names two"),
        (
            {"repeat": {**DAILY["repeat"], "boundsDuration": {"value": 3, "code": "min"}}},
            "timing.repeat.bounds: found 3 min",
        ),
        (
            {"repeat": {**DAILY["repeat"], "boundsPeriod": {"start": "2026-12", "end": "x"}}},
            "timing.repeat.bounds: found 2026-12 to x",
        ),
        (
            {
                "repeat": {
                    **DAILY["repeat"],
                    "boundsPeriod": {"start": "2026-12-05", "end": "2026-12-01"},
                }
            },
            "timing.repeat.bounds: found 2026-12-05 to 2026-12-01",
        ),
    ],
)
def test_a_timing_that_contradicts_itself_is_a_fault(timing: dict[str, Any], where: str) -> None:
    assert faults({"timing": timing})[0].startswith(f"dosageInstruction[0].{where}")


def test_instructions_are_steps_by_their_sequence_else_beside_each_other() -> None:
    def stated(value: float, **more: Any) -> dict[str, Any]:
        return {"doseAndRate": dose(value, "mg"), "timing": WEEKLY, **more}

    rising = read(request("Methotrexate", stated(15, sequence=2), stated(10, sequence=1)))
    assert [step[0].low for step in rising.steps] == [Decimal(10), Decimal(15)]
    assert check_order(person(), rising, DAY, shipped()).status == "clear"
    beside = read(request("Methotrexate", stated(10), stated(5)))
    assert [len(step) for step in beside.steps] == [2]
    assert check_order(person(), beside, DAY, shipped()).status == "stop"
    assert "a sequence in some alone" in faults(stated(10, sequence=1), stated(5))[0]
    most = request("Methotrexate", *[stated(1, sequence=n) for n in range(MOST_STEPS)])
    assert len(read(most).steps) == MOST_STEPS
    assert f"{MOST_STEPS + 1} instructions" in faults(*[stated(1)] * (MOST_STEPS + 1))[0]


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("draft", False),
        ("active", False),
        ("on-hold", False),
        ("stopped", True),
        ("cancelled", True),
        ("completed", True),
        ("entered-in-error", True),
    ],
)
def test_only_an_order_to_come_is_checked(status: str, *, refused: bool) -> None:
    if refused:
        assert faults(status=status)[0].startswith(f"status: found '{status}'")
    else:
        assert read(request(status=status)).drug == "methotrexate"


def test_an_order_not_to_give_a_drug_is_none() -> None:
    assert faults(doNotPerform=True)[0].startswith("doNotPerform: ")


def test_the_drug_is_known_by_code_by_words_or_by_a_contained_product() -> None:
    atc = {"coding": [{"system": "http://www.whocc.no/atc", "code": "L04AX03"}]}
    assert read(request(medicationCodeableConcept=atc)).drug == "methotrexate"
    assert read(request("Metoject 15 mg")).drug == ""
    assert read(request("weekly methotrexate")).drug == "methotrexate"
    contained = request(
        contained=[{"resourceType": "Medication", "id": "m", "code": {"text": "Azathioprine"}}],
        medicationReference={"reference": "#m"},
    )
    del contained["medicationCodeableConcept"]
    assert read(contained).drug == "azathioprine"
    named = request(medicationReference={"reference": "Medication/9", "display": "Tacrolimus"})
    del named["medicationCodeableConcept"]
    assert read(named).drug == "tacrolimus"


@pytest.mark.parametrize(
    ("concept", "found"),
    [
        ({"text": "methotrexate / azathioprine"}, "azathioprine and methotrexate"),
        ({}, "no drug that can be read"),
        ({"text": " "}, "no drug that can be read"),
    ],
)
def test_no_drug_or_two_is_a_fault(concept: dict[str, Any], found: str) -> None:
    fault = faults(medicationCodeableConcept=concept)[0]
    assert fault.startswith("medication: ")
    assert found in fault


def test_an_instruction_that_says_nothing_is_no_dose() -> None:
    assert read(request("Methotrexate", {"text": "as discussed"})).steps == ()


def test_another_drug_is_read_by_the_names_that_rules_know() -> None:
    order = read(request("Sulfamethoxazole / Trimethoprim 960 mg", {"doseAndRate": dose(1, "x")}))
    assert (order.drug, order.steps) == ("", ())
    assert order.others == ("sulfamethoxazole-trimethoprim", "trimethoprim")
    answer = check_order(person(treatments=given("methotrexate")), order, DAY, shipped())
    assert bases(answer, "critical") == ["MTX-07"]


@pytest.mark.parametrize(
    ("text", "dosage", "local"),
    [
        ("Tacrolimus 0.1 % ointment", {}, True),
        ("Tacrolimus", {"route": {"text": "topical"}}, True),
        ("Tacrolimus", {"route": {"text": "oral"}}, False),
        ("Tacrolimus", {}, False),
    ],
)
def test_a_product_for_local_use_is_not_checked(
    text: str, dosage: dict[str, Any], *, local: bool
) -> None:
    answer = check_order(person(), read(request(text, dosage)), DAY, shipped())
    assert (answer.status == "not-checked") is local


def test_route_and_date_are_read() -> None:
    codings = [{"system": "http://snomed.info/sct", "code": "26643006", "display": "Oral route"}]
    dosage = {"route": {"coding": codings}, "doseAndRate": dose(15, "mg")}
    order = read(request("Methotrexate", dosage, authoredOn="2026-12-01T10:00:00Z"))
    assert (order.route, order.start) == ("oral", "2026-12-01")
    assert read(request(authoredOn=7)).start == ""
