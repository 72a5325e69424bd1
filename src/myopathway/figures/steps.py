"""Steps of a dose as a clinician types them: so much a day, for so long, one step a line."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.errors import Fault, InputError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_STEPS: Final = 60
MOST_DAYS: Final = 3660
_MOST_AMOUNT: Final = 10_000
_STEP: Final = re.compile(
    r"(?P<amount>\d{1,5}(?:\.\d{1,2})?)\s*(?:(?P<unit>mg|g)(?:/day| a day| daily)?)?\s*"
    r"(?:for|,|x)?\s+(?P<count>\d{1,4})\s*(?P<length>d|days?|w|weeks?)",
    re.IGNORECASE,
)
_WANTED: Final = "an amount and how long, as in: 12 mg for 3 days, or 12 for 2 weeks"


class Step(msgspec.Struct, frozen=True):
    """An amount a day, held for some days, that began on a day counted from 0."""

    amount: Decimal
    days: int
    first: int

    @property
    def total(self) -> Decimal:
        """Give what the step comes to."""
        return self.amount * self.days


def steps_in(text: str, unit: str) -> tuple[Step, ...]:
    """Read steps, none from an empty text; ``unit`` is that of the drug's doses, mg or g.

    Raises ``InputError`` that names each line that cannot be read.
    """
    faults: list[Fault] = []
    found: list[Step] = []
    day = 0
    for number, line in _lines(text):
        match = _STEP.fullmatch(line)
        if match is None:
            faults.append(Fault(f"step {number}", f"found {shown(line)}", _WANTED))
            continue
        amount = Decimal(match["amount"])
        if match["unit"] and match["unit"].lower() != unit:
            faults.append(Fault(f"step {number}", f"found {match['unit']}", f"{unit} a day"))
            continue
        days = int(match["count"]) * (7 if match["length"].lower().startswith("w") else 1)
        if not days or amount > _MOST_AMOUNT:
            faults.append(Fault(f"step {number}", f"found {shown(line)}", _WANTED))
            continue
        found.append(Step(amount, days, day))
        day += days
    if len(found) > MOST_STEPS:
        faults.append(Fault("steps", f"found {len(found)}", f"at most {MOST_STEPS}"))
    if day > MOST_DAYS:
        faults.append(Fault("steps", f"{day} days in all", f"at most {MOST_DAYS} days"))
    if faults:
        raise InputError(faults)
    return tuple(found)


def cumulative(steps: tuple[Step, ...]) -> Iterator[Decimal]:
    """Give what has been taken by the end of each step."""
    whole = Decimal(0)
    for one in steps:
        whole += one.total
        yield whole


def days_above(steps: tuple[Step, ...], level: Decimal) -> int:
    """Count the days with more than a level."""
    return sum(one.days for one in steps if one.amount > level)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    parts = re.split(r"[\n;]", text)
    for number, one in enumerate((part.strip() for part in parts if part.strip()), start=1):
        yield number, " ".join(one.split())
