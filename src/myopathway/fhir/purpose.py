"""What a drug was given for, as far as the stated course of the disease tells by its dates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.fhir.finding import Finding

_INDUCTION: Final = "induction"
_MAINTENANCE: Final = "maintenance"
_REMISSION: Final = "remission"


class Courses:
    """What the disease was doing, by day, as far as it was stated."""

    def __init__(self, courses: Iterable[Finding]) -> None:
        """Put the stated courses in time."""
        told = sorted(courses, key=lambda one: one.order)
        self._initial = bool(told) and told[-1].known.value == "initial"
        self._told = [(one.day, one.known.value == _REMISSION) for one in told if one.day]
        self._last = max((day for day, remission in self._told if remission), default="")

    def purpose_of(self, start: str) -> str | None:
        """Give the purpose of what began on a day; None where the dates do not tell.

        Begun in remission: to maintain it. Begun before one: to induce it.
        """
        if self._last and start:
            before = [remission for day, remission in self._told if day <= start]
            if before and before[-1]:
                return _MAINTENANCE
            if start < self._last:
                return _INDUCTION
            # After a relapse without another remission the dates do not tell.
        return _INDUCTION if self._initial else None
