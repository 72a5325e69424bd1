"""Days that stand as text in rows of bytes, as numbers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_YEARS: Final = 10_000
_MONTHS: Final = 100


@cache
def _months() -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give of each year and month (100 a year) the number of the day before, and its length."""
    firsts = np.arange("0001-01", "10000-01", dtype="datetime64[M]")
    days = firsts.astype("datetime64[D]").astype(np.int64)
    lengths = np.diff(np.append(days, days[-1] + 31))
    places = np.arange(len(firsts))
    places = (places // 12 + 1) * _MONTHS + places % 12 + 1
    before, length = np.zeros((2, _YEARS * _MONTHS), np.int32)
    before[places] = days - days[0]
    length[places] = lengths
    return before, length


def day_numbers(texts: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Give the days that stand as YYYY-MM-DD, as ``toordinal`` numbers them; 0 for no day.

    The digits are known to be digits; of texts of zeros the days mean nothing.
    """
    before, length = _months()
    columns = np.ascontiguousarray(texts.T) & np.uint8(15)
    year, month, day = (_number(columns, places) for places in ((0, 1, 2, 3), (5, 6), (8, 9)))
    place = year * _MONTHS + month
    return np.where((day > 0) & (day <= length[place]), before[place] + day, 0).astype(np.int32)


def _number(digits: NDArray[np.uint8], places: tuple[int, ...]) -> NDArray[np.int32]:
    found = digits[places[0]].astype(np.int32)
    for place in places[1:]:
        found = found * 10 + digits[place]
    return found
