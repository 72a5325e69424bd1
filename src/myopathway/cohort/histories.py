"""The regimens of a piece, put together row by row from what the engine said of each shape."""

from __future__ import annotations

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
    opening, what its open regimens may have added, and which they are. ``rows``, ``indices``,
    ``shapes``: by regimen.
    """

    def __init__(self, histories: Histories, counts: np.ndarray, shapes: np.ndarray) -> None:
        """Put the regimens of each row together."""
        self.shapes = shapes
        count = len(counts)
        begins = np.cumsum(counts) - counts
        self.rows = np.repeat(np.arange(count), counts)
        self.indices = np.arange(len(shapes)) - begins[self.rows]
        self.words = np.zeros((len(histories.words), count), np.uint64)
        for step in range(int(counts.max(initial=0))):
            rows = np.flatnonzero(counts > step)
            at = shapes[begins[rows] + step]
            for table, word in zip(histories.words, self.words, strict=True):
                word[rows] |= table[at]
        arms = histories.arms[shapes]
        opened = np.flatnonzero(arms != 0)
        counts = np.bincount(self.rows[opened], minlength=count)
        self.open_rows = np.flatnonzero(counts != 0)
        counts = counts[self.open_rows]
        ways, places = arms[opened], self.indices[opened]
        self.ways = sequences(ways, int(histories.arms.max(initial=0)) + 1, counts)
        self.places = sequences(places, MOST_REGIMENS, counts)
        ends = np.cumsum(counts)
        self._ends, self._begins = ends.tolist(), (ends - counts).tolist()
        self._ways, self._places = ways.tolist(), places.tolist()

    def ways_of(self, place: int) -> tuple[int, ...]:
        """Give what the open regimens of one of the ``open_rows`` may have added."""
        return tuple(self._ways[self._begins[place] : self._ends[place]])

    def places_of(self, place: int) -> tuple[int, ...]:
        """Give the places of the open regimens of one of the ``open_rows``."""
        return tuple(self._places[self._begins[place] : self._ends[place]])


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
        shapes = numbers[found.ids] + np.repeat(unstated, counts)
        return History(self, counts, shapes)

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
