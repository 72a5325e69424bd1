"""``/figures``: charts of a taper, of cycles and of a monitoring plan, from what a clinician typed.

Nothing is drawn before something was typed, and nothing is kept.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request, Response

from myopathway.errors import Fault, InputError
from myopathway.figures.mermaid import pathway_mermaid
from myopathway.plan.regimen import plan_for
from myopathway.web.assets import assets
from myopathway.web.carried import RECORD, unpacked
from myopathway.web.entries import Entries, entries
from myopathway.web.figure_forms import cycles_form, taper_form
from myopathway.web.figure_views import (
    cycles_page,
    excluded_told,
    made,
    monitoring_page,
    taper_page,
)
from myopathway.web.guide_frame import framed, navigation
from myopathway.web.guide_markup import Html, html, tag
from myopathway.web.headers import page_headers
from myopathway.web.pages import today
from myopathway.web.reading import read

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline
    from myopathway.plan.outcome import Plan
    from myopathway.settings import Settings
    from myopathway.web.carried import Carried

_HTML: Final = "text/html; charset=utf-8"
_NONE: Final[tuple[Fault, ...]] = ()


def router(settings: Settings) -> APIRouter:
    """Give the routes of the figures that are drawn from typed steps, and of a plan."""
    guideline = settings.guideline()
    headers = page_headers(settings)
    routes = APIRouter(include_in_schema=False)

    def sent(title: str, body: Html, faults: tuple[Fault, ...]) -> Response:
        text = framed(guideline, title, body, _head(), _navigation())
        return Response(text, 422 if faults else 200, headers, _HTML)

    @routes.get("/figures/taper")
    async def taper(request: Request) -> Response:
        typed = dict(request.query_params)
        form, faults = None, _NONE
        try:
            form = taper_form(guideline, typed)
        except InputError as error:
            faults = error.faults
        return sent("A dose that is tapered", taper_page(guideline, form, typed, faults), faults)

    @routes.get("/figures/ivig")
    async def cycles(request: Request) -> Response:
        typed = dict(request.query_params)
        form, found, faults = None, None, _NONE
        try:
            form = cycles_form(guideline, typed)
            found = made(guideline, form)
        except InputError as error:
            faults = error.faults
        body = cycles_page(guideline, form, found, typed, faults)
        return sent("A treatment in cycles", body, faults)

    @routes.api_route("/figures/monitoring", methods=["GET", "POST"])
    async def monitoring(request: Request) -> Response:
        plan, faults = None, _NONE
        try:
            plan = await _plan(request, guideline)
        except InputError as error:
            faults = error.faults
        return sent("Monitoring", monitoring_page(guideline, plan, faults), faults)

    @routes.get("/figures/pathway.mmd")
    async def mermaid() -> Response:
        return Response(pathway_mermaid(guideline), 200, headers, "text/plain; charset=utf-8")

    return routes


async def _plan(request: Request, guideline: Guideline) -> Plan | None:
    """Plan what the page of the patient asked for; None where no drug was chosen."""
    found, carried = await _form(request)
    drugs = found.get("plan.drugs", [])
    if not drugs:
        return None
    reading = read(guideline, today(), found, carried)
    text = next(iter(found.get("plan.start", ())), "")
    try:
        start = dt.date.fromisoformat(text) if text else reading.day
    except ValueError:
        raise InputError([Fault("start", f"found {text[:20]}", "a date")]) from None
    plan = plan_for(reading.patient, drugs, start, guideline, day=reading.day)
    if plan.excluded:
        raise InputError([Fault("regimen", excluded_told(guideline, plan))])
    return plan


async def _form(request: Request) -> tuple[Entries, Carried | None]:
    if request.method == "GET":
        return entries(request.query_params.multi_items()), None
    form = await request.form()
    pairs = [(name, one) for name, one in form.multi_items() if isinstance(one, str)]
    record = next((one for name, one in pairs if name == RECORD), "")
    found = entries((name, one) for name, one in pairs if name != RECORD)
    return found, unpacked(record) if record else None


def _head() -> Html:
    loaded = assets()
    return html(
        tag("link", rel="icon", href=loaded["icon.svg"].address),
        tag("link", rel="stylesheet", href="/guideline/guide.css"),
        tag("script", src=loaded["page.js"].address),  # for the theme alone
    )


def _navigation() -> Html:
    ways = (
        ("Ask about a patient", "/"),
        ("Guideline", "/guideline"),
        ("Taper", "/figures/taper"),
        ("Cycles", "/figures/ivig"),
    )
    return navigation(*ways, theme=True)
