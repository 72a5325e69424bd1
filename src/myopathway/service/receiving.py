"""Letting a request in: no more of it than is allowed, and no longer than is allowed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from myopathway.service.problems import ProblemError

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope

    from myopathway.settings import Limits


class Receiving:
    """Lets in the requests of one site."""

    def __init__(self, limits: Limits) -> None:
        """Keep the limits."""
        self._limits = limits

    def limited(self, scope: Scope, receive: Receive) -> Receive:
        """Let in what the limits allow; reading on raises ``ProblemError`` (408, 413)."""
        most = self._limits.body
        if self._announced(scope) > most:
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
                raise self._too_much()
            complete = not message.get("more_body", False)
            return message

        return limited

    async def body(self, scope: Scope, receive: Receive) -> bytes:
        """Give the whole body; raises ``ProblemError`` where it is too long, late or cut off."""
        if self._announced(scope) > self._limits.body:
            raise self._too_much()
        parts: list[bytes] = []
        got = 0
        try:
            async with asyncio.timeout(self._limits.receive_seconds):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise gone()
                    part: bytes = message.get("body", b"")
                    got += len(part)
                    if got > self._limits.body:
                        raise self._too_much()
                    if not message.get("more_body", False):
                        return b"".join((*parts, part)) if parts else part
                    parts.append(part)
        except TimeoutError:
            raise ProblemError(408, "The body did not arrive in time.") from None

    def _announced(self, scope: Scope) -> int:
        """Give the length that was announced, 0 where none was; what is no length is too much."""
        for name, value in scope["headers"]:
            if name == b"content-length":
                return int(value) if value.isdigit() else self._limits.body + 1
        return 0

    async def _refused(self) -> Message:
        raise self._too_much()

    def _too_much(self) -> ProblemError:
        return ProblemError(413, f"At most {self._limits.body} bytes are read.")


def gone() -> ProblemError:
    """Refuse a request whose client went away before its end; nobody reads it, it is counted."""
    return ProblemError(400, "The body ended too early.")
