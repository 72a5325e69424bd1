"""What an export holds beside lines of numbers: forms, products, and what has to be read again."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.cohort.bulk.found import CARRIED
from myopathway.cohort.bulk.products import Shelf

if TYPE_CHECKING:
    from myopathway.cohort.bulk.form import Form
    from myopathway.fhir.plain import Resource

_NAMELESS: Final = "a resource without an id"
# Patient, type and id of a resource that stands more than once.
Key = tuple[str, str, str]


class Kept(msgspec.Struct, frozen=True):
    """Where the parts of an export stand on disk."""

    forms: str
    shelf: str
    originals: str
    nameless: dict[int, str]


class Export:
    """An export, opened."""

    def __init__(self, kept: Kept) -> None:
        """Load it."""
        # Our own files, written a moment ago in a folder of our own.
        self.forms: list[Form] = pickle.loads(Path(kept.forms).read_bytes()) if kept.forms else []  # noqa: S301
        self.shelf = Shelf(kept.shelf)
        self._nameless = kept.nameless
        data = Path(kept.originals).read_bytes() if kept.originals else b""
        self._originals: dict[Key, list[Any]] = pickle.loads(data) if data else {}  # noqa: S301

    def form(self, index: int, own: object) -> Form:
        """Give the form of a resource."""
        if index == CARRIED and isinstance(own, bytes):
            # Written by ourselves, as above.
            form: Form = pickle.loads(own)  # noqa: S301
            return form
        return self.forms[index]

    def originals(self, patient: str, kind: str, name: str) -> list[Resource]:
        """Give all versions of a resource, as they stand in the export."""
        return self._originals.get((patient, kind, name), [])

    def where(self, place: int) -> str:
        """Say where a resource stands, for one that has no id."""
        return f"{self._nameless.get(place, _NAMELESS)}, resource {place} without an id"
