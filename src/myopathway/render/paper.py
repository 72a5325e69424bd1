"""Words set on lines of one width: hanging indents, styles, nothing that steers a terminal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Style: TypeAlias = Literal["", "bold", "dim", "red", "green", "yellow"]
Run: TypeAlias = tuple[str, Style]

NARROWEST: Final = 40
_CODES: Final[dict[Style, str]] = {
    "bold": "1", "dim": "2", "red": "1;31", "green": "1;32", "yellow": "1;33",
}  # fmt: skip
# An amount is read in one piece: its numbers, its unit and "once WEEKLY" stay on one line.
_TOGETHER: Final = re.compile(
    r"(?<=\d) (?=(?:to \d|mg|g\b|kg))|(?<=\b(?:to|on)) (?=\d)"
    r"|(?<=\bmg) (?=once WEEKLY)|(?<=once) (?=WEEKLY)"
)
_GLUE: Final = "\x00"


@dataclass(frozen=True, slots=True)
class Paper:
    """A width to write within, and whether the terminal shows styles."""

    width: int
    colour: bool = False

    def lines(self, *runs: Run, first: str = "", hang: str | None = None) -> list[str]:
        """Wrap runs to lines; ``first`` opens the first line, ``hang`` each line after it."""
        indent = " " * len(first) if hang is None else hang
        done: list[str] = []
        line: list[Run] = []
        used = cells(first)
        for word, style in _words(runs, self.width - max(cells(first), cells(indent))):
            needed = cells(word) + (1 if line else 0)
            if line and used + needed > self.width:
                done.append(self._set(indent if done else first, line))
                line, used, needed = [], cells(indent), cells(word)
            line.append((word, style))
            used += needed
        done.append(self._set(indent if done else first, line))
        return done

    def rule(self, text: str, sign: str, style: Style = "bold") -> list[str]:
        """Set a heading with a line of signs under it."""
        lines = self.lines((text, style))
        longest = max(cells(line) for line in self_plain(lines))
        return [*lines, sign * longest]

    def _set(self, indent: str, words: list[Run]) -> str:
        """Join words, neighbours of one style under one code."""
        if not self.colour:
            return (indent + " ".join(word for word, _ in words)).rstrip().replace(_GLUE, " ")
        text = indent
        place = 0
        while place < len(words):
            style = words[place][1]
            end = place
            while end < len(words) and words[end][1] == style:
                end += 1
            part = " ".join(word for word, _ in words[place:end])
            text += (" " if place else "") + _styled(part, style)
            place = end
        return text.replace(_GLUE, " ")


def clean(text: str) -> str:
    """Make a text safe to print: one line, no control, escape or direction signs."""
    if text.isprintable() and "  " not in text and text.strip() == text:
        return text
    line = " ".join(text.split())
    return (
        line if line.isprintable() else "".join(one if one.isprintable() else "?" for one in line)
    )


def cells(text: str) -> int:
    """Count the columns that a text takes; wide signs take two."""
    if text.isascii():
        return len(text)
    return len(text) + sum(unicodedata.east_asian_width(one) in "WF" for one in text)


def self_plain(lines: Iterable[str]) -> list[str]:
    """Give lines without their style codes."""
    return [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]


def _styled(text: str, style: Style) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style else text


def _words(runs: Iterable[Run], room: int) -> Iterator[Run]:
    """Split runs into words, a word that has no room on any line into pieces."""
    for text, style in runs:
        for word in _TOGETHER.sub(_GLUE, clean(text)).split(" "):
            if word:
                yield from ((piece, style) for piece in _pieces(word, room))


def _pieces(word: str, room: int) -> Iterator[str]:
    while cells(word) > room:
        end = 1
        while cells(word[: end + 1]) <= room:
            end += 1
        yield word[:end]
        word = word[end:]
    yield word
