"""The Bundle: one patient or an error, nobody else's resources, one bad entry hides no other."""

from typing import Any

import pytest

from myopathway.errors import InputError
from myopathway.fhir import read_bundle
from myopathway.guideline.load import shipped
from tests.data.fhir.build import (
    LOINC,
    TODAY,
    bundle,
    concept,
    patient,
    quantity,
    read,
    stated,
    told,
    values,
)

WEIGHT = stated("weight_kg", valueQuantity=quantity(70))


def faults(document: object) -> str:
    with pytest.raises(InputError) as caught:
        read_bundle(document, shipped(), today=TODAY)
    return str(caught.value)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (None, "Bundle: found None"),
        ([], "Bundle: found []"),
        ("Bundle", "Bundle: found 'Bundle'"),
        ({}, "no resourceType"),
        ({"resourceType": "Patient", "id": "p1"}, "found 'Patient'"),
        ({"resourceType": ["Bundle"]}, "found ['Bundle']"),
        ({"resourceType": "Bundle"}, "Bundle: no Patient"),
        ({"resourceType": "Bundle", "entry": []}, "Bundle: no Patient"),
        ({"resourceType": "Bundle", "entry": {}}, "Bundle.entry: found {}"),
        ({"resourceType": "Bundle", "entry": [{"resource": WEIGHT}]}, "Bundle: no Patient"),
    ],
)
def test_what_is_no_bundle_of_a_patient_is_an_error(document: object, found: str) -> None:
    assert found in faults(document)


def test_two_patients_are_an_error_that_names_both() -> None:
    two = faults(bundle(patient(id="b"), patient(id="a")))
    assert "2 Patients: Patient/a and Patient/b" in two
    assert "exactly one" in two
    assert "and 2 more" in faults(bundle(*(patient(id=f"p{n}") for n in range(7))))


@pytest.mark.parametrize(
    ("more", "facts"),
    [
        ({"gender": "female", "birthDate": "1960-02-29"}, {"sex": "female", "birth_date": "1960"}),
        ({"gender": "other"}, {"sex": "other"}),
        ({"gender": "unknown"}, {}),
        ({"gender": "f"}, {}),
        ({"birthDate": "1960"}, {}),
        ({"birthDate": "1960-02"}, {}),
        ({"birthDate": "1960-02-30"}, {}),
        ({"birthDate": 1960, "gender": ["female"]}, {}),
        ({"birthDate": "2026-06-16"}, {}),
        ({"birthDate": "2026-06-15"}, {"birth_date": "2026"}),
    ],
)
def test_patient(more: dict[str, Any], facts: dict[str, str]) -> None:
    reading = read(patient(**more))
    assert {name: str(value)[:6].split("-")[0] for name, value in values(reading).items()} == facts
    skipped = len(more) - len(facts) - (more.get("gender") == "unknown")
    assert len(told(reading).get("Patient/p1", ())) == skipped


@pytest.mark.parametrize(
    ("person", "url", "reference", "own"),
    [
        ("p1", "", "Patient/p1", True),
        ("p1", "", "Patient/p1/_history/3", True),
        ("p1", "", "Patient/p2", False),
        ("p1", "", "Group/p1", False),
        ("p1", "urn:uuid:p1", "Patient/p1", True),
        ("p1", "urn:uuid:77", "urn:uuid:77", True),
        ("p1", "urn:uuid:77", "urn:uuid:78", False),
        ("p1", "urn:uuid:AB", "urn:uuid:ab", True),
        ("p1", "", "urn:uuid:p1", True),
        ("p1", "http://a/fhir/Patient/p1", "http://a/fhir/Patient/p1", True),
        ("p1", "http://a/fhir/Patient/p1", "http://b/fhir/Patient/p1", False),
        ("p1", "http://a/fhir/Patient/p1", "Patient/p1", True),
        ("", "http://a/fhir/Patient/p1", "Patient/p1", True),
        ("p1", "", "http://b/fhir/Patient/p1", True),
        ("p1", "", "http://b/fhir/Patient/p2", False),
        ("p1", "", "#contained", True),
        ("p1", "", "", True),
        ("", "", "Patient/p2", True),
    ],
)
def test_resources_of_another_patient_are_not_read(
    person: str, url: str, reference: str, own: bool
) -> None:
    document = bundle(patient(id=person), WEIGHT | {"subject": {"reference": reference}})
    document["entry"][0]["fullUrl"] = url
    reading = read_bundle(document, shipped(), today=TODAY)
    assert ("weight_kg" in reading.record.facts) is own
    if not own:
        assert told(reading)["Observation/o1"] == [f"of another patient: {reference}"]


@pytest.mark.parametrize("subject", ["Patient/p1", ["x"], 3, {"reference": 7}])
def test_a_subject_that_is_no_reference_is_not_trusted(subject: object) -> None:
    reading = read(WEIGHT | {"subject": subject})
    assert values(reading) == {}
    assert told(reading)["Observation/o1"] == ["its subject is no reference"]


@pytest.mark.parametrize("subject", [None, {}, {"display": "Jo"}, {"identifier": {"value": "1"}}])
def test_a_subject_that_names_nobody_is_the_patient(subject: object) -> None:
    assert "weight_kg" in values(read(WEIGHT | {"subject": subject}))


@pytest.mark.parametrize(
    "entry",
    [None, "x", 3, [], {}, {"resource": None}, {"resource": "x"}, {"resource": []},
     {"resource": {}}, {"resource": {"resourceType": 5}}, {"resource": {"resourceType": ["x"]}},
     {"resource": {"resourceType": "  "}}, {"resource": {"resourceType": None}}],
)  # fmt: skip
def test_a_broken_entry_is_listed_by_its_place_and_hides_no_other(entry: object) -> None:
    document = bundle(patient())
    document["entry"] += [entry, {"resource": WEIGHT}]
    reading = read_bundle(document, shipped(), today=TODAY)
    assert told(reading) == {"entry[1]": ["no resource of a type in it"]}
    assert values(reading) == {"weight_kg": 70}


def test_types_that_no_fact_reads_are_counted() -> None:
    others = [{"resourceType": "Encounter", "id": str(n)} for n in range(12)]
    reading = read(*others, {"resourceType": "Claim"}, {"resourceType": "Medication", "id": "x"})
    assert [(one.resource, one.reason) for one in reading.unread] == [
        ("Claim", "read by no fact: 1 resource"),
        ("Encounter", "read by no fact: 12 resources"),
        ("Medication", "read by no fact: 1 resource"),
    ]


def test_codes_that_no_fact_reads_are_counted() -> None:
    nothing = concept((LOINC, "8302-2"))
    reading = read(
        {"resourceType": "Observation", "id": "1", "status": "final", "code": nothing},
        {"resourceType": "Observation", "id": "2"},
        {"resourceType": "Condition", "id": "3", "code": concept((LOINC, "8302-2"), text="x")},
        {"resourceType": "Condition", "id": "4", "code": "asthma"},
        {"resourceType": "QuestionnaireResponse", "id": "5"},
    )
    assert told(reading) == {
        "Condition": ["no code that a fact is read from: 2 resources"],
        "Observation": ["no code that a fact is read from: 2 resources"],
        "QuestionnaireResponse": ["no code that a fact is read from: 1 resource"],
    }


def test_names_of_resources_are_shown_short_and_printable() -> None:
    wild = stated("sex", name="a\x07\n" + "b" * 500, valueString="x")
    document = bundle(patient(), wild, stated("sex", name="", valueString="x"))
    document["entry"].append(
        {"fullUrl": "urn:uuid:9\x00", "resource": document["entry"][2]["resource"]}
    )
    reading = read_bundle(document, shipped(), today=TODAY)
    names = sorted(told(reading))
    assert names[1:] == ["entry[2]", "urn:uuid:9"]
    assert names[0].startswith("Observation/a bbb")
    assert len(names[0]) < 100


def test_of_two_versions_of_a_resource_the_newer_counts() -> None:
    def version(day: str, weight: int) -> dict[str, Any]:
        return WEIGHT | {"meta": {"lastUpdated": day}, "valueQuantity": quantity(weight)}

    one, two = version("2026-02-01T10:00:00Z", 60), version("2026-02-02T10:00:00Z", 66)
    for order in ((one, two), (two, one)):
        reading = read(*order)
        assert values(reading) == {"weight_kg": 66}
        assert "more than once" in told(reading)["Observation/o1"][0]
    assert values(read(WEIGHT, WEIGHT)) == {"weight_kg": 70}


def test_the_same_id_on_two_servers_is_two_resources() -> None:
    document = bundle(patient(), WEIGHT, stated("sex", valueString="male"))
    document["entry"][1]["fullUrl"] = "http://a/Observation/o1"
    document["entry"][2]["fullUrl"] = "http://b/Observation/o1"
    reading = read_bundle(document, shipped(), today=TODAY)
    assert values(reading) == {"weight_kg": 70, "sex": "male"}
    assert reading.unread == ()
