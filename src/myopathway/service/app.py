"""The application: every route of the service, put together for one site."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastapi import FastAPI

from myopathway import __version__
from myopathway.recommendation import engine_for
from myopathway.service import api, health, problems

if TYPE_CHECKING:
    from myopathway.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Build the service of a site; raises ``ContentError`` where its content does not load."""
    guideline = settings.guideline()
    engine_for(guideline)  # the first request must not wait for it
    app = FastAPI(
        title="myopathway",
        version=__version__,
        summary="Guideline recommendations for idiopathic inflammatory myopathies",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
    )
    problems.install(app)
    app.include_router(health.router(guideline))
    app.include_router(api.router(guideline))
    if find_spec("myopathway.web") and find_spec("myopathway.web.pages"):
        pages = import_module("myopathway.web.pages")  # while it is being written
        app.include_router(pages.router(settings))
    return app
