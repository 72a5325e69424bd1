"""A second reading of criteria, for many patients at once and without the engine.

The patients of a space stand in a row; a criterion becomes two whole numbers whose bits say for
which of them it is true and for which it is false. Where both bits are off it is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from myopathway.criteria import (
    All,
    Any,
    AtLeast,
    Criterion,
    Ended,
    FirstKnown,
    Named,
    Not,
    RegimenEnded,
    leaves,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Row: TypeAlias = tuple[int, int]
"""For which patients a criterion is true, and for which it is false."""

HISTORY: Final = (Ended, RegimenEnded)


def row(criterion: Criterion, atom: Callable[[Criterion], Row | None], everyone: int) -> Row:
    """Read a criterion for everyone; ``atom`` knows the rows of its smallest parts."""
    known = atom(criterion)
    if known is not None:
        return known
    match criterion:
        case Named(part=part):
            return row(part, atom, everyone)
        case Not(part=part):
            yes, no = row(part, atom, everyone)
            return no, yes
        case All(parts=parts):
            return _all([row(part, atom, everyone) for part in parts], everyone)
        case Any(parts=parts):
            no, yes = _all([row(part, atom, everyone)[::-1] for part in parts], everyone)
            return yes, no
        case AtLeast(count=count, parts=parts):
            rows = [row(part, atom, everyone) for part in parts]
            yes = _counted([one[0] for one in rows], count, everyone)
            return yes, _counted([one[1] for one in rows], len(parts) - count + 1, everyone)
        case FirstKnown(parts=parts):
            yes = no = 0
            for part in parts:
                open_ = everyone & ~(yes | no)
                true, false = row(part, atom, everyone)
                yes, no = yes | (open_ & true), no | (open_ & false)
            return yes, no
        case _:
            raise KeyError(criterion)


def _all(rows: list[Row], everyone: int) -> Row:
    yes, no = everyone, 0
    for true, false in rows:
        yes, no = yes & true, no | false
    return yes, no


def _counted(rows: list[int], count: int, everyone: int) -> int:
    """Say for whom at least ``count`` of the rows are set."""
    reached = [everyone] + [0] * count
    for one in rows:
        for place in range(count, 0, -1):
            reached[place] |= reached[place - 1] & one
    return reached[count]


def atoms(criterion: Criterion) -> Iterator[Criterion]:
    """Walk the smallest parts that have a truth of their own.

    Leaves; what several ways of stating one thing say together; what only the history settles.
    """
    match criterion:
        case FirstKnown():
            yield criterion
        case Named(part=part) | Not(part=part):
            yield from atoms(part)
        case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
            if parts and all(isinstance(leaf, HISTORY) for leaf in leaves(criterion)):
                yield criterion
            else:
                for part in parts:
                    yield from atoms(part)
        case _:
            yield criterion


def every_atom(criteria: Iterable[Criterion]) -> tuple[Criterion, ...]:
    """Give the atoms of some criteria, each once."""
    return tuple(dict.fromkeys(atom for one in criteria for atom in atoms(one)))
