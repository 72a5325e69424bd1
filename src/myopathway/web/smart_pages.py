"""What a reader sees of a launch: where to go on, why it stopped, and how without cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.web.guide_frame import framed, navigation
from myopathway.web.guide_markup import Html, html, items, tag

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline

STYLE = "/guideline/guide.css"
SCRIPT = "/smart/smart.js"


def choice_page(guideline: Guideline, issuers: tuple[str, ...]) -> str:
    """Let the reader choose a record system to open a patient from."""
    ways = [
        tag("a", one, href=f"/smart/standalone?server={place}") for place, one in enumerate(issuers)
    ]
    body = html(
        tag("h1", "Open a record"),
        tag("p", "Choose the record system; there you choose the patient and agree."),
        items(ways),
    )
    return _page(guideline, "Open a record", body)


def going_page(guideline: Guideline, address: str, binder: str) -> str:
    """Send the browser on to the record system, and note which browser it is."""
    body = html(
        tag("h1", "Opening the record system"),
        tag("p", tag("a", "Go on to the record system", href=address, id="go", data_binder=binder)),
        tag("noscript", tag("p", "Please follow the link.")),
    )
    return _page(guideline, "Opening the record system", body, script=True)


def finish_page(guideline: Guideline) -> str:
    """Go on without a cookie: the script hands over what it noted before the launch."""
    alone = (
        "This browser keeps no cookie here and runs no script, so that the launch cannot be told"
        " from a forged one. Open the page in a window of its own, or paste the record there."
    )
    body = html(
        tag("h1", "Opening the record"),
        tag("p", "One moment.", id="finish", role="status"),
        tag("noscript", tag("p", alone)),
        tag("p", tag("a", "The page without a record", href="/", target="_blank", rel="noopener")),
    )
    return _page(guideline, "Opening the record", body, script=True)


def refused_page(guideline: Guideline, text: str) -> str:
    """Say why a launch went no further."""
    body = html(
        tag("h1", "The record was not opened"),
        tag("p", text, role="alert"),
        items([
            tag("a", "Try again", href="/smart"),
            tag("a", "Enter the facts by hand", href="/"),
        ]),
    )  # fmt: skip
    return _page(guideline, "The record was not opened", body)


def _page(guideline: Guideline, title: str, body: Html, *, script: bool = False) -> str:
    head = tag("link", rel="stylesheet", href=STYLE)
    if script:
        head = html(head, Html(f'<script src="{SCRIPT}" defer></script>'))
    nav = navigation(("Ask about a patient", "/"), ("Guideline", "/guideline"))
    return framed(guideline, title, body, head, nav)
