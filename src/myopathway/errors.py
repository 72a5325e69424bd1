"""Every way in which input can be refused.

* ``MyopathwayError``: the root, never raised itself.

  * ``ContentError``: the guideline's own content is broken (a maintainer's fault).
  * ``InputError``: a patient, a file or an option cannot be read (a user's fault).

A half-known patient, a contradiction and a patient outside the guideline are no errors:
they are answers (see ``engine.outcome``).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands, what was found, what would be accepted."""

    where: str
    found: str
    accepted: str = ""

    def __str__(self) -> str:
        """Give the fault as one line."""
        line = f"{self.where}: {self.found}"
        line = f"{line}; accepted: {self.accepted}" if self.accepted else line
        return " ".join(line.split())


class MyopathwayError(Exception):
    """The root of all errors of this package; carries one fault or more."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Keep the faults in the order in which they were found."""
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ContentError(MyopathwayError):
    """The guideline's content does not load: each fault names file and line."""


class InputError(MyopathwayError):
    """The input cannot be read as a patient: each fault names the place in the input."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant (empty when none is near)."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def shown(value: object, limit: int = 60) -> str:
    """Show a found value on one line, cut where it is long."""
    # A number is shown as it was written, not as Python would write it.
    text = str(value) if isinstance(value, Decimal) else repr(value)
    text = "".join(ch if ch.isprintable() else "?" for ch in text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
