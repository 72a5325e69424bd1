"""The whole guideline in one file that needs no network: for a ward, a stick, a printer."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from myopathway.web import guide_safety as safety
from myopathway.web.guide_frame import framed, navigation, stylesheet
from myopathway.web.guide_links import Links, anchor, homes
from myopathway.web.guide_markup import Html, html, items, tag
from myopathway.web.guide_nodes import node_section
from myopathway.web.guide_pages import about, chapters, contents, pictures

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline


def guide_file(guideline: Guideline) -> str:
    """Give the file; the same guideline gives the same bytes. It holds nothing of a patient."""
    links = Links(guideline, homes(guideline), one_page=True)
    evidence = [html(one.text, links.cited(one.cites)) for one in guideline.edition.evidence]
    found = list(chapters(links))
    body = html(
        tag("h1", guideline.edition.title),
        about(guideline),
        items(evidence),
        tag("h2", "The pathway", id="pathway-picture"),
        pictures(guideline),
        tag("h2", "Groups and lines", id="groups"),
        contents(links, lambda one: f"#{anchor(one.id)}"),
        *(node_section(links, one, 2) for one in guideline.nodes),
        *(_chapter(links, *one) for one in found),
    )
    nav = navigation(("Groups and lines", "#groups"),
                     *((title, f"#chapter-{slug}") for slug, title, _, _ in found))  # fmt: skip
    return framed(guideline, guideline.edition.title, body, _head(), nav)


def _head() -> Html:
    """Bring the style sheet along, and forbid whatever else the file might ask for."""
    css = stylesheet()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'"
    return html(Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
                tag("meta", name="referrer", content="no-referrer"),
                tag("style", Html(css)))  # fmt: skip


def _chapter(
    links: Links, slug: str, title: str, says: str, parts: tuple[tuple[str, Html], ...]
) -> Html:
    inner = [html(tag("h3", name), lowered(part)) if name else part for name, part in parts]
    if slug == "safety":
        for name, drug in links.guideline.drugs.items():
            body = safety.drug_safety(links, name)
            if body:
                head = tag("h3", drug.title, id=anchor(f"safety:{name}"))
                inner.append(html(head, lowered(body)))
    return tag("section", tag("h2", title), tag("p", says), *inner, id=f"chapter-{slug}")


def lowered(part: Html) -> Html:
    """Give a part whose entries stand below a heading of a chapter."""
    return Html(part.replace("<h3", "<h4").replace("</h3>", "</h4>"))
