"""The truth of leaves about facts alone, for whatever values are known on a day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from myopathway.criteria import Apart, Compare, Includes, Is, Leaf
from myopathway.facts import Known, plain_name
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Mapping


def completed_years(born: dt.date, day: dt.date) -> int:
    """Count the completed years; a birthday on 29 February falls on 1 March in other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def fact_truth(leaf: Leaf, known: Mapping[str, Known], day: dt.date) -> Truth:
    """Give the truth of a leaf about facts alone (an inner loop: the commonest kind first)."""
    if isinstance(leaf, Is):
        own = known.get(leaf.fact)
        if own is None:
            return Truth.UNKNOWN
        return Truth.TRUE if own.value == leaf.value else Truth.FALSE
    match leaf:
        case Compare(fact=name):
            own = known.get(name)
            if own is None or not isinstance(own.value, Decimal):
                return Truth.UNKNOWN
            return Truth.of(_compare(own.value, leaf))
        case Includes(fact=name, member=member):
            own = known.get(name)
            if own is None or not isinstance(own.value, tuple):
                return Truth.UNKNOWN
            if not member:
                return Truth.of(len(own.value) > 0)
            return Truth.of(
                member in own.value or member in [plain_name(str(one)) for one in own.value]
            )
        case Apart(fact=name, since=since, by=by):
            own, born = known.get(name), known.get(since)
            if own is None or born is None:
                return Truth.UNKNOWN
            if not isinstance(own.value, Decimal) or not isinstance(born.value, dt.date):
                return Truth.UNKNOWN
            return Truth.of(abs(own.value - completed_years(born.value, day)) > by)
        case _:
            return Truth.UNKNOWN


def _compare(value: Decimal, leaf: Compare) -> bool:
    match leaf.relation:
        case "<":
            return value < leaf.bound
        case "<=":
            return value <= leaf.bound
        case ">":
            return value > leaf.bound
        case ">=":
            return value >= leaf.bound
