"""Values told apart: rows, and lists of rows, by a whole number each, without hashing any text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST: Final = 2**62
_FEW: Final = 2  # numbers to a value, of a table that is made of them


class Distinct(NamedTuple):
    """What each row has, as a number from 0, and the first row that has it."""

    ids: np.ndarray
    firsts: np.ndarray


def distinct(values: np.ndarray, size: int = _MOST) -> Distinct:
    """Give whole numbers a number each; ``size``: they are not negative, and below it."""
    rows = np.arange(len(values) - 1, -1, -1)
    if size <= _FEW * len(values):
        # Few enough for a table; of the rows that have a number, the one that is set last stays.
        first = np.full(size, -1, np.int64)
        first[values[::-1]] = rows
        used = np.flatnonzero(first >= 0)
        numbers = np.empty(size, np.int32)
        numbers[used] = np.arange(len(used), dtype=np.int32)
        return Distinct(numbers[values], first[used])
    encoded = pa.array(values).dictionary_encode()
    ids = encoded.indices.to_numpy()
    firsts = np.empty(len(encoded.dictionary), np.int64)
    firsts[ids[::-1]] = rows
    return Distinct(ids, firsts)


def combined(parts: Iterable[tuple[np.ndarray, int]]) -> Distinct:
    """Give a number to what several codes, each below a size, are together."""
    key: np.ndarray | None = None
    radix = 1
    for codes, size in parts:
        if key is None:
            key, radix = codes.astype(np.int64), max(size, 1)
        elif size > 1:
            if radix * size > _MOST:
                ids, firsts = distinct(key)
                key, radix = ids.astype(np.int64), len(firsts)
            key *= size
            key += codes
            radix *= size
    if key is None:
        raise ValueError
    return distinct(key, radix)


def sequences(codes: np.ndarray, size: int, counts: np.ndarray) -> Distinct:
    """Give numbers to lists of codes, each below a size; ``counts``: their lengths."""
    begins = np.cumsum(counts) - counts
    key = np.zeros(len(counts), np.int64)
    radix = 1
    for step in range(int(counts.max(initial=0))):
        if radix * (size + 1) > _MOST:
            ids, firsts = distinct(key)
            key, radix = ids.astype(np.int64), len(firsts)
        # A list that has ended goes on with zeros, so that no two become the same.
        longer = np.flatnonzero(counts > step)
        some = slice(None) if len(longer) == len(counts) else longer
        more = codes[begins[some] + step].astype(np.int64)
        more += 1
        more *= radix
        key[some] += more
        radix *= size + 1
    return distinct(key, radix)


class Listed:
    """A column of lists of words, taken apart."""

    def __init__(self, column: pa.Array) -> None:
        """Count the members and number the words; an unknown list has none."""
        self.counts = lengths(column)
        flat = column.flatten()
        if not pa.types.is_dictionary(flat.type):
            flat = flat.dictionary_encode()
        self.codes = flat.indices.to_numpy(zero_copy_only=False)
        self.words: list[str] = flat.dictionary.to_pylist()
        self._begins: np.ndarray | None = None

    def distinct(self) -> Distinct:
        """Give a number to each list."""
        if not len(self.codes):
            return Distinct(np.zeros(len(self.counts), np.int64), np.zeros(1, np.int64))
        return sequences(self.codes, len(self.words), self.counts)

    def of(self, row: int) -> tuple[str, ...]:
        """Give the list of a row."""
        if self._begins is None:
            self._begins = np.cumsum(self.counts) - self.counts
        begin = self._begins[row]
        return tuple([self.words[n] for n in self.codes[begin : begin + self.counts[row]]])


def lengths(column: pa.Array) -> np.ndarray:
    """Count the members of each list; none where it is not known."""
    found = pc.list_value_length(column)
    if found.null_count:
        found = pc.fill_null(found, 0)
    return found.to_numpy(zero_copy_only=False).astype(np.int64)
