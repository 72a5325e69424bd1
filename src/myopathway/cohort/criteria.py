"""Criteria of the content folded into another logic: true, false or unknown for many rows at once.

The same frozen nodes that the engine evaluates for one patient are folded here, into bit planes
(``cohort.circuit``) or into SQL (``cohort.expressions``). What a leaf reads is asked of a ``Row``;
everything above the leaves is logic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from myopathway.criteria import All, Any, AtLeast, Criterion, FirstKnown, Leaf, Named, Not

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.cohort.circuit import Gate, Said, Trits

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Row(Protocol[T_co]):
    """Whatever can say a leaf of a row."""

    def leaf(self, leaf: Leaf) -> T_co:
        """Give a leaf: true, false or unknown."""


class Logic(Protocol[T]):
    """Logic in three values, strict in unknowns."""

    def both(self, parts: Sequence[T]) -> T:
        """Say that all parts hold; none, true."""

    def either(self, parts: Sequence[T]) -> T:
        """Say that one part holds; none, false."""

    def no(self, part: T) -> T:
        """Negate."""

    def first_of(self, parts: Sequence[T]) -> T:
        """Give the first part that is known."""

    def at_least(self, count: int, parts: Sequence[T]) -> T:
        """Say that at least so many parts hold."""


def condition(criterion: Criterion, row: Row[T], logic: Logic[T]) -> T:
    """Fold a criterion: true, false or unknown."""
    match criterion:
        case All(parts=parts):
            return logic.both([condition(part, row, logic) for part in parts])
        case Any(parts=parts):
            return logic.either([condition(part, row, logic) for part in parts])
        case Not(part=part):
            return logic.no(condition(part, row, logic))
        case Named(part=part):
            return condition(part, row, logic)
        case FirstKnown(parts=parts):
            return logic.first_of([condition(part, row, logic) for part in parts])
        case AtLeast(count=count, parts=parts):
            return logic.at_least(count, [condition(part, row, logic) for part in parts])
        case _:
            return row.leaf(criterion)


def open_leaves(criterion: Criterion, row: Row[Said], trits: Trits) -> Iterator[tuple[Leaf, Gate]]:
    """Walk the leaves, each with where it keeps the criterion unknown."""
    yield from _open(criterion, row, trits, ())


def _open(
    criterion: Criterion, row: Row[Said], trits: Trits, above: tuple[Gate, ...]
) -> Iterator[tuple[Leaf, Gate]]:
    match criterion:
        case Named(part=part) | Not(part=part):
            yield from _open(part, row, trits, above)
        case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
            path = (*above, trits.unknown(condition(criterion, row, trits)))
            for part in parts:
                yield from _open(part, row, trits, path)
        case FirstKnown(parts=parts):
            # Either way settles it: the first is asked for, the others then are no unknown.
            path = (*above, trits.unknown(condition(criterion, row, trits)))
            yield from _open(parts[0], row, trits, path)
        case _:
            when = trits.unknown(row.leaf(criterion))
            yield criterion, trits.circuit.both([*above, when])
