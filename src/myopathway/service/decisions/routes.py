"""``/decide``: the decision on an answer of the page, asked for and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Request, Response

from myopathway.errors import InputError
from myopathway.service.decisions.decision import (
    DECLINED,
    OUTCOMES,
    ROLES,
    SERVICE,
    Decision,
    faults_of,
    kept,
    new_card,
    reasons_for,
    stated,
)
from myopathway.service.site import Became
from myopathway.service.store import StoreDownError
from myopathway.web.carried import packed
from myopathway.web.desk import UNREADABLE, Desk
from myopathway.web.layers import plannable
from myopathway.web.screen import screen
from myopathway.web.view import address

if TYPE_CHECKING:
    from myopathway.service.site import Site
    from myopathway.web.reading import Reading

PATH: Final = "/decide"
_KIND: Final = "paper decide"  # a page without the script of the form
_DOWN: Final = 503


def router(site: Site) -> APIRouter:
    """Give the routes: the form of a decision, and what keeps it."""
    desk = Desk(site.settings, site.today)
    routes = APIRouter(include_in_schema=False)

    @routes.get(PATH)
    async def asked(request: Request) -> Response:
        reading, _ = await desk.asked(request)
        return _form(reading, Decision(card=new_card(site)))

    @routes.post(PATH)
    async def decided(request: Request) -> Response:
        try:
            reading, found = await desk.asked(request)
        except InputError as error:
            return desk.refused(error)
        made = stated(found)
        if not made.card:  # from a page after a record, whose form is posted
            return _form(reading, Decision(card=new_card(site)))
        faults = faults_of(made, reasons_for(reading.answer, desk.guideline), site)
        if faults or reading.answer.node is None:
            return _form(reading, made, faults, UNREADABLE)
        row = site.row(SERVICE, reading.answer, request.scope["began"],
                       became=Became("decided", card=made.card.lower()))  # fmt: skip
        try:
            await site.store.keep_decision(row, kept(made, site))
        except StoreDownError:
            told = {"outcome": "It could not be kept just now: record it once more."}
            return _form(reading, made, told, _DOWN)
        site.metrics.feedback.labels(SERVICE, made.outcome).inc()
        return desk.html(_page(reading, "decided.html", made=made))

    def _form(
        reading: Reading,
        made: Decision,
        faults: dict[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        values: dict[str, Any] = {"made": made, "faults": faults or {}, "roles": ROLES}
        return desk.html(_page(reading, "decide.html", **values), status)

    def _page(reading: Reading, inner: str, **values: Any) -> str:  # noqa: ANN401 - a template's
        shown = screen(reading.answer, desk.guideline)
        facts = [one for one in reading.entries.items() if "." not in one[0]]
        return desk.pages.around(
            inner,
            reading,
            _KIND,
            reasons=reasons_for(reading.answer, desk.guideline),
            outcomes=OUTCOMES,
            declined=DECLINED,
            hidden=tuple((name, one) for name, held in facts for one in held),
            record=packed(reading.carried) if reading.carried is not None else "",
            method="get" if reading.carried is None else "post",
            address=address(reading.entries) if reading.carried is None else "",
            plannable=plannable(shown.therapies),
            plan_drugs="",
            plan_start=reading.day.isoformat(),
            **values,
        )

    return routes
