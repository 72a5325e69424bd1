"""Days worked out from a start date: when a test is due, and when a plan ends."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import TYPE_CHECKING, Final

from myopathway.plan.outcome import Due

if TYPE_CHECKING:
    from myopathway.guideline.policy import Monitored

# The words of the content for beginnings that a start date settles.
BEFORE: Final = "before the first dose"
COMBINED: Final = "when the combination begins"
_YEAR: Final = 12


def dates(one: Monitored, start: dt.date, until: dt.date, *, combined: bool) -> tuple[Due, ...]:
    """Give the days by which a test is due; none where its beginning is said in other words.

    ``combined`` says that a combination begins with the first dose. What is to be done before
    the first dose is due by the start date. Each interval is counted from the test before it.
    """
    begin = _begin(one, combined=combined)
    if begin is None:
        return ()
    last = start + dt.timedelta(begin)
    found = [(last, one.first or f"{begin} days after the first dose")]
    for phase in one.phases:
        end = until
        if phase.until_days is not None:
            end = min(until, start + dt.timedelta(phase.until_days))
        step = dt.timedelta(max(phase.every_days, 1))
        while last + step <= end:
            last += step
            found.append((last, phase.says))
    return tuple(Due(day.isoformat(), says) for day, says in found if day <= until)


def months_after(start: dt.date, months: int) -> dt.date:
    """Give the same day some months later, the last day of a month that is shorter."""
    years, month = divmod(start.month - 1 + months, _YEAR)
    year = start.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(start.day, last))


def _begin(one: Monitored, *, combined: bool) -> int | None:
    if one.first_days is not None:
        return one.first_days
    return 0 if one.first == BEFORE or (one.first == COMBINED and combined) else None
