"""Regimens decided by the engine, once for each that says something else.

A patient's history is a union of what its regimens say, one by one. So each distinct regimen
(drugs, purpose, outcome, who was blamed) is given to the engine as the only regimen of a patient,
and what the engine says of it is kept as bits that SQL puts together again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.cohort.expressions import WORD
from myopathway.criteria import Held
from myopathway.engine.history import COMPLETIONS, EVENTS, History
from myopathway.facts import PURPOSES, Regimen
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.cohort.asked import Asking
    from myopathway.cohort.leaves import Atom, Leaves
    from myopathway.engine.history import Counted

JOINED: Final = "+"
PARTED: Final = "|"


def said(key: str) -> Regimen:
    """Read back what a regimen's key says."""
    drugs, purpose, outcome, blamed = key.split(PARTED)
    return Regimen(
        tuple(drugs.split(JOINED)) if drugs else (),
        purpose or None,
        outcome or None,
        tuple(blamed.split(JOINED)) if blamed else (),
    )


class Shapes:
    """The regimens that were met so far, and what the engine says of each."""

    def __init__(self, leaves: Leaves, asking: dict[str, Asking]) -> None:
        """Ask about these leaves, and by node for these questions."""
        self._leaves = leaves
        self._asking = asking
        self._arms: dict[tuple[tuple[int, ...], ...], int] = {}
        self._known: set[str] = set()

    def columns(self) -> dict[str, str]:
        """Give the columns of the table of shapes, with their DuckDB types."""
        plain = {"regimen": "VARCHAR", "unstated": "BOOLEAN", "shape": "INTEGER",
                 "open": "BOOLEAN", "sure": "BIGINT", "arms": "INTEGER"}  # fmt: skip
        return plain | dict.fromkeys(self.bits(), "BIGINT")

    def question_columns(self) -> dict[str, str]:
        """Give the columns of the table of questions, with their DuckDB types."""
        words = range(max((one.words for one in self._asking.values()), default=0))
        names = [f"{kind}{word}" for kind in ("outcome", "purpose") for word in words]
        return {"shape": "INTEGER", "node": "VARCHAR"} | dict.fromkeys(names, "BIGINT")

    def bits(self) -> list[str]:
        """Name the columns that are put together by OR over a patient's regimens."""
        words = range(self._leaves.words)
        return [*(f"t{one}" for one in words), *(f"u{one}" for one in words),
                "given", "least", "most"]  # fmt: skip

    def rows(self, keys: Iterable[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Decide new regimens: rows for the table of shapes, and for that of questions."""
        shapes: list[dict[str, Any]] = []
        questions: list[dict[str, Any]] = []
        for key in keys:
            if key in self._known:
                continue
            self._known.add(key)
            for unstated in (False, True):
                number = 2 * len(self._known) + unstated
                shape, asked = self._decided(key, number, unstated=unstated)
                shapes.append(shape)
                questions.extend(asked)
        return shapes, questions

    def _decided(
        self, key: str, number: int, *, unstated: bool
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        regimen = said(key)
        history = History(
            self._leaves.lines.reader, [regimen], Truth.TRUE if unstated else Truth.UNKNOWN
        )
        row: dict[str, Any] = dict.fromkeys(self.bits(), 0)
        row |= {"regimen": key, "unstated": unstated, "shape": number, "open": False,
                "sure": 0, "arms": 0}  # fmt: skip
        for one in history.regimens:
            row["sure"], row["arms"] = self._placing(one)
            row["open"] = regimen.outcome is None or one.purpose is None
            row["least"], row["most"] = self._bounds(one)
        for atom, place in self._leaves.atoms.items():
            word, bit = divmod(place, WORD)
            told = self._told(history, atom)
            row[f"t{word}"] |= (told is Truth.TRUE) << bit
            row[f"u{word}"] |= (told is Truth.UNKNOWN) << bit
        order = list(self._leaves.guideline.drugs)
        row["given"] = sum(1 << order.index(drug) for drug in history.being_given())
        asked = [
            {"shape": number, "node": node, **asking.of(history)}
            for node, asking in self._asking.items()
            if row["open"]
        ]
        return row, asked

    def _placing(self, one: Counted) -> tuple[int, int]:
        """Give the bits that the regimen surely adds, and (not 0) what else it may add."""
        lines, outcome = self._leaves.lines, one.regimen.outcome
        table = tuple(
            tuple(lines.added(one, aim, end) for end in ((outcome,) if outcome else COMPLETIONS))
            for aim in ((one.purpose,) if one.purpose else PURPOSES)
        )
        added = {bits for ends in table for bits in ends}
        if len(added) == 1:
            return added.pop(), 0
        # 0 says that nothing is open; the same openings have the same number.
        return 0, self._arms.setdefault(table, len(self._arms) + 1)

    def _bounds(self, one: Counted) -> tuple[int, int]:
        lines, outcome = self._leaves.lines, one.regimen.outcome
        least = lines.added(one, one.purpose, outcome) if outcome else 0
        most = 0
        for aim in (one.purpose,) if one.purpose else PURPOSES:
            for end in (outcome,) if outcome else COMPLETIONS:
                most |= lines.added(one, aim, end)
        return least, most

    @staticmethod
    def _told(history: History, atom: Atom) -> Truth:
        if isinstance(atom.leaf, Held):
            return history.held(atom.leaf)
        return history.events(atom.drugs, atom.purpose)[EVENTS.index(atom.leaf)]
