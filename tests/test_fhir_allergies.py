"""AllergyIntolerance: drugs that must not be given, under the names that the rules know."""

from typing import Any

import pytest

from myopathway.facts import Source
from tests.data.fhir.build import (
    ATC,
    RXNORM,
    SNOMED,
    Json,
    allergy,
    coded,
    concept,
    read,
    stated,
    told,
    values,
)

MTX = (ATC, "L04AX03")


def test_without_an_allergy_resource_allergies_are_unknown() -> None:
    assert values(read()) == {}


def test_an_allergy_has_its_source() -> None:
    known = read(allergy(MTX, recordedDate="2025-03-31")).record.facts["allergies"]
    assert known.value == ("methotrexate",)
    assert known.source == Source("fhir", "AllergyIntolerance/a1", "2025-03-31", "code L04AX03")


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (allergy((RXNORM, "8640")), ("prednisolone",)),
        (allergy(text="Cyclosporine"), ("ciclosporin",)),
        (allergy(text="Methotrexate 2.5 mg"), ("methotrexate",)),
        (allergy((SNOMED, "x", "Allergy to methotrexate (finding)")), ("methotrexate",)),
        (allergy(text="Adverse reaction to azathioprine and methotrexate"),
         ("azathioprine", "methotrexate")),
        (allergy(text="immunoglobulin"), ("ivig",)),
        (allergy(text="anti-D immunoglobulin"), ("anti-d immunoglobulin",)),
        (allergy(text="Penicillin G"), ("penicillin",)),
        (allergy(text="Peanut"), ("peanut",)),
        (allergy((ATC, "J01EA01")), ("trimethoprim",)),
        (allergy(text="Human immunoglobulin"), ("ivig",)),
        (allergy(text="Immune globulin"), ("ivig",)),
        (allergy(text="Hepatitis B immune globulin"), ("hepatitis b immune globulin",)),
        (allergy(text="Murine protein (substance)"), ("murine-protein",)),
        (allergy(text="Cow’s milk protein"), ("cows-milk-protein",)),
        (allergy(text="Allergy to macrolide antibiotics"), ("macrolide-antibiotics",)),
        (allergy(MTX, text="Azathioprine"), ("azathioprine", "methotrexate")),
    ],
)  # fmt: skip
def test_the_substance(said: Json, names: tuple[str, ...]) -> None:
    assert values(read(said)) == {"allergies": names}


@pytest.mark.parametrize(
    "text",
    ["No known allergies", "No Known Drug Allergy (situation)", "NKDA", "nka", "Nil known", "None",
     "Not allergic to methotrexate", "Denies allergy to methotrexate"],
)  # fmt: skip
def test_a_negation_is_no_allergy(text: str) -> None:
    reading = read(allergy((SNOMED, "716186003"), text=text))
    assert values(reading) == {}
    assert told(reading) == {"AllergyIntolerance/a1": [f"{text}: names no allergy"]}


@pytest.mark.parametrize("code", [None, {}, "x", concept((SNOMED, "716186003")), {"text": " "}])
def test_an_allergy_without_a_name_is_listed(code: Any) -> None:
    reading = read(allergy() | {"code": code})
    assert values(reading) == {}
    assert told(reading) == {"AllergyIntolerance/a1": ["names no substance that can be read"]}


def status(code: str) -> Json:
    return concept(("http://x", code))


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"clinicalStatus": status("active")}, True),
        ({"clinicalStatus": None}, True),
        ({"clinicalStatus": status("inactive")}, False),
        ({"clinicalStatus": status("resolved")}, False),
        ({"verificationStatus": status("confirmed")}, True),
        ({"verificationStatus": status("unconfirmed")}, True),
        ({"verificationStatus": status("presumed")}, True),
        ({"verificationStatus": status("refuted")}, False),
        ({"verificationStatus": status("entered-in-error")}, False),
        ({"recordedDate": "2026-06-16"}, False),
        ({"onsetPeriod": {"start": "2026-06-16"}}, False),
        ({"patient": {"reference": "Patient/p2"}}, False),
    ],
)
def test_status_and_date(more: Json, counts: bool) -> None:
    reading = read(allergy(MTX, **more))
    assert values(reading) == ({"allergies": ("methotrexate",)} if counts else {})
    assert bool(reading.unread) is not counts


def test_an_odd_date_is_listed_and_the_allergy_counts() -> None:
    reading = read(allergy(MTX, recordedDate="long ago"))
    assert values(reading) == {"allergies": ("methotrexate",)}
    assert "cannot be read" in told(reading)["AllergyIntolerance/a1"][0]


def test_a_stated_none_clears_no_recorded_allergy() -> None:
    none = stated("allergies", "n", "2026-06-01", valueCodeableConcept=coded("none"))
    own = stated("allergies", "s", "2020-01-01", valueString="rituximab")
    reading = read(none, own, allergy(MTX, recordedDate="2020-01-01"))
    assert values(reading) == {"allergies": ("methotrexate",)}
    assert told(reading) == {"Observation/n": ["allergies none, but one is on record"]}


def test_stated_and_recorded_allergies_add_up() -> None:
    own = stated("allergies", valueString="Rituximab")
    reading = read(own, allergy(MTX), allergy(text="Latex") | {"id": "a2"})
    assert values(reading) == {"allergies": ("latex", "methotrexate", "rituximab")}
    assert reading.record.facts["allergies"].source.reference == "Observation/o1"


def test_an_allergy_makes_no_history() -> None:
    assert "treatments" not in values(read(allergy(MTX)))
