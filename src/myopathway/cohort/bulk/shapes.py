"""The part of each type of resource that the reader looks at, typed for speed.

A line that does not fit (a number where FHIR has a text) is no error: it takes the slow way.
``Raw`` members are kept as they stand in the line.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import Raw

EMPTY: Final = Raw(b"")


class Reference(msgspec.Struct, frozen=True, gc=False):
    """Whom or what a resource points to."""

    reference: str | None = None
    display: str | None = None


NOBODY: Final = Reference()


class Period(msgspec.Struct, gc=False):
    """From when to when, as written."""

    start: str | None = None
    end: str | None = None


class Part(msgspec.Struct, gc=False):
    """A component of an Observation; its value is looked at the slow way only."""

    code: Raw = EMPTY


class Repeat(msgspec.Struct, gc=False):
    """The bounds of a timing."""

    boundsPeriod: Period | None = None  # noqa: N815 - names of FHIR, here and below


class Timing(msgspec.Struct, gc=False):
    """When a dose is taken."""

    repeat: Repeat | None = None


class Dosage(msgspec.Struct, gc=False):
    """What of a dosage tells the route, the dose in words and the end."""

    text: str | None = None
    route: Raw = EMPTY
    timing: Timing | None = None


class Dispense(msgspec.Struct, gc=False):
    """How long a request is valid."""

    validityPeriod: Period | None = None  # noqa: N815


class Person(msgspec.Struct, gc=False):
    """A Patient."""

    resourceType: Literal["Patient"]  # noqa: N815
    id: str = ""
    gender: str | None = None
    birthDate: str | None = None  # noqa: N815


class Observation(msgspec.Struct, gc=False):
    """An Observation."""

    resourceType: Literal["Observation"]  # noqa: N815
    id: str = ""
    status: str | None = None
    code: Raw = EMPTY
    subject: Reference = NOBODY
    effectiveDateTime: str | None = None  # noqa: N815
    issued: str | None = None
    component: list[Part] | None = None
    valueQuantity: Raw = EMPTY  # noqa: N815
    valueCodeableConcept: Raw = EMPTY  # noqa: N815
    valueString: Raw = EMPTY  # noqa: N815
    valueBoolean: Raw = EMPTY  # noqa: N815
    valueInteger: Raw = EMPTY  # noqa: N815
    valueDateTime: Raw = EMPTY  # noqa: N815
    valueRange: Raw = EMPTY  # noqa: N815
    valueRatio: Raw = EMPTY  # noqa: N815
    valueSampledData: Raw = EMPTY  # noqa: N815
    valueTime: Raw = EMPTY  # noqa: N815
    valuePeriod: Raw = EMPTY  # noqa: N815
    valueDecimal: Raw = EMPTY  # noqa: N815
    valueDate: Raw = EMPTY  # noqa: N815
    valueCoding: Raw = EMPTY  # noqa: N815
    interpretation: Raw = EMPTY
    dataAbsentReason: Raw = EMPTY  # noqa: N815
    effectivePeriod: Period | None = None  # noqa: N815
    effectiveInstant: str | None = None  # noqa: N815


class Condition(msgspec.Struct, gc=False):
    """A Condition."""

    resourceType: Literal["Condition"]  # noqa: N815
    id: str = ""
    clinicalStatus: Raw = EMPTY  # noqa: N815
    verificationStatus: Raw = EMPTY  # noqa: N815
    code: Raw = EMPTY
    subject: Reference = NOBODY
    onsetDateTime: str | None = None  # noqa: N815
    onsetPeriod: Period | None = None  # noqa: N815
    recordedDate: str | None = None  # noqa: N815
    abatementDateTime: Raw = EMPTY  # noqa: N815
    abatementPeriod: Raw = EMPTY  # noqa: N815
    abatementBoolean: Raw = EMPTY  # noqa: N815
    abatementString: Raw = EMPTY  # noqa: N815
    abatementAge: Raw = EMPTY  # noqa: N815
    abatementRange: Raw = EMPTY  # noqa: N815


class Allergy(msgspec.Struct, gc=False):
    """An AllergyIntolerance."""

    resourceType: Literal["AllergyIntolerance"]  # noqa: N815
    id: str = ""
    clinicalStatus: Raw = EMPTY  # noqa: N815
    verificationStatus: Raw = EMPTY  # noqa: N815
    code: Raw = EMPTY
    patient: Reference = NOBODY
    recordedDate: str | None = None  # noqa: N815
    onsetDateTime: str | None = None  # noqa: N815
    onsetPeriod: Period | None = None  # noqa: N815


class Drug(msgspec.Struct, gc=False):
    """A MedicationRequest, MedicationStatement or MedicationAdministration; the rare last."""

    resourceType: Literal[  # noqa: N815
        "MedicationRequest", "MedicationStatement", "MedicationAdministration"
    ]
    id: str = ""
    status: str | None = None
    intent: str | None = None
    medicationCodeableConcept: Raw = EMPTY  # noqa: N815
    subject: Reference = NOBODY
    authoredOn: str | None = None  # noqa: N815
    statusReason: Raw = EMPTY  # noqa: N815
    category: Raw = EMPTY
    dosageInstruction: list[Dosage] | Dosage | None = None  # noqa: N815
    dosage: list[Dosage] | Dosage | None = None
    dispenseRequest: Dispense | None = None  # noqa: N815
    effectiveDateTime: str | None = None  # noqa: N815
    effectivePeriod: Period | None = None  # noqa: N815
    doNotPerform: bool | None = None  # noqa: N815
    medicationReference: Reference | None = None  # noqa: N815
    contained: Raw = EMPTY


class Product(msgspec.Struct, gc=False):
    """A Medication: no patient's own."""

    resourceType: Literal["Medication"]  # noqa: N815
    id: str = ""


class Answers(msgspec.Struct, gc=False):
    """A QuestionnaireResponse, as far as it tells which questions were asked."""

    resourceType: Literal["QuestionnaireResponse"]  # noqa: N815
    id: str = ""
    questionnaire: str | None = None
    subject: Reference = NOBODY


OF: Final[dict[str, type[msgspec.Struct]]] = {
    "Patient": Person,
    "Observation": Observation,
    "Condition": Condition,
    "AllergyIntolerance": Allergy,
    "MedicationRequest": Drug,
    "MedicationStatement": Drug,
    "MedicationAdministration": Drug,
    "Medication": Product,
    "QuestionnaireResponse": Answers,
}
