"""Axes that a reader can read off: round steps, few of them, dates where there is a first day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

_STEPS: Final = tuple(one * ten for ten in (0.1, 1, 10, 100, 1000) for one in (1, 2, 5))
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_WEEKS: Final = (1, 2, 4, 8, 12, 26, 52, 104)
WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a value stands between two edges of a picture."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Give the place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(most: float, count: int = 5) -> tuple[float, ...]:
    """Give round values from 0 up to the first that is no less than ``most``."""
    step = next(one for one in _STEPS if one * count >= most or one == _STEPS[-1])
    found = [0.0]
    while found[-1] < most:
        found.append(found[-1] + step)
    return tuple(found) if len(found) > 1 else (0.0, step)


def week_ticks(days: int, count: int) -> tuple[int, ...]:
    """Give days on which a whole number of weeks is over, at most ``count`` of them."""
    weeks = next((one for one in _WEEKS if days <= one * WEEK * count), _WEEKS[-1])
    return tuple(range(0, days + 1, weeks * WEEK))


def day_told(start: dt.date | None, day: int) -> str:
    """Name a day by its date, by its week where there is no first day."""
    if start is None:
        return f"week {day // WEEK}" if day % WEEK == 0 else f"day {day}"
    found = start + dt.timedelta(day)
    return f"{found.day} {_MONTHS[found.month - 1]} {found.year % 100:02d}"
