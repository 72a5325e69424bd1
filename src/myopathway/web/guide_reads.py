"""What the machine reads from a criterion, as nested lists with every term opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.criteria import ALWAYS
from myopathway.guideline.pages.wording import Wording, worded
from myopathway.render.words import capital
from myopathway.web.guide_markup import Html, html, items, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myopathway.criteria import Criterion
    from myopathway.web.guide_links import Links


def reads(links: Links, criterion: Criterion) -> Html:
    """Say what is read from a criterion."""
    if criterion == ALWAYS:
        return Html("always")
    return _shown(links, worded(links.guideline, criterion))


def all_of(links: Links, criteria: Sequence[Criterion]) -> Html:
    """Say what is read from criteria that must all hold, one in each line."""
    return items([_shown(links, worded(links.guideline, one)) for one in criteria], "criteria")


def _shown(links: Links, wording: Wording) -> Html:
    line: Html = html(capital(wording.text))
    parts = wording.parts
    if wording.term:
        term = links.link(f"term:{wording.term}", capital(wording.text))
        line = html(term, ": ", tag("strong", "yes" if wording.holds else "no"))
        if not links.one_page:
            return line  # opened on the page of terms, a link away
        if len(parts) == 1 and not parts[0].term:
            line += f", that is: {parts[0].text}"
            parts = parts[0].parts
    return html(line, items([_shown(links, one) for one in parts], "criteria"))
