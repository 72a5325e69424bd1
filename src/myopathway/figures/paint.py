"""The few shapes that figures are made of, each with the attributes that make it look right alone.

Attributes first, style sheets second: a saved figure, a printed one and one on a page without a
style sheet look the same. A page may restyle them by their classes (``figures.css``).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

INK: Final = "#1b1f24"
FAINT: Final = "#57606a"
PAPER: Final = "#ffffff"
BOX: Final = "#f6f8fa"
STRONG: Final = "#0b5cad"
LIGHT: Final = "#eaf3fc"
GOOD: Final = "#1a7f37"
WARN: Final = "#8a5a00"
LETTER: Final = 13
_FONT: Final = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Border:
    """How a box is bordered: its class, colours, thickness and (dashed, dotted) rhythm."""

    kind: str
    stroke: str = FAINT
    fill: str = BOX
    thick: float = 1
    dashes: str = ""


def number(value: float) -> str:
    """Write a coordinate to a tenth, without a needless zero: the same on every machine."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def rect(x: float, y: float, wide: float, high: float, border: Border) -> str:
    """Draw a box."""
    dashes = f' stroke-dasharray="{border.dashes}"' if border.dashes else ""
    return (
        f'<rect class="{border.kind}" x="{number(x)}" y="{number(y)}" width="{number(wide)}"'
        f' height="{number(high)}" rx="4" fill="{border.fill}" stroke="{border.stroke}"'
        f' stroke-width="{number(border.thick)}"{dashes}/>'
    )


def words(  # noqa: PLR0913 - a text has a place and a look
    x: float,
    y: float,
    text: str,
    *,
    size: float = LETTER,
    bold: bool = False,
    fill: str = INK,
    kind: str = "",
    anchor: str = "",
    struck: bool = False,
) -> str:
    """Set one line of text; ``y`` is its base line."""
    more = "".join((
        f' font-size="{number(size)}"' if size != LETTER else "",
        f' class="{kind}"' if kind else "",
        ' font-weight="bold"' if bold else "",
        f' fill="{fill}"' if fill != INK else "",
        f' text-anchor="{anchor}"' if anchor else "",
        ' text-decoration="line-through"' if struck else "",
    ))  # fmt: skip
    place = f'x="{number(x)}" y="{number(y)}"'
    return f"<text {place}{more}>{escape(text, quote=False)}</text>"


def line(x1: float, y1: float, x2: float, y2: float, *, kind: str = "rule", stroke: str = FAINT,
         thick: float = 1, dashes: str = "") -> str:  # fmt: skip
    """Draw a straight line."""
    rhythm = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line class="{kind}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}"'
        f' y2="{number(y2)}" stroke="{stroke}" stroke-width="{number(thick)}"{rhythm}/>'
    )


def arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    """Draw an arrow, straight to the right or straight down."""
    tip = 6
    if y1 == y2:
        head = f"M{number(x2)} {number(y2)}l-{tip}-4v8z"
        x2 -= tip
    else:
        head = f"M{number(x2)} {number(y2)}l-4-{tip}h8z"
        y2 -= tip
    return f'{line(x1, y1, x2, y2, thick=1.5)}<path class="tip" d="{head}" fill="{FAINT}"/>'


def group(x: float, y: float, kind: str, inner: str) -> str:
    """Put shapes together, moved to a place."""
    return f'<g class="{kind}" transform="translate({number(x)} {number(y)})">{inner}</g>'


def figure(
    ident: str, kind: str, title: str, told: str, wide: float, high: float, inner: str
) -> str:
    """Give a whole SVG, with a title and a description in words; ids begin with ``ident``."""
    name = escape(ident)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="figure {kind}" id="{name}" role="img"'
        f' aria-labelledby="{name}-title" aria-describedby="{name}-desc"'
        f' width="{number(wide)}" height="{number(high)}"'
        f' viewBox="0 0 {number(wide)} {number(high)}"'
        f' font-family="{_FONT}" font-size="{LETTER}" fill="{INK}">'
        f'<title id="{name}-title">{escape(title, quote=False)}</title>'
        f'<desc id="{name}-desc">{escape(told, quote=False)}</desc>'
        f'<rect class="paper" width="{number(wide)}" height="{number(high)}" fill="{PAPER}"/>'
        f"{inner}</svg>\n"
    )
