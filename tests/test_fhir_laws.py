"""Laws of the reader: order changes nothing, and what is broken breaks nothing else."""

import contextlib
import copy
import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myopathway.errors import InputError
from myopathway.fhir import read_bundle
from myopathway.guideline.load import shipped
from tests.data.fhir.build import (
    ATC,
    FACTS,
    ICD10,
    INTERPRETATION,
    REASONS,
    SNOMED,
    TODAY,
    Json,
    allergy,
    bundle,
    coded,
    concept,
    condition,
    loinc,
    patient,
    quantity,
    request,
    stated,
    statement,
    values,
)

STRANGERS = sorted((Path(__file__).parent / "data/fhir/general-patients").glob("*.json"))
DAYS = st.sampled_from(["", "2024", "2025-03", "2025-03-01", "2025-04-01T09:00:00Z", "2026-06-16"])
NAMES = st.sampled_from(["", "a", "b", "c", "d", "e"])


def of(day: str, key: str) -> Json:
    return {key: day} if day else {}


def one_of(*members: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(members)


FLAGS = one_of("ild", "myocarditis", "complete-problem-list")
WORDS = one_of(
    ("subtype", "polymyositis"), ("course", "remission"), ("course", "initial"),
    ("course", "relapse"), ("autoantibodies", "anti-srp"), ("autoantibodies", "none"),
    ("allergies", "none"), ("treatments", "none"),
)  # fmt: skip
PROBLEMS = one_of(
    (ICD10, "M33.1"), (ICD10, "M33.2"), (ICD10, "M33.9"), (ICD10, "J84.9"), (ICD10, "J96.0"),
    (ICD10, "M36.0"), (SNOMED, "77386006"),
)  # fmt: skip
RESOURCES = st.one_of(
    st.builds(
        lambda fact, name, day, value: stated(fact, name, day, valueBoolean=value),
        FLAGS, NAMES, DAYS, st.booleans(),
    ),
    st.builds(
        lambda word, name, day: stated(word[0], name, day, valueCodeableConcept=coded(word[1])),
        WORDS, NAMES, DAYS,
    ),
    st.builds(
        lambda name, day, kg: loinc("29463-7", name, day, valueQuantity=quantity(kg)),
        NAMES, DAYS, st.integers(60, 62),
    ),
    st.builds(
        lambda name, day, said: loinc("8076-2", name, day, valueString=said),
        NAMES, DAYS, one_of("positive", "negative", "weak"),
    ),
    st.builds(lambda name, day: stated("as_of", name, "", valueDateTime=day), NAMES, DAYS),
    st.builds(
        lambda code, name, day, status: condition(code, name=name, day=day, clinical=status),
        PROBLEMS, NAMES, DAYS, one_of("active", "resolved", ""),
    ),
    st.builds(
        lambda drug, name, day, status, reason: request(
            drug, name, day, status=status, statusReason=coded(reason)
        ),
        one_of("L04AX03", "L04AX01", "H02AB06"), NAMES, DAYS,
        one_of("active", "stopped", "completed", "draft"),
        one_of("intolerance", "inadequate-response", "x"),
    ),
    st.builds(
        lambda drug, name, start, end, status: statement(drug, name, start, end, status=status),
        one_of("L04AX03", "L04AX01"), NAMES, DAYS, DAYS, one_of("active", "stopped", "completed"),
    ),
    st.builds(
        lambda text, name, day: allergy(text=text, **of(day, "recordedDate")) | {"id": name},
        one_of("methotrexate", "latex", "No known allergies"), NAMES, DAYS,
    ),
    st.builds(lambda name: {"resourceType": "Encounter", "id": name}, NAMES),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(RESOURCES, max_size=9), st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_nothing(resources: list[Json], chance: random.Random) -> None:
    # What has no id is named by its place, so here its place is given a name of its own.
    entries = [{"resource": one} | ({} if one["id"] else {"fullUrl": f"urn:uuid:{place}"})
               for place, one in enumerate([patient(), *resources])]  # fmt: skip
    shuffled = entries[:]
    chance.shuffle(shuffled)
    one, two = (
        read_bundle({"resourceType": "Bundle", "entry": some}, shipped(), today=TODAY)
        for some in (entries, shuffled)
    )
    assert msgspec.json.encode(one) == msgspec.json.encode(two)


RICH: list[Json] = [
    patient(gender="female", birthDate="1960-01-01"),
    stated("weight_kg", "o1", valueQuantity=quantity(70)),
    stated("subtype", "o2", valueCodeableConcept=coded("polymyositis")),
    stated("muscle_strength_mrc", "o3", valueString="4-"),
    stated("course", "o4", "2025-03-01", valueCodeableConcept=coded("remission")),
    stated("as_of", "o5", valueDateTime="2026-03-01"),
    loinc("8076-2", "o6", valueQuantity=quantity(9, "U/mL"),
          interpretation=[concept((INTERPRETATION, "POS"))]),
    loinc("8716-3", "o7", component=[{"code": concept((FACTS, "ild")), "valueBoolean": True}]),
    condition((ICD10, "M33.1", "DM"), (SNOMED, "396230008"), verification="confirmed",
              abatementPeriod={"end": "2027-01-01"}, onsetPeriod={"start": "2020"}),
    condition((SNOMED, "77386006"), name="c2"),
    allergy((ATC, "L04AX01"), text="Azathioprine", recordedDate="2025-01-01"),
    request("L04AX03", status="stopped", statusReason=concept((REASONS, "sintol")),
            category=[coded("induction")],
            dispenseRequest={"validityPeriod": {"end": "2025-02-01"}},
            dosageInstruction=[{"text": "x", "route": concept(text="Oral"), "timing":
                                {"repeat": {"boundsPeriod": {"end": "2025-02-01"}}}}]),
    statement("H02AB06", "m2", "2025-01-01", "2025-03-01", status="completed"),
    {"resourceType": "MedicationAdministration", "id": "m3", "status": "completed",
     "medicationReference": {"reference": "Medication/x"}, "effectiveDateTime": "2025-01-01",
     "dosage": {"route": concept(text="Intravenous")}},
    {"resourceType": "Medication", "id": "x", "code": concept((ATC, "L01FA01")),
     "ingredient": [{"itemCodeableConcept": concept((ATC, "L01FA01"))}], "form": {"text": "vial"}},
    {"resourceType": "QuestionnaireResponse", "id": "q", "status": "completed",
     "questionnaire": "https://myopathway.example/fhir/Questionnaire/x", "authored": "2025-01-01",
     "item": [{"linkId": "egfr", "answer": [{"valueDecimal": 60}]},
              {"linkId": "treatments", "item": [
                  {"linkId": "treatments.drugs", "answer": [{"valueString": "ivig"}]}]}]},
]  # fmt: skip
PROBE = stated("peptic_ulcer_active", "probe", valueBoolean=True)

JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.just(10**400),
        st.text(max_size=5), one_of("2025-01-01", "9999-99-99", "active", "none", FACTS, "\x00"),
    ),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        one_of("coding", "code", "system", "value", "reference", "text", "x"), inner, max_size=3
    ),
    max_leaves=6,
)  # fmt: skip


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, one in inner:
        found.append((*so_far, key))
        if isinstance(one, dict | list):
            found += paths(one, (*so_far, key))
    return found


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    changed = copy.deepcopy(value)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return changed


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_broken_resource_never_hides_another(data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(RICH) - 1))
    path = data.draw(st.sampled_from(paths(RICH[place])))
    broken = replaced(RICH[place], path, data.draw(JSON))
    reading = read_bundle(bundle(*RICH[:place], broken, *RICH[place + 1 :], PROBE), shipped(),
                          today=TODAY)  # fmt: skip
    assert reading.record.value("peptic_ulcer_active") is True
    assert reading.record.value("sex") == "female"
    assert all(one.resource and one.reason and len(one.resource) < 120 for one in reading.unread)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_broken_bundle_raises_nothing_but_an_input_error(data: st.DataObject) -> None:
    whole = bundle(*RICH)
    broken = replaced(whole, data.draw(st.sampled_from(paths(whole))), data.draw(JSON))
    with contextlib.suppress(InputError):
        read_bundle(broken, shipped(), today=TODAY)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused(document: object) -> None:
    with pytest.raises(InputError):
        read_bundle(document, shipped(), today=TODAY)


def test_json_nested_without_end_breaks_nothing_else() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for path in (("code",), ("valueQuantity",), ("valueQuantity", "value"), ("id",), ("subject",)):
        broken = replaced(RICH[1], path, deep)
        reading = read_bundle(bundle(broken, PROBE), shipped(), today=TODAY)
        assert reading.record.value("peptic_ulcer_active") is True
        assert bool(reading.unread) is (path != ("id",))


def test_what_every_resource_here_says() -> None:
    known = values(read_bundle(bundle(*RICH), shipped(), today=TODAY))
    assert sorted(known) == [
        "allergies", "as_of", "autoantibodies", "birth_date", "course", "egfr", "ild",
        "muscle_strength_mrc", "pregnant", "sex", "subtype", "treatments", "weight_kg",
    ]  # fmt: skip


def test_a_reading_changes_nothing_in_the_bundle() -> None:
    document = bundle(*RICH)
    before = copy.deepcopy(document)
    read_bundle(document, shipped(), today=TODAY, complete_problem_list=True)
    assert document == before


@pytest.mark.parametrize("file", STRANGERS, ids=lambda file: str(file.stem))
def test_general_patients_are_read_and_stay_silent(file: Path) -> None:
    reading = read_bundle(json.loads(file.read_text()), shipped(), today=TODAY)
    known = values(reading)
    assert {"sex", "birth_date", "weight_kg"} <= set(known)
    assert known.get("treatments", ()) == ()
    judged = {name for name, fact in shipped().vocabulary.facts.items() if fact.judgement}
    assert judged.isdisjoint(known)
    assert {one.resource for one in reading.unread} >= {"Encounter", "Observation", "Claim"}


def test_the_files_of_general_patients_are_there() -> None:
    assert [file.stem for file in STRANGERS] == ["01", "05"]
