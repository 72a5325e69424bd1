"""A daily dose over time, from steps that a clinician typed; its bounds are content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.figures import paint
from myopathway.figures.axes import Scale, day_told, ticks, week_ticks
from myopathway.figures.bounds import bounds
from myopathway.figures.lettering import width, wrapped
from myopathway.figures.steps import cumulative
from myopathway.quantity import plain
from myopathway.render.words import drug_title

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from myopathway.figures.bounds import Bound
    from myopathway.figures.steps import Step
    from myopathway.guideline.model import Guideline

WIDE: Final = 760
PHONE: Final = 330
_HIGH: Final = 250
_LEFT: Final = 52
_SMALL: Final = 11


def taper_svg(
    guideline: Guideline, drug: str, steps: tuple[Step, ...], *, weight: Decimal | None = None,
    start: dt.date | None = None, wide: float = WIDE, ident: str = "taper",
) -> str:  # fmt: skip
    """Draw the steps of a dose with the stated bounds; there is nothing to draw without steps."""
    stated = bounds(guideline, drug, weight)
    unit = stated[0].unit if stated else ""
    days = sum(one.days for one in steps)
    # The stated bounds are on the picture, also where the steps stay far below them.
    most = max([one.amount for one in steps] + [one.amount for one in stated])
    levels = ticks(float(most))
    key = [*_key(stated, wide - 2 * 10)]
    top = 46 + 15 * len(key)  # room for the amount above the highest step
    across = Scale(0, days, _LEFT, wide - 16)
    up = Scale(0, levels[-1], top + _HIGH, top)
    inner = [paint.words(10, 18, f"{drug_title(guideline, drug)}, {unit} a day", bold=True)]
    inner += [paint.words(10, 36 + 15 * place, text, size=_SMALL, kind="bounds", fill=paint.WARN)
              for place, text in enumerate(key)]  # fmt: skip
    inner += _axes(levels, days, across, up, start, wide)
    inner += [
        paint.line(_LEFT, up.at(float(one.amount)), wide - 16, up.at(float(one.amount)),
                   kind="bound", stroke=paint.WARN, thick=1.5, dashes="6 4")
        for one in stated
    ]  # fmt: skip
    inner += _course(steps, across, up)
    return paint.figure(
        ident, "taper", f"{drug_title(guideline, drug)} by the steps typed",
        taper_told(guideline, drug, steps, stated), wide, top + _HIGH + 40, "".join(inner),
    )  # fmt: skip


def taper_told(
    guideline: Guideline, drug: str, steps: tuple[Step, ...], stated: tuple[Bound, ...]
) -> str:
    """Say in words what the chart shows."""
    unit = stated[0].unit if stated else ""
    parts = [f"{plain(one.amount)} {unit} a day for {one.days} days" for one in steps]
    whole = list(cumulative(steps))[-1]
    edges = [f"{one.says} ({', '.join(one.nodes)})" for one in stated]
    told = f"{drug_title(guideline, drug)}: {'; then '.join(parts)}. In all {plain(whole)} {unit}"
    told += f" in {sum(one.days for one in steps)} days."
    return f"{told} Stated in the sources: {'; '.join(edges)}." if edges else told


def _key(stated: tuple[Bound, ...], room: float) -> list[str]:
    """Name the dashed lines by their amounts."""
    told = [f"Dashed, stated in {', '.join(one.nodes)}: {one.says}" for one in stated]
    return [line for one in told for line in wrapped(one, room, _SMALL)]


def _axes(
    levels: tuple[float, ...], days: int, across: Scale, up: Scale, start: dt.date | None,
    wide: float,
) -> list[str]:  # fmt: skip
    found = []
    for one in levels:
        y = up.at(one)
        found.append(paint.line(_LEFT, y, wide - 16, y, kind="axis", thick=0.5))
        found.append(paint.words(_LEFT - 6, y + 4, paint.number(one), size=_SMALL, anchor="end"))
    room = width("00 Www 00", _SMALL) + 8
    for day in week_ticks(days, max(1, int((wide - _LEFT - 16) // room))):
        x = across.at(day)
        found.append(paint.line(x, up.start, x, up.start + 5, kind="axis"))
        text = day_told(start, day)
        half = width(text, _SMALL) / 2
        x = min(max(x, half + 2), wide - half - 2)
        found.append(paint.words(x, up.start + 20, text, size=_SMALL, anchor="middle"))
    return found


def _course(steps: tuple[Step, ...], across: Scale, up: Scale) -> list[str]:
    """Draw the line of the dose, each step with its amount where there is room for it."""
    path = ""
    labels = []
    for one in steps:
        x, end, y = across.at(one.first), across.at(one.first + one.days), up.at(float(one.amount))
        path += f"{'L' if path else 'M'}{paint.number(x)} {paint.number(y)}H{paint.number(end)}"
        text = plain(one.amount)
        if width(text, _SMALL) + 4 <= end - x:
            labels.append(paint.words((x + end) / 2, y - 5, text, size=_SMALL, anchor="middle"))
    line = f'<path class="mark" d="{path}" fill="none" stroke="{paint.STRONG}" stroke-width="3"/>'
    return [line, *labels]
