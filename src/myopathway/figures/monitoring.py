"""The tests of a plan along the time: a row for each test, a mark for each day it is due."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from myopathway.figures import paint
from myopathway.figures.axes import Scale, day_told, week_ticks
from myopathway.figures.lettering import width, wrapped
from myopathway.render.words import day as day_words
from myopathway.render.words import drug_title, listed, small

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline
    from myopathway.plan.outcome import Plan, PlannedTest

WIDE: Final = 760
PHONE: Final = 330
_SMALL: Final = 11
_SIDE: Final = 16
_ROW: Final = 22


def monitoring_svg(
    guideline: Guideline, plan: Plan, *, wide: float = WIDE, ident: str = "monitoring"
) -> str:
    """Draw the tests of a plan from its first day to its last."""
    start = dt.date.fromisoformat(plan.start)
    days = (dt.date.fromisoformat(plan.until) - start).days
    across = Scale(0, days, _SIDE, wide - _SIDE)
    names = listed(small(drug_title(guideline, one)) for one in plan.drugs)
    title = f"Tests while on {names}"
    inner = []
    top = 8.0
    for line in wrapped(title, wide - 2 * _SIDE, paint.LETTER, bold=True):
        top += 17
        inner.append(paint.words(_SIDE, top - 4, line, bold=True))
    for one in plan.monitoring:
        drawn, high = _test(guideline, one, across, start, wide)
        inner.append(paint.group(0, top + 6, "test", drawn))
        top += high + 6
    inner += _axis(across, days, start, top + 10, wide)
    return paint.figure(ident, "monitoring", title, monitoring_told(guideline, plan), wide,
                        top + 44, "".join(inner))  # fmt: skip


def monitoring_told(guideline: Guideline, plan: Plan) -> str:
    """Say in words what the chart shows."""
    parts = []
    for one in plan.monitoring:
        name = f"{drug_title(guideline, one.drug)}: {one.test}, {one.first}"
        if one.dates:
            last = day_words(one.dates[-1].date)
            times = "once" if len(one.dates) == 1 else f"{len(one.dates)} times"
            name += f", {times}, the last by {last}"
        parts.append(name)
    whole = f"From {day_words(plan.start)} to {day_words(plan.until)}."
    return f"{whole} {'. '.join(parts)}." if parts else f"{whole} No test is planned."


def _test(
    guideline: Guideline, one: PlannedTest, across: Scale, start: dt.date, wide: float
) -> tuple[str, float]:
    """Draw a test: its name over its own line of days; words where no day can be worked out."""
    name = f"{drug_title(guideline, one.drug)}: {one.test}"
    if not one.dates:
        name += f" ({one.first})"
    top = 0.0
    shapes = []
    for line in wrapped(name, wide - 2 * _SIDE, _SMALL):
        top += 14
        shapes.append(paint.words(_SIDE, top - 3, line, size=_SMALL))
    if not one.dates:
        return "".join(shapes), top
    middle = top + _ROW / 2
    shapes.append(paint.line(across.start, middle, across.end, middle, kind="axis", thick=0.7))
    for due in one.dates:
        x = across.at((dt.date.fromisoformat(due.date) - start).days)
        shapes.append(
            f'<circle class="filled" cx="{paint.number(x)}" cy="{paint.number(middle)}" r="4"'
            f' fill="{paint.STRONG}"><title>{day_words(due.date)}</title></circle>'
        )
    return "".join(shapes), top + _ROW


def _axis(across: Scale, days: int, start: dt.date, top: float, wide: float) -> list[str]:
    found = [paint.line(across.start, top, across.end, top, kind="axis")]
    room = width("00 Www 00", _SMALL) + 10
    for day in week_ticks(days, max(1, int((wide - 2 * _SIDE) // room))):
        x = across.at(day)
        found.append(paint.line(x, top, x, top + 5, kind="axis"))
        text = day_told(start, day)
        half = width(text, _SMALL) / 2
        place = min(max(x, half + 2), wide - half - 2)
        found.append(paint.words(place, top + 20, text, size=_SMALL, anchor="middle"))
    return found
