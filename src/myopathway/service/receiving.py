"""Letting a request in: no more of it than is allowed, and no longer than is allowed."""

from __future__ import annotations

import asyncio
import types
from typing import TYPE_CHECKING, Any, cast

from myopathway.service.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine, Generator

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
        # Most bodies are there when they are asked for: those need no clock, which costs as much as
        # a dozen of their resources.
        receiving = cast("Coroutine[Any, Any, Message]", receive())
        waiting: Awaitable[Message]
        try:
            waiting = _begun(receiving, receiving.send(None))
        except StopIteration as there:
            body, more = self._part(there.value, 0)
            if not more:
                return body
            waiting, parts = receive(), [body]
        else:
            parts = []
        got = sum(map(len, parts))
        try:
            async with asyncio.timeout(self._limits.receive_seconds):
                while True:
                    part, more = self._part(await waiting, got)
                    parts.append(part)
                    if not more:
                        return b"".join(parts)
                    got += len(part)
                    waiting = receive()
        except TimeoutError:
            raise ProblemError(408, "The body did not arrive in time.") from None

    def _part(self, message: Message, got: int) -> tuple[bytes, bool]:
        """Give a part of a body, after ``got`` bytes of it, and whether there is more."""
        if message["type"] != "http.request":
            raise gone()
        part: bytes = message.get("body", b"")
        if got + len(part) > self._limits.body:
            raise self._too_much()
        return part, message.get("more_body", False)

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


@types.coroutine
def _begun(
    receiving: Coroutine[Any, Any, Message], waits_for: object
) -> Generator[Any, Any, Message]:
    """Go on with what has begun to wait; it is given up where we are."""
    try:
        yield waits_for
    except BaseException:
        receiving.close()
        raise
    message: Message = yield from receiving
    return message


def gone() -> ProblemError:
    """Refuse a request whose client went away before its end; nobody reads it, it is counted."""
    return ProblemError(400, "The body ended too early.")
