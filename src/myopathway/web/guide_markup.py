"""HTML as values: what is text is escaped, what is HTML already says so by its type."""

from __future__ import annotations

from html import escape
from typing import Final

_VOID: Final = frozenset({"br", "link", "meta", "input"})


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()

    def __add__(self, other: str) -> Html:
        """Join with more: a plain text is escaped."""
        return Html(str.__add__(self, html(other)))


def html(*parts: str) -> Html:
    """Join parts; every plain text among them is escaped."""
    return Html(
        "".join(str(one) if isinstance(one, Html) else escape(one, quote=False) for one in parts)
    )


def tag(name: str, /, *parts: str, **attributes: str) -> Html:
    """Make an element; of ``for_`` and ``aria_label`` the attributes are ``for``, ``aria-label``.

    An attribute that is an empty text is left out.
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value
    )
    if name in _VOID:
        return Html(f"<{name}{told}>")
    return Html(f"<{name}{told}>{html(*parts)}</{name}>")


def joined(parts: list[Html], between: str = ", ") -> Html:
    """Join HTML by a plain text."""
    return Html(escape(between, quote=False).join(parts))


def items(parts: list[Html], kind: str = "") -> Html:
    """Make a list; of nothing, nothing."""
    return tag("ul", *(tag("li", one) for one in parts), class_=kind) if parts else Html()


def table(head: tuple[str, ...], rows: list[tuple[str, ...]], caption: str) -> Html:
    """Make a table in a box of its own that scrolls where a phone is too narrow for it.

    The first cell of a row names it.
    """
    heads = tag("tr", *(tag("th", one, scope="col") for one in head))
    body = [
        tag("tr", tag("th", row[0], scope="row"), *(tag("td", one) for one in row[1:]))
        for row in rows
    ]
    inner = html(tag("caption", caption), tag("thead", heads), tag("tbody", *body))
    return tag("div", tag("table", inner), class_="wide", tabindex="0", role="region",
               aria_label=caption)  # fmt: skip
