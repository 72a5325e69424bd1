"""An order as a plain document: drug, dose, unit, how often, for how long.

``drug`` is all that must be there. ``dose`` and ``unit`` go together. How often: ``frequency``
(once, daily, weekly) or ``every`` (day, 2 weeks, or {number: 2, unit: week}), with ``times`` for
several doses in each. ``days`` is for how many consecutive days, ``cycle`` after what time the
course begins anew. ``route`` and ``start`` are what they say.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from myopathway.errors import Fault, nearest, shown
from myopathway.orders.naming import named
from myopathway.orders.numbers import positive, whole
from myopathway.orders.order import DAY, WEEK, Order, Part, Rhythm
from myopathway.orders.routes import route_of
from myopathway.orders.units import ACCEPTED, Unit, spelt_unit

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline

KEYS: Final = (
    "drug", "dose", "unit", "frequency", "every", "times", "days", "cycle", "route", "start",
)  # fmt: skip
# A month counts as its shortest, so that what is allowed in it is never thought to be longer.
HOURS: Final = {"hour": 1, "day": DAY, "week": WEEK, "month": 4 * WEEK}
_FREQUENCIES: Final = {"once": 0, "daily": DAY, "weekly": WEEK}
_PERIOD: Final = re.compile(r"(?:(?P<number>\d{1,4}) )?(?P<unit>hour|day|week|month)s?")
_PERIODS: Final = "day, 2 weeks, or {number: 2, unit: week}; units: hour, day, week, month"
_LONGEST: Final = 80


def read_document(
    raw: dict[str, Any], where: str, guideline: Guideline, faults: list[Fault]
) -> Order | None:
    """Read one order; notes each fault, and gives None where there is one."""
    return _Reading(raw, where, faults).order(guideline)


class _Reading:
    """One document being read; every fault is noted where it stands."""

    def __init__(self, raw: dict[str, Any], where: str, faults: list[Fault]) -> None:
        self._raw = raw
        self._where = where
        self._faults = faults

    def order(self, guideline: Guideline) -> Order | None:
        known = len(self._faults)
        for key in self._raw:
            if key not in KEYS:
                self._fault(str(key)[:_LONGEST], f"no such key{nearest(str(key)[:80], KEYS)}",
                            ", ".join(KEYS))  # fmt: skip
        name = self._text("drug")
        if not name and "drug" not in self._noted(known):
            self._fault("drug", "missing", "the name of the drug")
        part = self._part()
        route = self._text("route")
        start = self._start()
        drugs, others = named(guideline, name)
        if len(drugs) > 1:
            self._fault("drug", f"it names {' and '.join(drugs)}", "one drug an order")
        if len(self._faults) > known:
            return None
        drug = drugs[0] if drugs else ""
        steps = () if part == Part() else ((part,),)
        return Order(drug, name, others, route_of([route] if route else []), start=start,
                     steps=steps)  # fmt: skip

    def _part(self) -> Part:
        dose, unit = self._amount()
        once, rhythm = self._rhythm()
        days = self._number("days")
        if days is not None and (once or (rhythm is not None and rhythm.hours > DAY)):
            self._fault("days", "consecutive days of what is not given each day",
                        "days beside frequency daily, or every {hours}")  # fmt: skip
        return Part(
            low=None if dose is None or unit is None else unit.milligrams(dose),
            high=None if dose is None or unit is None else unit.milligrams(dose),
            unit="mg" if unit is None else unit.name,
            per_kg=unit is not None and unit.per_kg,
            once=once,
            rhythm=rhythm,
            days=days,
            cycle=self._period("cycle"),
        )

    def _amount(self) -> tuple[Decimal | None, Unit | None]:
        dose, unit = self._raw.get("dose"), self._raw.get("unit")
        if dose is None and unit is None:
            return None, None
        number = positive(dose)
        if number is None:
            found = "missing" if dose is None else f"found {shown(dose)}"
            self._fault("dose", found, "a number above zero")
        read = spelt_unit(unit) if isinstance(unit, str) else None
        if read is None:
            found = "missing" if unit is None else f"found {shown(unit)}"
            self._fault("unit", found, ACCEPTED)
        return number, read

    def _rhythm(self) -> tuple[bool, Rhythm | None]:
        """Give whether it is a single dose, and how often it is given."""
        times = self._number("times")
        frequency = self._raw.get("frequency")
        if frequency is None:
            hours = self._period("every")
            if hours is None:
                if times is not None and self._raw.get("every") is None:
                    self._fault("times", "times without a period", "frequency or every beside it")
                return False, None
            return False, Rhythm(times or 1, hours, hours)
        if self._raw.get("every") is not None:
            self._fault("every", "beside frequency", "one of the two")
        if not isinstance(frequency, str) or frequency not in _FREQUENCIES:
            hint = nearest(frequency[:_LONGEST], _FREQUENCIES) if isinstance(frequency, str) else ""
            self._fault("frequency", f"found {shown(frequency)}{hint}",
                        f"{', '.join(_FREQUENCIES)}; anything else as every")  # fmt: skip
            return False, None
        if frequency == "once":
            if times is not None:
                self._fault("times", "times of a single dose", "frequency daily, or every")
            return True, None
        hours = Decimal(_FREQUENCIES[frequency])
        return False, Rhythm(times or 1, hours, hours)

    def _period(self, key: str) -> Decimal | None:
        raw = self._raw.get(key)
        if raw is None:
            return None
        if isinstance(raw, dict):
            number, unit = whole(raw.get("number", 1)), raw.get("unit")
            if raw.keys() <= {"number", "unit"} and number and isinstance(unit, str):
                raw = f"{number} {unit}"
        found = _PERIOD.fullmatch(raw.strip()) if isinstance(raw, str) else None
        number = int(found["number"] or 1) if found else 0
        if found is None or not number:
            self._fault(key, f"found {shown(raw)}", _PERIODS)
            return None
        return Decimal(number * HOURS[found["unit"]])

    def _number(self, key: str) -> int | None:
        raw = self._raw.get(key)
        if raw is None:
            return None
        number = whole(raw)
        if number is None:
            self._fault(key, f"found {shown(raw)}", "a whole number above zero")
        return number

    def _text(self, key: str) -> str:
        raw = self._raw.get(key)
        if raw is None:
            return ""
        if not isinstance(raw, str) or not raw.strip() or len(raw) > _LONGEST:
            self._fault(key, f"found {shown(raw)}", f"a text of at most {_LONGEST} characters")
            return ""
        return raw.strip()

    def _start(self) -> str:
        raw = self._raw.get("start")
        if raw is None:
            return ""
        try:
            return dt.date.fromisoformat(str(raw)).isoformat()
        except ValueError:
            self._fault("start", f"found {shown(raw)}", "a date such as 2026-12-01")
            return ""

    def _noted(self, since: int) -> set[str]:
        return {one.where.removeprefix(self._where) for one in self._faults[since:]}

    def _fault(self, key: str, found: str, accepted: str) -> None:
        self._faults.append(Fault(f"{self._where}{key}", found, accepted))
