"""A FHIR Timing as a rhythm: how often, for how many days, how many doses in all."""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.errors import Fault, shown
from myopathway.fhir.plain import as_map, as_text, brief, words_of
from myopathway.orders.numbers import positive, whole
from myopathway.orders.order import DAY, WEEK, Rhythm

if TYPE_CHECKING:
    from myopathway.fhir.plain import Resource

# A month and a year count as their shortest.
_HOURS: Final = {"h": 1, "d": DAY, "wk": WEEK, "mo": 4 * WEEK, "a": 52 * WEEK}
_UNITS: Final = ", ".join(_HOURS)
# Codes of v3-GTSAbbreviation, and what is written where they belong: times, hours.
_ABBREVIATIONS: Final[dict[str, tuple[int, int]]] = {
    "QD": (1, DAY), "AM": (1, DAY), "PM": (1, DAY), "BED": (1, DAY), "BID": (2, DAY),
    "TID": (3, DAY), "QID": (4, DAY), "QOD": (1, 2 * DAY), "WK": (1, WEEK), "MO": (1, 4 * WEEK),
    "Q1H": (1, 1), "Q2H": (1, 2), "Q3H": (1, 3), "Q4H": (1, 4), "Q6H": (1, 6), "Q8H": (1, 8),
}  # fmt: skip
_PHRASES: Final[dict[str, tuple[int, int]]] = {
    **dict.fromkeys(("daily", "once daily", "once a day", "every day", "each day", "od"), (1, DAY)),
    **dict.fromkeys(("twice daily", "twice a day", "bd", "b.i.d."), (2, DAY)),
    **dict.fromkeys(("three times daily", "three times a day", "tds", "t.i.d."), (3, DAY)),
    **dict.fromkeys(("every other day", "alternate days"), (1, 2 * DAY)),
    **dict.fromkeys(("weekly", "once weekly", "once a week", "every week", "each week"), (1, WEEK)),
    **dict.fromkeys(("twice weekly", "twice a week"), (2, WEEK)),
    **dict.fromkeys(("monthly", "once monthly", "once a month", "every month"), (1, 4 * WEEK)),
}
_EVERY: Final = re.compile(r"every (\d{1,3}) (hour|day|week|month)s")
_EVERY_HOURS: Final = {"hour": 1, "day": DAY, "week": WEEK, "month": 4 * WEEK}
_DAYS: Final = frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"})
_ISO_DAY: Final = 10


class Timed(msgspec.Struct, frozen=True):
    """What a Timing says; ``once`` is a single dose."""

    rhythm: Rhythm | None = None
    once: bool = False
    days: int | None = None
    count: int | None = None


class TimingReader:
    """Reads one Timing; what cannot be read is noted as a fault."""

    def __init__(self, where: str, faults: list[Fault]) -> None:
        """Note faults at this place."""
        self._where = where
        self._faults = faults

    def timed(self, timing: Resource, *, as_needed: bool) -> Timed:
        """Give what it says; code and repeat must not say different things."""
        repeat = as_map(timing.get("repeat"))
        count = self._number(repeat, "count", "countMax")
        days = self._days(repeat)
        coded = self._coded(timing.get("code"))
        stated = self._repeated(repeat)
        if coded and stated and (coded.times, coded.hours) != (stated.times, stated.hours):
            self._fault("timing", "its code and its repeat say different things", "one rhythm")
        rhythm = stated or coded
        if rhythm is None:
            events = timing.get("event")
            single = count == 1 or (isinstance(events, list) and len(events) == 1)
            return Timed(once=single, days=None if single else days, count=count)
        if as_needed:
            rhythm = msgspec.structs.replace(rhythm, as_needed=True)
        return Timed(rhythm, days=days, count=count)

    def _repeated(self, repeat: Resource) -> Rhythm | None:
        weekdays = self._weekdays(repeat)
        daytimes = max(_length(repeat.get("timeOfDay")), _length(repeat.get("when")))
        stated = self._number(repeat, "frequency", "frequencyMax")
        period, longest = self._period(repeat)
        if period is None:
            if not weekdays and not daytimes:
                if stated is not None:
                    self._fault(
                        "timing.repeat", "a frequency without a period", "period, periodUnit"
                    )
                return None
            hours = Decimal(WEEK if weekdays else DAY)
            # A frequency beside weekdays may be of each day or of the week: the more counts.
            times = max(stated or 1, daytimes or 1) * max(weekdays, 1)
            return Rhythm(times, hours, hours)
        times = max(stated or 1, daytimes)
        if weekdays and period == DAY:
            return Rhythm(times * weekdays, Decimal(WEEK), Decimal(WEEK))
        if weekdays:
            times = max(times, weekdays * max(daytimes, 1))
        return Rhythm(times, period, longest or period)

    def _period(self, repeat: Resource) -> tuple[Decimal | None, Decimal | None]:
        raw, unit = repeat.get("period"), repeat.get("periodUnit")
        if raw is None and unit is None:
            return None, None
        length = positive(raw)
        if length is None:
            self._fault("timing.repeat.period", f"found {shown(raw)}", "a number above zero")
        if unit not in _HOURS:
            self._fault("timing.repeat.periodUnit", f"found {shown(unit)}", _UNITS)
        if length is None or unit not in _HOURS:
            return None, None
        longest = length
        if repeat.get("periodMax") is not None:
            longest = positive(repeat["periodMax"]) or Decimal(0)
            if longest < length:
                found = f"found {shown(repeat['periodMax'])}"
                self._fault("timing.repeat.periodMax", found, "a number not below period")
        return length * _HOURS[unit], longest * _HOURS[unit]

    def _weekdays(self, repeat: Resource) -> int:
        raw = repeat.get("dayOfWeek")
        if raw is None:
            return 0
        found = {one for one in raw if one in _DAYS} if isinstance(raw, list) else set()
        if not isinstance(raw, list) or len(found) < len(raw) or not found:
            self._fault("timing.repeat.dayOfWeek", f"found {shown(raw)}", "each of mon to sun once")
        return len(found)

    def _coded(self, concept: object) -> Rhythm | None:
        """Read the code of a rhythm, or the words that stand for it."""
        said = as_map(concept)
        codings = said.get("coding")
        codes = [as_text(as_map(one).get("code")) for one in codings] if isinstance(
            codings, list) else []  # fmt: skip
        found = {known for code in codes if (known := _ABBREVIATIONS.get(code.upper()))}
        found |= {known for text in words_of(said) if (known := _phrase(text))}
        if len(found) > 1:
            self._fault("timing.code", "it names two rhythms", "one")
        if not found:
            return None
        times, hours = min(found)
        return Rhythm(times, Decimal(hours), Decimal(hours))

    def _days(self, repeat: Resource) -> int | None:
        """Give for how many days it goes on, where that is bounded."""
        where = "timing.repeat.bounds"
        duration = as_map(repeat.get("boundsDuration")) or as_map(
            as_map(repeat.get("boundsRange")).get("high")
        )
        if duration:
            length = positive(duration.get("value"))
            unit = as_text(duration.get("code")) or as_text(duration.get("unit"))
            hours = _HOURS.get(unit) or _EVERY_HOURS.get(unit.lower().rstrip("s"))
            if length is None or hours is None:
                found = f"found {brief(duration.get('value'))} {brief(unit)}"
                self._fault(where, found, f"a number above zero, in one of {_UNITS}")
                return None
            return int((length * hours / DAY).to_integral_value(ROUND_CEILING))
        period = as_map(repeat.get("boundsPeriod"))
        begin, end = as_text(period.get("start"))[:_ISO_DAY], as_text(period.get("end"))[:_ISO_DAY]
        if not begin or not end:
            return None
        try:
            days = (dt.date.fromisoformat(end) - dt.date.fromisoformat(begin)).days + 1
        except ValueError:
            days = 0
        if days < 1:
            self._fault(where, f"found {brief(begin)} to {brief(end)}", "two days in their order")
            return None
        return days

    def _number(self, repeat: Resource, name: str, most: str) -> int | None:
        """Read a whole number, or the upper end of its range."""
        ends = []
        for key in (name, most):
            raw = repeat.get(key)
            if raw is None:
                continue
            number = whole(raw)
            if number is None:
                self._fault(f"timing.repeat.{key}", f"found {shown(raw)}",
                            "a whole number above zero")  # fmt: skip
                continue
            ends.append(number)
        return max(ends, default=None)

    def _fault(self, key: str, found: str, accepted: str) -> None:
        self._faults.append(Fault(f"{self._where}.{key}", found, accepted))


def _phrase(text: str) -> tuple[int, int] | None:
    folded = " ".join(text.lower().split())
    if (known := _PHRASES.get(folded) or _ABBREVIATIONS.get(folded.upper())) is not None:
        return known
    found = _EVERY.fullmatch(folded)
    return (1, int(found[1]) * _EVERY_HOURS[found[2]]) if found and int(found[1]) else None


def _length(raw: object) -> int:
    return len(raw) if isinstance(raw, list) else 0
