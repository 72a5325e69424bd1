"""Units of an ordered amount: mg, g or µg, at a time or for each kg of weight."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

ACCEPTED: Final = "mg, g, ug, mg/kg, g/kg, ug/kg"
MILLIGRAMS: Final = {"mg": Decimal(1), "g": Decimal(1000), "ug": Decimal("0.001")}
# UCUM codes are matched as they are, since Mg is a megagram; what people write is folded.
_SPELLINGS: Final = {
    "milligram": "mg", "milligrams": "mg", "milligramme": "mg", "mgs": "mg",
    "gram": "g", "grams": "g", "gramme": "g", "grammes": "g", "gm": "g",
    "mcg": "ug", "µg": "ug", "μg": "ug", "microgram": "ug", "micrograms": "ug",
}  # fmt: skip
_ANNOTATION: Final = re.compile(r"\{[^{}]*\}")


class Unit(msgspec.Struct, frozen=True):
    """A unit: the name of the amount, and whether it is for each kg of weight."""

    name: str
    per_kg: bool = False

    def milligrams(self, value: Decimal) -> Decimal:
        """Give an amount in mg (still for each kg where the unit is)."""
        return value * MILLIGRAMS[self.name]


def ucum_unit(code: str) -> Unit | None:
    """Read a UCUM code, annotations such as ``{body_wt}`` aside; None where it is another unit."""
    name, slash, per = _ANNOTATION.sub("", code).partition("/")
    if name not in MILLIGRAMS or (slash and per != "kg"):
        return None
    return Unit(name, per_kg=bool(slash))


def spelt_unit(text: str) -> Unit | None:
    """Read a unit as people write it; None where it is another."""
    name, slash, per = text.strip().lower().partition("/")
    name, per = name.strip(), per.strip()
    name = _SPELLINGS.get(name, name)
    return ucum_unit(f"{name}{slash}{per}")
