"""The limits that an order is held against, as the engine sees them."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from myopathway.criteria import Criterion


class OrderLimit(msgspec.Struct, frozen=True):
    """What an order of a drug must hold to, one sentence of the content.

    ``days`` is the stretch in which the most that is ordered counts; ``low`` and ``high`` bound a
    number of doses, of days, or of weeks. With ``kind`` doses, ``amount`` is what may be given at
    once.
    """

    drug: str
    kind: Literal["once-weekly", "at-most", "at-least", "exactly", "doses", "days", "apart"]
    says: str
    severity: Literal["critical", "warning", "info"]
    when: Criterion
    cites: tuple[str, ...]
    source: str
    confidence: str
    sentence: str
    amount: Decimal = Decimal(0)
    unit: str = ""
    per_kg: bool = False
    days: int = 0
    low: int = 0
    high: int = 0


class OrderBar(msgspec.Struct, frozen=True):
    """Classes of drugs that are not ordered while a criterion holds."""

    says: str
    classes: tuple[str, ...]
    severity: Literal["critical", "warning", "info"]
    when: Criterion
    cites: tuple[str, ...]
    source: str
    confidence: str


class OrderProduct(msgspec.Struct, frozen=True):
    """A product that goes by a drug's name and whose amounts are not that drug's."""

    says: str
    drug: str
    names: tuple[str, ...]
    cites: tuple[str, ...]
    source: str
    confidence: str


class OrderMessage(msgspec.Struct, frozen=True):
    """What is said of an order as a whole; without ``cites`` it rests on what it speaks of."""

    says: str
    severity: Literal["critical", "warning", "info", "unchecked"]
    cites: tuple[str, ...] = ()


class OrderLimits(msgspec.Struct, frozen=True):
    """Everything that an order is held against besides the drug-safety rules."""

    limits: tuple[OrderLimit, ...] = ()
    never: tuple[OrderBar, ...] = ()
    products: tuple[OrderProduct, ...] = ()
    messages: dict[str, OrderMessage] = {}
