"""Small FHIR resources for tests: each function gives one, with what the test cares about."""

from __future__ import annotations

import datetime as dt
from typing import Any

from myopathway.fhir import Reading, read_bundle
from myopathway.guideline.load import shipped

TODAY = dt.date(2026, 6, 15)
FACTS = "https://myopathway.example/fhir/CodeSystem/facts"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
LOINC = "http://loinc.org"
ATC = "http://www.whocc.no/atc"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
REASONS = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"

Json = dict[str, Any]


def concept(*codes: tuple[str, str] | tuple[str, str, str], text: str = "") -> Json:
    codings = [dict(zip(("system", "code", "display"), one, strict=False)) for one in codes]
    return {"coding": codings} | ({"text": text} if text else {})


def patient(**more: Any) -> Json:
    return {"resourceType": "Patient", "id": "p1"} | more


def stated(fact: str, name: str = "o1", day: str = "2026-01-01", **value: Any) -> Json:
    return observation(concept((FACTS, fact)), name, day, **value)


def observation(code: Json, name: str = "o1", day: str = "2026-01-01", **more: Any) -> Json:
    found = {"resourceType": "Observation", "id": name, "status": "final", "code": code}
    return found | ({"effectiveDateTime": day} if day else {}) | more


def loinc(code: str, name: str = "o1", day: str = "2026-01-01", **more: Any) -> Json:
    return observation(concept((LOINC, code)), name, day, **more)


def coded(*codes: str) -> Json:
    """Give a value of our own code system."""
    return concept(*((FACTS, code) for code in codes))


def quantity(value: Any, unit: str = "kg") -> Json:
    return {"value": value, "unit": unit, "code": unit, "system": "http://unitsofmeasure.org"}


def condition(
    *codes: tuple[str, str] | tuple[str, str, str],
    name: str = "c1",
    day: str = "2026-01-01",
    clinical: str = "active",
    verification: str = "",
    **more: Any,
) -> Json:
    found: Json = {"resourceType": "Condition", "id": name, "code": concept(*codes)}
    if day:
        found["recordedDate"] = day
    if clinical:
        found["clinicalStatus"] = concept(("http://x/condition-clinical", clinical))
    if verification:
        found["verificationStatus"] = concept(("http://x/condition-ver-status", verification))
    return found | more


def request(drug: str, name: str = "m1", day: str = "2025-01-01", **more: Any) -> Json:
    """Give a MedicationRequest of an ATC code."""
    found: Json = {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept((ATC, drug)),
    }
    return found | ({"authoredOn": day} if day else {}) | more


def statement(drug: str, name: str = "m1", start: str = "", end: str = "", **more: Any) -> Json:
    """Give a MedicationStatement of an ATC code over a period."""
    period = {key: day for key, day in (("start", start), ("end", end)) if day}
    found: Json = {"resourceType": "MedicationStatement", "id": name, "status": "active",
                   "medicationCodeableConcept": concept((ATC, drug))}  # fmt: skip
    return found | ({"effectivePeriod": period} if period else {}) | more


def allergy(*codes: tuple[str, str] | tuple[str, str, str], text: str = "", **more: Any) -> Json:
    found: Json = {"resourceType": "AllergyIntolerance", "id": "a1"}
    found["code"] = concept(*codes, text=text)
    found["clinicalStatus"] = concept(("http://x/allergyintolerance-clinical", "active"))
    return found | more


def bundle(*resources: Any) -> Json:
    """Give a Bundle of these resources with a patient, unless they hold one."""
    people = [] if any(_is_patient(one) for one in resources) else [patient()]
    return {"resourceType": "Bundle", "type": "collection",
            "entry": [{"resource": one} for one in (*people, *resources)]}  # fmt: skip


def _is_patient(resource: Any) -> bool:
    return isinstance(resource, dict) and resource.get("resourceType") == "Patient"


def read(*resources: Any, **options: Any) -> Reading:
    return read_bundle(bundle(*resources), shipped(), **({"today": TODAY} | options))


def values(reading: Reading) -> Json:
    """Give the facts that a reading holds, without their sources."""
    return {name: known.value for name, known in reading.record.facts.items()}


def told(reading: Reading) -> dict[str, list[str]]:
    """Give the unread reasons by resource."""
    found: dict[str, list[str]] = {}
    for one in reading.unread:
        found.setdefault(one.resource, []).append(one.reason)
    return found
