"""Truths packed into whole numbers, so that one comparison tests many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from myopathway.cohort import expressions as sql
from myopathway.cohort.expressions import WORD

if TYPE_CHECKING:
    from myopathway.cohort.expressions import Sql

Mask: TypeAlias = dict[str, int]


class Words:
    """Conditions that are true or false, each a bit of a word; the same one has the same bit."""

    def __init__(self, name: str) -> None:
        """Call the words by this name and a number."""
        self._name = name
        self._places: dict[str, int] = {}
        self._conditions: list[Sql] = []

    def bit(self, condition: Sql) -> Mask:
        """Give the bit of a condition that is never unknown."""
        printed = condition.sql(dialect="duckdb")
        if printed not in self._places:
            self._places[printed] = len(self._conditions)
            self._conditions.append(condition)
        return placed(self._name, self._places[printed])

    def columns(self) -> dict[str, Sql]:
        """Give the words."""
        found: dict[str, Sql] = {}
        for start in range(0, len(self._conditions), WORD):
            bits = [
                sql.times(sql.cast(condition, "BIGINT"), sql.num(1 << place))
                for place, condition in enumerate(self._conditions[start : start + WORD])
            ]
            found[f"{self._name}{start // WORD}"] = sql.plus(bits)
        return found


def placed(name: str, place: int) -> Mask:
    """Give the mask of one place."""
    word, bit = divmod(place, WORD)
    return {f"{name}{word}": 1 << bit}


def joined(into: Mask, other: Mask) -> None:
    """Add the bits of another mask."""
    for word, bits in other.items():
        into[word] = into.get(word, 0) | bits


def tested(mask: Mask) -> Sql:
    """Say that one of the bits is set."""
    return sql.either([sql.has(sql.col(word), bits) for word, bits in mask.items()])
