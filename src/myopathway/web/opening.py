"""Opening a FHIR record: a Bundle that was uploaded or pasted becomes a page filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import UploadFile

from myopathway.errors import Fault, InputError
from myopathway.intake import document
from myopathway.patient import Patient

if TYPE_CHECKING:
    import datetime as dt

    from starlette.datastructures import FormData

    from myopathway.guideline.model import Guideline

FILE: Final = "bundle"
PASTE: Final = "paste"
_LISTS: Final = ("complete_problem_list", "complete_medication_list")


def opens(form: FormData) -> bool:
    """Say whether a form hands in a record."""
    return FILE in form or PASTE in form


async def patient_in(form: FormData, guideline: Guideline, day: dt.date) -> Patient:
    """Read the record of a form; raises ``InputError``."""
    raw = await _handed(form)
    found: Any = document(raw)
    complete = {name: form.get(name) == "yes" for name in _LISTS}
    return Patient.from_fhir(found, today=day, guideline=guideline, **complete)


async def _handed(form: FormData) -> bytes:
    file, paste = form.get(FILE), form.get(PASTE)
    raw = await file.read() if isinstance(file, UploadFile) else b""
    text = paste.encode() if isinstance(paste, str) else b""
    if raw.strip() and text.strip():
        raise InputError([Fault("record", "found a file and a text", "one of the two")])
    return raw if raw.strip() else text
