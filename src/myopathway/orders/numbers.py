"""Numbers of an order: exact, above zero, never taken from a text or a yes."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_MOST_BITS: Final = 200
_MOST_PLACES: Final = 9  # before the point, and behind it


def positive(raw: object) -> Decimal | None:
    """Give a number above zero exactly; None for anything else."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        number = Decimal(raw) if raw.bit_length() <= _MOST_BITS else Decimal(0)
    elif isinstance(raw, float):
        number = Decimal(str(raw))
    elif isinstance(raw, Decimal):
        number = raw
    else:
        return None
    if not number.is_finite() or number <= 0:
        return None
    return number if abs(number.adjusted()) <= _MOST_PLACES else None


def whole(raw: object) -> int | None:
    """Give a whole number above zero; None for anything else."""
    number = positive(raw)
    if number is None or number != number.to_integral_value():
        return None
    return int(number)
