"""Criteria of the content as SQL conditions: true, false or null for unknown.

The same frozen nodes that the engine evaluates for one patient are folded into an expression
tree here. What a leaf reads is asked of a ``Row``; everything above the leaves is logic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from myopathway.cohort import expressions as sql
from myopathway.criteria import All, Any, AtLeast, Criterion, FirstKnown, Leaf, Named, Not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.cohort.expressions import Sql


class Row(Protocol):
    """Whatever can say a leaf of a row in SQL."""

    def leaf(self, leaf: Leaf) -> Sql:
        """Give the condition for a leaf: true, false or null."""


def condition(criterion: Criterion, row: Row) -> Sql:
    """Give a criterion as a condition: true, false or null for unknown."""
    match criterion:
        case All(parts=parts):
            return sql.both([condition(part, row) for part in parts])
        case Any(parts=parts):
            return sql.either([condition(part, row) for part in parts])
        case Not(part=part):
            return sql.no(condition(part, row))
        case Named(part=part):
            return condition(part, row)
        case FirstKnown(parts=parts):
            return sql.first_of([condition(part, row) for part in parts])
        case AtLeast(count=count, parts=parts):
            truths = [condition(part, row) for part in parts]
            return sql.case(
                [
                    (_counted([sql.surely(one) for one in truths], count), sql.truth(value=True)),
                    (
                        sql.no(_counted([sql.no(sql.surely_not(one)) for one in truths], count)),
                        sql.truth(value=False),
                    ),
                ],
                sql.truth(None),
            )
        case _:
            return row.leaf(criterion)


def open_leaves(criterion: Criterion, row: Row) -> Iterator[tuple[Leaf, Sql]]:
    """Walk the leaves, each with when it keeps the criterion unknown (true or false)."""
    yield from _open(criterion, row, ())


def _open(criterion: Criterion, row: Row, above: tuple[Sql, ...]) -> Iterator[tuple[Leaf, Sql]]:
    match criterion:
        case Named(part=part) | Not(part=part):
            yield from _open(part, row, above)
        case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
            path = (*above, sql.unknown(condition(criterion, row)))
            for part in parts:
                yield from _open(part, row, path)
        case FirstKnown(parts=parts):
            # Either way settles it: the first is asked for, the others then are no unknown.
            path = (*above, sql.unknown(condition(criterion, row)))
            yield from _open(parts[0], row, path)
        case _:
            yield criterion, sql.both([*above, sql.unknown(row.leaf(criterion))])


def _counted(truths: list[Sql], count: int) -> Sql:
    ones = [sql.case([(one, sql.num(1))], sql.num(0)) for one in truths]
    return sql.compare(sql.plus(ones), ">=", sql.num(count))
