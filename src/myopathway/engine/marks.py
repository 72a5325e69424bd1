"""Leaves as bits: what a situation says of every leaf in one number, and criteria compiled to it.

Each leaf has two bits, one for true and one for false; neither set is unknown. A number holds
the truths of all leaves, so that criteria are tested, and patients compared, by a few operations
on whole numbers. The meaning is that of ``criteria.evaluate``, and is tested against it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

from myopathway.criteria import (
    All,
    Any,
    Apart,
    AtLeast,
    Compare,
    Criterion,
    Ended,
    FirstKnown,
    Held,
    Includes,
    Is,
    Leaf,
    Named,
    Not,
    OptionEvent,
    RegimenEnded,
    TakenWith,
    leaves,
)
from myopathway.engine.factual import fact_truth
from myopathway.truth import NOT, Truth, at_least

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Container, Iterable, Iterator

    from myopathway.facts import Known

Test: TypeAlias = Callable[[int], Truth]
# Of a number of marks, the lower bit of every unknown leaf that keeps a criterion unknown.
Opening: TypeAlias = Callable[[int], int]
MOST_KEPT: Final = 20_000
TRUTHS: Final = (Truth.UNKNOWN, Truth.TRUE, Truth.FALSE)
_CODE: Final = {Truth.UNKNOWN: 0, Truth.TRUE: 1, Truth.FALSE: 2}


class Marks:
    """The bits of the leaves of one guideline, given as criteria are brought in.

    ``facts`` holds the leaves that read a single fact, by that fact; the others are ``apart``,
    ``told`` by the history, ``taken`` besides (their places by drug; ``none_taken`` says that no
    drug is, ``none_of_ours`` that none of the algorithm is), or of an option. ``values`` and
    ``histories`` hold what is remembered of values and histories seen before. ``version`` grows
    with each new leaf: a number made for an older version lacks bits.
    """

    def __init__(self, drugs: Container[str]) -> None:
        """Begin with no leaf; ``drugs`` are those of the algorithm."""
        self._drugs = drugs
        self.none_taken = self.none_of_ours = 0
        self.version = 0
        self.facts: dict[str, list[Leaf]] = {}
        self.apart: list[Apart] = []
        self.told: list[Ended | RegimenEnded | Held] = []
        self.taken: dict[str, int] = {}
        self.values: dict[str, dict[object, int]] = {}
        self.histories: dict[object, int] = {}
        self._shifts: dict[Leaf, int] = {}
        self._tests: dict[int, tuple[Criterion, Test]] = {}
        self._terms: dict[str, Test] = {}

    def shift(self, leaf: Leaf) -> int:
        """Give the place of a leaf's two bits."""
        shift = self._shifts.get(leaf)
        if shift is None:
            shift = self._shifts[leaf] = 2 * len(self._shifts)
            self.version += 1
            self.histories.clear()
            self._sort(leaf, shift)
        return shift

    def _sort(self, leaf: Leaf, shift: int) -> None:
        match leaf:
            case Is() | Compare() | Includes():
                self.facts.setdefault(leaf.fact, []).append(leaf)
                self.values[leaf.fact] = {}
            case Apart():
                self.apart.append(leaf)
            case Ended() | RegimenEnded() | Held():
                self.told.append(leaf)
            case TakenWith():
                self.taken[leaf.drug] = shift
                self.none_taken |= 2 << shift
                if leaf.drug in self._drugs:
                    self.none_of_ours |= 2 << shift
            case OptionEvent():
                pass
            case _:
                assert_never(leaf)

    def of_value(self, name: str, known: Known, day: dt.date) -> int:
        """Give the truth of every leaf about one fact, for one value of it."""
        kept = self.values.get(name)
        if kept is None:
            return 0
        found = kept.get(known.value)
        if found is None:
            found = 0
            for leaf in self.facts[name]:
                found |= self.mark(leaf, fact_truth(leaf, {name: known}, day))
            if len(kept) >= MOST_KEPT:
                kept.clear()
            kept[known.value] = found
        return found

    def mark(self, leaf: Leaf, truth: Truth) -> int:
        """Give the bit that says this of a leaf; 0 for unknown."""
        return _CODE[truth] << self.shift(leaf)

    def mask(self, criteria: Iterable[Criterion]) -> int:
        """Give all bits of the leaves that criteria read."""
        found = 0
        for one in criteria:
            for leaf in leaves(one):
                found |= 3 << self.shift(leaf)
        return found

    def test(self, criterion: Criterion) -> Test:
        """Give what tests a criterion on a number of marks."""
        kept = self._tests.get(id(criterion))
        if kept is None:
            # The criterion is kept beside its test, so that its id stays its own.
            kept = self._tests[id(criterion)] = (criterion, self._compiled(criterion))
        return kept[1]

    def unsettled(self, criterion: Criterion, marks: int) -> Iterator[Leaf]:
        """Walk the unknown leaves that keep a criterion unknown, as ``criteria.unsettled`` does."""
        if self.test(criterion)(marks) is not Truth.UNKNOWN:
            return
        match criterion:
            case Named(part=part) | Not(part=part):
                yield from self.unsettled(part, marks)
            case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
                for part in parts:
                    yield from self.unsettled(part, marks)
            case FirstKnown(parts=parts):
                yield from self.unsettled(parts[0], marks)
            case _:
                yield criterion

    def opening(self, criterion: Criterion) -> Opening:
        """Give what finds the leaves that ``unsettled`` walks, as bits."""
        match criterion:
            case Named(part=part) | Not(part=part):
                return self.opening(part)
            case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
                return self._opening(self.test(criterion), parts)
            case FirstKnown(parts=parts):
                return self._opening(self.test(criterion), parts[:1])
            case _:
                low = 1 << self.shift(criterion)
                return lambda marks: low & ~(marks | marks >> 1)

    def _opening(self, test: Test, parts: tuple[Criterion, ...]) -> Opening:
        low = 0
        rest: list[Opening] = []
        for part in parts:
            inner = part
            while isinstance(inner, Named | Not):
                inner = inner.part
            if isinstance(inner, All | Any | AtLeast | FirstKnown):
                rest.append(self.opening(inner))
            else:
                low |= 1 << self.shift(inner)

        def opening(marks: int) -> int:
            if test(marks) is not Truth.UNKNOWN:
                return 0
            found = low & ~(marks | marks >> 1)
            for one in rest:
                found |= one(marks)
            return found

        return opening

    def _compiled(self, criterion: Criterion) -> Test:
        match criterion:
            case Named(term=term, part=part):
                if term not in self._terms:
                    self._terms[term] = self._compiled(part)
                return self._terms[term]
            case Not(part=part):
                inner = self._compiled(part)
                return lambda marks: NOT[inner(marks)]
            case All(parts=parts):
                return self._all(parts)
            case Any(parts=parts):
                return self._any(parts)
            case AtLeast(count=count, parts=parts):
                every = [self._compiled(part) for part in parts]
                return lambda marks: at_least(count, [one(marks) for one in every])
            case FirstKnown(parts=parts):
                return _first_known([self._compiled(part) for part in parts])
            case _:
                shift = self.shift(criterion)
                return lambda marks: TRUTHS[marks >> shift & 3]

    def _all(self, parts: tuple[Criterion, ...]) -> Test:
        """Compile a conjunction: its leaves at once, by masks, then its other parts."""
        hold, fail, rest = self._masks(parts)

        def plain(marks: int) -> Truth:
            if marks & fail:
                return Truth.FALSE
            return Truth.TRUE if marks & hold == hold else Truth.UNKNOWN

        if not rest:
            return plain

        def test(marks: int) -> Truth:
            if marks & fail:
                return Truth.FALSE
            result = Truth.TRUE if marks & hold == hold else Truth.UNKNOWN
            for one in rest:
                truth = one(marks)
                if truth is Truth.FALSE:
                    return truth
                if truth is Truth.UNKNOWN:
                    result = truth
            return result

        return test

    def _any(self, parts: tuple[Criterion, ...]) -> Test:
        """Compile a disjunction, as a conjunction is."""
        hold, fail, rest = self._masks(parts)

        def plain(marks: int) -> Truth:
            if marks & hold:
                return Truth.TRUE
            return Truth.FALSE if marks & fail == fail else Truth.UNKNOWN

        if not rest:
            return plain

        def test(marks: int) -> Truth:
            if marks & hold:
                return Truth.TRUE
            result = Truth.FALSE if marks & fail == fail else Truth.UNKNOWN
            for one in rest:
                truth = one(marks)
                if truth is Truth.TRUE:
                    return truth
                if truth is Truth.UNKNOWN:
                    result = truth
            return result

        return test

    def _masks(self, parts: tuple[Criterion, ...]) -> tuple[int, int, list[Test]]:
        """Give the bits that are set where leaves hold, where they fail, and the other parts."""
        hold = fail = 0
        rest: list[Test] = []
        for part in parts:
            inner, turned = part, False
            while isinstance(inner, Named | Not):
                turned ^= isinstance(inner, Not)
                inner = inner.part
            if isinstance(inner, All | Any | AtLeast | FirstKnown):
                rest.append(self._compiled(part))
            else:
                shift = self.shift(inner)
                hold |= (2 if turned else 1) << shift
                fail |= (1 if turned else 2) << shift
        return hold, fail, rest


def _first_known(tests: list[Test]) -> Test:
    def test(marks: int) -> Truth:
        for one in tests:
            truth = one(marks)
            if truth is not Truth.UNKNOWN:
                return truth
        return Truth.UNKNOWN

    return test
