"""Amounts with their units: Decimal throughout, UCUM codes in, one place after the point out."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

# What a value in another unit is multiplied by to be in the unit we keep. UCUM codes; the
# comparison with an independent units library stands in the tests.
_FACTORS: Final[dict[str, dict[str, Decimal]]] = {
    "kg": {
        "kg": Decimal(1),
        "g": Decimal("0.001"),
        "[lb_av]": Decimal("0.45359237"),
        "[oz_av]": Decimal("0.028349523125"),
    },
    "10*9/L": {
        "10*9/L": Decimal(1),
        "10*3/uL": Decimal(1),
        "10*3/mm3": Decimal(1),
        "/nL": Decimal(1),
        "G/L": Decimal(1),
        "10*6/L": Decimal("0.001"),
        "/uL": Decimal("0.001"),
        "/mm3": Decimal("0.001"),
    },
    "mL/min/{1.73_m2}": {
        "mL/min/{1.73_m2}": Decimal(1),
        "mL/min/1.73.m2": Decimal(1),
        "mL/min/1.73 m2": Decimal(1),
        "mL/min": Decimal(1),
    },
    "a": {"a": Decimal(1), "mo": Decimal(1) / Decimal(12)},
    "{grade}": {"{grade}": Decimal(1), "1": Decimal(1), "{score}": Decimal(1)},
}

# What people and systems write where the UCUM code belongs; case is folded.
_SPELLINGS: Final[dict[str, str]] = {
    "kilogram": "kg", "kilograms": "kg", "kgs": "kg", "gram": "g", "grams": "g",
    "lb": "[lb_av]", "lbs": "[lb_av]", "pound": "[lb_av]", "pounds": "[lb_av]",
    "oz": "[oz_av]", "ounce": "[oz_av]", "ounces": "[oz_av]",
    "10^9/l": "10*9/L", "x10^9/l": "10*9/L", "10e9/l": "10*9/L", "x10(9)/l": "10*9/L",
    "10^3/ul": "10*3/uL", "k/ul": "10*3/uL", "thousand/ul": "10*3/uL", "10e3/ul": "10*3/uL",
    "ml/min/1.73m2": "mL/min/{1.73_m2}", "ml/min/1.73 m2": "mL/min/{1.73_m2}",
    "ml/min/1.73m^2": "mL/min/{1.73_m2}", "ml/min/{1.73m2}": "mL/min/{1.73_m2}",
    "year": "a", "years": "a", "yr": "a",
}  # fmt: skip

TENTH: Final = Decimal("0.1")
_THOUSANDTH: Final = Decimal("0.001")


def convert(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """Give the value in the wanted UCUM unit; None where the unit is not one that we know."""
    known = _FACTORS.get(wanted, {})
    factor = known.get(unit)
    if factor is None:
        spelt = _SPELLINGS.get(unit.strip().lower())
        factor = known.get(spelt) if spelt else None
    if factor is None:
        folded = {code.lower(): number for code, number in known.items()}
        factor = folded.get(unit.strip().lower())
    return None if factor is None else value * factor


def units_for(wanted: str) -> tuple[str, ...]:
    """List the UCUM codes that can be converted to the wanted unit."""
    return tuple(_FACTORS.get(wanted, {wanted: Decimal(1)}))


def rounded(value: Decimal) -> Decimal:
    """Round to one place after the point, half up."""
    return _tidy(value.quantize(TENTH, rounding=ROUND_HALF_UP))


def rounded_down(value: Decimal) -> Decimal:
    """Cut to one place after the point: a ceiling is never rounded up."""
    return _tidy(value.quantize(TENTH, rounding=ROUND_DOWN))


def _tidy(value: Decimal) -> Decimal:
    """Write a whole number as one, so that 35 is shown and not 35.0."""
    whole = value.to_integral_value()
    return whole if whole == value else value


def brief(value: Decimal) -> str:
    """Write a number for people: to three decimals, as after a conversion from pounds."""
    whole = value.quantize(_THOUSANDTH, rounding=ROUND_HALF_UP)
    return plain(whole if whole != value else value)


def plain(value: Decimal) -> str:
    """Write a number without an exponent and without idle zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
