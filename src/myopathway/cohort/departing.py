"""Departures of a row in SQL, each true, false or null for unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.cohort import expressions as sql
from myopathway.cohort.criteria import condition
from myopathway.cohort.leaves import FactsRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.cohort.expressions import Sql
    from myopathway.cohort.leaves import Leaves
    from myopathway.guideline.model import Departure, Guideline

BARRED: Final = "barred"


def limits(guideline: Guideline) -> list[Departure]:
    """Give the departures that look at a dose, each with its place among their bits."""
    return [one for one in guideline.departures if one.above is not None]


def departing(guideline: Guideline, leaves: Leaves) -> dict[str, Sql]:
    """Give the condition of every departure by its id."""
    return {one.id: _departs(guideline, one, leaves) for one in guideline.departures}


def drugs_given(guideline: Guideline, drugs: Iterable[str]) -> Sql:
    """Say whether one of the drugs is being given: true, false or null."""
    order = list(guideline.drugs)
    mask = sum(1 << order.index(one) for one in set(drugs))
    return sql.case(
        [
            (sql.has(sql.col("now"), mask), sql.truth(value=True)),
            (sql.has(sql.col("maybe"), mask), sql.truth(None)),
        ],
        sql.truth(value=False),
    )


def _departs(guideline: Guideline, one: Departure, leaves: Leaves) -> Sql:
    parts = [condition(one.when, FactsRow(leaves))]
    if one.nodes or one.groups:
        parts.append(_at(guideline, one))
    if one.given:
        parts.append(drugs_given(guideline, one.given))
    if one.not_given:
        parts.append(sql.no(drugs_given(guideline, one.not_given)))
    if one.above is not None:
        bit = 1 << limits(guideline).index(one)
        over = [
            (sql.has(sql.col("over"), bit), sql.truth(value=True)),
            (sql.has(sql.col("perhaps"), bit), sql.truth(None)),
        ]
        parts.append(sql.case(over, sql.truth(value=False)))
    if one.excluded:
        barred = sql.col(BARRED)
        parts.append(
            sql.case(
                [
                    (sql.equal(barred, sql.num(2)), sql.truth(value=True)),
                    (sql.equal(barred.copy(), sql.num(0)), sql.truth(value=False)),
                ],
                sql.truth(None),
            )
        )
    if one.not_on_record:
        parts.append(sql.no(sql.within(sql.col("on_record"), sql.text(one.not_on_record))))
    return sql.both(parts)


def _at(guideline: Guideline, one: Departure) -> Sql:
    """Say whether the row stands at one of the nodes; open while one of them is possible."""
    names = [
        node.id for node in guideline.nodes if node.id in one.nodes or node.group in one.groups
    ]
    stands = sql.either([sql.equal(sql.col("node"), sql.text(name)) for name in names])
    may = sql.either([sql.within(sql.col("possible"), sql.text(name)) for name in names])
    return sql.case(
        [
            (sql.surely(stands), sql.truth(value=True)),
            (sql.no(sql.surely(may)), sql.truth(value=False)),
        ],
        sql.truth(None),
    )
