"""How many doses an order allows in a stretch of days, and on how many days."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Final

from myopathway.orders.order import DAY

if TYPE_CHECKING:
    from myopathway.orders.order import Part, Rhythm

# A rhythm that goes on is taken at its word for a day or a week; over longer stretches an order
# that names no end may mean a course.
_ENDLESS: Final = 7


def doses_within(part: Part, days: int) -> tuple[int, int | None]:
    """Give the fewest and the most doses that the order allows in any stretch of days.

    None: it does not say how often. The two differ where it does not say for how long.
    """
    if part.once:
        least = most = 1
    elif part.rhythm is None:
        return 1, None
    else:
        least, most = _of_course(part, part.rhythm, days)
    window = Decimal(days * DAY)
    if part.cycle is not None and part.cycle < window:
        again = _whole(window / part.cycle)
        return least * again, most * again
    return least, most


def course_days(part: Part) -> int | None:
    """Give on how many days a course is given; None where the order does not say."""
    rhythm = part.rhythm
    if part.once:
        return 1
    if rhythm is None:
        return None
    if rhythm.hours > DAY:
        return min(rhythm.times, _whole(rhythm.hours / DAY))
    if part.days is None and part.count is not None:
        return _whole(part.count / _in(rhythm, DAY))
    return part.days


def apart(part: Part) -> Decimal | None:
    """Give the hours from one course to the next; None where there is no next."""
    if part.cycle is not None:
        return part.cycle
    if part.rhythm is not None and part.rhythm.hours > DAY:
        return part.rhythm.hours
    return None


def _of_course(part: Part, rhythm: Rhythm, days: int) -> tuple[int, int]:
    most = _whole(_in(rhythm, days * DAY))
    if part.days is not None:
        most = min(most, _whole(_in(rhythm, part.days * DAY)))
    if part.count is not None:
        most = min(most, part.count)
    open_end = part.days is None and part.count is None and rhythm.hours <= DAY
    if open_end and days > _ENDLESS:
        return min(most, _whole(_in(rhythm, DAY))), most
    return most, most


def _in(rhythm: Rhythm, hours: int) -> Decimal:
    """Give the doses in a stretch of hours: whole periods count whole, a short one by its share."""
    if hours >= rhythm.hours:
        return Decimal(rhythm.times * _whole(hours / rhythm.hours))
    return rhythm.times * hours / rhythm.hours


def _whole(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))
