"""Observations: facts stated outright, measurements with their units, results of tests."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from myopathway.facts import Source
from tests.data.fhir.build import (
    FACTS,
    INTERPRETATION,
    LOINC,
    SNOMED,
    Json,
    coded,
    concept,
    condition,
    loinc,
    observation,
    patient,
    quantity,
    read,
    stated,
    told,
    values,
)

JO1 = "8076-2"


@pytest.mark.parametrize(
    ("fact", "value", "known"),
    [
        ("myocarditis", {"valueBoolean": True}, True),
        ("myocarditis", {"valueBoolean": False}, False),
        ("weight_kg", {"valueQuantity": quantity(70)}, 70),
        ("weight_kg", {"valueQuantity": quantity(70.5)}, Decimal("70.5")),
        ("weight_kg", {"valueQuantity": quantity(80000, "g")}, 80),
        ("weight_kg", {"valueQuantity": quantity(100, "[lb_av]")}, Decimal("45.359237")),
        ("weight_kg", {"valueQuantity": {"value": 100, "unit": "lbs"}}, Decimal("45.359237")),
        ("weight_kg", {"valueQuantity": {"value": 70, "unit": "kg", "code": "kg"}}, 70),
        ("weight_kg", {"valueQuantity": {"value": 70, "unit": "Kilogramm", "code": "kg"}}, 70),
        ("weight_kg", {"valueQuantity": {"value": 70, "unit": "kg", "code": "258683005",
                                         "system": SNOMED}}, 70),
        ("weight_kg", {"valueInteger": 70}, 70),
        ("weight_kg", {"valueInteger": 70, "valueString": None}, 70),
        ("age_years", {"valueQuantity": {"value": 50}}, 50),
        ("age_years", {"valueQuantity": quantity(50, "a")}, 50),
        ("age_years", {"valueQuantity": quantity(600, "mo")}, 50),
        ("muscle_strength_mrc", {"valueInteger": 4}, 4),
        ("muscle_strength_mrc", {"valueQuantity": {"value": 3.5}}, Decimal("3.5")),
        ("muscle_strength_mrc", {"valueQuantity": quantity(4, "{score}")}, 4),
        ("muscle_strength_mrc", {"valueString": "4-"}, Decimal("3.7")),
        ("muscle_strength_mrc", {"valueCodeableConcept": coded("4+")}, Decimal("4.3")),
        ("subtype", {"valueCodeableConcept": coded("polymyositis")}, "polymyositis"),
        ("subtype", {"valueString": " polymyositis "}, "polymyositis"),
        ("tuberculosis", {"valueCodeableConcept": coded("none")}, "none"),
        ("birth_date", {"valueDateTime": "1960-02-29"}, dt.date(1960, 2, 29)),
        ("birth_date", {"valueDateTime": "1960-02-29T23:00:00-11:00"}, dt.date(1960, 2, 29)),
        ("birth_date", {"valueString": "1960-02-29"}, dt.date(1960, 2, 29)),
        ("autoantibodies", {"valueCodeableConcept": coded("anti-srp")}, ("anti-srp",)),
        ("autoantibodies", {"valueString": "anti-srp"}, ("anti-srp",)),
        ("autoantibodies", {"valueCodeableConcept": coded("none")}, ()),
        ("other_drugs", {"valueString": " Allopurinol "}, ("allopurinol",)),
        ("allergies", {"valueCodeableConcept": coded("cyclosporine")}, ("ciclosporin",)),
        ("allergies", {"valueCodeableConcept": {"text": "Latex"}}, ("latex",)),
        ("allergies", {"valueCodeableConcept": coded("none")}, ()),
        ("treatments", {"valueCodeableConcept": coded("none")}, ()),
    ],
)  # fmt: skip
def test_any_fact_can_be_stated(fact: str, value: Json, known: object) -> None:
    reading = read(stated(fact, **value))
    assert values(reading) == {fact: known}
    assert reading.unread == ()
    source = Source("fhir", "Observation/o1", "2026-01-01", f"facts {fact}")
    assert reading.record.facts[fact].source == source


def test_a_grade_keeps_its_own_writing() -> None:
    known = read(stated("muscle_strength_mrc", valueString="4-")).record.facts
    assert known["muscle_strength_mrc"].text == "4-"


@pytest.mark.parametrize(
    ("fact", "value", "reason"),
    [
        ("weight_kg", {"valueQuantity": {"value": 70}}, "no unit"),
        ("weight_kg", {"valueQuantity": quantity(70, "stone")}, "found 70 stone"),
        ("weight_kg", {"valueQuantity": quantity(70, "[lb_av]") | {"unit": "kg"}}, "differ"),
        ("weight_kg", {"valueQuantity": quantity(70) | {"comparator": ">"}}, "a bound, > 70"),
        ("weight_kg", {"valueQuantity": quantity(700)}, "found 700"),
        ("weight_kg", {"valueQuantity": quantity(10**30)}, "accepted: a number from 2 to 350"),
        ("weight_kg", {"valueQuantity": quantity(10**4000)}, "a number too large"),
        ("weight_kg", {"valueQuantity": quantity(1e308)}, "accepted: a number from 2 to 350"),
        ("weight_kg", {"valueQuantity": quantity(float("nan"))}, "found nan"),
        ("weight_kg", {"valueQuantity": quantity(float("inf"))}, "found inf"),
        ("weight_kg", {"valueQuantity": quantity("70")}, "found '70'"),
        ("weight_kg", {"valueQuantity": quantity(70) | {"value": True}}, "found True"),
        ("weight_kg", {"valueQuantity": [70, "kg"]}, "a quantity"),
        ("weight_kg", {"valueQuantity": {}}, "found None"),
        ("weight_kg", {"valueString": "70 kg"}, "found '70 kg'"),
        ("weight_kg", {"valueBoolean": True}, "found True"),
        ("egfr", {"valueQuantity": quantity(60, "L/h")}, "found 60 L/h"),
        ("muscle_strength_mrc", {"valueQuantity": quantity(4, "%")}, "found 4 %"),
        ("muscle_strength_mrc", {"valueInteger": 6}, "found 6"),
        ("muscle_strength_mrc", {"valueString": "4--"}, "found '4--'"),
        ("myocarditis", {"valueString": "true"}, "true or false"),
        ("myocarditis", {"valueInteger": 1}, "true or false"),
        ("myocarditis", {"valueCodeableConcept": concept((SNOMED, "373066001", "Yes"))}, "'Yes'"),
        ("subtype", {"valueCodeableConcept": coded("polymiositis")}, "did you mean"),
        ("subtype", {"valueCodeableConcept": coded("polymyositis", "not-iim")}, "several codes"),
        ("subtype", {"valueCodeableConcept": concept((SNOMED, "31384009"))}, "a code of"),
        ("subtype", {"valueCodeableConcept": "polymyositis"}, "a code of"),
        ("birth_date", {"valueDateTime": "1960-02"}, "a date such as"),
        ("birth_date", {"valueDateTime": "yesterday"}, "a date such as"),
        ("birth_date", {"valueDateTime": "2026-06-16"}, "birth_date 2026-06-16, after 2026-06-15"),
        ("autoantibodies", {"valueCodeableConcept": coded("anti-ro")}, "autoantibodies[0]"),
        ("treatments", {"valueString": "methotrexate"}, "the code none"),
        ("weight_kg", {}, "no value"),
        ("weight_kg", {"valueQuantity": None}, "no value"),
        ("weight_kg", {"dataAbsentReason": {"text": "x"}}, "no value"),
        ("weight_kg", {"dataAbsentReason": {}, "valueQuantity": quantity(70)}, "no value"),
        ("weight_kg", {"valueRange": {}}, "a valueRange cannot be read"),
        ("weight_kg", {"valueInteger": 70, "valueQuantity": quantity(70)}, "more than one value"),
    ],
)  # fmt: skip
def test_a_value_in_doubt_is_listed_and_not_used(fact: str, value: Json, reason: str) -> None:
    reading = read(stated(fact, **value))
    assert values(reading) == {}
    (only,) = told(reading)["Observation/o1"]
    assert reason in only
    assert len(only) < 500


def test_a_misspelt_fact_is_listed_with_what_was_meant() -> None:
    reading = read(stated("wieght_kg", valueQuantity=quantity(70)))
    assert told(reading) == {
        "Observation/o1": ["'wieght_kg' names no fact (did you mean 'weight_kg'?)"]
    }


@pytest.mark.parametrize(
    ("code", "value", "known"),
    [
        ("29463-7", {"valueQuantity": quantity(70)}, {"weight_kg": 70}),
        ("29463-7", {"valueQuantity": {"value": 70}}, {}),
        ("29463-7", {"valueInteger": 70}, {}),
        ("29463-7", {"valueString": "70"}, {}),
        ("33914-3", {"valueQuantity": quantity(55, "mL/min/{1.73_m2}")}, {"egfr": 55}),
        ("33914-3", {"valueQuantity": quantity(90, "mL/min/{1.73_m2}") | {"comparator": ">"}}, {}),
        ("751-8", {"valueQuantity": quantity(1500, "/uL")}, {"neutrophils": Decimal("1.5")}),
        ("777-3", {"valueQuantity": quantity(150, "10*3/uL")}, {"platelets": 150}),
        ("5195-3", {"valueCodeableConcept": concept(text="Negative")}, {"hbsag": "negative"}),
        ("5195-3", {"valueString": "REACTIVE"}, {"hbsag": "positive"}),
        ("16933-4", {"valueBoolean": False}, {"anti_hbc": "negative"}),
        ("21563-2", {"valueQuantity": quantity(10, "U/mL")}, {}),
    ],
)
def test_measurements_and_results_by_loinc(code: str, value: Json, known: Json) -> None:
    reading = read(loinc(code, **value))
    assert values(reading) == known
    assert bool(reading.unread) is not bool(known)


def test_a_doubtful_code_says_why() -> None:
    activity = quantity(10, "U/mL")
    (by_code,) = told(read(loinc("21563-2", valueQuantity=activity)))["Observation/o1"]
    assert by_code.startswith("LOINC 21563-2: an activity needs the laboratory's own reading")
    named = observation(concept((LOINC, "21563-2", "TPMT")), valueQuantity=activity)
    assert told(read(named))["Observation/o1"][0].startswith("TPMT: ")


def interpreted(code: str) -> Json:
    return {"interpretation": [concept((INTERPRETATION, code))]}


@pytest.mark.parametrize(
    ("value", "positive"),
    [
        ({"valueCodeableConcept": concept((LOINC, "LA6576-8", "Positive"))}, True),
        ({"valueCodeableConcept": concept((SNOMED, "1", "Positive (qualifier value)"))}, True),
        ({"valueCodeableConcept": concept((SNOMED, "1", "Detected"), text="detected.")}, True),
        ({"valueCodeableConcept": coded("positive")}, True),
        ({"valueString": " positive "}, True),
        ({"valueBoolean": True}, True),
        ({"valueQuantity": quantity(80, "U/mL")} | interpreted("POS"), True),
        (interpreted("DET"), True),
        ({"interpretation": [{"text": "Positive"}]}, True),
        ({"valueCodeableConcept": concept(text="Not detected")}, False),
        ({"valueString": "Negative"}, False),
        ({"valueBoolean": False}, False),
        ({"valueQuantity": quantity(2, "U/mL")} | interpreted("NEG"), False),
        ({"valueQuantity": quantity(80, "U/mL")}, None),
        ({"valueQuantity": quantity(80, "U/mL")} | interpreted("H"), None),
        ({"valueInteger": 80}, None),
        ({"valueString": "Weak positive"}, None),
        ({"valueString": "Positive (weak)"}, None),
        ({"valueString": "1:320"}, None),
        ({"valueString": "anti-Jo-1 positive"}, None),
        ({"valueCodeableConcept": concept((LOINC, "x", "Positive"), text="low positive")}, None),
        ({"valueCodeableConcept": concept(text="Equivocal")}, None),
        ({"valueCodeableConcept": {}}, None),
        ({"valueString": "Negative"} | interpreted("POS"), None),
        ({"valueString": "Borderline"} | interpreted("POS"), None),
        (interpreted("IND"), None),
        ({}, None),
        ({"dataAbsentReason": {}} | interpreted("POS"), None),
    ],
)
def test_antibody_results(value: Json, positive: bool | None) -> None:
    reading = read(loinc(JO1, **value))
    assert values(reading) == ({"autoantibodies": ("anti-jo-1",)} if positive else {})
    assert bool(reading.unread) is (positive is None)


def test_a_number_without_a_reading_says_what_it_lacks() -> None:
    (only,) = told(read(loinc(JO1, valueQuantity=quantity(80, "U/mL"))))["Observation/o1"]
    assert "needs the laboratory's own limit" in only


def test_a_code_that_is_not_read_is_not_called_a_number() -> None:
    value = concept((SNOMED, "10828004"))
    (only,) = told(read(loinc(JO1, valueCodeableConcept=value)))["Observation/o1"]
    assert "an uncertain result '10828004'" in only


def antibody(code: str, day: str, result: str, name: str) -> Json:
    return loinc(code, name, day, valueString=result)


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ([(JO1, "2024-01-01", "positive"), (JO1, "2025-01-01", "negative")], None),
        ([(JO1, "2025-01-01", "positive"), (JO1, "2024-01-01", "negative")], ("anti-jo-1",)),
        ([(JO1, "2025-01-01", "positive"), (JO1, "2025-01-01", "negative")], ("anti-jo-1",)),
        ([(JO1, "2025-01-01", "positive"), ("33921-8", "2026-01-01", "negative")], ("anti-jo-1",)),
        ([(JO1, "2025-01-01", "positive"), ("33921-8", "2024-01-01", "positive")],
         ("anti-jo-1", "anti-srp")),
        # Another antibody under the same name of the list does not undo the first.
        ([("33771-7", "2025-01-01", "positive"), ("33772-5", "2026-01-01", "negative")],
         ("other-myositis-specific",)),
        ([(JO1, "2025-01-01", "negative")], None),
    ],
)  # fmt: skip
def test_the_newest_result_of_a_code_counts(
    results: list[tuple[str, str, str]], found: tuple[str, ...] | None
) -> None:
    reading = read(*(antibody(*one, f"o{place}") for place, one in enumerate(results)))
    assert values(reading).get("autoantibodies") == found


def member(value: str, day: str, name: str) -> Json:
    return stated("autoantibodies", name, day, valueCodeableConcept=coded(value))


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ([("anti-srp", "2025-01-01"), ("anti-jo-1", "2024-01-01")], ("anti-jo-1", "anti-srp")),
        ([("anti-srp", "2025-01-01"), ("none", "2025-02-01")], ()),
        ([("anti-srp", "2025-01-01"), ("none", "2024-02-01")], ("anti-srp",)),
        ([("anti-srp", "2025-01-01"), ("none", "2025-01-01")], ("anti-srp",)),
        ([("anti-srp", "2025-01-01"), ("none", "2025-02-01"), ("anti-jo-1", "2025-03-01")],
         ("anti-jo-1",)),
        ([("none", "2025-02-01"), ("none", "2024-02-01")], ()),
        ([("none", "")], ()),
        ([("anti-srp", ""), ("none", "2024-02-01")], ()),
    ],
)  # fmt: skip
def test_a_newer_none_clears_a_list(listed: list[tuple[str, str]], found: tuple[str, ...]) -> None:
    reading = read(*(member(*one, f"o{place}") for place, one in enumerate(listed)))
    assert values(reading) == {"autoantibodies": found}


def test_stated_and_measured_antibodies_are_compared_by_date() -> None:
    older, newer = member("anti-jo-1", "2024-01-01", "s"), antibody(JO1, "2025-01-01", "no", "n")
    negative = newer | {"valueString": "negative"}
    reading = read(older, negative)
    assert values(reading) == {}
    assert "Observation/n is newer and says no" in told(reading)["Observation/s"][0]
    twice = read(older, negative, negative | {"id": "m"})
    assert told(twice) == told(read(negative | {"id": "m"}, negative, older)) == told(reading)
    cleared = read(member("none", "2025-06-01", "s"), antibody(JO1, "2025-01-01", "positive", "n"))
    assert values(cleared) == {"autoantibodies": ()}
    assert "Observation/s is newer" in told(cleared)["Observation/n"][0]


@pytest.mark.parametrize(
    ("status", "counts"),
    [("final", True), ("amended", True), ("corrected", True), ("preliminary", False),
     ("registered", False), ("cancelled", False), ("entered-in-error", False), ("unknown", False),
     ("x", False), (["final"], False), (3, False)],
)  # fmt: skip
def test_status(status: object, counts: bool) -> None:
    reading = read(stated("myocarditis", valueBoolean=True) | {"status": status})
    assert ("myocarditis" in values(reading)) is counts
    assert bool(reading.unread) is not counts


def test_a_missing_status_counts_and_is_listed() -> None:
    without = stated("myocarditis", valueBoolean=True)
    del without["status"]
    reading = read(without)
    assert values(reading) == {"myocarditis": True}
    assert told(reading) == {"Observation/o1": ["no status: counted as final"]}


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ({"effectiveDateTime": "2025-03-31"}, "2025-03-31"),
        ({"effectiveDateTime": "2025-03-31T23:59:59-12:00"}, "2025-03-31"),
        ({"effectiveDateTime": "2025-03"}, "2025-03-01"),
        ({"effectiveDateTime": "2025"}, "2025-01-01"),
        ({"effectiveInstant": "2025-03-31T10:00:00Z"}, "2025-03-31"),
        ({"effectivePeriod": {"start": "2025-03-31", "end": "2025-04-30"}}, "2025-03-31"),
        ({"effectivePeriod": {"end": "2025-04-30"}}, "2025-04-30"),
        ({"issued": "2025-03-31T10:00:00Z"}, "2025-03-31"),
        ({}, ""),
    ],
)
def test_dates(when: Json, day: str) -> None:
    reading = read(stated("myocarditis", day="", valueBoolean=True, **when))
    assert reading.record.facts["myocarditis"].source.date == day
    assert reading.unread == ()


@pytest.mark.parametrize(
    "when",
    ["yesterday", "2025-13-01", "2025-02-30", "20250331", "2025-3-1", "2025-W01-1", "02025", 2025,
     ["2025-03-31"], {"x": 1}, "2025-03-31 10:00", "2025-03-31Z", "0000", True],
)  # fmt: skip
def test_a_date_that_is_none_counts_as_the_oldest_and_is_listed(when: object) -> None:
    odd = stated("myocarditis", "odd", valueBoolean=True) | {"effectiveDateTime": when}
    reading = read(odd, stated("myocarditis", "even", "1900-01-01", valueBoolean=False))
    assert values(reading) == {"myocarditis": False}
    assert "cannot be read" in told(reading)["Observation/odd"][0]


def weight(day: str, kilograms: int, name: str, code: str = "29463-7") -> Json:
    return loinc(code, name, day, valueQuantity=quantity(kilograms))


def test_the_newest_measurement_counts_whatever_its_code_system() -> None:
    own = stated("weight_kg", "s", "2025-01-01", valueQuantity=quantity(60))
    assert values(read(own, weight("2026-01-01", 70, "n"))) == {"weight_kg": 70}
    assert values(read(own, weight("2024-01-01", 70, "n"))) == {"weight_kg": 60}
    assert values(read(own, weight("", 70, "n"))) == {"weight_kg": 60}


def test_a_newest_value_in_doubt_leaves_the_one_before() -> None:
    reading = read(weight("2025-01-01", 70, "a"), weight("2026-01-01", 999, "b"))
    assert values(reading) == {"weight_kg": 70}
    assert list(told(reading)) == ["Observation/b"]


def test_a_tie_does_not_depend_on_the_order_of_entries() -> None:
    for first, second in (("a", "b"), ("", "b"), ("", "")):
        one, two = weight("2026-01-01", 70, first), weight("2026-01-01", 71, second)
        assert values(read(one, two)) == values(read(two, one))


def test_values_after_the_day_of_the_decision_do_not_count() -> None:
    reading = read(weight("2026-06-15", 70, "a"), weight("2026-06-16", 71, "b"))
    assert values(reading) == {"weight_kg": 70}
    assert told(reading) == {"Observation/b": ["weight_kg: dated 2026-06-16, after 2026-06-15"]}


def test_a_stated_day_of_the_decision_rules_the_reading() -> None:
    day = stated("as_of", "d", "2026-06-01", valueDateTime="2025-03-31")
    reading = read(day, weight("2025-03-31", 70, "a"), weight("2025-04-01", 71, "b"))
    assert values(reading) == {"as_of": dt.date(2025, 3, 31), "weight_kg": 70}
    later = stated("as_of", "e", "2026-06-02", valueDateTime="2025-04-30")
    assert values(read(day, later, weight("2025-04-01", 71, "b")))["weight_kg"] == 71


def test_components_are_read() -> None:
    parts: list[Any] = [
        {"code": concept((LOINC, "29463-7")), "valueQuantity": quantity(70)},
        {"code": concept((FACTS, "myocarditis")), "valueBoolean": True},
        {"code": concept((FACTS, "ild")), "dataAbsentReason": {}},
        {"code": concept((LOINC, "8302-2"))},
        "x",
    ]
    reading = read(observation(concept((LOINC, "8716-3")), component=parts))
    assert values(reading) == {"weight_kg": 70, "myocarditis": True}
    assert told(reading) == {"Observation/o1": ["ild: no value"]}
    assert values(read(observation({}, component=parts, status="cancelled"))) == {}


def test_a_fact_stated_outright_is_not_read_again_from_a_foreign_code() -> None:
    both = concept((LOINC, "29463-7"), (FACTS, "weight_kg"))
    assert values(read(observation(both, valueInteger=70))) == {"weight_kg": 70}
    two = concept((FACTS, "ild"), (FACTS, "myocarditis"))
    assert values(read(observation(two, valueBoolean=True))) == {"ild": True, "myocarditis": True}


def test_a_stated_birth_date_counts_before_the_patients_own_and_says_so() -> None:
    own = stated("birth_date", valueDateTime="1960-01-01")
    reading = read(patient(birthDate="1961-01-01"), own)
    assert values(reading) == {"birth_date": dt.date(1960, 1, 1)}
    assert "disagrees with Observation/o1 says 1960-01-01" in told(reading)["Patient/p1"][0]


@pytest.mark.parametrize(
    ("stated_day", "coded_day", "known"),
    [("2025-01-01", "2026-01-01", True), ("2026-01-01", "2025-01-01", False),
     ("2026-01-01", "2026-01-01", False)],
)  # fmt: skip
def test_a_stated_no_and_a_coded_yes(stated_day: str, coded_day: str, known: bool) -> None:
    no = stated("ild", "o1", stated_day, valueBoolean=False)
    reading = read(no, condition((SNOMED, "233703007"), day=coded_day))
    assert values(reading) == {"ild": known}
    loser = "Observation/o1" if known else "Condition/c1"
    (only,) = told(reading)[loser]
    assert "disagrees" in only


def test_older_statements_and_results_of_one_kind_are_no_disagreement() -> None:
    reading = read(
        stated("ild", "a", "2024-01-01", valueBoolean=False),
        stated("ild", "b", "2025-01-01", valueBoolean=True),
        loinc("5195-3", "c", "2024-01-01", valueString="negative"),
        loinc("5195-3", "d", "2025-01-01", valueString="positive"),
    )
    assert values(reading) == {"ild": True, "hbsag": "positive"}
    assert reading.unread == ()


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2026-05-01T08:00:00Z", "2026-05-01T17:00:00Z"),
        ("2026-05-01T09:30:00+02:00", "2026-05-01T08:00:00Z"),
        ("2026-05-01T01:00:00Z", "2026-04-30T23:00:00-05:00"),
        ("2026-05-01T08:00:00.5Z", "2026-05-01T08:00:01Z"),
        ("2026-05-01", "2026-05-01T08:00:00Z"),
        ("2026-05", "2026-05-01T08:00:00Z"),
        ("2026-04-30T23:59:00Z", "2026-05-01"),
    ],
)
def test_the_newest_is_told_by_time_and_zone(older: str, newer: str) -> None:
    """Whatever the ids and the order of the entries."""
    for names in (("a", "b"), ("b", "a")):
        first = loinc("29463-7", names[0], older, valueQuantity=quantity(70))
        second = loinc("29463-7", names[1], newer, valueQuantity=quantity(80))
        assert values(read(first, second)) == values(read(second, first)) == {"weight_kg": 80}
        said = stated("course", names[0], older, valueCodeableConcept=coded("initial"))
        again = stated("course", names[1], newer, valueCodeableConcept=coded("relapse"))
        assert values(read(said, again)) == {"course": "relapse"}
