"""The regimens of a piece, put together row by row from what the engine said of each shape."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.bits import BITS
from myopathway.cohort.given import ONGOING
from myopathway.cohort.sequences import Listed, combined, lengths, sequences
from myopathway.cohort.shapes import ATOMS, DRUGS, LIMITS, LINES, SURE
from myopathway.facts import MOST_REGIMENS, Regimen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myopathway.cohort.leaves import Leaves
    from myopathway.cohort.sequences import Distinct
    from myopathway.cohort.shapes import Shape, Shapes

_FEW: Final = 2_000_000  # cells of a table that is kept for codes that are few
_Key = tuple[tuple[str, ...], str | None, str | None, tuple[str, ...], bool, str]


class History:
    """What the regimens of the rows of a piece say.

    ``words``: bits, word by word and row by row; ``ways`` and ``places``: for each row with an
    opening, what its open regimens may have added, and which they are. ``rows``, ``shapes``: by
    regimen.
    """

    def __init__(
        self, histories: Histories, counts: np.ndarray, rows: np.ndarray, shapes: np.ndarray
    ) -> None:
        """Put the regimens of each row together."""
        self.rows, self.shapes = rows, shapes
        count = len(counts)
        self._begins = begins = np.cumsum(counts) - counts
        self.words = np.zeros((len(histories.words), count), np.uint64)
        for step in range(int(counts.max(initial=0))):
            some = np.flatnonzero(counts > step)
            at = shapes[begins[some] + step]
            for table, word in zip(histories.words, self.words, strict=True):
                word[some] |= table[at]
        arms = histories.arms[shapes]
        self._opened = np.flatnonzero(arms != 0)
        many = np.bincount(rows[self._opened], minlength=count)
        self.open_rows = np.flatnonzero(many != 0)
        self._many = many[self.open_rows]
        self._ways = arms[self._opened]
        self.ways = sequences(self._ways, int(histories.arms.max(initial=0)) + 1, self._many)

    def indices(self, regimens: np.ndarray) -> np.ndarray:
        """Give the places of regimens in the histories that they stand in."""
        return regimens - self._begins[self.rows[regimens]]

    @cached_property
    def places(self) -> Distinct:
        """The places of the open regimens."""
        return sequences(self.indices(self._opened), MOST_REGIMENS, self._many)

    def ways_of(self, chosen: np.ndarray) -> list[tuple[int, ...]]:
        """Give what the open regimens of some of the ``open_rows`` may have added; -1: nothing."""
        return self._lists(self._ways, chosen)

    def places_of(self, chosen: np.ndarray) -> list[tuple[int, ...]]:
        """Give the places of the open regimens of some of the ``open_rows``; -1: none."""
        return self._lists(self.indices(self._opened), chosen)

    def _lists(self, values: np.ndarray, chosen: np.ndarray) -> list[tuple[int, ...]]:
        some = chosen >= 0
        counts = np.where(some, self._many[chosen], 0) if some.any() else np.zeros_like(chosen)
        ends = np.cumsum(counts)
        begins = (np.cumsum(self._many) - self._many)[chosen[some]]
        at = np.repeat(begins - (ends - counts)[some], counts[some]) + np.arange(ends[-1:].sum())
        flat = values[at].tolist()
        spans = zip((ends - counts).tolist(), ends.tolist(), strict=True)
        return [tuple(flat[begin:end]) for begin, end in spans]


class Histories:
    """The shapes that were met so far, as tables; a shape has a number, and one more unstated."""

    def __init__(self, leaves: Leaves, shapes: Shapes, *, whole: bool) -> None:
        """Keep the bits that places need, and (``whole``) all the others."""
        self._shapes = shapes
        sizes = {SURE: 1}
        if whole:
            drugs = -(-len(leaves.guideline.drugs) // BITS)
            sizes |= dict.fromkeys(ATOMS, -(-len(leaves.atoms) // BITS))
            sizes |= dict.fromkeys(DRUGS, drugs) | dict.fromkeys((*LIMITS, *LINES), 1)
        ends = np.cumsum(list(sizes.values())).tolist()
        self.at = dict(zip(sizes, [0, *ends[:-1]], strict=True))
        self._sizes = sizes
        self._known: dict[_Key, int] = {}
        self._made: list[Shape] = []
        self.words = np.zeros((ends[-1], 0), np.uint64)
        self.arms = np.zeros(0, np.int64)
        self.open = np.zeros(0, np.bool_)
        self.asks = np.zeros((0, 0, 2), np.uint64)

    def read(self, column: pa.Array, unstated: np.ndarray) -> History:
        """Read a column of regimens; ``unstated``: by row, an unstated purpose is known."""
        counts = lengths(column)
        flat = column.flatten()
        found = self._regimens(flat)
        numbers = self._numbers(flat, found)
        rows = np.repeat(np.arange(len(counts)), counts)
        shapes = numbers[found.ids] + unstated[rows]
        return History(self, counts, rows, shapes)

    def _regimens(self, flat: pa.StructArray) -> Distinct:
        drugs, blamed = Listed(flat.field("drugs")), Listed(flat.field("intolerant_of"))
        given, named = drugs.distinct(), blamed.distinct()
        purpose, outcome = _Coded(flat.field("purpose")), _Coded(flat.field("outcome"))
        parts = [
            (given.ids, len(given.firsts)), (named.ids, len(named.firsts)),
            (purpose.codes, purpose.size), (outcome.codes, outcome.size),
            (pc.is_valid(flat.field("stopped")).to_numpy(zero_copy_only=False), 2),
        ]  # fmt: skip
        dose = _Coded(flat.field("dose"))
        if dose.size > 1:
            # The dose matters only of what goes on, and where a departure looks at it.
            watched = np.zeros(len(given.firsts), np.bool_)
            for place, first in enumerate(given.firsts.tolist()):
                watched[place] = not self._shapes.watched.isdisjoint(drugs.of(first))
            goes_on = np.array([one in (None, ONGOING) for one in outcome.values])
            seen = watched[given.ids] & goes_on[outcome.codes]
            parts.append((np.where(seen, dose.codes, 0), dose.size))
        self._read = drugs, blamed, purpose, outcome, dose
        return combined(parts)

    def _numbers(self, flat: pa.StructArray, found: Distinct) -> np.ndarray:
        """Give the number of each distinct regimen; the engine decides the new ones."""
        drugs, blamed, purpose, outcome, dose = self._read
        stopped = pc.is_valid(flat.field("stopped").take(pa.array(found.firsts))).to_pylist()
        numbers: list[int] = []
        before = len(self._made)
        for first, ended in zip(found.firsts.tolist(), stopped, strict=True):
            own = drugs.of(first)
            goes_on = outcome.of(first) in (None, ONGOING)
            looked_at = goes_on and not self._shapes.watched.isdisjoint(own)
            key = (own, purpose.of(first), outcome.of(first), blamed.of(first), ended,
                   (dose.of(first) or "") if looked_at else "")  # fmt: skip
            number = self._known.get(key)
            if number is None:
                number = self._known[key] = len(self._made)
                regimen = Regimen(*key[:4], dose=key[5])
                shape = self._shapes.shape(regimen, ended=ended, unstated=False)
                read = shape
                if regimen.purpose is None:
                    read = self._shapes.shape(regimen, ended=ended, unstated=True)
                self._made += [shape, read]
            numbers.append(number)
        self._grow(self._made[before:])
        return np.array(numbers, np.int64)

    def _grow(self, made: Sequence[Shape]) -> None:
        if not made:
            return
        words = [
            [one.bits[name] >> BITS * word & (1 << BITS) - 1
             for name, size in self._sizes.items() for word in range(size)]
            for one in made
        ]  # fmt: skip
        new = np.array(words, np.uint64).T
        self.words = np.ascontiguousarray(np.concatenate([self.words, new], axis=1))
        self.arms = np.concatenate([self.arms, np.array([one.arms for one in made], np.int64)])
        self.open = np.concatenate([self.open, np.array([one.open for one in made], np.bool_)])
        asks = np.array([one.asks for one in made], np.uint64).reshape(len(made), -1, 2)
        self.asks = asks if not self.asks.size else np.concatenate([self.asks, asks])


class _Coded:
    """A column of words as small numbers; 0 where nothing is known."""

    def __init__(self, column: pa.Array) -> None:
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        self.values: list[Any] = [None, *column.dictionary.to_pylist()]
        self.size = len(self.values)
        codes = column.indices
        if codes.null_count:
            codes = pc.fill_null(codes, -1)
        self.codes = codes.to_numpy(zero_copy_only=False) + 1

    def of(self, row: int) -> str | None:
        value: str | None = self.values[self.codes[row]]
        return value
