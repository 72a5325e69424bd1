"""A refusal as a page, for people: what is wrong, and the way back."""

from __future__ import annotations

from html import escape
from typing import Final

from myopathway.web.assets import assets

_TITLES: Final = {
    404: "No such page",
    413: "Too large",
    422: "This cannot be read",
    503: "Not now",
}
_NOWHERE: Final = "Not Found"  # what the framework says of an address that nobody answers


def refusal(status: int, detail: str) -> str:
    """Write a page that says why a request was refused."""
    title = _TITLES.get(status, "This did not work")
    text = "Nothing stands at this address." if detail == _NOWHERE else detail
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)} – myopathway</title>"
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<link rel="icon" href="{assets()["icon.svg"].address}">'
        f'<link rel="stylesheet" href="{assets()["page.css"].address}"></head>\n'
        '<body class="paper"><header class="top"><a class="name" href="/">myopathway</a>'
        '<nav aria-label="Pages"><a href="/guideline">Guideline</a></nav></header>\n'
        f'<main class="pane"><h1>{escape(title)}</h1><p>{escape(text)}</p>'
        '<p class="row"><a href="/">Ask about a patient</a></p></main></body></html>\n'
    )
