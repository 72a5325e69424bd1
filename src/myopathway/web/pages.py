"""The page for clinicians: the form and its answer, a record opened, the files that it loads."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request, Response

from myopathway.errors import InputError
from myopathway.web.assets import asset_at
from myopathway.web.carried import carry, typed
from myopathway.web.desk import TEXT, UNREADABLE, Desk, session, today
from myopathway.web.entries import entries
from myopathway.web.headers import ASSET_HEADERS
from myopathway.web.opening import opens, patient_in
from myopathway.web.sheet import told
from myopathway.web.ways import ways

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from starlette.datastructures import FormData

    from myopathway.patient import Patient
    from myopathway.settings import Settings
    from myopathway.web.entries import Entries
    from myopathway.web.reading import Reading

__all__ = ["opened", "router", "today"]

_MOST_TOLD: Final = 3


def router(settings: Settings, clock: Callable[[], dt.date] = today) -> APIRouter:
    """Give the routes of the page for one site; raises ``ContentError``.

    ``clock`` gives the day that counts where a patient states none.
    """
    desk = Desk(settings, clock)
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def page(request: Request) -> Response:
        found = entries(request.query_params.multi_items())
        return _shown(desk, desk.read(found), found, request)

    @routes.post("/")
    async def posted(request: Request) -> Response:
        try:
            async with request.form() as form:
                if opens(form):
                    return await _opened(desk, form, request)
                found, carried = session(form)
        except InputError as error:
            return desk.html(_blank(desk, error), UNREADABLE)
        return _shown(desk, desk.read(found, carried), found, request, session=True)

    @routes.get("/assets/{name}")
    async def asset(name: str) -> Response:
        found = asset_at(f"/assets/{name}")
        if found is None:
            return Response("no such file\n", 404, desk.headers, TEXT)
        exact = found.address == f"/assets/{name}"
        headers = ASSET_HEADERS if exact else {**ASSET_HEADERS, "Cache-Control": "no-cache"}
        return Response(found.body, 200, headers, found.media_type)

    routes.include_router(ways(desk))
    return routes


def opened(settings: Settings, patient: Patient) -> Response:
    """Open the page with what was read of a record, as after a SMART launch."""
    desk = _desk(settings)
    carried = carry(patient)
    found = typed(carried)
    return desk.html(desk.pages.page(desk.read(found, carried), found))


@lru_cache(maxsize=4)
def _desk(settings: Settings) -> Desk:
    return Desk(settings)


def _shown(
    desk: Desk, reading: Reading, found: Entries, request: Request, *, session: bool = False
) -> Response:
    fragment = request.headers.get("x-fragment") == "1"
    text = desk.pages.page(reading, found, fragment=fragment, session=session)
    return desk.html(text, UNREADABLE if reading.filled.faults else 200)


async def _opened(desk: Desk, form: FormData, request: Request) -> Response:
    carried = carry(await patient_in(form, desk.guideline, desk.today()))
    found = typed(carried)
    return _shown(desk, desk.read(found, carried), found, request, session=True)


def _blank(desk: Desk, error: InputError) -> str:
    """Give the blank page with what is wrong with a record."""
    fault = "; ".join(told(one) for one in error.faults[:_MOST_TOLD])
    return desk.pages.page(desk.read({}), {}, fault=fault)
