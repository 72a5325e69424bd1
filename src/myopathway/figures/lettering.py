"""How wide a text will be, without the fonts of the reader: wide enough for the common ones."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# Ems for each sign, from the widest of the usual screen fonts (DejaVu Sans and Verdana): a text
# set in a narrower one leaves room, none leaves its box. A browser test measures every text.
_EMS: Final = {
    sign: ems
    for signs, ems in (
        ("iIjl.,:;'|!", 0.43),
        (' ftr()[]/\\-"', 0.47),
        ("Jcsz?", 0.56),
        ("mMW@%", 1.06),
        ("wNOQDGHU+<>=~×–&_", 0.84),
        ("ABCEFKLPRSTVXYZ", 0.72),
        ("0123456789", 0.64),
    )
    for sign in signs
}
_OTHER: Final = 0.65
_BOLD: Final = 1.14


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Give the room that a text of this size may take, in the units of the size."""
    ems = sum(_EMS.get(sign, _OTHER if sign.isascii() else 1.0) for sign in text)
    return ems * size * (_BOLD if bold else 1)


@lru_cache(maxsize=4096)  # the same few names stand in every figure
def wrapped(text: str, room: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """Break a text into lines that fit the room; a word that has none is cut into pieces."""
    lines: list[str] = []
    line = ""
    for whole in text.split():
        word = whole
        joined = f"{line} {word}" if line else word
        if width(joined, size, bold=bold) <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        while width(word, size, bold=bold) > room and len(word) > 1:
            end = max(n for n in range(1, len(word)) if n == 1 or _fits(word[:n], room, size, bold))
            lines.append(word[:end])
            word = word[end:]
        line = word
    return (*lines, line) if line else tuple(lines)


def _fits(text: str, room: float, size: float, bold: bool) -> bool:  # noqa: FBT001 - as width takes it
    return width(text, size, bold=bold) <= room
