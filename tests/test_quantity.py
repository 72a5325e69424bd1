"""Every unit in which a record may state a value, held against an independent library."""

from __future__ import annotations

from decimal import Decimal

import pint
import pytest

from myopathway.quantity import convert, units_for

# The unit we keep: every unit that is read, and how pint calls it (or what one of it is).
UNITS: dict[str, dict[str, str]] = {
    "kg": {"kg": "kilogram", "g": "gram", "[lb_av]": "pound", "[oz_av]": "ounce"},
    "10*9/L": {
        "10*9/L": "1e9 / liter",
        "10*3/uL": "1e3 / microliter",
        "10*3/mm3": "1e3 / millimeter ** 3",
        "/nL": "1 / nanoliter",
        "G/L": "1e9 / liter",
        "10*6/L": "1e6 / liter",
        "/uL": "1 / microliter",
        "/mm3": "1 / millimeter ** 3",
    },
    "mL/min/{1.73_m2}": dict.fromkeys(
        ("mL/min/{1.73_m2}", "mL/min/1.73.m2", "mL/min/1.73 m2", "mL/min"), "milliliter / minute"
    ),
    "a": {"a": "year", "mo": "year / 12"},
    "{grade}": dict.fromkeys(("{grade}", "1", "{score}"), "dimensionless"),
}
SPELT = {
    "kg": "kilogram Kilograms kgs KG",
    "g": "gram grams G",
    "[lb_av]": "lb lbs pound Pounds",
    "[oz_av]": "oz ounce ounces",
    "10*9/L": "10^9/L x10^9/l 10e9/L x10(9)/L",
    "10*3/uL": "10^3/uL k/ul K/uL thousand/ul 10e3/ul",
    "mL/min/{1.73_m2}": "mL/min/1.73m2 ml/min/1.73m^2 ml/min/{1.73m2}",
    "a": "year Years yr",
}
LIBRARY: pint.UnitRegistry[Decimal] = pint.UnitRegistry(non_int_type=Decimal)
ALL = [(wanted, unit) for wanted, units in UNITS.items() for unit in units]


@pytest.mark.parametrize(("wanted", "unit"), ALL)
def test_a_unit_is_worth_what_the_library_says(wanted: str, unit: str) -> None:
    one = LIBRARY.parse_expression(f"1 * {UNITS[wanted][unit]}")
    kept = LIBRARY.parse_expression(f"1 * {UNITS[wanted][wanted]}")
    worth = Decimal((one / kept).to("dimensionless").magnitude)
    found = convert(Decimal(12), unit, wanted)
    assert found is not None
    assert abs(found - 12 * worth) < Decimal("1e-20")


def test_no_other_unit_is_read() -> None:
    for wanted, units in UNITS.items():
        assert units_for(wanted) == tuple(units)
        assert convert(Decimal(1), "mmol/L", wanted) is None


@pytest.mark.parametrize(
    ("unit", "word"), [(unit, word) for unit, words in SPELT.items() for word in words.split()]
)
def test_what_people_write_is_the_unit(unit: str, word: str) -> None:
    for wanted, units in UNITS.items():
        same = convert(Decimal(7), unit, wanted) if unit in units else None
        if word != "G":
            assert convert(Decimal(7), f" {word} ", wanted) == same
