"""What an answer rests on: the works that its statements cite, and its drug-safety rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from myopathway.engine.outcome import ReferenceAnswer, SafetyRowAnswer

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline

MOST_KEPT: Final = 20_000
Works: TypeAlias = tuple[tuple[ReferenceAnswer, ...], tuple[SafetyRowAnswer, ...]]


class Bibliography:
    """Resolves the ids of one guideline to works and rows."""

    def __init__(self, guideline: Guideline) -> None:
        """Note which works each statement cites, and each safety row's source."""
        self._numbers = {name: one.cites for name, one in guideline.statements.items()}
        self._works = {
            one.number: ReferenceAnswer(one.number, one.citation, one.pmid)
            for one in guideline.references.values()
        }
        safety = guideline.safety
        self._rows: dict[str, SafetyRowAnswer] = {}
        for rows in (safety.rules, safety.checks, safety.advice, safety.notices):
            for one in rows:
                verified = one.confidence != "K"
                self._rows[one.row] = SafetyRowAnswer(one.row, one.source, one.confidence, verified)
        self._kept: dict[frozenset[str], Works] = {}

    def works(self, ids: frozenset[str]) -> Works:
        """Give the works and the safety rows behind these ids, each once, in order."""
        found = self._kept.get(ids)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            numbers = {number for one in ids for number in self._numbers.get(one, ())}
            found = self._kept[ids] = (
                tuple(self._works[number] for number in sorted(numbers)),
                tuple(self._rows[one] for one in sorted(ids & self._rows.keys())),
            )
        return found
