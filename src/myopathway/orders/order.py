"""An order as it is checked: which drug, what is given at a time, how often, for how long."""

from __future__ import annotations

from decimal import Decimal  # msgspec reads the annotations

import msgspec

DAY: int = 24  # hours
WEEK: int = 7 * DAY


class Rhythm(msgspec.Struct, frozen=True):
    """So many doses in every so many hours; ``longest`` differs where a range is given."""

    times: int
    hours: Decimal
    longest: Decimal
    as_needed: bool = False


class Part(msgspec.Struct, frozen=True):
    """What is given at a time, and when; whatever the order does not say is None.

    Amounts are in mg (for each kg of weight where ``per_kg``), written in ``unit``. ``days`` is
    for how long, ``count`` how many doses in all, ``cycle`` after how many hours it begins anew.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = "mg"
    per_kg: bool = False
    once: bool = False
    rhythm: Rhythm | None = None
    days: int | None = None
    count: int | None = None
    cycle: Decimal | None = None


class Order(msgspec.Struct, frozen=True):
    """One order; ``drug`` is empty where it is none of the algorithm's.

    ``name`` is the drug as the order writes it, ``others`` are the names by which rules may know
    it. ``local`` is what says that it is for local use. Steps follow each other; the parts of one
    are given beside each other.
    """

    drug: str
    name: str
    others: tuple[str, ...] = ()
    route: str = ""
    local: str = ""
    start: str = ""
    steps: tuple[tuple[Part, ...], ...] = ()
