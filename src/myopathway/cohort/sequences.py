"""Values told apart: rows, and lists of rows, by a whole number each, without hashing any text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST: Final = 2**62


class Distinct(NamedTuple):
    """What each row has, as a number from 0, and the first row that has it."""

    ids: np.ndarray
    firsts: np.ndarray


def distinct(values: np.ndarray) -> Distinct:
    """Give whole numbers a number each, in the order in which they are met."""
    encoded = pa.array(values).dictionary_encode()
    ids = encoded.indices.to_numpy()
    firsts = np.empty(len(encoded.dictionary), np.int64)
    firsts[ids[::-1]] = np.arange(len(values) - 1, -1, -1)
    return Distinct(ids, firsts)


def combined(parts: Iterable[tuple[np.ndarray, int]]) -> Distinct:
    """Give a number to what several codes, each below a size, are together."""
    key: np.ndarray | None = None
    radix = 1
    for codes, size in parts:
        if key is None:
            key, radix = codes.astype(np.int64), max(size, 1)
            continue
        if radix * size > _MOST:
            ids, firsts = distinct(key)
            key, radix = ids.astype(np.int64), len(firsts)
        key = key * size + codes
        radix *= max(size, 1)
    if key is None:
        raise ValueError
    return distinct(key)


def sequences(codes: np.ndarray, size: int, counts: np.ndarray) -> Distinct:
    """Give numbers to lists of codes, each below a size; ``counts``: their lengths."""
    begins = np.cumsum(counts) - counts
    key = np.zeros(len(counts), np.int64)
    radix = 1
    for step in range(int(counts.max(initial=0))):
        if radix * (size + 1) > _MOST:
            ids, firsts = distinct(key)
            key, radix = ids.astype(np.int64), len(firsts)
        rows = np.flatnonzero(counts > step)
        # A list that has ended goes on with zeros, so that no two become the same.
        key *= size + 1
        key[rows] += codes[begins[rows] + step] + 1
        radix *= size + 1
    return distinct(key)


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
