"""Plots of a population as SVG of our own: nothing is fetched, every number stands in words too."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 720
_BAR: Final = 24
_ROW: Final = 30
_LABELS: Final = 300
_HEIGHT: Final = 340
_COLUMN: Final = 14
_GAP: Final = 10
_LEAST: Final = 1.0
_COLOURS: Final = ("#1f5a84", "#8a4a12", "#2f6b3c", "#6a3d7c", "#7a2230", "#4d5560", "#9a7b12")


def bars(title: str, rows: Sequence[tuple[str, int]], total: int) -> str:
    """Draw one bar a row, each with its number and its share of all."""
    most = max((count for _, count in rows), default=1) or 1
    height = _ROW * len(rows) + 6
    parts = [_head(title, height)]
    for place, (name, count) in enumerate(rows):
        top = place * _ROW + 3
        width = (WIDTH - _LABELS - 130) * count / most
        share = f" ({100 * count / total:.1f} %)" if total else ""
        parts += [
            _text(_LABELS - 8, top + 17, name, anchor="end"),
            (
                f'<rect x="{_LABELS}" y="{top}" width="{max(width, _LEAST):.1f}" height="{_BAR}"'
                f' fill="{_COLOURS[0]}"/>'
            ),
            _text(_LABELS + width + 8, top + 17, f"{count:,}{share}".replace(",", " ")),
        ]
    return "".join([*parts, "</svg>"])


def flow(
    title: str, groups: Sequence[tuple[str, str]], ends: Sequence[tuple[str, str, str, int]]
) -> str:
    """Draw how many rows go from each group to each line; ``ends``: id, group, title, count."""
    shown = [one for one in ends if one[3]]
    total = sum(count for *_, count in shown) or 1
    left = {group: sum(count for _, own, _, count in shown if own == group) for group, _ in groups}
    sources = [(group, name) for group, name in groups if left[group]]
    room = _HEIGHT - _GAP * max(len(shown), len(sources), 1)
    starts = _stacked([left[group] for group, _ in sources], room / total)
    stops = _stacked([one[3] for one in shown], room / total)
    height = _HEIGHT + 10
    parts = [_head(title, height)]
    used: dict[str, float] = {}
    for (_, group, name, count), (top, size) in zip(shown, stops, strict=True):
        place = next(n for n, one in enumerate(sources) if one[0] == group)
        begin = starts[place][0] + used.get(group, 0.0)
        used[group] = used.get(group, 0.0) + size
        colour = _COLOURS[place % len(_COLOURS)]
        parts += [
            _band(200 + _COLUMN, begin, 420, top, size, colour),
            (
                f'<rect x="420" y="{top:.1f}" width="{_COLUMN}" height="{max(size, _LEAST):.1f}"'
                f' fill="{colour}"/>'
            ),
            _text(442, top + size / 2 + 4, f"{count:,}".replace(",", " ") + f": {name}"),
        ]
    for place, ((group, name), (top, size)) in enumerate(zip(sources, starts, strict=True)):
        parts += [
            (f'<rect x="200" y="{top:.1f}" width="{_COLUMN}" height="{max(size, _LEAST):.1f}"'
            f' fill="{_COLOURS[place % len(_COLOURS)]}"/>'),
            _text(192, top + size / 2 + 4, f"{name}: " + f"{left[group]:,}".replace(",", " "),
                  anchor="end"),
        ]  # fmt: skip
    return "".join([*parts, "</svg>"])


def table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    """Write the numbers of a plot as a table, for those who do not see it."""
    top = "".join(f'<th scope="col">{escape(one)}</th>' for one in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(one))}</td>" for one in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _stacked(counts: list[int], scale: float) -> list[tuple[float, float]]:
    """Give the top and the size of each, one below the other."""
    found: list[tuple[float, float]] = []
    top = 5.0
    for count in counts:
        found.append((top, count * scale))
        top += count * scale + _GAP
    return found


def _band(x1: float, y1: float, x2: float, y2: float, size: float, colour: str) -> str:
    middle = (x1 + x2) / 2
    size = max(size, _LEAST)
    return (
        f'<path d="M{x1},{y1:.1f} C{middle},{y1:.1f} {middle},{y2:.1f} {x2},{y2:.1f}'
        f" V{y2 + size:.1f} C{middle},{y2 + size:.1f} {middle},{y1 + size:.1f}"
        f' {x1},{y1 + size:.1f} Z" fill="{colour}" fill-opacity="0.35"/>'
    )


def _head(title: str, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img"'
        f' aria-label="{escape(title)}" font-family="inherit" font-size="13">'
        f"<title>{escape(title)}</title>"
    )


def _text(x: float, y: float, words: str, *, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text {place} text-anchor="{anchor}" fill="currentColor">{escape(words)}</text>'
