"""Whether the service lives, whether it is ready, and what it counts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Response

from myopathway import __version__
from myopathway.service.metrics import MEDIA
from myopathway.service.problems import problem, refusals

if TYPE_CHECKING:
    from myopathway.service.site import Site


def router(site: Site) -> APIRouter:
    """Give the routes by which the service is watched."""
    routes = APIRouter(tags=["operations"])
    guideline = site.guideline

    @routes.get("/health")
    async def health() -> dict[str, str]:
        """Say that the process lives, and which content it answers from."""
        return {
            "status": "ok",
            "version": __version__,
            "guideline": guideline.edition.id,
            "guideline_version": guideline.edition.version,
            "content_hash": guideline.content_hash,
        }

    @routes.get("/ready", response_model=dict[str, str], responses=refusals(503))
    async def ready() -> Any:  # noqa: ANN401 - a dictionary, or a problem
        """Say whether requests may be sent here: whether the store answers."""
        if not await asyncio.to_thread(site.store.answers):
            return problem(503, "The store does not answer.")
        return {"status": "ready", "store": "ok"}

    @routes.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Give the metrics in the text format of Prometheus."""
        site.metrics.of_store(site.store)
        return Response(site.metrics.text(), headers={"content-type": MEDIA})

    return routes
