"""Dates as they are written: how, and which day they mean; every one is looked at once."""

from __future__ import annotations

from typing import Final

from myopathway.fhir.plain import day_of

# How a date is written: not there, no date, an empty text, or its length.
ABSENT: Final = 0
WRONG: Final = -1
EMPTY: Final = -2
_DAY: Final = 10
_MOST: Final = 100_000

_written: Final[dict[str, int]] = {}
_days: Final[dict[str, str]] = {"": ""}


def written_as(date: str | None) -> int:
    """Say how a date is written; of a time only its day counts."""
    if date is None:
        return ABSENT
    if not date:
        return EMPTY
    # What stands behind the letter T changes nothing, and without it nothing so long is a date.
    start = date[: _DAY + 1]
    length = _written.get(start)
    if length is None:
        if len(_written) >= _MOST:
            _written.clear()
        length = WRONG if day_of(date) is None else min(len(date), _DAY)
        _written[start] = length
    return length


def day_as(date: str) -> str:
    """Give the day that a date means, "" for none."""
    day = _days.get(date)
    if day is None:
        if len(_days) >= _MOST:
            _days.clear()
            _days[""] = ""
        day = _days[date] = day_of(date) or ""
    return day
