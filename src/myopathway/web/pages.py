"""The routes of the page for clinicians, and of every way out of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData, UploadFile

from myopathway.errors import Fault, InputError
from myopathway.intake import document
from myopathway.patient import Patient
from myopathway.plan.regimen import plan_for
from myopathway.recommendation import recommend_on
from myopathway.render.fhir import fhir
from myopathway.render.json import json_bytes
from myopathway.web.assets import asset_at
from myopathway.web.carried import RECORD, carry, typed, unpacked
from myopathway.web.entries import Entries, entries
from myopathway.web.headers import ASSET_HEADERS, page_headers
from myopathway.web.note import note
from myopathway.web.reading import Reading, read
from myopathway.web.sheet import told
from myopathway.web.view import Pages

if TYPE_CHECKING:
    from myopathway.settings import Settings
    from myopathway.web.carried import Carried

_HTML: Final = "text/html; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_LISTS: Final = ("complete_problem_list", "complete_medication_list")


class Desk:
    """What the routes of one site share: the guideline, the pages, the headers."""

    def __init__(self, settings: Settings) -> None:
        """Load the guideline; raises ``ContentError``."""
        self.settings = settings
        self.guideline = settings.guideline()
        blank = recommend_on(Patient.from_facts({}, guideline=self.guideline), today(),
                             self.guideline)  # fmt: skip
        asked = tuple(one.fact for one in blank.missing)
        self.pages = Pages(settings, self.guideline, asked)
        self.headers = page_headers(settings)

    def read(self, found: Entries, carried: Carried | None = None) -> Reading:
        """Read a form on this day."""
        return read(self.guideline, today(), found, carried)

    def html(self, text: str, status: int = 200) -> Response:
        """Send a page."""
        return Response(text, status, self.headers, _HTML)

    def sent(self, body: str | bytes, media_type: str, name: str = "") -> Response:
        """Send a file or a text."""
        headers = dict(self.headers)
        if name:
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return Response(body, 200, headers, media_type)

    def refused(self, error: InputError) -> Response:
        """Say in plain lines why something cannot be given."""
        return Response("\n".join(map(str, error.faults)) + "\n", 422, self.headers, _TEXT)


def router(settings: Settings) -> APIRouter:
    """Give the routes of the page for one site; raises ``ContentError``."""
    desk = Desk(settings)
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def page(request: Request) -> Response:
        found = entries(request.query_params.multi_items())
        return _shown(desk, desk.read(found), found, request)

    @routes.post("/")
    async def posted(request: Request) -> Response:
        form = await request.form()
        if "bundle" in form or "paste" in form:
            return await _opened(desk, form, request)
        try:
            found, carried = _session(form)
        except InputError as error:
            return desk.html(_blank(desk, told(error.faults[0])), 422)
        return _shown(desk, desk.read(found, carried), found, request, session=True)

    @routes.api_route("/print", methods=["GET", "POST"])
    async def printable(request: Request) -> Response:
        reading, found = await _read(desk, request)
        return desk.html(desk.pages.page(reading, found, kind="paper"))

    @routes.api_route("/full", methods=["GET", "POST"])
    async def everything(request: Request) -> Response:
        reading, found = await _read(desk, request)
        return desk.html(desk.pages.page(reading, found, kind="full"))

    @routes.api_route("/picture", methods=["GET", "POST"])
    async def picture(request: Request) -> Response:
        reading, _ = await _read(desk, request)
        wanted = request.headers.get("x-fragment", "")
        return desk.html(desk.pages.picture(reading, fragment=bool(wanted), tall=wanted == "tall"))

    @routes.api_route("/note", methods=["GET", "POST"])
    async def as_note(request: Request) -> Response:
        reading, _ = await _read(desk, request)
        return desk.sent(note(reading.answer, desk.guideline), _TEXT)

    @routes.api_route("/answer.json", methods=["GET", "POST"])
    async def as_json(request: Request) -> Response:
        reading, _ = await _read(desk, request)
        return desk.sent(json_bytes(reading.answer), "application/json", "answer.json")

    @routes.api_route("/answer.fhir.json", methods=["GET", "POST"])
    async def as_fhir(request: Request) -> Response:
        import msgspec  # noqa: PLC0415 - beside the one place that needs it

        reading, _ = await _read(desk, request)
        written = fhir(reading.answer, desk.guideline, base=desk.settings.canonical)
        body = msgspec.json.Encoder(decimal_format="number").encode(written)
        return desk.sent(body, "application/fhir+json", "answer.fhir.json")

    @routes.api_route("/calendar.ics", methods=["GET", "POST"])
    async def calendar(request: Request) -> Response:
        from myopathway.plan.ics import ics  # noqa: PLC0415 - slow to import

        reading, found = await _read(desk, request)
        try:
            plan = plan_for(reading.patient, found.get("plan.drugs", []), _start(found),
                            desk.guideline, day=reading.day)  # fmt: skip
            if plan.excluded:
                raise InputError(
                    Fault("regimen", f"{one.drug} is ruled out for this patient") for one in
                    plan.excluded
                )  # fmt: skip
        except InputError as error:
            return desk.refused(error)
        return desk.sent(ics(plan, desk.guideline), "text/calendar; charset=utf-8",
                         "monitoring.ics")  # fmt: skip

    @routes.get("/assets/{name}")
    async def asset(name: str) -> Response:
        found = asset_at(f"/assets/{name}")
        if found is None:
            return Response("no such file\n", 404, desk.headers, _TEXT)
        exact = found.address == f"/assets/{name}"
        headers = ASSET_HEADERS if exact else {**ASSET_HEADERS, "Cache-Control": "no-cache"}
        return Response(found.body, 200, headers, found.media_type)

    return routes


def opened(settings: Settings, patient: Patient) -> Response:
    """Open the page with what was read of a record, as after a SMART launch."""
    desk = Desk(settings)
    carried = carry(patient)
    found = typed(carried)
    return desk.html(desk.pages.page(desk.read(found, carried), found))


def today() -> dt.date:
    """Give the day of the place where the service runs."""
    return dt.date.today()  # noqa: DTZ011 - the local day is meant


def _shown(
    desk: Desk, reading: Reading, found: Entries, request: Request, *, session: bool = False
) -> Response:
    fragment = request.headers.get("x-fragment") == "1"
    text = desk.pages.page(reading, found, fragment=fragment, session=session)
    return desk.html(text, 422 if reading.filled.faults else 200)


async def _read(desk: Desk, request: Request) -> tuple[Reading, Entries]:
    """Read the form of a way out, sent in the address or in the body."""
    if request.method == "GET":
        found = entries(request.query_params.multi_items())
        return desk.read(found), found
    try:
        found, carried = _session(await request.form())
    except InputError:
        found, carried = {}, None
    return desk.read(found, carried), found


def _session(form: FormData) -> tuple[Entries, Carried | None]:
    """Read a posted form; raises ``InputError`` where the record in it is broken."""
    pairs = [(name, one) for name, one in form.multi_items() if isinstance(one, str)]
    record = next((one for name, one in pairs if name == RECORD), "")
    found = entries((name, one) for name, one in pairs if name != RECORD)
    return found, unpacked(record) if record else None


async def _opened(desk: Desk, form: FormData, request: Request) -> Response:
    """Read a Bundle that was uploaded or pasted."""
    try:
        patient = _patient(desk, await _handed(form), form)
    except InputError as error:
        text = "; ".join(told(one) for one in error.faults[:3])
        return desk.html(_blank(desk, text), 422)
    carried = carry(patient)
    found = typed(carried)
    return _shown(desk, desk.read(found, carried), found, request, session=True)


async def _handed(form: FormData) -> bytes:
    file, paste = form.get("bundle"), form.get("paste")
    raw = await file.read() if isinstance(file, UploadFile) else b""
    text = paste.encode() if isinstance(paste, str) else b""
    if raw.strip() and text.strip():
        raise InputError([Fault("record", "a file and a text", "one of the two")])
    return raw if raw.strip() else text


def _patient(desk: Desk, raw: bytes, form: FormData) -> Patient:
    found: Any = document(raw, "record")
    complete = {name: form.get(name) == "yes" for name in _LISTS}
    return Patient.from_fhir(found, today=today(), guideline=desk.guideline, **complete)


def _blank(desk: Desk, fault: str) -> str:
    return desk.pages.page(desk.read({}), {}, fault=fault)


def _start(found: Entries) -> dt.date:
    text = next(iter(found.get("plan.start", ())), "")
    if not text:
        return today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError([Fault("start", f"found {text[:20]}", "a date")]) from None
