"""Small pieces of a page that stand on it a hundred times: links to a basis, lists of reasons."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from myopathway.render.words import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from myopathway.engine.outcome import Reason
    from myopathway.render.views import OptionView


@cache
def basis(ident: str) -> Markup:
    """Link an id to the place of the guideline that it names; the ids are those of the content."""
    return _link(ident, ident)


@cache
def brief(ident: str) -> Markup:
    """Link an id; that of a statement of the sources, which is long, is only called "source"."""
    return _link(ident, "source" if ident.islower() else ident)


@cache
def source(ident: str) -> Markup:
    """Link an id where its letters would be in the way."""
    return _link(ident, "source")


def reasons(found: Iterable[Reason], link: Callable[[str], Markup] = basis) -> Markup:
    """List reasons, each with what it rests on."""
    items = "\n".join(f"<li>{escape(one.text)} {link(one.basis)}</li>" for one in found)
    return Markup(f"<ul>{items}</ul>")  # noqa: S704 - every part is escaped


def told(option: OptionView, link: Callable[[str], Markup] = basis) -> Markup:
    """List the reasons of an option; what is not known and could rule it out is one of them."""
    known = reasons((one for one in option.answer.reasons if one not in option.unknown), link)
    if not option.unknown:
        return known
    facts = escape(listed(option.unknown_facts))
    links = Markup(" ").join(link(one) for one in dict.fromkeys(r.basis for r in option.unknown))
    last = Markup("<li>Not known, could rule it out: {}. {}</li></ul>").format(facts, links)
    return Markup(known.removesuffix("</ul>")) + last  # noqa: S704 - a part of what is escaped


def _link(ident: str, text: str) -> Markup:
    if not ident:
        return Markup()
    return Markup('<a href="/guideline/{}">{}</a>').format(ident, text)
