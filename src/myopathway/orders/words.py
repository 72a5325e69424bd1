"""An order said in words, as its reader would say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.orders.order import DAY, WEEK
from myopathway.orders.units import MILLIGRAMS
from myopathway.quantity import plain

if TYPE_CHECKING:
    from decimal import Decimal

    from myopathway.orders.order import Order, Part, Rhythm

_TIMES: Final = {1: "once", 2: "twice"}


def amount(milligrams: Decimal, unit: str) -> str:
    """Write an amount in a unit."""
    return f"{plain(milligrams / MILLIGRAMS[unit])} {unit}"


def given(part: Part) -> str:
    """Say what is given at a time."""
    if part.low is None or part.high is None:
        return "no amount stated"
    high = amount(part.high, part.unit)
    text = high
    if part.low != part.high:
        text = f"{amount(part.low, part.unit).partition(' ')[0]} to {high}"
    return f"{text}/kg" if part.per_kg else text


def order_words(order: Order) -> str:
    """Say what an order orders, without the name of the drug."""
    steps = [" and ".join(_part(part) for part in step) for step in order.steps]
    text = "; then ".join(steps) or "no dose stated"
    return f"{text}, {order.route}" if order.route else text


def _part(part: Part) -> str:
    words = [given(part)]
    if part.once:
        words.append("a single time")
    elif part.rhythm is None:
        words.append("no rhythm stated")
    else:
        words.append(_often(part.rhythm))
    if part.days is not None:
        words.append(f"for {_count(part.days, 'day')}")
    text = " ".join(words)
    if part.count is not None:
        text += f", {_count(part.count, 'dose')} in all"
    return text if part.cycle is None else f"{text}, begun anew every {_stretch(part.cycle)}"


def _often(rhythm: Rhythm) -> str:
    times = _TIMES.get(rhythm.times, f"{rhythm.times} times")
    if rhythm.longest != rhythm.hours:
        text = f"{times} every {_stretch(rhythm.hours)} to {_stretch(rhythm.longest)}"
    elif rhythm.hours == DAY:
        text = f"{times} a day"
    elif rhythm.hours == WEEK:
        text = "once WEEKLY" if rhythm.times == 1 else f"{times} a week"
    else:
        text = f"{times} every {_stretch(rhythm.hours)}"
    return f"{text}, as needed" if rhythm.as_needed else text


def _stretch(hours: Decimal) -> str:
    for unit, length in (("week", WEEK), ("day", DAY)):
        if hours % length == 0:
            return _count(int(hours / length), unit)
    return f"{plain(hours)} hours"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
