"""The frame of the guideline's pages: a title, the ways back, the style sheet, the small print."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from myopathway.web.guide_markup import Html, html, tag

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline


@cache
def stylesheet() -> str:
    """Give the style sheet of the guideline's pages, that of the figures included."""
    own = (resources.files("myopathway.web") / "guide.css").read_text(encoding="utf-8")
    figures = resources.files("myopathway.figures") / "figures.css"
    return f"{own}{figures.read_text(encoding='utf-8')}"


def framed(guideline: Guideline, title: str, body: Html, head: Html, nav: Html) -> str:
    """Give a whole page; ``head`` brings the style sheet, ``nav`` the ways to elsewhere."""
    name = title if title == guideline.edition.title else f"{title} – {guideline.edition.title}"
    return "<!doctype html>\n" + tag(
        "html",
        tag("head", Html('<meta charset="utf-8">'),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", name), head),
        "\n",
        tag("body", tag("a", "To the content", href="#content", class_="skip"), nav,
            tag("main", body, id="content"), footer(guideline)),
        lang="en",
    )  # fmt: skip


def footer(guideline: Guideline) -> Html:
    """Say which content this is and what it is not."""
    edition = guideline.edition
    told = f"{edition.id} {edition.version}, content {guideline.content_hash}."
    return tag("footer", tag("p", edition.intended_use), tag("p", told))


def navigation(*places: tuple[str, str], theme: bool = False) -> Html:
    """Give the ways to elsewhere, each a title and an address; ``theme`` adds the switch."""
    switch = Html('<button type="button" id="theme" hidden>Theme</button>') if theme else Html()
    ways = [tag("a", title, href=where) for title, where in places]
    return tag("nav", html(*ways, switch), class_="top", aria_label="Guideline")
