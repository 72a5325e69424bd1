"""Doses of a row in whole numbers, so that every engine gives the engine's own last digit.

A weight is taken in millionths of a milligram (10^-12 kg), an amount in whole steps of its last
digit; ends, ceilings and days are multiplied and compared as they are, and rounded once, to
tenths: half up, or down where an end is held at its ceiling. What needs no weight is worked out
by the engine beforehand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from myopathway.cohort import expressions as sql
from myopathway.engine.dose import calculated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from myopathway.cohort.expressions import Sql
    from myopathway.engine.outcome import Calculated
    from myopathway.guideline.model import Dose, Option

KIND: Final = (
    "STRUCT(option VARCHAR, drug VARCHAR, kind VARCHAR, low DOUBLE, high DOUBLE, unit VARCHAR,"
    " capped BOOLEAN)"
)
PLACES: Final = 12
_HEAVIEST: Final = 10**3  # kg; more than the dictionary takes
_MOST: Final = 2**62


class Amount:
    """An exact amount in SQL: a whole number over a fixed one."""

    def __init__(self, top: Sql, bottom: int) -> None:
        """Hold the fraction; the unit is the caller's business."""
        self.top = top
        self.bottom = bottom

    def times(self, factor: int, divisor: int = 1) -> Amount:
        """Give this many of it, in equal parts."""
        return Amount(sql.times(self.top.copy(), sql.num(factor)), self.bottom * divisor)

    def beyond(self, other: Amount) -> Sql:
        """Say that it is more than another amount."""
        left = sql.times(self.top.copy(), sql.num(other.bottom))
        right = sql.times(other.top.copy(), sql.num(self.bottom))
        return sql.compare(left, ">", right)

    def rounded(self) -> Sql:
        """Give it in tenths, half up."""
        top = sql.plus([sql.times(self.top.copy(), sql.num(20)), sql.num(self.bottom)])
        return sql.whole_part(top, sql.num(2 * self.bottom))

    def rounded_down(self) -> Sql:
        """Give it in tenths, cut."""
        return sql.whole_part(sql.times(self.top.copy(), sql.num(10)), sql.num(self.bottom))


def whole_weight(weight: Sql) -> Sql:
    """Give a weight in kg as a whole number of steps."""
    scaled = sql.times(weight, sql.cast(sql.num(10**PLACES), "DOUBLE"))
    return sql.cast(sql.call("round", scaled), "BIGINT")


def doses(option: Option, drug: str, weight: Sql | None) -> Sql:
    """Give the doses of one drug of an option; ``weight`` (whole steps) where it is known."""
    own = [one for one in option.doses if one.drug == drug]
    found: list[Sql] = []
    for dose in own:
        if weight is None or not _by_weight(dose):
            found += [_fixed(option.id, drug, one) for one in calculated(dose, None)]
        else:
            found += _weighed(option.id, dose, weight)
    return sql.array(found, f"{KIND}[]")


def _by_weight(dose: Dose) -> bool:
    return bool(dose.kind) and (dose.per_kg or (dose.ceiling is not None and dose.ceiling.per_kg))


def _weighed(option: str, dose: Dose, weight: Sql) -> Iterator[Sql]:
    """Follow ``engine.dose.calculated`` for a dose that depends on the weight."""
    ceiling: Amount | None = None
    if dose.ceiling is not None:
        ceiling = _amount(dose.ceiling.amount, weight if dose.ceiling.per_kg else None)
    low = _amount(dose.low, weight if dose.per_kg else None)
    high = _amount(dose.high, weight if dose.per_kg else None)
    unit = dose.unit if dose.per == "cycle" else f"{dose.unit}/{dose.per}"
    held = sql.truth(value=False)
    ends = [low.rounded(), high.rounded()]
    if ceiling is not None:
        over = [one.beyond(ceiling) for one in (low, high)]
        held = sql.either([one.copy() for one in over])
        ends = [
            sql.case([(more, ceiling.rounded_down())], end)
            for more, end in zip(over, ends, strict=True)
        ]
    yield _part(option, dose.drug, dose.kind, ends[0], ends[1], unit, held)
    if dose.days is not None:
        first, last = dose.days
        least, most = (
            (low.times(1, last), high.times(1, first))
            if dose.split
            else (low.times(first), high.times(last))
        )
        kind, per = ("per-day", f"{dose.unit}/day") if dose.split else ("course", dose.unit)
        yield _part(option, dose.drug, kind, least.rounded(), most.rounded(), per,
                    sql.truth(value=False))  # fmt: skip
    if dose.ceiling is not None and ceiling is not None:
        top = ceiling.rounded_down()
        unit = f"{dose.ceiling.unit}/{dose.ceiling.per}"
        yield _part(option, dose.drug, "maximum", top, top.copy(), unit, sql.truth(value=False))


def _amount(amount: Decimal, weight: Sql | None) -> Amount:
    """Give an amount as a fraction, per kg where there is a weight."""
    digits = -min(int(amount.as_tuple().exponent), 0)
    whole = int(amount.scaleb(digits))
    if weight is None:
        return Amount(sql.cast(sql.num(whole), "BIGINT"), 10**digits)
    places = PLACES
    # Keep clear of the largest whole number, at the price of digits that no scale shows.
    while whole * _HEAVIEST * 10**places * 40 > _MOST:
        places -= 1
    steps = weight if places == PLACES else sql.whole_part(weight, sql.num(10 ** (PLACES - places)))
    return Amount(sql.times(steps.copy(), sql.num(whole)), 10 ** (digits + places))


def _fixed(option: str, drug: str, one: Calculated) -> Sql:
    return _struct(
        option, drug, one.kind, sql.cast(sql.num(str(one.low)), "DOUBLE"),
        sql.cast(sql.num(str(one.high)), "DOUBLE"), one.unit, sql.truth(value=one.capped),
    )  # fmt: skip


def _part(option: str, drug: str, kind: str, low: Sql, high: Sql, unit: str, capped: Sql) -> Sql:
    return _struct(option, drug, kind, _tenths(low), _tenths(high), unit, capped)


def _tenths(value: Sql) -> Sql:
    ten = sql.cast(sql.num(10), "DOUBLE")
    return exp.Div(this=sql.cast(value, "DOUBLE"), expression=ten, typed=False, safe=False)


def _struct(option: str, drug: str, kind: str, low: Sql, high: Sql, unit: str, capped: Sql) -> Sql:
    return sql.struct(
        {
            "option": sql.text(option), "drug": sql.text(drug), "kind": sql.text(kind),
            "low": low, "high": high, "unit": sql.text(unit), "capped": capped,
        }
    )  # fmt: skip
