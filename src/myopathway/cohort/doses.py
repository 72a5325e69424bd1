"""Doses of many rows in whole numbers, so that they have the engine's own last digit.

A weight is taken in millionths of a milligram (10^-12 kg), an amount in whole steps of its last
digit; ends, ceilings and days are multiplied and compared as they are, and rounded once, to
tenths: half up, or down where an end is held at its ceiling. What needs no weight is worked out
by the engine beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from myopathway.engine.dose import calculated, needs_weight

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from myopathway.guideline.model import Dose, Option

PLACES: Final = 12
_HEAVIEST: Final = 10**3  # kg; more than the dictionary takes
_MOST: Final = 2**62


class Part(NamedTuple):
    """A part of a dose: what it is, and its ends in tenths, fixed or row by row."""

    kind: str
    unit: str
    low: Any
    high: Any
    capped: Any


class Amount:
    """An exact amount: whole numbers over a fixed one."""

    def __init__(self, top: Any, bottom: int) -> None:  # noqa: ANN401 - a number, or one a row
        """Hold the fraction; the unit is the caller's business."""
        self.top = top
        self.bottom = bottom

    def times(self, factor: int, divisor: int = 1) -> Amount:
        """Give this many of it, in equal parts."""
        return Amount(self.top * factor, self.bottom * divisor)

    def beyond(self, other: Amount) -> Any:  # noqa: ANN401 - as above
        """Say where it is more than another amount."""
        return self.top * other.bottom > other.top * self.bottom

    def rounded(self) -> Any:  # noqa: ANN401 - as above
        """Give it in tenths, half up."""
        return (self.top * 20 + self.bottom) // (2 * self.bottom)

    def rounded_down(self) -> Any:  # noqa: ANN401 - as above
        """Give it in tenths, cut."""
        return self.top * 10 // self.bottom


def whole_weight(weight: np.ndarray) -> np.ndarray:
    """Give weights in kg as whole numbers of steps."""
    return np.rint(weight * 10.0**PLACES).astype(np.int64)


def plain(option: Option, drug: str) -> list[Part]:
    """Give the parts of a drug's doses for which no weight is needed."""
    return [part for one in option.doses if one.drug == drug for part in _fixed(one)]


def weighed(option: Option, drug: str, weight: np.ndarray) -> list[Part]:
    """Give the parts of a drug's doses for weights (whole steps)."""
    return [
        part
        for one in option.doses
        if one.drug == drug
        for part in (_weighed(one, weight) if needs_weight(one) else _fixed(one))
    ]


def _fixed(dose: Dose) -> Iterator[Part]:
    for one in calculated(dose, None):
        yield Part(one.kind, one.unit, int(one.low * 10), int(one.high * 10), one.capped)


def _weighed(dose: Dose, weight: np.ndarray) -> Iterator[Part]:
    """Follow ``engine.dose.calculated`` for a dose that depends on the weight."""
    ceiling: Amount | None = None
    if dose.ceiling is not None:
        ceiling = _amount(dose.ceiling.amount, weight if dose.ceiling.per_kg else None)
    low = _amount(dose.low, weight if dose.per_kg else None)
    high = _amount(dose.high, weight if dose.per_kg else None)
    unit = dose.unit if dose.per == "cycle" else f"{dose.unit}/{dose.per}"
    held: Any = False
    ends = [low.rounded(), high.rounded()]
    if ceiling is not None:
        over = [one.beyond(ceiling) for one in (low, high)]
        held = over[0] | over[1]
        ends = [
            np.where(more, ceiling.rounded_down(), end)
            for more, end in zip(over, ends, strict=True)
        ]
    yield Part(dose.kind, unit, ends[0], ends[1], held)
    if dose.days is not None:
        first, last = dose.days
        least, most = (
            (low.times(1, last), high.times(1, first))
            if dose.split
            else (low.times(first), high.times(last))
        )
        kind, per = ("per-day", f"{dose.unit}/day") if dose.split else ("course", dose.unit)
        yield Part(kind, per, least.rounded(), most.rounded(), capped=False)
    if dose.ceiling is not None and ceiling is not None:
        top = ceiling.rounded_down()
        yield Part("maximum", f"{dose.ceiling.unit}/{dose.ceiling.per}", top, top, capped=False)


def _amount(amount: Decimal, weight: np.ndarray | None) -> Amount:
    """Give an amount as a fraction, per kg where there are weights."""
    digits = -min(int(amount.as_tuple().exponent), 0)
    whole = int(amount.scaleb(digits))
    if weight is None:
        return Amount(whole, 10**digits)
    places = PLACES
    # Keep clear of the largest whole number, at the price of digits that no scale shows.
    while whole * _HEAVIEST * 10**places * 40 > _MOST:
        places -= 1
    steps = weight // 10 ** (PLACES - places)
    return Amount(steps * whole, 10 ** (digits + places))
