"""Every way out of the page: note, printable page, everything, picture, JSON, FHIR, calendar."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import msgspec
from fastapi import APIRouter, Request, Response

from myopathway.errors import Fault, InputError
from myopathway.plan.regimen import plan_for
from myopathway.render.fhir import fhir
from myopathway.render.json import json_bytes
from myopathway.web.desk import TEXT
from myopathway.web.note import note

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from myopathway.web.desk import Desk
    from myopathway.web.entries import Entries
    from myopathway.web.reading import Reading

DRUGS: Final = "plan.drugs"
START: Final = "plan.start"
_BOTH: Final = ["GET", "POST"]


def ways(desk: Desk) -> APIRouter:
    """Give the routes; each takes the form of the page, in its address or its body."""
    routes = APIRouter(include_in_schema=False)

    def way(path: str, write: Callable[[Desk, Request, Reading, Entries], Response]) -> None:
        routes.add_api_route(path, _route(desk, write), methods=_BOTH)

    way("/print", lambda at, _, reading, found: at.html(at.pages.page(reading, found, "paper")))
    way("/full", lambda at, _, reading, found: at.html(at.pages.page(reading, found, "full")))
    way("/picture", _picture)
    way("/note", lambda at, _, reading, __: at.sent(note(reading.answer, at.guideline), TEXT))
    way("/answer.json", lambda at, _, reading, __: _json(at, reading))
    way("/answer.fhir.json", lambda at, _, reading, __: _fhir(at, reading))
    way("/calendar.ics", _calendar)
    return routes


def _route(
    desk: Desk, write: Callable[[Desk, Request, Reading, Entries], Response]
) -> Callable[[Request], Awaitable[Response]]:
    async def route(request: Request) -> Response:
        try:
            reading, found = await desk.asked(request)
            return write(desk, request, reading, found)
        except InputError as error:
            return desk.refused(error)

    return route


def _picture(desk: Desk, request: Request, reading: Reading, _: Entries) -> Response:
    """Draw the pathway; the page asks for the bare figure, and for a tall one on a phone."""
    wanted = request.headers.get("x-fragment", "")
    return desk.html(desk.pages.picture(reading, fragment=bool(wanted), tall=wanted == "tall"))


def _json(desk: Desk, reading: Reading) -> Response:
    return desk.sent(json_bytes(reading.answer), "application/json", "answer.json")


def _fhir(desk: Desk, reading: Reading) -> Response:
    written = fhir(reading.answer, desk.guideline, base=desk.settings.canonical)
    body = msgspec.json.Encoder(decimal_format="number").encode(written)
    return desk.sent(body, "application/fhir+json", "answer.fhir.json")


def _calendar(desk: Desk, _: Request, reading: Reading, found: Entries) -> Response:
    """Write the calendar of tests; of a regimen that is ruled out there is none."""
    from myopathway.plan.ics import ics  # noqa: PLC0415 - slow to import

    start = _day(next(iter(found.get(START, ())), ""), reading.day)
    plan = plan_for(reading.patient, found.get(DRUGS, []), start, desk.guideline, day=reading.day)
    if plan.excluded:
        raise InputError(
            Fault("regimen", f"{one.drug} is ruled out for this patient") for one in plan.excluded
        )
    return desk.sent(ics(plan, desk.guideline), "text/calendar; charset=utf-8", "monitoring.ics")


def _day(text: str, today: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(text) if text else today
    except ValueError:
        raise InputError(
            [Fault("start", f"found {text[:20]!r}", "a day such as 2026-03-31")]
        ) from None
