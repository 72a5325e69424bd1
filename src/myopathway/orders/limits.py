"""An order held against one limit: kept, broken, or open for want of something."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal, assert_never

import msgspec

from myopathway.guideline.orderlimits import OrderLimit
from myopathway.orders.doses import apart, course_days, doses_within
from myopathway.orders.order import DAY, WEEK, Part
from myopathway.orders.units import MILLIGRAMS
from myopathway.orders.words import amount, given
from myopathway.quantity import plain

_STRETCH: Final = {1: "a day", 7: "a week"}


class Held(msgspec.Struct, frozen=True):
    """How an order stands to a limit: ``working`` shows why, ``lacks`` names what is missing."""

    state: Literal["kept", "broken", "open"]
    working: str = ""
    lacks: Literal["", "amount", "rhythm", "days", "weight"] = ""


_KEPT: Final = Held("kept")


def held(limit: OrderLimit, step: tuple[Part, ...], weight: Decimal | None) -> Held:
    """Hold what is given beside each other against a limit, for a weight in kg."""
    match limit.kind:
        case "once-weekly":
            return _once_weekly(step)
        case "at-most" | "at-least" | "exactly":
            return _amount(limit, step, weight)
        case "doses":
            return _doses(limit, step, weight)
        case "days":
            return _days(limit, step)
        case "apart":
            return _apart(limit, step)
        case _:
            assert_never(limit.kind)


def _once_weekly(step: tuple[Part, ...]) -> Held:
    if len(step) > 1:
        return Held("broken", f"{len(step)} doses beside each other are ordered")
    (part,) = step
    rhythm = part.rhythm
    if rhythm is None and not part.once:
        return Held("open", lacks="rhythm")
    if rhythm is None or part.cycle is not None:
        return Held("broken", "it is not ordered once a week")
    weekly = rhythm.times == 1 and rhythm.hours == rhythm.longest == WEEK
    return _KEPT if weekly and not rhythm.as_needed else Held("broken", _rhythm(part))


def _rhythm(part: Part) -> str:
    _, most = doses_within(part, WEEK // DAY)
    if part.rhythm is not None and part.rhythm.as_needed:
        return f"ordered as needed, up to {most} a week"
    return f"{most} doses a week are ordered" if most != 1 else "it is not ordered once a week"


def _amount(limit: OrderLimit, step: tuple[Part, ...], weight: Decimal | None) -> Held:
    """Hold the amount of a stretch against a limit; the surest bound of either side decides."""
    scaled = _Scaled.of(limit, step, weight)
    if isinstance(scaled, Held):
        return scaled
    counts = [doses_within(part, limit.days) for part in step]
    fewest = [least for least, _ in counts]
    most = None
    if all(one is not None for _, one in counts):
        most = [one or 0 for _, one in counts]
    match limit.kind:
        case "at-most":
            if scaled.total(fewest, high=True) > scaled.limit:
                return scaled.broken(fewest, high=True)
            if most is not None and scaled.total(most, high=True) <= scaled.limit:
                return _KEPT
        case "at-least":
            if most is None:
                return _KEPT
            below = scaled.total(most, high=False) < scaled.limit
            return scaled.broken(most, high=False) if below else _KEPT
        case _ if most is not None:
            for high in (True, False):
                if scaled.total(most, high=high) != scaled.limit:
                    return scaled.broken(most, high=high)
            return _KEPT
        case _:
            pass
    return Held("open", lacks="rhythm" if most is None else "days")


class _Scaled(msgspec.Struct, frozen=True):
    """Amounts and limit on one scale: all for each kg of weight, or all in full."""

    of_limit: OrderLimit
    parts: tuple[Part, ...]
    lows: tuple[Decimal, ...]
    highs: tuple[Decimal, ...]
    limit: Decimal
    weight: Decimal | None
    per_kg: bool

    @classmethod
    def of(
        cls, limit: OrderLimit, step: tuple[Part, ...], weight: Decimal | None
    ) -> _Scaled | Held:
        """Put both on one scale; what is lacking for it is said instead."""
        amounts = [
            (part.low, part.high) for part in step if part.low is not None and part.high is not None
        ]
        if len(amounts) < len(step):
            return Held("open", lacks="amount")
        bare = limit.amount * MILLIGRAMS[limit.unit]
        per_kg = limit.per_kg and all(part.per_kg for part in step)
        if not per_kg and weight is None and (limit.per_kg or any(one.per_kg for one in step)):
            return Held("open", lacks="weight")
        times = Decimal(1) if per_kg or weight is None else weight
        lows, highs = (
            tuple(
                pair[end] * (times if part.per_kg else 1)
                for part, pair in zip(step, amounts, strict=True)
            )
            for end in (0, 1)
        )
        return cls(limit, step, lows, highs, bare * (times if limit.per_kg else 1), weight, per_kg)

    def total(self, counts: list[int], *, high: bool) -> Decimal:
        """Add up an end of the amounts."""
        ends = self.highs if high else self.lows
        return sum((one * n for one, n in zip(ends, counts, strict=True)), Decimal(0))

    def broken(self, counts: list[int], *, high: bool) -> Held:
        """Show how the ordered amount and the limit were worked out."""
        unit = self.of_limit.unit
        kg = "/kg" if self.per_kg else ""
        stretch = _STRETCH.get(self.of_limit.days, f"in {self.of_limit.days // 7} weeks")
        ends = [part.high if high else part.low for part in self.parts]
        shown = " + ".join(
            f"{n} × {amount(end or Decimal(0), part.unit)}{self._weighed(part.per_kg)}"
            for n, end, part in zip(counts, ends, self.parts, strict=True)
        )
        total = f"{amount(self.total(counts, high=high), unit)}{kg} {stretch}"
        bare = f"{plain(self.of_limit.amount)} {unit}"
        if self.of_limit.per_kg:
            weighed = self._weighed(per_kg=True)
            bare += weighed if self.per_kg else f"{weighed} = {amount(self.limit, unit)}"
        return Held("broken", f"ordered: {shown} = {total}; limit: {bare}")

    def _weighed(self, per_kg: bool) -> str:  # noqa: FBT001 - said beside the call
        if not per_kg:
            return ""
        return "/kg" if self.per_kg or self.weight is None else f"/kg × {plain(self.weight)} kg"


def _doses(limit: OrderLimit, step: tuple[Part, ...], weight: Decimal | None) -> Held:
    """Hold the doses of a day against a number, unless the day's amount may be given at once."""
    counts = [doses_within(part, 1)[1] for part in step]
    known = [one for one in counts if one is not None]
    if len(known) < len(step):
        return Held("open", lacks="rhythm")
    # Parts may be taken together or apart.
    if max(known) <= limit.high and sum(known) >= limit.low:
        return _KEPT
    if limit.amount:
        most = msgspec.structs.replace(limit, kind="at-most")
        small = _amount(most, step, weight)
        if small.state != "broken":
            return small
    told = " and ".join(f"{n} × {given(part)}" for n, part in zip(known, step, strict=True))
    return Held("broken", f"ordered: {told} a day; wanted: {limit.low} doses")


def _days(limit: OrderLimit, step: tuple[Part, ...]) -> Held:
    counts = [course_days(part) for part in step]
    known = [one for one in counts if one is not None]
    for one in known:
        if not limit.low <= one <= limit.high:
            told = f"ordered: {one} {'day' if one == 1 else 'days'}"
            return Held("broken", f"{told}; wanted: {limit.low} to {limit.high} days")
    if len(known) == len(step):
        return _KEPT
    silent = any(part.rhythm is None and not part.once for part in step)
    return Held("open", lacks="rhythm" if silent else "days")


def _apart(limit: OrderLimit, step: tuple[Part, ...]) -> Held:
    for part in step:
        hours = apart(part)
        if hours is not None and hours < limit.low * WEEK:
            told = f"ordered: every {plain(hours / DAY)} days"
            return Held("broken", f"{told}; wanted: at least {limit.low * 7} days")
    return _KEPT
