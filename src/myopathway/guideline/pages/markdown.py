"""GitHub Markdown as values: escaped text, tables, links whose anchors GitHub makes too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|#~$&])")
_DROPPED: Final = re.compile(r"[^\w\- ]")


def text(words: str) -> str:
    """Escape words so that Markdown shows them as they are, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(words.split()))


def code(words: str) -> str:
    """Show words as they stand in a file."""
    return f"`{' '.join(words.split()).replace('|', chr(92) + '|').replace('`', chr(39))}`"


def link(words: str, target: str) -> str:
    """Link words to a place."""
    return f"[{text(words)}]({target})"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table; cells are Markdown on one line."""
    heads = list(header)
    lines = [heads, ["---"] * len(heads), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def anchor(name: str) -> str:
    """Give the anchor that a name has on its page."""
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")


def spot(name: str) -> str:
    """Place an anchor where there is no heading."""
    return f'<a id="{anchor(name)}"></a>'


def slug(heading: str) -> str:
    """Give the anchor that GitHub makes of a heading's words."""
    return _DROPPED.sub("", heading.strip().lower()).replace(" ", "-")


def page(*parts: str) -> str:
    """Join the parts of a page, leaving out those that are empty."""
    return "\n\n".join(part for part in parts if part) + "\n"
