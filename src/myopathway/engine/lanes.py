"""Criteria tested for every combination of history criteria at once, a bit (a *lane*) for each.

What the facts say is the same in all lanes; what the history says is what tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from myopathway.criteria import (
    All,
    Any,
    AtLeast,
    Ended,
    FirstKnown,
    Named,
    Not,
    RegimenEnded,
    leaves,
)
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from myopathway.criteria import Criterion
    from myopathway.engine.cuts import Cuts

# Of a number of marks, which says nothing of the history: the lanes in which a criterion is true,
# and those in which it is false; unknown in the others.
LaneTest: TypeAlias = Callable[[int], tuple[int, int]]


class Lanes:
    """The lanes of one guideline, one for each of ``cuts.vectors``, the first in the lowest bit."""

    def __init__(self, cuts: Cuts) -> None:
        """Note in which lanes each criterion of the history holds."""
        self._marks = cuts.lines.marks
        self.all = (1 << len(cuts.vectors)) - 1
        self._holds = {
            leaf: sum(vector[place] << lane for lane, vector in enumerate(cuts.vectors))
            for place, leaf in enumerate(cuts.lines.leaves)
        }

    def test(self, criterion: Criterion) -> LaneTest:
        """Give what tests a criterion in all lanes."""
        if not any(leaf in self._holds for leaf in leaves(criterion)):
            return self._alike(criterion)
        match criterion:
            case Ended() | RegimenEnded():
                holds = self._holds[criterion]
                said = holds, self.all & ~holds
                return lambda _: said
            case Named(part=part):
                return self.test(part)
            case Not(part=part):
                return _turned(self.test(part))
            case All(parts=parts):
                return self._every(self._tests(parts, All))
            case Any(parts=parts):
                return _turned(self._every([_turned(one) for one in self._tests(parts, Any)]))
            case AtLeast(count=count, parts=parts):
                return self._at_least(count, [self.test(one) for one in parts])
            case FirstKnown(parts=parts):
                return _first_known([self.test(one) for one in parts])
            case _:
                raise LookupError(criterion)

    def _alike(self, criterion: Criterion) -> LaneTest:
        """Test what reads no history: all lanes say the same."""
        test = self._marks.test(criterion)
        told = {Truth.TRUE: (self.all, 0), Truth.FALSE: (0, self.all), Truth.UNKNOWN: (0, 0)}
        return lambda marks: told[test(marks)]

    def _tests(self, parts: Sequence[Criterion], kind: type[All | Any]) -> list[LaneTest]:
        """Test parts, those that read no history as one."""
        apart = [one for one in parts if any(leaf in self._holds for leaf in leaves(one))]
        plain = tuple(one for one in parts if one not in apart)
        tests = [self.test(one) for one in apart]
        return [self._alike(kind(plain)), *tests] if plain else tests

    def _every(self, tests: Sequence[LaneTest]) -> LaneTest:
        def test(marks: int) -> tuple[int, int]:
            true, false = self.all, 0
            for one in tests:
                holds, fails = one(marks)
                true &= holds
                false |= fails
                if false == self.all:
                    break
            return true, false

        return test

    def _at_least(self, count: int, tests: Sequence[LaneTest]) -> LaneTest:
        def test(marks: int) -> tuple[int, int]:
            said = [one(marks) for one in tests]
            surely = self._reached(count, (true for true, _ in said))
            possibly = self._reached(count, (self.all & ~false for _, false in said))
            return surely, self.all & ~possibly

        return test

    def _reached(self, count: int, parts: Iterable[int]) -> int:
        """Give the lanes in which so many parts hold."""
        so_far = [self.all] + [0] * count
        for part in parts:
            for least in range(count, 0, -1):
                so_far[least] |= so_far[least - 1] & part
        return so_far[count]


def _turned(inner: LaneTest) -> LaneTest:
    return lambda marks: inner(marks)[::-1]


def _first_known(tests: Sequence[LaneTest]) -> LaneTest:
    def test(marks: int) -> tuple[int, int]:
        true = false = 0
        for one in tests:
            holds, fails = one(marks)
            true, false = true | holds & ~false, false | fails & ~true
        return true, false

    return test
