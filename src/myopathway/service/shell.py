"""The layers around the routes: limits, security headers, metrics, one log line a request.

Written as plain ASGI, since they run for every request. An error of ours ends here as a problem,
with its kind and place in the log and nothing of what was sent.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from myopathway.service.logs import told
from myopathway.service.problems import NotKnownError, ProblemError, bare_401, refused
from myopathway.service.receiving import gone
from myopathway.service.serial import serial

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from myopathway.service.ending import Ending
    from myopathway.service.receiving import Receiving
    from myopathway.service.straight import Straight

_LOG: Final = logging.getLogger("myopathway.service")
_ELSEWHERE: Final = "other"


class Answered(NamedTuple):
    """Data to answer with."""

    status: int
    media: str
    body: bytes


class Hot(NamedTuple):
    """A path that is posted to often: how it is counted, and what answers it.

    ``answer`` is given the request's scope, what reads its body, and when it began; ``at_once`` is
    given the body and gives JSON, or None where something has to be waited for.
    """

    route: str
    answer: Callable[[Scope, Callable[[], Awaitable[bytes]], float], Awaitable[Answered]]
    at_once: Callable[[bytes, float], bytes | None]


class Entrance:
    """Leads to the layers of an application, past the framework's own door.

    Each request would be asked there whether somebody traces the framework; our metrics and our log
    stand further in. What is no request, as beginning and end, goes through that door.
    """

    def __init__(self, app: Starlette) -> None:
        """Stand before an application whose layers are built."""
        assert app.middleware_stack is not None  # noqa: S101 - ``create_app`` builds them
        self.app = app
        self.straight: Straight | None = app.state.straight
        self._layers = app.middleware_stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in."""
        if scope["type"] == "http":
            scope["app"] = self.app
            await self._layers(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class Front:
    """Answers what is posted often by itself, before the framework looks for a route."""

    def __init__(
        self, app: ASGIApp, hot: Mapping[str, Hot], receiving: Receiving, ending: Ending
    ) -> None:
        """Stand before an application; ``hot`` are the paths that are posted to often."""
        self._app = app
        self._hot = hot
        self._receiving = receiving
        self._ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        hot = self._hot.get(scope["path"]) if scope["type"] == "http" else None
        if hot is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request = serial().hex()
        try:
            read = partial(self._receiving.body, scope, receive)
            status, media, body = await hot.answer(scope, read, began)
        except Exception as error:  # noqa: BLE001 - whatever happens, the client gets an answer
            answer = refusal(error, request, scope)
            status, body = answer.status_code, bytes(answer.body)
            headers = self._ending.headers(answer.raw_headers, request)
        else:
            headers = self._ending.of_data(media.encode(), len(body), request)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        self._ending.told("POST", hot.route, status, time.perf_counter() - began, request)


class Shell:
    """Wraps the routes of one site."""

    def __init__(self, app: ASGIApp, *, receiving: Receiving, ending: Ending) -> None:
        """Wrap an application."""
        self._app = app
        self._receiving = receiving
        self._ending = ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request = serial().hex()
        status = 500
        started = False

        async def sent(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                message["headers"] = self._ending.headers(message["headers"], request)
            await send(message)

        scope["began"] = began
        try:
            await self._app(scope, self._receiving.limited(scope, receive), sent)
        except Exception as error:  # noqa: BLE001 - whatever happens, the client gets an answer
            answer = refusal(error, request, scope)
            if not started:
                await answer(scope, receive, sent)
        route = getattr(scope.get("route"), "path", _ELSEWHERE)
        seconds = time.perf_counter() - began
        self._ending.told(scope["method"], route, status, seconds, request)


def refusal(error: Exception, request: str, scope: Scope) -> Response:
    """Write the answer to a request that failed; an error of ours is logged with its id."""
    match error:
        case NotKnownError():
            return bare_401()
        case ProblemError():
            return refused(scope, error.status_code, error.detail, error.faults, error.headers)
        case HTTPException():
            return refused(scope, error.status_code, error.detail, (), error.headers)
        case RecursionError():
            return refused(scope, 422, "The body is nested too deeply.")
        case ClientDisconnect():
            return refusal(gone(), request, scope)
    _LOG.error("an error of ours", extra={"fields": {"request": request, **told(error)}})
    return refused(scope, 500, f"An error of ours; it stands in the log as request {request}.")
