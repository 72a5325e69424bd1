"""An option as a card shows it, written as far as it is the same for other patients."""

from __future__ import annotations

from typing import Any, Final

import msgspec

# What is filled in for each patient: no JSON has these bytes in it.
NAME: Final = b"\1"
GIVEN: Final = b"\2"


class Draft(msgspec.Struct, frozen=True):
    """The order of one drug, without patient and date; ``says`` describes it."""

    drug: str
    says: str
    resource: dict[str, Any]


class Part(msgspec.Struct, frozen=True):
    """An option of a therapy, ready to be shown; ``drafts`` is empty where no dose is known.

    ``lines`` are written as they stand within a JSON text, ``short`` is what a machine compares.
    """

    id: str
    title: str
    verdict: str
    primary: bool
    lines: bytes
    short: bytes
    drafts: tuple[Draft, ...]
    begun: bytes
    begun_best: bytes

    def suggestion(self, name: bytes, given: bytes, *, best: bool) -> bytes:
        """Write the suggestion of its drafts.

        ``name`` is its id, ``given`` the members of every draft that belong to the patient,
        without braces; ``best`` says that it stands out among others.
        """
        begun = self.begun_best if best else self.begun
        return begun.replace(NAME, name).replace(GIVEN, given)
