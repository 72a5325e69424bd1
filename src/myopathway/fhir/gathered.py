"""What the readers of single resources found, and the guard around each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.facts import Unread
from myopathway.fhir.finding import ANY, Aside, Finding, unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from myopathway.fhir.entry import Entry
    from myopathway.fhir.finding import Item
    from myopathway.fhir.medication import Given, Medication

# What malformed JSON can make a reader stumble over; one bad resource never hides the others.
_STUMBLES: Final = (
    TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip
_BROKEN: Final = "cannot be read: it is not as FHIR has it"
_NO_CODE: Final = "no code that a fact is read from"
_IDLE: Final = "another drug, not taken now"
_NO_FACT: Final = "read by no fact"


class Gathered:
    """Findings, what keeps a fact open, and everything to be listed as unread.

    ``hidden``: some medication resource may be of any drug.
    """

    def __init__(self, listed: list[Unread], counts: dict[str, int]) -> None:
        """Start with what opening the Bundle had to say."""
        self.findings: list[Finding] = []
        self.kept_open: set[str] = set()
        self.hidden = False
        self.unread = listed
        self.counts = counts
        self._skipped: dict[tuple[str, str], int] = {}

    def read(self, entries: Iterable[Entry], reader: Callable[[Entry], list[Item] | None]) -> None:
        """Read resources of one type; None of a reader means that no fact is read from one."""
        for entry in entries:
            try:
                items = reader(entry)
            except _STUMBLES:
                self.unread.append(unread(entry, _BROKEN))
                self.kept_open.add(ANY)
                continue
            if items is None:
                self._skip(entry.kind, _NO_CODE)
                continue
            for item in items:
                if isinstance(item, Finding):
                    self.findings.append(item)
                elif isinstance(item, Aside):
                    self.kept_open.add(item.fact)
                    self.unread.append(item.unread)
                else:
                    self.unread.append(item)

    def medicate(
        self, entries: Iterable[Entry], reader: Callable[[Entry], Medication]
    ) -> list[Given] | None:
        """Read medication resources; None where not one of them tells of a drug."""
        given: list[Given] = []
        known = False
        for entry in entries:
            try:
                medication = reader(entry)
            except _STUMBLES:
                self.unread.append(unread(entry, _BROKEN))
                self.hidden = True
                continue
            known = known or medication.known
            self.hidden = self.hidden or medication.hidden
            if medication.given is not None:
                given.append(medication.given)
            elif medication.idle:
                self._skip(entry.kind, _IDLE)
            if medication.findings:
                self.findings += medication.findings
            if medication.unread:
                self.unread += medication.unread
        return given if known else None

    def until(self, day: str) -> list[Finding]:
        """Give the findings that count on a day; later ones are listed."""
        found: list[Finding] = []
        for one in self.findings:
            name = one.fact.name
            if one.day <= day and name != "birth_date":
                found.append(one)
                continue
            if one.day > day and name != "as_of":
                self.kept_open.add(name)
                reason = f"{name}: dated {one.day}, after {day}"
            elif name == "birth_date" and str(one.known.value) > day:
                reason = f"{name} {one.known.value}, after {day}"
            else:
                found.append(one)
                continue
            self.unread.append(unread(one.entry, reason))
        return found

    def listed(self) -> tuple[Unread, ...]:
        """Give all that was not used: resource by resource, then the counted ones by type."""
        counted = {(kind, _NO_FACT): count for kind, count in self.counts.items()} | self._skipped
        told = {(one.resource, one.reason) for one in self.unread}
        return tuple(
            [Unread(resource, reason) for resource, reason in sorted(told)]
            + [Unread(kind, f"{reason}: {count} resource{'s' if count > 1 else ''}")
               for (kind, reason), count in sorted(counted.items())]
        )  # fmt: skip

    def _skip(self, kind: str, reason: str) -> None:
        self._skipped[kind, reason] = self._skipped.get((kind, reason), 0) + 1
