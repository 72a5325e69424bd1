"""A regimen as the rules count it."""

from __future__ import annotations

from typing import Final

import msgspec

from myopathway.facts import Regimen
from myopathway.truth import Truth

INADEQUATE: Final = "inadequate-response"
INTOLERANCE: Final = "intolerance"


class Counted(msgspec.Struct, frozen=True):
    """A regimen with its supplements struck and its purpose read.

    ``counts`` holds the drugs for which an outcome counts, ``intolerant`` those for which an
    intolerance does; ``blamed`` says that it is known which drug was not tolerated. Regimens
    that say the same have the same ``key``.
    """

    regimen: Regimen
    drugs: tuple[str, ...]
    counts: frozenset[str]
    intolerant: frozenset[str]
    blamed: bool
    purpose: str | None
    key: int = 0

    def ended(self, how: str) -> Truth:
        """Say whether the regimen ended so; ``failed`` covers both bad ends."""
        outcome = self.regimen.outcome
        if outcome is None:
            return Truth.UNKNOWN
        return Truth.of(outcome in (INADEQUATE, INTOLERANCE) if how == "failed" else outcome == how)

    def had_purpose(self, purpose: str) -> Truth:
        """Say whether the regimen had this purpose."""
        return Truth.UNKNOWN if self.purpose is None else Truth.of(self.purpose == purpose)
