"""Lists of a piece's rows, put together from their members: one list a row, in order."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence


def listed(counts: np.ndarray, members: pa.Array) -> pa.Array:
    """Give lists of these lengths, their members one after the other."""
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), members)


def worded(codes: np.ndarray, words: Sequence[str]) -> pa.DictionaryArray:
    """Give words by their places."""
    indices = pa.array(codes.astype(np.int32, copy=False))
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string()))


class Words:
    """Words in the order in which they came up, each once."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        """Begin with some."""
        self.words = list(words)
        self._places = {word: place for place, word in enumerate(words)}

    def place(self, word: str) -> int:
        """Give the place of a word."""
        place = self._places.setdefault(word, len(self.words))
        if place == len(self.words):
            self.words.append(word)
        return place

    def codes(self, held: pa.DictionaryArray, nothing: int) -> np.ndarray:
        """Give the places of words that are held as numbers, and this for none."""
        places = np.array([self.place(word) for word in held.dictionary.to_pylist()], np.int32)
        codes = held.indices
        if held.null_count:
            places = np.append(places, np.int32(nothing))
            codes = pc.fill_null(codes, len(places) - 1)
        return places[codes.to_numpy()] if len(codes) else np.zeros(0, np.int32)


def structs(parts: dict[str, pa.Array]) -> pa.StructArray:
    """Give values of named parts."""
    return pa.StructArray.from_arrays(list(parts.values()), names=list(parts))


class Woven:
    """Members of several sets of rows, each set in the order of its rows, woven into one."""

    def __init__(self, count: int) -> None:
        """Begin with empty lists."""
        self.counts = np.zeros(count, np.int64)
        self._sets: list[tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]] = []

    def add(self, rows: np.ndarray, counts: np.ndarray, members: dict[str, np.ndarray]) -> None:
        """Add members behind those that the rows have: so many to each of the rows."""
        self._sets.append((rows, counts, members))
        self.counts[rows] += counts

    def members(self, name: str, kind: object) -> np.ndarray:
        """Give one value of all members; after that, none is added."""
        woven = np.empty(int(self.counts.sum()), kind)
        for at, (_, _, members) in zip(self._places, self._sets, strict=True):
            woven[at] = members[name]
        return woven

    @cached_property
    def _places(self) -> list[np.ndarray]:
        """Where the members of each set stand."""
        begins = np.cumsum(self.counts) - self.counts
        found: list[np.ndarray] = []
        for rows, counts, _ in self._sets:
            first = np.cumsum(counts) - counts
            found.append(np.repeat(begins[rows] - first, counts) + np.arange(int(counts.sum())))
            begins[rows] += counts
        return found
