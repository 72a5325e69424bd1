"""Regimens decided by the engine, once for each that says something else.

A patient's history is a union of what its regimens say, one by one. So each distinct regimen
(drugs, purpose, outcome, who was blamed) is given to the engine as the only regimen of a patient,
and what the engine says of it is kept as bits that are put together again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.cohort.departing import limits
from myopathway.cohort.given import being_given, milligrams_a_day
from myopathway.criteria import Held
from myopathway.engine.history import COMPLETIONS, EVENTS, History
from myopathway.facts import PURPOSES, Regimen
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.cohort.asked import Asking
    from myopathway.cohort.leaves import Leaves
    from myopathway.cohort.splits import Ways
    from myopathway.engine.counted import Counted

SURE: Final = "sure"
DRUGS: Final = ("given", "now", "maybe")
LINES: Final = ("least", "most")
LIMITS: Final = ("over", "perhaps")
ATOMS: Final = ("true", "unknown")


class Shape(msgspec.Struct, frozen=True):
    """What a regimen says: bits by word, what is open of it, what may be asked at each node.

    ``arms`` is the number of what it may have added (0: nothing is open that places).
    """

    bits: dict[str, int]
    arms: int
    open: bool
    asks: tuple[tuple[int, int], ...]


class Shapes:
    """Decides regimens by the engine."""

    def __init__(self, leaves: Leaves, asking: Sequence[Asking] = ()) -> None:
        """Decide the leaves that were asked for until now, and the questions of each node."""
        self._leaves = leaves
        self._asking = asking
        self._arms: dict[Ways, int] = {}
        self._ways: list[Ways] = [()]
        self._order = list(leaves.guideline.drugs)
        self._limits = [one.above for one in limits(leaves.guideline) if one.above]
        self.watched = frozenset(drug for drug, _ in self._limits)
        self._seen: dict[tuple[tuple[str, ...], str], list[tuple[int, int]]] = {}
        self._held: list[tuple[Held, int]] = []
        for atom, place in leaves.atoms.items():
            if isinstance(atom.leaf, Held):
                self._held.append((atom.leaf, place))
            else:
                own = self._seen.setdefault((atom.drugs, atom.purpose), [])
                own.append((EVENTS.index(atom.leaf), place))

    def ways(self, arms: int) -> Ways:
        """Give what an open regimen may have added: by purpose, by end."""
        return self._ways[arms]

    def shape(self, regimen: Regimen, *, ended: bool, unstated: bool) -> Shape:
        """Decide a regimen; ``ended``: a day is recorded, ``unstated``: its purpose is read so."""
        history = History(
            self._leaves.lines.reader, [regimen], Truth.TRUE if unstated else Truth.UNKNOWN
        )
        bits = {SURE: 0, "least": 0, "most": 0, "true": 0, "unknown": 0}
        arms = 0
        for one in history.regimens:
            bits[SURE], arms = self._placing(one)
            bits["least"], bits["most"] = self._bounds(one)
        for place, told in self._told(history):
            bits["true"] |= (told is Truth.TRUE) << place
            bits["unknown"] |= (told is Truth.UNKNOWN) << place
        bits["given"] = self._of(history.being_given())
        bits |= self._now(regimen, ended=ended)
        is_open = any(regimen.outcome is None or one.purpose is None for one in history.regimens)
        asks = tuple(one.of(history) if is_open else (0, 0) for one in self._asking)
        return Shape(bits, arms, is_open, asks)

    def _of(self, drugs: Sequence[str] | frozenset[str]) -> int:
        return sum(1 << self._order.index(drug) for drug in drugs)

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
        given = being_given(regimen, ended=ended)
        drugs = self._of(regimen.drugs)
        found = {"now": 0, "maybe": 0, "over": 0, "perhaps": 0}
        if given is Truth.FALSE:
            return found
        found["now" if given is Truth.TRUE else "maybe"] = drugs
        for place, (drug, most) in enumerate(self._limits):
            if drug not in regimen.drugs:
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
