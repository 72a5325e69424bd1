"""Whose a resource is: the patient's id in a reference."""

from __future__ import annotations

from typing import Final

_PATIENT: Final = "Patient/"
_URN: Final = "urn:uuid:"


def patient_of(reference: str | None) -> str | None:
    """Give the id of the Patient that a reference names; None where it names none."""
    if reference is None:
        return None
    if reference.startswith(_PATIENT) and reference.count("/") == 1:
        return reference[len(_PATIENT) :] or None
    reference = reference.strip().partition("/_history/")[0]
    if reference.lower().startswith(_URN):
        return reference[len(_URN) :] or None
    # Of an address on a server the last two parts count.
    kind, _, name = "/".join(reference.split("/")[-2:]).partition("/")
    return name if kind == _PATIENT[:-1] and name else None
