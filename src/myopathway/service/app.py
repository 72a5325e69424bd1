"""The application: every route of the service, put together for one site."""

from __future__ import annotations

import gc
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from myopathway import __version__
from myopathway.service import api, health, openapi, problems
from myopathway.service.decisions import routes as decision_routes
from myopathway.service.ending import Ending
from myopathway.service.fhir import routes as fhir_routes
from myopathway.service.hooks import routes as hook_routes
from myopathway.service.hooks.handler import Handler
from myopathway.service.logs import Access
from myopathway.service.receiving import Receiving
from myopathway.service.shell import Front, Shell
from myopathway.service.site import Site
from myopathway.service.straight import Straight
from myopathway.web import figure_pages, guideline_pages, pages, pdf, smart

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import AsyncIterator, Callable

    from starlette.types import ASGIApp

    from myopathway.settings import Settings

_LOG: Final = logging.getLogger("myopathway.service")
_DAY: Final = 86_400


def create_app(
    settings: Settings,
    *,
    today: Callable[[], dt.date] | None = None,
    access_log: bool = False,
) -> FastAPI:
    """Build the service of a site; raises ``ContentError`` where its content does not load.

    ``today`` gives the day that counts where a patient states none (default: the clock's).
    """
    site = Site(settings, today)

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        site.open()
        gc.collect()
        gc.freeze()  # guideline and engine stay for good: no need to look through them again
        yield
        site.close()
        access.close()

    access = Access(on=access_log)
    app = FastAPI(
        title="myopathway",
        version=__version__,
        summary="Guideline recommendations for idiopathic inflammatory myopathies",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": settings.public_url}],
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        lifespan=living,
    )
    app.state.site = site
    handler = Handler(site)
    problems.install(app)
    openapi.install(app, site.guideline.vocabulary)
    app.include_router(health.router(site))
    app.include_router(api.router(site))
    app.include_router(hook_routes.router(site, handler))
    app.include_router(fhir_routes.router(site))
    app.include_router(decision_routes.router(site))
    for reading in (pages, guideline_pages, figure_pages, pdf, smart):
        app.include_router(reading.router(settings))
    receiving = Receiving(settings.limits)
    ending = Ending(settings, site.metrics, access)
    app.add_middleware(Shell, receiving=receiving, ending=ending)
    # What is asked often passes none of the framework's layers; only CORS stands further out.
    hot = hook_routes.hot(handler)
    stack: ASGIApp = Front(app.build_middleware_stack(), hot, receiving, ending)
    app.state.straight = Straight(hot, settings.limits, ending) if site.clients.anybody else None
    if settings.cors_origins:
        stack = CORSMiddleware(
            stack,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            max_age=_DAY,
        )
    app.middleware_stack = stack
    return app
