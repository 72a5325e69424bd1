"""``/smart``: SMART App Launch 2, from within a record system or from here.

A launch goes: server allowed and discovered, browser sent to agree (PKCE, state, aud), code turned
into a token for one patient, record read, page opened. The token stays on the server, in a session
with an end; the browser holds a random name of it, in a cookie or, where cookies are barred, in a
header.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from myopathway.web.smart_launch import MOST_TEXT, TO_AGREE, Launches
from myopathway.web.smart_pages import SCRIPT, choice_page, finish_page, going_page
from myopathway.web.smart_server import RefusedError

if TYPE_CHECKING:
    import httpx

    from myopathway.settings import Settings

BINDER: Final = "__Host-smart-launch"
SESSION: Final = "__Host-smart"
_HTML: Final = "text/html; charset=utf-8"
_PLAIN: Final = "text/plain; charset=utf-8"


def router(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> APIRouter:
    """Give the routes of a launch for one site; ``transport`` replaces the network in tests."""
    launches = Launches(settings, transport)
    routes = APIRouter(include_in_schema=False)
    _begin(routes, launches)
    _finish(routes, launches)
    _read(routes, launches)
    return routes


def _begin(routes: APIRouter, launches: Launches) -> None:
    """Add the ways to begin a launch."""
    settings = launches.settings

    async def going(issuer: str, launch: str) -> Response:
        try:
            address, binder = await launches.begin(issuer, launch)
        except RefusedError as error:
            return launches.refused(error)
        text = going_page(launches.guideline, address, binder)
        page = Response(text, 200, launches.headers, _HTML)
        _set(page, BINDER, binder, TO_AGREE)
        return page

    @routes.get("/smart")
    async def choice() -> Response:
        if not settings.smart_client_id or not settings.smart_issuers:
            return launches.refused(RefusedError(404, "This site has not set up SMART launches."))
        text = choice_page(launches.guideline, settings.smart_issuers)
        return Response(text, 200, launches.headers, _HTML)

    @routes.get("/smart/launch")
    async def launched(iss: str = "", launch: str = "") -> Response:
        if not launch or len(launch) > MOST_TEXT:
            return launches.refused(RefusedError(400, "The record system sent no launch."))
        return await going(iss, launch)

    @routes.get("/smart/standalone")
    async def standalone(server: str = "0") -> Response:
        named = {str(place): one for place, one in enumerate(settings.smart_issuers)}
        return await going(named.get(server, ""), "")

    @routes.get(SCRIPT)
    async def script() -> Response:
        return Response(_script(), 200, launches.headers, "text/javascript")


def _finish(routes: APIRouter, launches: Launches) -> None:
    """Add the ways to finish a launch: by the cookie, or by the header where none came back."""
    headers = launches.headers

    @routes.get("/smart/callback")
    async def callback(request: Request) -> Response:
        binder = request.cookies.get(BINDER, "")
        if not binder and launches.begun.get(request.query_params.get("state", "")) is not None:
            return Response(finish_page(launches.guideline), 200, headers, _HTML)
        try:
            name, seconds = await launches.finish(request.query_params, binder)
        except RefusedError as error:
            return launches.refused(error)
        done = RedirectResponse("/smart/page", 303, headers)
        _set(done, SESSION, name, seconds)
        _set(done, BINDER, "", 0)
        return done

    @routes.post("/smart/finish")
    async def finish(request: Request) -> Response:
        form = await request.form()
        asked = {key: one for key, one in form.items() if isinstance(one, str)}
        try:
            name, _ = await launches.finish(asked, request.headers.get("x-smart-binder", ""))
        except RefusedError as error:
            return Response(error.text, error.status, headers, _PLAIN)
        return Response(name, 200, headers, _PLAIN)


def _read(routes: APIRouter, launches: Launches) -> None:
    """Add the page with the record, and the end of the session."""
    headers = launches.headers

    @routes.get("/smart/page")
    async def page(request: Request) -> Response:
        name = request.cookies.get(SESSION, "")
        if not name:
            return Response(finish_page(launches.guideline), 200, headers, _HTML)
        try:
            return await launches.page(name)
        except RefusedError as error:
            return launches.refused(error)

    @routes.get("/smart/record")
    async def record(request: Request) -> Response:
        try:
            return await launches.page(request.headers.get("x-smart-session", ""))
        except RefusedError as error:
            return Response(error.text, error.status, headers, _PLAIN)

    @routes.post("/smart/end")
    async def end(request: Request) -> Response:
        for name in (request.cookies.get(SESSION, ""), request.headers.get("x-smart-session", "")):
            launches.sessions.take(name)
        done = RedirectResponse("/", 303, headers)
        _set(done, SESSION, "", 0)
        return done


def _set(response: Response, name: str, value: str, seconds: float) -> None:
    """Set a cookie that works within a frame of another site, kept apart for that site."""
    response.headers.append(
        "set-cookie",
        f"{name}={value}; Path=/; Max-Age={int(seconds)}; Secure; HttpOnly; SameSite=None;"
        " Partitioned",
    )


@cache
def _script() -> str:
    return (resources.files("myopathway.web") / "smart.js").read_text(encoding="utf-8")
