"""What an answer rests on: the works that its statements cite, and its drug-safety rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from myopathway.engine.outcome import ReferenceAnswer, SafetyRowAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.guideline.model import Guideline

MOST_KEPT: Final = 20_000
Works: TypeAlias = tuple[tuple[ReferenceAnswer, ...], tuple[SafetyRowAnswer, ...]]


class Bibliography:
    """Resolves the ids of one guideline to works and rows; a set of them is a number of bits."""

    def __init__(self, guideline: Guideline) -> None:
        """Note which works each statement cites, and each safety row's source."""
        safety = guideline.safety
        rows: dict[str, SafetyRowAnswer] = {}
        for part in (safety.rules, safety.checks, safety.advice, safety.notices):
            for one in part:
                verified = one.confidence != "K"
                rows[one.row] = SafetyRowAnswer(one.row, one.source, one.confidence, verified)
        works = sorted(guideline.references.values(), key=lambda one: one.number)
        self._works = [ReferenceAnswer(one.number, one.citation, one.pmid) for one in works]
        self._rows = [rows[name] for name in sorted(rows)]
        places = {work.number: place for place, work in enumerate(works)}
        self._bits: dict[str, int] = {}
        for name, statement in guideline.statements.items():
            self._bits[name] = sum(1 << places[number] for number in set(statement.cites))
        for place, row in enumerate(self._rows, start=len(works)):
            self._bits[row.row] = self._bits.get(row.row, 0) | 1 << place
        self._kept: dict[int, Works] = {}
        self._sums: dict[tuple[str, ...], int] = {}

    def bits(self, ids: Iterable[str]) -> int:
        """Give what these ids rest on."""
        key = tuple(ids)
        found = self._sums.get(key)
        if found is None:
            if len(self._sums) >= MOST_KEPT:
                self._sums.clear()
            found = 0
            for one in key:
                found |= self._bits.get(one, 0)
            self._sums[key] = found
        return found

    def works(self, bits: int) -> Works:
        """Give the works and the safety rows of these bits, each once, in order."""
        found = self._kept.get(bits)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            first = len(self._works)
            found = self._kept[bits] = (
                tuple([one for place, one in enumerate(self._works) if bits >> place & 1]),
                tuple([one for place, one in enumerate(self._rows, first) if bits >> place & 1]),
            )
        return found
