"""The engine beside the tables: the same places, the same questions, for every patient."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
from array import array
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from myopathway.engine.position import Positions
from myopathway.engine.situation import Situation
from myopathway.facts import Record
from myopathway.verify.placing import CONFLICT, NOT_COVERED, NOWHERE, Placing
from myopathway.verify.report import Facts, Failure
from myopathway.verify.space import Space

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from myopathway.engine.place import Place
    from myopathway.facts import Known
    from myopathway.guideline.model import Guideline
    from myopathway.verify.axes import Axis, State

MOST_SHOWN: Final = 3
MOST_WORKERS: Final = 2
Shown: TypeAlias = tuple[int, str, Facts]
"""How much has to be said of a patient, what is wrong, and the patient."""


class Part(msgspec.Struct):
    """What was found for some patients: the engine's answers, and where it is alone with them."""

    answers: bytes
    places: list[Shown]
    questions: list[Shown]


class Agreement(msgspec.Struct, frozen=True):
    """What was found for all patients, the smallest first."""

    size: int
    places: tuple[Failure, ...]
    questions: tuple[Failure, ...]
    learning: tuple[Failure, ...]


def agreement(placing: Placing, workers: int = MOST_WORKERS) -> Agreement:
    """Ask the engine about every patient of the space, known or half known, in every way.

    The histories are shared out among processes; the answer does not depend on how many.
    """
    held = _Comparison(placing)
    histories = len(held.axes[0].states)
    workers = min(workers, os.cpu_count() or 1, histories)
    if workers < 2:  # noqa: PLR2004 - a second process pays
        parts = [held.compare(range(histories))]
    else:
        shares = [range(first, histories, workers) for first in range(workers)]
        apart = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=apart) as pool:
            parts = list(pool.map(_compare, [placing.guideline] * workers, shares))
    turn = held.size // histories
    answers = array("H", bytes(2 * held.size))
    for share, part in enumerate(parts):
        own = array("H", part.answers)
        for nth, history in enumerate(range(share, histories, len(parts))):
            answers[history * turn : (history + 1) * turn] = own[nth * turn : (nth + 1) * turn]
    return Agreement(
        held.size,
        _shortest(one for part in parts for one in part.places),
        _shortest(one for part in parts for one in part.questions),
        _shortest(held.turned_back(answers)),
    )


def _compare(guideline: Guideline, histories: Sequence[int]) -> Part:
    return _Comparison(Placing(guideline)).compare(histories)


class _Comparison:
    """The space once more, one state for all that no place can tell apart, and the engine."""

    def __init__(self, placing: Placing) -> None:
        self._placing = placing
        self._guideline = placing.guideline
        self._day = dt.date.fromisoformat(self._guideline.edition.date)
        self._bits = {name: 1 << place for place, name in enumerate(placing.names)}
        self.axes = placing.distinct()
        self.size = prod(len(axis.states) for axis in self.axes)
        self._axis_of = {name: place for place, axis in enumerate(self.axes) for name in axis.facts}

    def compare(self, histories: Sequence[int]) -> Part:
        """Ask about the patients with these histories; the others are not looked at."""
        placing, axes = self._placing, self.axes
        possible = placing.possible(axes)
        deciding = [placing.deciding(axes, place) for place in range(len(axes))]
        stated = self._stated()
        positions = Positions(self._guideline)
        known = [[self._read(state) for state in axis.states] for axis in axes]
        ends = self._bits[CONFLICT] | self._bits[NOT_COVERED] | self._bits[NOWHERE]
        part = Part(b"", [], [])
        answers = array("H")
        turn = self.size // len(axes[0].states)
        rest = list(product(*(range(len(axis.states)) for axis in axes[1:])))
        for history in histories:
            for step, others in enumerate(rest):
                number, chosen = history * turn + step, (history, *others)
                facts: dict[str, Known] = {}
                for axis, state in zip(known, chosen, strict=True):
                    ways = axis[state]
                    # Mostly the plain way, so that what the engine remembers serves again.
                    facts.update(ways[_way(number, len(ways))])
                found, questions = self._place(positions, facts)
                answers.append(found)
                expected, wanted = stated.get(number), 0
                if expected is None:
                    expected = possible[number] & ~ends
                    wanted = sum(bits[number] << place for place, bits in enumerate(deciding))
                if found != expected:
                    part.places.append(self._told(chosen, number, found, expected))
                elif questions != wanted:
                    part.questions.append(self._asked(chosen, number, questions, wanted))
        part.answers = answers.tobytes()
        return part

    def _stated(self) -> dict[int, int]:
        """Give what stated facts settle by themselves: out of scope, a contradiction."""
        space, placing = Space(self.axes, whole=True), self._placing
        wins = conflict = 0
        for node in self._guideline.nodes:
            if node.wins:
                wins |= space.row(placing.when[node.id])[0]
        for one in placing.conflicts:
            conflict |= space.row(one.when)[0]
        out = space.row(self._guideline.scope.when)[0]
        found = dict.fromkeys(space.members(conflict & ~wins), self._bits[CONFLICT])
        return found | dict.fromkeys(space.members(out), self._bits[NOT_COVERED])

    def _read(self, state: State) -> list[dict[str, Known]]:
        read = self._guideline.vocabulary.read
        return [read(way).facts for way in state.ways]

    def _place(self, positions: Positions, facts: dict[str, Known]) -> tuple[int, int]:
        situation = Situation(self._guideline, positions.cuts.lines, Record(facts), self._day)
        if not positions.covered(situation):
            return self._bits[NOT_COVERED], 0
        conflicts = positions.contradictions(situation)
        if conflicts is not None and (conflicts or situation.contradictions):
            return self._bits[CONFLICT], 0
        return self._code(positions.place(situation), facts)

    def _code(self, place: Place, facts: dict[str, Known]) -> tuple[int, int]:
        code = sum(self._bits[name] for name in place.possible)
        questions = 0
        for one in place.deciders:
            name = one.fact.partition("[")[0]
            axis = self._axis_of.get(name, len(self.axes))  # one bit more: a foreign question
            if name == one.fact and name in facts:
                axis = len(self.axes)
            questions |= 1 << axis
        return code, questions

    def turned_back(self, answers: Sequence[int]) -> list[Shown]:
        """Find patients for whom learning one thing more brings back a node."""
        found: list[Shown] = []
        nodes = sum(self._bits[node.id] for node in self._guideline.nodes)
        lengths = [len(axis.states) for axis in self.axes]
        for place, axis in enumerate(self.axes):
            inner = prod(lengths[place + 1 :])
            for before, after in _lessons(axis):
                for start in range(0, self.size, inner * lengths[place]):
                    was = answers[start + before * inner : start + (before + 1) * inner]
                    now = answers[start + after * inner : start + (after + 1) * inner]
                    for step, (one, other) in enumerate(zip(was, now, strict=True)):
                        # Out of a contradiction a settled subtype leads on: it wins.
                        if one & nodes and other & ~one & nodes:
                            number = start + after * inner + step
                            back = self._named(other & ~one & nodes)
                            says = f"learning {', '.join(axis.facts)} brings back {back}"
                            chosen = tuple(
                                number // prod(lengths[index + 1 :]) % lengths[index]
                                for index in range(len(lengths))
                            )
                            found.append(self._shown(chosen, number, says))
        return found

    def _told(self, chosen: tuple[int, ...], number: int, found: int, expected: int) -> Shown:
        says = (
            f"the engine says {self._named(found)}; by the sentences it is {self._named(expected)}"
        )
        return self._shown(chosen, number, says)

    def _asked(self, chosen: tuple[int, ...], number: int, found: int, expected: int) -> Shown:
        needless = self._facts_of(found & ~expected)
        missed = self._facts_of(expected & ~found)
        says = "; ".join(
            [f"asked, and can change nothing: {needless}"] * bool(needless)
            + [f"not asked, and can change the place: {missed}"] * bool(missed)
        )
        return self._shown(chosen, number, says)

    def _shown(self, chosen: tuple[int, ...], number: int, says: str) -> Shown:
        states = [axis.states[one] for axis, one in zip(self.axes, chosen, strict=True)]
        facts: Facts = {}
        for state in states:
            facts |= state.ways[_way(number, len(state.ways))]
        return sum(state.size for state in states), says, facts

    def _named(self, code: int) -> str:
        return ", ".join(name for name, bit in self._bits.items() if code & bit) or "no node"

    def _facts_of(self, code: int) -> str:
        names = [axis.facts[0] for axis in self.axes] + ["a fact that is known or places nobody"]
        return ", ".join(name for place, name in enumerate(names) if code >> place & 1)


def _way(number: int, ways: int) -> int:
    """Choose the way in which a patient says a thing: every third in another than the first."""
    return number % ways if number % 3 == 0 else 0


def _lessons(axis: Axis) -> list[tuple[int, int]]:
    """Give the pairs of states of which the second says more than the first."""
    return [
        (before, after)
        for before, state in enumerate(axis.states)
        for after, later in enumerate(axis.states)
        if before != after and set(later.cells) < set(state.cells)
    ]


def _shortest(found: Iterable[Shown]) -> tuple[Failure, ...]:
    """Keep the few smallest, of each thing said only the smallest."""
    kept: dict[str, Failure] = {}
    for _, says, facts in sorted(found, key=lambda one: (one[0], one[1], str(one[2]))):
        kept.setdefault(says, Failure(says, facts))
    return tuple(kept.values())[:MOST_SHOWN]
