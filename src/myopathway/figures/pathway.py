"""The pathway as a picture: groups, lines and options of the content, and the patient's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from myopathway.figures import paint
from myopathway.figures.lettering import width, wrapped
from myopathway.figures.places import STATES, rows, told, where

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer
    from myopathway.figures.places import Choice, Part, Place, Row
    from myopathway.guideline.model import Guideline

_GAP: Final = 26  # between the lines of a group: room for an arrow
_EDGE: Final = 10
_PAD: Final = 9
_LABEL: Final = 12
_LEADING: Final = 17
_COLUMN: Final = 292
_PHONE: Final = 320
_TAG: Final = 20  # the height of the words of a state
_NODES: Final = {
    "here": paint.Border("node here", paint.STRONG, paint.LIGHT, thick=4),
    "earlier": paint.Border("node earlier", thick=1.5, dashes="7 4"),
    "possible": paint.Border("node possible", paint.STRONG, thick=2.5),
    "": paint.Border("node"),
}
_OPTIONS: Final = {
    "favoured": paint.Border("option favoured", paint.GOOD, paint.PAPER, thick=2.5),
    "caution": paint.Border("option caution", paint.WARN, paint.PAPER, thick=2.5),
    "excluded": paint.Border("option excluded", paint.FAINT, paint.PAPER, dashes="2 3"),
}
_PLAIN: Final = paint.Border("option", paint.FAINT, paint.PAPER)
_VERDICTS: Final = {"favoured": paint.GOOD, "caution": paint.WARN}


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Shapes from their own upper left corner on, and how high they are."""

    inner: str
    high: float


def pathway_svg(
    guideline: Guideline, answer: Answer | None, *, vertical: bool = False, ident: str = "pathway"
) -> str:
    """Draw the pathway as SVG; without an answer, the whole of it and no patient.

    ``vertical`` sets the lines below each other, for a phone. Ids in the figure begin with
    ``ident``: give each figure of one page its own. The same arguments give the same bytes.
    """
    shown = rows(guideline, answer)
    across = max(len(row.places) for row in shown)
    wide = _PHONE if vertical else across * _COLUMN + (across - 1) * _GAP
    inner: list[str] = []
    top: float = _EDGE
    for row in shown:
        drawn = _row(row, wide, across, vertical=vertical)
        inner.append(paint.group(_EDGE, top, "group", drawn.inner))
        top += drawn.high + 14
    return paint.figure(
        ident, "pathway", where(guideline, answer), told(shown), wide + 2 * _EDGE, top - 14 + _EDGE,
        "".join(inner),
    )  # fmt: skip


def _row(row: Row, wide: float, across: int, *, vertical: bool) -> _Drawn:
    head = paint.words(0, 14, row.title, size=14, bold=True, kind="heading")
    column = wide if vertical else (wide - (across - 1) * _GAP) / across
    # A group of one line may have the whole width for what it says.
    room = wide if len(row.places) == 1 and row.full else column
    inner = [_inside(one, room, full=row.full) for one in row.places]
    top = 24.0
    shapes = [head]
    if vertical:
        for index, (place, drawn) in enumerate(zip(row.places, inner, strict=True)):
            if index:
                shapes.append(paint.arrow(wide / 2, top - _GAP + 3, wide / 2, top - 3))
            shapes.append(_node(place, 0, top, room, drawn, drawn.high))
            top += drawn.high + _GAP
        return _Drawn("".join(shapes), top - _GAP)
    high = max(one.high for one in inner)
    for index, (place, drawn) in enumerate(zip(row.places, inner, strict=True)):
        x = index * (column + _GAP)
        if index:
            middle = top + min(high / 2, 60)
            shapes.append(paint.arrow(x - _GAP + 3, middle, x - 3, middle))
        shapes.append(_node(place, x, top, room, drawn, drawn.high))
    return _Drawn("".join(shapes), top + high)


def _node(place: Place, x: float, y: float, wide: float, drawn: _Drawn, high: float) -> str:
    frame = paint.rect(0, 0, wide, high, _NODES[place.state])
    return paint.group(x, y, "place", frame + drawn.inner)


def _inside(place: Place, wide: float, *, full: bool) -> _Drawn:
    """Draw what stands in a box: the words of its state, its name, its therapies."""
    room = wide - 2 * _PAD
    top: float = _PAD
    shapes: list[str] = []
    if place.state:
        shapes.append(_tag(STATES[place.state], place.state, top))
        top += _TAG + 4
    for text in wrapped(place.heading, room, paint.LETTER, bold=True):
        top += _LEADING
        shapes.append(paint.words(_PAD, top - 4, text, bold=True))
    if full:
        for part in place.parts:
            drawn = _part(part, room)
            shapes.append(paint.group(_PAD, top + 6, "therapy", drawn.inner))
            top += drawn.high + 6
    return _Drawn("".join(shapes), top + _PAD)


def _tag(text: str, state: str, top: float) -> str:
    wide = width(text, _LABEL, bold=True) + 2 * 8
    strong = state != "earlier"
    border = paint.Border(f"tag {state}", paint.STRONG if strong else paint.FAINT,
                          paint.STRONG if state == "here" else paint.PAPER)  # fmt: skip
    fill = {"here": paint.PAPER, "possible": paint.STRONG}.get(state, paint.INK)
    inner = paint.rect(0, 0, wide, _TAG, border) + paint.words(
        8, 14.5, text, size=_LABEL, bold=True, fill=fill, kind=f"tagged {state}"
    )
    return paint.group(_PAD, top, "state", inner)


def _part(part: Part, wide: float) -> _Drawn:
    top = 0.0
    shapes: list[str] = []
    for text in wrapped(part.label, wide, _LABEL):
        top += 16
        shapes.append(paint.words(0, top - 4, text, size=_LABEL, fill=paint.FAINT, kind="label"))
    if not part.choices:
        for text in wrapped(part.text, wide, paint.LETTER):
            top += _LEADING
            shapes.append(paint.words(0, top - 4, text))
        return _Drawn("".join(shapes), top)
    for choice in part.choices:
        drawn = _choice(choice, wide)
        shapes.append(paint.group(0, top + 2, "choice", drawn.inner))
        top += drawn.high + 5
    return _Drawn("".join(shapes), top)


def _choice(choice: Choice, wide: float) -> _Drawn:
    """Draw an option: its name, and beside it, or below where there is no room, its verdict."""
    room = wide - 2 * 7
    out = choice.verdict == "excluded"
    lines = wrapped(choice.title, room, paint.LETTER)
    told = wrapped(choice.words, room, _LABEL, bold=bool(choice.verdict))
    beside = (
        len(lines) == 1
        and len(told) == 1
        and width(lines[0], paint.LETTER) + width(told[0], _LABEL, bold=True) + 10 <= room
    )
    top = 3.0
    shapes: list[str] = []
    for text in lines:
        top += _LEADING
        shapes.append(paint.words(7, top - 4, text, struck=out))
    for text in told:
        top += 0 if beside else 15
        shapes.append(_verdict(choice, text, wide - 7 if beside else 7, top - 4, beside=beside))
    high = top + 4
    frame = paint.rect(0, 0, wide, high, _OPTIONS.get(choice.verdict, _PLAIN))
    return _Drawn(frame + "".join(shapes), high)


def _verdict(choice: Choice, text: str, x: float, y: float, *, beside: bool) -> str:
    return paint.words(
        x,
        y,
        text,
        size=_LABEL,
        bold=bool(choice.verdict),
        fill=_VERDICTS.get(choice.verdict, paint.FAINT),
        kind=f"verdict {choice.verdict}".strip(),
        anchor="end" if beside else "",
    )
