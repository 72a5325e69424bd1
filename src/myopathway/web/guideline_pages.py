"""``/guideline``: everything that answers rest on, each id with an address of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from myopathway.web.assets import assets
from myopathway.web.guide_file import guide_file
from myopathway.web.guide_frame import framed, navigation, stylesheet
from myopathway.web.guide_links import ROOT, Links, homes
from myopathway.web.guide_markup import html, tag
from myopathway.web.guide_pages import pages
from myopathway.web.headers import page_headers

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline
    from myopathway.settings import Settings
    from myopathway.web.guide_pages import Page

_STYLE = f"{ROOT}/guide.css"
_KEPT = "public, max-age=300"  # no patient in it: a browser may keep it for a while


def link(guideline: Guideline, basis: str) -> str:
    """Give the address of what a sentence of an answer rests on; of an unknown id, none."""
    return _links(guideline.content_hash, guideline).to(basis)


def router(settings: Settings) -> APIRouter:
    """Give the routes of the guideline's pages; every page is written once, at the start."""
    guideline = settings.guideline()
    written = {slug: _written(guideline, one) for slug, one in pages(guideline).items()}
    whole = guide_file(guideline)
    headers = {**page_headers(settings), "Cache-Control": _KEPT}
    routes = APIRouter(include_in_schema=False)

    def shown(slug: str) -> Response:
        text = written.get(slug)
        if text is None and (there := link(guideline, slug)):
            return RedirectResponse(there, headers=headers)  # an id leads to where it stands
        if text is None:
            raise HTTPException(404, "The guideline has no such page.")
        return Response(text, media_type="text/html", headers=headers)

    @routes.get(_STYLE)
    async def style() -> Response:
        return Response(stylesheet(), media_type="text/css", headers=headers)

    @routes.get(f"{ROOT}/guide.html")
    async def whole_guide() -> Response:
        named = 'attachment; filename="guide.html"'
        return Response(whole, media_type="text/html",
                        headers={**headers, "Content-Disposition": named})  # fmt: skip

    @routes.get(ROOT)
    async def first() -> Response:
        return shown("")

    @routes.get(f"{ROOT}/{{slug:path}}")
    async def page(slug: str) -> Response:
        return shown(slug)

    return routes


def _written(guideline: Guideline, page: Page) -> str:
    loaded = assets()
    head = html(
        tag("link", rel="icon", href=loaded["icon.svg"].address),
        tag("link", rel="stylesheet", href=_STYLE),
        tag("script", src=loaded["page.js"].address),  # for the theme alone
    )
    nav = navigation(("Ask about a patient", "/"), ("Guideline", ROOT),
                     ("Doses", f"{ROOT}/doses"), ("Drug safety", f"{ROOT}/safety"),
                     ("Whole guideline as a file", f"{ROOT}/guide.html"), theme=True)  # fmt: skip
    return framed(guideline, page.title, page.body, head, nav)


@lru_cache(maxsize=8)
def _cached(content_hash: str) -> dict[str, Links]:  # noqa: ARG001 - the key of the cache
    return {}


def _links(content_hash: str, guideline: Guideline) -> Links:
    kept = _cached(content_hash)
    if "links" not in kept:
        kept["links"] = Links(guideline, homes(guideline))
    return kept["links"]
