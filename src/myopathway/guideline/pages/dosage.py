"""Doses said back in plain words and worked out for one weight, from what was parsed.

The arithmetic is the engine's once more, written apart from it: the reading page is double entry,
and a test holds the two against each other.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.quantity import plain, rounded, rounded_down

if TYPE_CHECKING:
    from myopathway.guideline.model import Ceiling, Dose

_ROUTES: Final = {
    "oral": "by mouth",
    "subcutaneous": "under the skin",
    "intramuscular": "into a muscle",
    "intravenous": "into a vein",
}
_KINDS: Final = {
    "daily": "every day",
    "initial": "at first",
    "maintenance": "to maintain",
    "weekly": "once WEEKLY, on the same day of the week",
    "per-cycle": "for each cycle",
}
_LABELS: Final = {
    "daily": "each day",
    "initial": "at first",
    "maintenance": "to maintain",
    "weekly": "once a week",
    "per-cycle": "each cycle",
    "per-day": "each day of the cycle",
    "course": "the whole course",
    "maximum": "at most",
}


class Figure(msgspec.Struct, frozen=True):
    """One number of a dose, worked out; ``held`` at the maximum."""

    kind: str
    low: Decimal
    high: Decimal
    unit: str
    held: bool = False

    def __str__(self) -> str:
        """Give the figure as a reader sees it."""
        held = ", held at the maximum" if self.held else ""
        return f"{_LABELS[self.kind]} {_span(self.low, self.high)} {self.unit}{held}"


def in_words(dose: Dose) -> str:
    """Say what the machine reads from a dose sentence."""
    routes = " or ".join(_ROUTES[route] for route in dose.routes)
    if not dose.kind:
        told = "no figure, so that none is ever worked out"
        return "; ".join(part for part in (told, routes, dose.words) if part)
    amount = f"below {plain(dose.high)}" if dose.below else _span(dose.low, dose.high)
    parts = [f"{amount} {_unit(dose.unit, dose.per, per_kg=dose.per_kg)}, {_KINDS[dose.kind]}"]
    if dose.portions:
        parts.append(f"in {dose.portions.replace('-', ' to ')} doses")
    if routes:
        parts.append(routes)
    if dose.days:
        days = f"{dose.days[0]} to {dose.days[1]} days"
        parts.append(f"in equal parts over {days}" if dose.split else f"for {days}")
    if dose.every_weeks:
        parts.append(f"again every {dose.every_weeks} weeks")
    parts.append(_most(dose.ceiling) if dose.ceiling else "no maximum is stated")
    return "; ".join([*parts, dose.words] if dose.words else parts)


def worked(dose: Dose, weight: Decimal) -> tuple[Figure, ...]:
    """Work out a dose for an adult of this weight in kg."""
    if not dose.kind:
        return ()
    times = weight if dose.per_kg else Decimal(1)
    low, high = dose.low * times, dose.high * times
    most = _ceiling(dose.ceiling, weight)
    unit = dose.unit if dose.per == "cycle" else f"{dose.unit}/{dose.per}"
    figures = [
        Figure(dose.kind, _end(low, most), _end(high, most), unit, most is not None and high > most)
    ]
    if dose.days and dose.split:
        first, last = dose.days
        day = f"{dose.unit}/day"
        figures.append(Figure("per-day", rounded(low / last), rounded(high / first), day))
    elif dose.days:
        first, last = dose.days
        figures.append(Figure("course", rounded(low * first), rounded(high * last), dose.unit))
    if dose.ceiling and most is not None:
        top = rounded_down(most)
        figures.append(Figure("maximum", top, top, f"{dose.ceiling.unit}/{dose.ceiling.per}"))
    return tuple(figures)


def _most(ceiling: Ceiling) -> str:
    text = f"at most {plain(ceiling.amount)} "
    text += _unit(ceiling.unit, ceiling.per, per_kg=ceiling.per_kg)
    return f"{text} in {ceiling.portions.replace('-', ' to ')} doses" if ceiling.portions else text


def _end(amount: Decimal, most: Decimal | None) -> Decimal:
    return rounded(amount) if most is None or amount <= most else rounded_down(most)


def _ceiling(ceiling: Ceiling | None, weight: Decimal) -> Decimal | None:
    if ceiling is None:
        return None
    return ceiling.amount * weight if ceiling.per_kg else ceiling.amount


def _unit(unit: str, per: str, *, per_kg: bool) -> str:
    return f"{unit} for each kg of weight a {per}" if per_kg else f"{unit} a {per}"


def _span(low: Decimal, high: Decimal) -> str:
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}"
