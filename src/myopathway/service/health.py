"""Whether the service lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from myopathway import __version__

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline


def router(guideline: Guideline) -> APIRouter:
    """Give the routes by which the service is watched."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/health")
    async def health() -> dict[str, str]:
        """Say that the process lives, and which content it answers from."""
        return {
            "status": "ok",
            "version": __version__,
            "guideline": guideline.edition.id,
            "content_hash": guideline.content_hash,
        }

    return routes
