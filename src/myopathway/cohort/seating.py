"""The spot of each row of a piece: looks, groups and histories told apart, and each asked once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from myopathway.cohort.bits import BITS, unpacked, words_of
from myopathway.cohort.groups import NO_HISTORY, Wanted
from myopathway.cohort.sequences import Distinct, combined, distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myopathway.cohort.bits import Plane
    from myopathway.cohort.groups import Fetch, Groups
    from myopathway.cohort.histories import History


def grouped(places: Groups, look: Sequence[Plane], count: int, fetch: Fetch) -> np.ndarray:
    """Give the group of each row; ``look``: the planes of what places it, its history aside."""
    words = [words_of(look[start : start + BITS], count) for start in range(0, len(look), BITS)]
    found = distinct(words[0].view(np.int64))
    for word in words[1:]:
        more = distinct(word.view(np.int64))
        found = combined([(found.ids, len(found.firsts)), (more.ids, len(more.firsts))])
    keys = list(zip(*(word[found.firsts].tolist() for word in words), strict=True))
    groups = places.groups(dict(zip(keys, found.firsts.tolist(), strict=True)), fetch)
    return np.array([groups[key] for key in keys], np.int64)[found.ids]


def seated(
    places: Groups, groups: np.ndarray, known: Plane, history: History, fetch: Fetch
) -> np.ndarray:
    """Give the number of the spot of each row; ``known``: where the history is."""
    count = len(groups)
    reads = np.array([places.reads_history(one) for one in range(int(groups.max(initial=-1)) + 1)])
    read = unpacked(known, count) & reads[groups] if count else np.zeros(0, np.bool_)
    histories = np.full(count, NO_HISTORY, np.int64)
    some = np.flatnonzero(read)
    if len(some):
        histories[some] = _histories(places, history, some, count)
    pairs = combined([(groups, len(reads)), (histories + 1, int(histories.max(initial=0)) + 2)])
    open_at = np.full(count, -1, np.int64)
    open_at[history.open_rows] = np.arange(len(history.open_rows))
    told = list(zip(groups[pairs.firsts].tolist(), histories[pairs.firsts].tolist(), strict=True))
    found = [places.known(group, one) for group, one in told]
    new = [place for place, number in enumerate(found) if number is None]
    rows = pairs.firsts[new]
    opened = history.places_of(open_at[rows])
    wanted = [
        Wanted(*told[place], row, own)
        for place, row, own in zip(new, rows.tolist(), opened, strict=True)
    ]
    for place, number in zip(new, places.numbers(wanted, fetch), strict=True):
        found[place] = number
    numbers = np.array(found, np.int64)[pairs.ids]
    return _named(places, numbers, history)


def _histories(places: Groups, history: History, rows: np.ndarray, count: int) -> np.ndarray:
    """Give the numbers of the histories of some rows."""
    sure = history.words[0][rows]
    told = distinct(sure.view(np.int64))
    open_at = np.full(count, -1, np.int64)
    open_at[history.open_rows] = np.arange(len(history.open_rows))
    at = open_at[rows]
    ways = np.where(at >= 0, history.ways.ids[at] + 1, 0) if len(history.open_rows) else at + 1
    both = combined([(told.ids, len(told.firsts)), (ways, len(history.ways.firsts) + 1)])
    opened = history.ways_of(at[both.firsts])
    numbers = [
        places.history(bits, own)
        for bits, own in zip(sure[both.firsts].tolist(), opened, strict=True)
    ]
    return np.array(numbers, np.int64)[both.ids]


def _named(places: Groups, numbers: np.ndarray, history: History) -> np.ndarray:
    """Name the open regimens that are asked about by their places in each row."""
    spots = places.spots
    own = numbers[history.open_rows]
    asked = np.flatnonzero(np.array(spots.open, np.bool_)[own])
    if not len(asked):
        return numbers
    found: Distinct = combined(
        [(own[asked], len(spots.all)),
         (history.places.ids[asked], len(history.places.firsts))]
    )  # fmt: skip
    firsts = asked[found.firsts]
    named = [
        spots.named(number, places_)
        for number, places_ in zip(own[firsts].tolist(), history.places_of(firsts), strict=True)
    ]
    numbers = numbers.copy()
    numbers[history.open_rows[asked]] = np.array(named, np.int64)[found.ids]
    return numbers
