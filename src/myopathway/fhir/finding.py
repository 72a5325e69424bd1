"""What one resource says: of a fact, of what it cannot say, and of itself."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from myopathway.facts import Fact, Known, Source, Unread
from myopathway.fhir.entry import Entry
from myopathway.fhir.plain import moment_of


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One value of one fact in one resource; of a list fact one member, or () for none.

    ``stated`` marks our own code system. ``negative`` says that the member was looked for and not
    found. ``place`` orders what stands in one resource. ``when`` is the date as written.
    """

    fact: Fact
    known: Known
    entry: Entry
    day: str
    stated: bool = False
    negative: bool = False
    place: int = 0
    when: str = ""

    @property
    def moment(self) -> str:
        """Give when it was; without a time the beginning of its day."""
        return moment_of(self.when, self.day)

    @property
    def order(self) -> tuple[str, str, str, str, int]:
        """Order in time; then by what does not depend on where the entry stands."""
        entry = self.entry
        return (self.moment, entry.kind, entry.id, entry.tie, self.place)


# In the place of a fact: it may point to any.
ANY: Final = "*"


class Aside(msgspec.Struct, frozen=True):
    """A resource that points to a fact without settling it, and why."""

    fact: str
    unread: Unread


Item: TypeAlias = Finding | Aside | Unread


def unread(entry: Entry, reason: str) -> Unread:
    """Say why a resource, or a part of it, is not used or is doubtful."""
    return Unread(entry.label, reason)


def source(entry: Entry, day: str, detail: str) -> Source:
    """Say where a value stands."""
    return Source("fhir", entry.label, day, detail)
