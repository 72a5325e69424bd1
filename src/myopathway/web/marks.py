"""Small pieces of a page that stand on it a hundred times: links to a basis, lists of reasons."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.engine.outcome import Reason


@cache
def basis(ident: str) -> Markup:
    """Link an id to the place of the guideline that it names; the ids are those of the content."""
    return _link(ident, ident)


@cache
def source(ident: str) -> Markup:
    """Link an id where its letters would be in the way."""
    return _link(ident, "source")


def reasons(found: Iterable[Reason]) -> Markup:
    """List reasons, each with what it rests on."""
    items = "\n".join(f"<li>{escape(one.text)} {basis(one.basis)}</li>" for one in found)
    return Markup(f"<ul>{items}</ul>")  # noqa: S704 - every part is escaped


def _link(ident: str, text: str) -> Markup:
    if not ident:
        return Markup()
    return Markup('<a href="/guideline/{}">{}</a>').format(ident, text)
