"""The outermost layer: limits, security headers, metrics, one log line a request.

Written as plain ASGI, since it runs for every request. An error of ours ends here as a problem,
with its kind and place in the log and nothing of what was sent.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from myopathway.service.logs import told
from myopathway.service.problems import NotKnownError, ProblemError, bare_401, problem
from myopathway.service.serial import serial

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from myopathway.service.logs import Access
    from myopathway.service.metrics import Metrics
    from myopathway.settings import Settings

_LOG: Final = logging.getLogger("myopathway.service")
_ELSEWHERE: Final = "other"
_ALWAYS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_DATA_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Hot:
    """A route that is asked often: its path as it is counted, and what answers it."""

    path: str
    endpoint: Callable[[Request], Awaitable[Response]]


class Shell:
    """Wraps the application of one site."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        metrics: Metrics,
        access: Access,
        hot: Mapping[str, Hot],
    ) -> None:
        """Prepare the headers that every answer gets; ``hot`` are paths that are posted to often.

        They are answered by the very function of their route, without looking for the route.
        """
        self._app = app
        self._hot = hot
        self._limits = settings.limits
        self._metrics = metrics
        self._access = access
        self._always: tuple[tuple[bytes, bytes], ...] = _ALWAYS
        if urlsplit(settings.public_url).scheme == "https":
            self._always += ((b"strict-transport-security", b"max-age=31536000"),)
        self._page_policy = page_policy(settings).encode()

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
                message["headers"] = self._headers(message["headers"], request)
            await send(message)

        scope["began"] = began
        try:
            hot = self._hot.get(scope["path"])
            if hot is not None and scope["method"] == "POST":
                scope["route"] = hot
                answer = await hot.endpoint(Request(scope, self._limited(scope, receive)))
                await answer(scope, receive, sent)
            else:
                await self._app(scope, self._limited(scope, receive), sent)
        except Exception as error:  # noqa: BLE001 - whatever happens, the client gets an answer
            refusal = self._refusal(error, request)
            if not started:
                await refusal(scope, receive, sent)
        seconds = time.perf_counter() - began
        route = getattr(scope.get("route"), "path", _ELSEWHERE)
        self._metrics.answered(route, status, seconds)
        self._access.line(scope["method"], route, status, seconds, request)

    def _refusal(self, error: Exception, request: str) -> ASGIApp:
        match error:
            case NotKnownError():
                return bare_401()
            case ProblemError():
                return problem(error.status_code, error.detail, error.faults, error.headers)
            case HTTPException():
                return problem(error.status_code, error.detail, (), error.headers)
            case RecursionError():
                return problem(422, "The body is nested too deeply.")
        _LOG.error("an error of ours", extra={"fields": {"request": request, **told(error)}})
        return problem(500, f"An error of ours; it stands in the log as request {request}.")

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """Let no more in than is allowed, nor wait longer for it."""
        most = self._limits.body
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value) > most):
                return self._refused
        got = 0
        complete = False
        until = asyncio.get_running_loop().time() + self._limits.receive_seconds

        async def limited() -> Message:
            nonlocal got, complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise ProblemError(408, "The body did not arrive in time.") from None
            got += len(message.get("body", b""))
            if got > most:
                raise ProblemError(413, f"At most {most} bytes are read.")
            complete = not message.get("more_body", False)
            return message

        return limited

    async def _refused(self) -> Message:
        raise ProblemError(413, f"At most {self._limits.body} bytes are read.")

    def _headers(self, given: list[tuple[bytes, bytes]], request: str) -> list[tuple[bytes, bytes]]:
        said = {name for name, _ in given}
        page = any(name == b"content-type" and value[:9] == b"text/html" for name, value in given)
        headers = [*given, (b"x-request-id", request.encode())]
        headers.extend(one for one in self._always if one[0] not in said)
        if b"content-security-policy" not in said:
            policy = self._page_policy if page else _DATA_POLICY
            headers.append((b"content-security-policy", policy))
        return headers


def page_policy(settings: Settings) -> str:
    """Give the content policy of a page: everything from here, framed by those allowed."""
    framed = " ".join(("'self'", *settings.frame_ancestors))
    return (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        f" form-action 'self'; frame-ancestors {framed}"
    )
