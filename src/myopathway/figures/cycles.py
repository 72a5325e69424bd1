"""A treatment in cycles: amounts by weight from the content, the number of cycles as typed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.engine.dose import calculated
from myopathway.errors import Fault, InputError
from myopathway.figures import paint
from myopathway.figures.axes import WEEK, day_told
from myopathway.figures.lettering import width, wrapped
from myopathway.quantity import plain, rounded
from myopathway.render.words import day as day_words
from myopathway.render.words import drug_title

if TYPE_CHECKING:
    from myopathway.guideline.model import Dose, Guideline

MOST: Final = 60
WIDE: Final = 760
PHONE: Final = 330
_SMALL: Final = 11
_LEFT: Final = 10
_LINE: Final = 44


class Cycle(msgspec.Struct, frozen=True):
    """One course: its number, its first and last day counted from the start, its amount."""

    number: int
    first: int
    last: int
    amount: Decimal
    total: Decimal


class Course(msgspec.Struct, frozen=True):
    """The whole treatment as it was typed, with the rule that it was worked out by."""

    drug: str
    unit: str
    working: str
    every_weeks: int
    days: int
    per_day: Decimal
    cycles: tuple[Cycle, ...]


def cycled(guideline: Guideline) -> dict[str, Dose]:
    """Give the drugs that the content doses by cycle, each with its sentence."""
    return {
        dose.drug: dose
        for node in guideline.nodes for therapy in node.therapies for option in therapy.options
        for dose in option.doses if dose.kind and dose.per == "cycle"
    }  # fmt: skip


def course(guideline: Guideline, drug: str, weight: Decimal, cycles: int, days: int) -> Course:
    """Work out a treatment; raises ``InputError`` for what the content does not allow."""
    dose = cycled(guideline).get(drug)
    if dose is None or dose.days is None:
        raise InputError([Fault("drug", f"found {drug}", ", ".join(cycled(guideline)))])
    first, last = dose.days
    faults = []
    if not first <= days <= last:
        faults.append(Fault("days", f"found {days}", f"{first} to {last} days in a row"))
    if not 1 <= cycles <= MOST:
        faults.append(Fault("cycles", f"found {cycles}", f"1 to {MOST}"))
    if faults:
        raise InputError(faults)
    worked = next(one for one in calculated(dose, weight) if one.kind == dose.kind)
    step = dose.every_weeks * WEEK
    return Course(
        drug, worked.unit, worked.working, dose.every_weeks, days, rounded(worked.high / days),
        tuple(
            Cycle(place + 1, place * step, place * step + days - 1, worked.high,
                  worked.high * (place + 1))
            for place in range(cycles)
        ),
    )  # fmt: skip


def cycles_svg(
    guideline: Guideline, found: Course, *, start: dt.date | None = None, wide: float = WIDE,
    ident: str = "cycles",
) -> str:  # fmt: skip
    """Draw the cycles along the weeks, in as many lines as they need."""
    title = f"{drug_title(guideline, found.drug)}, {len(found.cycles)} cycles as typed"
    told = cycles_told(guideline, found, start)
    sample = width("00 Www 00", _SMALL) + 10
    room = max(1, int((wide - 2 * _LEFT) // sample))
    head = wrapped(_rule(found), wide - 2 * _LEFT, _SMALL)
    inner = [paint.words(_LEFT, 18, line, bold=True)
             for line in wrapped(title, wide - 2 * _LEFT, paint.LETTER, bold=True)[:1]]  # fmt: skip
    inner += [paint.words(_LEFT, 36 + 15 * place, text, size=_SMALL)
              for place, text in enumerate(head)]  # fmt: skip
    top = 44 + 15 * len(head)
    for one in found.cycles:
        row, column = divmod(one.number - 1, room)
        x, y = _LEFT + column * sample, top + row * (_LINE + 14)
        inner.append(paint.group(x, y, "cycle", _cycle(one, found, start, sample - 6)))
    rows = -(-len(found.cycles) // room)
    high = top + rows * (_LINE + 14)
    return paint.figure(ident, "cycles", title, told, wide, high, "".join(inner))


def cycles_told(guideline: Guideline, found: Course, start: dt.date | None) -> str:
    """Say in words what the chart shows."""
    last = found.cycles[-1]
    told = f"{drug_title(guideline, found.drug)}. {_rule(found)} In all {plain(last.total)}"
    told += f" {found.unit} in {len(found.cycles)} cycles"
    if start is None:
        return f"{told}, the last from week {last.first // WEEK} on."
    end = start + dt.timedelta(last.last)
    return f"{told}, from {day_words(start.isoformat())} to {day_words(end.isoformat())}."


def _rule(found: Course) -> str:
    each = f"{plain(found.cycles[0].amount)} {found.unit}"
    daily = f"{plain(found.per_day)} {found.unit} a day on {found.days} days in a row"
    return f"{found.working}; each cycle {each}, {daily}, every {found.every_weeks} weeks."


def _cycle(one: Cycle, found: Course, start: dt.date | None, wide: float) -> str:
    """Draw a cycle as a box: its number, its first day, its amount."""
    border = paint.Border("node", paint.STRONG, paint.LIGHT, thick=1.5)
    texts = (f"{one.number}.", day_told(start, one.first), f"{plain(one.amount)} {found.unit}")
    return paint.rect(0, 0, wide, _LINE + 6, border) + "".join(
        paint.words(5, 14 + 15 * place, text, size=_SMALL, bold=not place)
        for place, text in enumerate(texts)
    )
