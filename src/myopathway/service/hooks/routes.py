"""The routes of CDS Hooks: discovery, the services, feedback."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request, Response

from myopathway.service.hooks.discovery import HOOKS, discovery
from myopathway.service.hooks.feedback import read_feedback, rows
from myopathway.service.hooks.handler import encoded
from myopathway.service.hooks.needed import MEDIA as NEEDED
from myopathway.service.hooks.needed import NeededError
from myopathway.service.openapi import body, gives
from myopathway.service.problems import ProblemError, refusals
from myopathway.service.shell import Answered, Hot
from myopathway.service.store import StoreDownError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Scope

    from myopathway.service.hooks.handler import Handler
    from myopathway.service.site import Site

_JSON = "application/json"
_PREFIX = "/cds-services"
_NEEDED = {412: {**gives("Resource", NEEDED)[200], "description": "Data are missing"}}
Service = Annotated[str, Path(json_schema_extra={"enum": list(HOOKS)})]


def router(site: Site, handler: Handler) -> APIRouter:
    """Give the routes of CDS Hooks for one site."""
    routes = APIRouter(prefix=_PREFIX, tags=["CDS Hooks"])
    services = encoded(discovery(site.guideline))

    @routes.get("", responses=gives("Discovery"))
    async def discover() -> Response:
        """Give the services that are offered (CDS Hooks 2.0, Discovery)."""
        return Response(services, media_type=_JSON, headers={"cache-control": "max-age=3600"})

    @routes.post(
        "/{service}",
        responses=gives("Cards") | _NEEDED | refusals(400, 401, 404, 408, 413, 422, 503),
        openapi_extra=body("Call"),
    )
    async def call(request: Request, service: Service) -> Response:
        """Answer a hook with at most one card."""
        _known(service)
        found = await called(handler, service, request.scope, request.body, request.scope["began"])
        return Response(found.body, found.status, media_type=found.media)

    @routes.post(
        "/{service}/feedback",
        responses=gives("Empty") | refusals(400, 401, 404, 408, 413, 422, 503),
        openapi_extra=body("Told"),
    )
    async def feedback(request: Request, service: Service) -> Response:
        """Keep what became of cards; it is on disk when this is answered."""
        _known(service)
        client = await site.clients.client(request.scope, f"{_PREFIX}/{service}/feedback")
        found = read_feedback(await request.body(), site)
        try:
            await site.store.keep_feedback(rows(found, service, client, site))
        except StoreDownError:
            raise ProblemError(503, "The feedback could not be kept; send it again.") from None
        for one in found:
            site.metrics.feedback.labels(service, one.outcome).inc()
        return Response(b"{}", media_type=_JSON)

    return routes


async def called(
    handler: Handler,
    service: str,
    scope: Scope,
    read: Callable[[], Awaitable[bytes]],
    began: float,
) -> Answered:
    """Answer a call of a hook; who is not known is not read."""
    client = await handler.site.clients.client(scope, f"{_PREFIX}/{service}")
    raw = await read()
    try:
        return Answered(200, _JSON, await handler.cards(service, raw, client, began))
    except NeededError as error:
        return Answered(412, NEEDED, error.outcome())


def hot(handler: Handler) -> dict[str, Hot]:
    """Give the services as routes that are asked often."""
    return {
        f"{_PREFIX}/{service}": Hot(
            f"{_PREFIX}/{{service}}",
            partial(called, handler, service),
            partial(handler.at_once, service),
        )
        for service in HOOKS
    }


def _known(service: str) -> None:
    if service not in HOOKS:
        raise ProblemError(404, f"No such service; there are {', '.join(HOOKS)}.")
