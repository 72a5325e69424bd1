"""Regimens decided by the engine, once for each that says something else.

A patient's history is a union of what its regimens say, one by one. So each distinct regimen
(drugs, purpose, outcome, who was blamed) is given to the engine as the only regimen of a patient,
and what the engine says of it is kept as bits that SQL puts together again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.cohort.departing import limits
from myopathway.cohort.expressions import WORD
from myopathway.cohort.given import being_given, milligrams_a_day
from myopathway.criteria import Held
from myopathway.engine.history import COMPLETIONS, EVENTS, History
from myopathway.facts import PURPOSES, Regimen
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.cohort.asked import Asking
    from myopathway.cohort.leaves import Leaves
    from myopathway.engine.history import Counted

JOINED: Final = "+"
PARTED: Final = "|"


def said(key: str) -> Regimen:
    """Read back what a regimen's key says."""
    drugs, purpose, outcome, blamed, _, dose = key.split(PARTED)
    return Regimen(
        tuple(drugs.split(JOINED)) if drugs else (),
        purpose or None,
        outcome or None,
        tuple(blamed.split(JOINED)) if blamed else (),
        dose=dose,
    )


def has_ended(key: str) -> bool:
    """Say whether a regimen's key says that it stopped on a day."""
    return bool(key.split(PARTED)[4])


class Shapes:
    """The regimens that were met so far, and what the engine says of each."""

    def __init__(self, leaves: Leaves, asking: dict[str, Asking]) -> None:
        """Ask about these leaves, and by node for these questions."""
        self._leaves = leaves
        self._asking = asking
        self._arms: dict[tuple[tuple[int, ...], ...], int] = {}
        self._seen: dict[tuple[tuple[str, ...], str], list[tuple[int, int]]] = {}
        self._held: list[tuple[Held, int]] = []
        for atom, place in leaves.atoms.items():
            if isinstance(atom.leaf, Held):
                self._held.append((atom.leaf, place))
            else:
                own = self._seen.setdefault((atom.drugs, atom.purpose), [])
                own.append((EVENTS.index(atom.leaf), place))
        self._ways: list[tuple[tuple[int, ...], ...]] = [()]
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

    def ways(self, arms: int) -> tuple[tuple[int, ...], ...]:
        """Give what an open regimen may have added: by purpose, by end."""
        return self._ways[arms]

    def bits(self) -> list[str]:
        """Name the columns that are put together by OR over a patient's regimens."""
        words = range(self._leaves.words)
        return [*(f"t{one}" for one in words), *(f"u{one}" for one in words),
                "given", "least", "most", "now", "maybe", "over", "perhaps"]  # fmt: skip

    def rows(self, keys: Iterable[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Decide new regimens: rows for the table of shapes, and for that of questions."""
        shapes: list[dict[str, Any]] = []
        questions: list[dict[str, Any]] = []
        for key in keys:
            if key in self._known:
                continue
            self._known.add(key)
            number = 2 * len(self._known)
            shape, asked = self._decided(key, number, unstated=False)
            shapes.append(shape)
            questions.extend(asked)
            if said(key).purpose is None:
                shape, asked = self._decided(key, number + 1, unstated=True)
                questions.extend(asked)
            shapes.append({**shape, "unstated": True})
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
        for place, told in self._told(history):
            word, bit = divmod(place, WORD)
            row[f"t{word}"] |= (told is Truth.TRUE) << bit
            row[f"u{word}"] |= (told is Truth.UNKNOWN) << bit
        order = list(self._leaves.guideline.drugs)
        row["given"] = sum(1 << order.index(drug) for drug in history.being_given())
        row |= self._now(regimen, ended=has_ended(key))
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
        if table not in self._arms:
            self._arms[table] = len(self._ways)
            self._ways.append(table)
        return 0, self._arms[table]

    def _bounds(self, one: Counted) -> tuple[int, int]:
        lines, outcome = self._leaves.lines, one.regimen.outcome
        least = lines.added(one, one.purpose, outcome) if outcome else 0
        most = 0
        for aim in (one.purpose,) if one.purpose else PURPOSES:
            for end in (outcome,) if outcome else COMPLETIONS:
                most |= lines.added(one, aim, end)
        return least, most

    def _now(self, regimen: Regimen, *, ended: bool) -> dict[str, int]:
        """Say which drugs are being given, and whether at more than a departure allows."""
        guideline = self._leaves.guideline
        order = list(guideline.drugs)
        given = being_given(regimen, ended=ended)
        drugs = sum(1 << order.index(drug) for drug in regimen.drugs)
        found = {"now": 0, "maybe": 0, "over": 0, "perhaps": 0}
        if given is Truth.FALSE:
            return found
        found["now" if given is Truth.TRUE else "maybe"] = drugs
        for place, one in enumerate(limits(guideline)):
            drug, most = one.above or ("", None)
            if drug not in regimen.drugs or most is None:
                continue
            # The dose of several drugs given together does not say whose it is.
            plain = regimen.dose and len(regimen.drugs) == 1
            amount = milligrams_a_day(regimen.dose) if plain else None
            if amount is None or (given is Truth.UNKNOWN and amount > most):
                found["perhaps"] |= 1 << place
            elif amount > most:
                found["over"] |= 1 << place
        return found

    def _told(self, history: History) -> Iterator[tuple[int, Truth]]:
        """Walk what the regimen says of leaves, each with its place."""
        held = {drug for one in history.regimens for drug in one.drugs}
        for (drugs, purpose), own in self._seen.items():
            if held.isdisjoint(drugs):
                continue
            events = history.events(drugs, purpose)
            for event, place in own:
                yield place, events[event]
        for leaf, place in self._held:
            yield place, history.held(leaf)
