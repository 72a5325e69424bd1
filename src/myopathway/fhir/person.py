"""The Patient resource: sex and date of birth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.errors import InputError
from myopathway.fhir.finding import Finding, source, unread
from myopathway.fhir.plain import brief

if TYPE_CHECKING:
    from myopathway.facts import Vocabulary
    from myopathway.fhir.entry import Entry
    from myopathway.fhir.finding import Item

_READ: Final = (("gender", "sex"), ("birthDate", "birth_date"))


def read_patient(entry: Entry, vocabulary: Vocabulary) -> list[Item]:
    """Read the facts that a Patient states; a birth date counts only with its day."""
    items: list[Item] = []
    for key, name in _READ:
        raw = entry.resource.get(key)
        fact = vocabulary.facts.get(name)
        if raw is None or fact is None or (key == "gender" and raw == "unknown"):
            continue
        try:
            known = vocabulary.known(fact, raw, source(entry, "", f"Patient.{key}"))
        except InputError as error:
            reasons = "; ".join(str(fault) for fault in error.faults)
            items.append(unread(entry, brief(f"{key}: {reasons}")))
        else:
            items.append(Finding(fact, known, entry, ""))
    return items
