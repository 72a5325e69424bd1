"""What was read of a bulk export, and what was not, with the reason."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN: Final = 5
_MOST_REASONS: Final = 500
_OTHERS: Final = "other reasons"


class Skipped(msgspec.Struct, frozen=True):
    """Why something was not read, how often, and where the first ones stand."""

    reason: str
    count: int
    examples: tuple[str, ...] = ()


class Counts(msgspec.Struct, frozen=True):
    """The sum of a reading.

    ``resources`` are those read, by type, ``unused`` those of types that no fact reads.
    ``patients`` are those found, ``outside`` those of them that are not listed: no condition of
    the disease and no stated subtype. ``skipped`` is what could not be used at all, ``unread``
    what the reader set aside or doubts in the patients listed, by type of resource.
    """

    files: int = 0
    bytes: int = 0
    resources: dict[str, int] = {}
    unused: dict[str, int] = {}
    patients: int = 0
    listed: int = 0
    outside: int = 0
    skipped: tuple[Skipped, ...] = ()
    unread: tuple[Skipped, ...] = ()


class Tally:
    """Counts while reading; that of one worker can be added to that of another."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self.resources: Counter[str] = Counter()
        self.unused: Counter[str] = Counter()
        self.patients: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._unread: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def skip(self, reason: str, where: str = "", times: int = 1) -> None:
        """Count something that cannot be used."""
        self._skipped[reason] += times
        self._example(reason, where)

    def doubt(self, kind: str, reason: str, where: str = "", times: int = 1) -> None:
        """Count what the reader set aside; of very many different reasons the first ones."""
        said = f"{kind}: {reason}"
        if said not in self._unread and len(self._unread) >= _MOST_REASONS:
            said = _OTHERS
        self._unread[said] += times
        self._example(said, where)

    def add(self, other: Tally) -> None:
        """Add what another worker counted."""
        self.resources += other.resources
        self.unused += other.unused
        self.patients += other.patients
        self._skipped += other._skipped
        self._unread += other._unread
        for reason, examples in other._examples.items():
            for where in examples:
                self._example(reason, where)

    def counts(self, files: int, size: int) -> Counts:
        """Give the sum."""
        return Counts(
            files=files,
            bytes=size,
            resources=dict(sorted(self.resources.items())),
            unused=dict(sorted(self.unused.items())),
            patients=self.patients["found"],
            listed=self.patients["listed"],
            outside=self.patients["found"] - self.patients["listed"],
            skipped=self._told(self._skipped),
            unread=self._told(self._unread),
        )

    def _example(self, reason: str, where: str) -> None:
        known = self._examples.setdefault(reason, [])
        if where and where not in known and (len(known) < _SHOWN or where < known[-1]):
            known.append(where)
            known.sort()
            del known[_SHOWN:]

    def _told(self, counter: Counter[str]) -> tuple[Skipped, ...]:
        return tuple(_in_order(
            Skipped(reason, count, tuple(sorted(self._examples.get(reason, ()))))
            for reason, count in counter.items()
        ))  # fmt: skip


def _in_order(found: Iterable[Skipped]) -> list[Skipped]:
    return sorted(found, key=lambda one: (-one.count, one.reason))
