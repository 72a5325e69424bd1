"""The cuts that the content draws through the space of patients: what places them, and where.

For each fact that a placing criterion reads, ``cells`` holds one value for each way in which the
criteria can see it; two patients in the same cells are placed alike.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from myopathway.criteria import (
    All,
    Compare,
    Criterion,
    Ended,
    Includes,
    RegimenEnded,
    facts_of,
    leaves,
)
from myopathway.engine.factual import fact_truth
from myopathway.engine.lines import Lines
from myopathway.facts import PURPOSES, Known
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.facts import Fact, Value
    from myopathway.guideline.model import Guideline

# The marks that an answer sets; of each fact that it implies, the marks and where they stand.
Answer: TypeAlias = tuple[int, tuple[tuple[int, int], ...]]
TREATMENTS: Final = "treatments"
_ANY_DAY: Final = dt.date(2000, 1, 1)  # the leaves that draw cells read no date


class Cuts:
    """All criteria that place patients of one guideline."""

    def __init__(self, guideline: Guideline) -> None:
        """Gather the criteria, their leaves and the facts that they read."""
        self.guideline = guideline
        self.nodes = guideline.nodes
        self.when: dict[str, Criterion] = {node.id: All(node.when) for node in guideline.nodes}
        self.asking = tuple(one.when for one in guideline.conflicts if one.asks)
        self.silent = tuple(one.when for one in guideline.conflicts if not one.asks)
        criteria: list[Criterion] = [
            *self.when.values(),
            guideline.scope.when,
            *self.asking,
            *self.silent,
            guideline.unstated_purpose.when,
        ]
        found = dict.fromkeys(leaf for one in criteria for leaf in leaves(one))
        self.leaves = tuple(one for one in found if not isinstance(one, Ended | RegimenEnded))
        self.lines = Lines(
            guideline, [one for one in found if isinstance(one, Ended | RegimenEnded)]
        )
        marks = self.lines.marks
        self.mask = marks.mask(criteria)
        # What can be known before the history is read.
        self.ground = marks.mask(self.leaves)
        names = {name for leaf in self.leaves for name in facts_of(leaf)}
        facts = guideline.vocabulary.facts
        self.facts = tuple(name for name in facts if name in names and name != TREATMENTS)
        self._told: dict[tuple[bool, ...], int] = {}
        self._vectors: tuple[tuple[bool, ...], ...] | None = None
        self._answered: dict[str, tuple[Answer, ...]] | None = None
        self.cells = {name: self._cells(facts[name]) for name in self.facts}
        silent = {name for one in self.silent for leaf in leaves(one) for name in facts_of(leaf)}
        self.contested = {
            name: cells for name, cells in self.cells.items() if cells and name in silent
        }

    @property
    def vectors(self) -> tuple[tuple[bool, ...], ...]:
        """Every combination of history criteria that some history brings about."""
        if self._vectors is None:
            self._vectors = self.lines.every_vector(PURPOSES)
        return self._vectors

    def answers(self, fact: str, marks: int) -> tuple[int, ...]:
        """Give the marks that each answer to a fact sets, with what it implies of open facts."""
        found = []
        for answer, implied in self._answers[fact]:
            own = answer
            for then, bits in implied:
                if not marks & bits:
                    own |= then
            found.append(own)
        return tuple(found)

    @property
    def _answers(self) -> dict[str, tuple[Answer, ...]]:
        """The answers to each fact, cell by cell."""
        if self._answered is None:
            self._answered = {
                name: tuple([self._answer(name, value) for value in cells])
                for name, cells in self.cells.items()
            }
        return self._answered

    def _answer(self, fact: str, value: Value) -> Answer:
        implied = [
            (one.then, True)
            for one in self.guideline.implications
            if one.given == fact and value is True
        ] + [
            (one.given, False)
            for one in self.guideline.implications
            if one.then == fact and value is False
        ]
        marks = self.lines.marks
        return self._ground(fact, value), tuple(
            (self._ground(name, then), marks.mask(marks.facts.get(name, ())) & self.ground)
            for name, then in implied
        )

    def _ground(self, fact: str, value: Value) -> int:
        return self.lines.marks.of_value(fact, Known(value), _ANY_DAY) & self.ground

    def told(self, vector: tuple[bool, ...]) -> int:
        """Give the marks of a combination of history criteria."""
        kept = self._told.get(vector)
        if kept is None:
            kept = 0
            for leaf, holds in zip(self.lines.leaves, vector, strict=True):
                kept |= self.lines.marks.mark(leaf, Truth.of(holds))
            self._told[vector] = kept
        return kept

    def _cells(self, fact: Fact) -> tuple[Value, ...]:
        own = [leaf for leaf in self.leaves if fact.name in facts_of(leaf)]
        candidates: list[Value] = []
        match fact.type:
            case "boolean":
                candidates = [True, False]
            case "choice":
                candidates = list(fact.values)
            case "set" | "names":
                members = sorted({one.member for one in own if isinstance(one, Includes)} - {""})
                spare = next((one for one in fact.values if one not in members), "another")
                for chosen in product((False, True), repeat=len(members)):
                    held = [one for one, yes in zip(members, chosen, strict=True) if yes]
                    candidates += [tuple(held), tuple(sorted([*held, spare]))]
            case "number" | "grade":
                bounds = sorted({one.bound for one in own if isinstance(one, Compare)})
                steps = (Decimal("-0.5"), Decimal(0), Decimal("0.5"))
                candidates = [bound + step for bound in bounds for step in steps]
            case _:
                pass
        seen: dict[tuple[Truth, ...], Value] = {}
        for value in candidates:
            known = {fact.name: Known(value)}
            seen.setdefault(tuple(fact_truth(leaf, known, _ANY_DAY) for leaf in own), value)
        return tuple(seen.values())
