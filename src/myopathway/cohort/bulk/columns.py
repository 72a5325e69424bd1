"""How DuckDB reads each type of resource: what stands in which column, and what is ordinary.

An ordinary line is written plainly and in texts that were met before; it becomes numbers. Any
other line is put together again from its columns, as far as the reader looks at it, and read by
itself. Every column is JSON, so that nothing is taken for what it is not.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Layout(msgspec.Struct, frozen=True):
    """One type of resource: its ``code``; the other ``texts`` that make its form; its ``dates``.

    ``rest`` makes a line extraordinary; with a code that no fact is read from nothing else
    matters. What of it stands in ``more`` makes forms all the same, where lines are not read by
    DuckDB. ``owner`` holds the reference to the patient. ``dosed`` reads one dosage apart.
    """

    code: str
    texts: tuple[str, ...]
    dates: tuple[str, ...]
    rest: tuple[str, ...]
    owner: str = "subject"
    dosed: bool = False
    more: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Name all columns but type, id and patient."""
        dosage = ("dosageInstruction",) if self.dosed else ()
        return (self.code, *self.texts, *self.dates, *self.rest, *dosage)


_VALUES: Final = tuple(f"value{name}" for name in (
    "CodeableConcept", "String", "Boolean", "Integer", "DateTime", "Range", "Ratio",
    "SampledData", "Time", "Period", "Decimal", "Date", "Coding",
))  # fmt: skip
_ABOUT: Final = ("interpretation", "dataAbsentReason")  # a value
_ABATED: Final = tuple(f"abatement{name}" for name in (
    "DateTime", "Period", "Boolean", "String", "Age", "Range",
))  # fmt: skip
_STATUS: Final = ("clinicalStatus", "verificationStatus")
_DRUG: Final = Layout(
    "medicationCodeableConcept", ("status", "intent", "statusReason", "category"), ("authoredOn",),
    ("dispenseRequest", "doNotPerform", "medicationReference", "contained", "dosage",
     "effectiveDateTime", "effectivePeriod"), dosed=True,
)  # fmt: skip
_TAKEN: Final = msgspec.structs.replace(
    _DRUG, dates=("effectiveDateTime",), dosed=False,
    rest=(*(one for one in _DRUG.rest if one != "effectiveDateTime"), "authoredOn",
          "dosageInstruction"),
)  # fmt: skip

LAYOUTS: Final[dict[str, Layout]] = {
    "Patient": Layout("gender", (), (), ("birthDate",), owner=""),
    "Observation": Layout(
        "code", ("status", "valueQuantity"), ("effectiveDateTime", "issued"),
        ("component", *_VALUES, *_ABOUT, "effectivePeriod", "effectiveInstant"),
        more=(*_VALUES, *_ABOUT),
    ),
    "Condition": Layout(
        "code", _STATUS, ("recordedDate", "onsetDateTime"), ("onsetPeriod", *_ABATED)
    ),
    "AllergyIntolerance": Layout(
        "code", _STATUS, ("recordedDate", "onsetDateTime"), ("onsetPeriod",), owner="patient"
    ),
    "MedicationRequest": _DRUG,
    "MedicationStatement": _TAKEN,
    "MedicationAdministration": _TAKEN,
}  # fmt: skip
