"""Asks an application without a network, as a browser would: cookies kept, redirects shown."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx


class Client:
    """A browser of its own for an ASGI application."""

    def __init__(self, app: Any, base: str = "https://testserver") -> None:
        self._app = app
        self._base = base
        self.cookies = httpx.Cookies()

    def get(self, address: str, **more: Any) -> httpx.Response:
        return self.ask("GET", address, **more)

    def post(self, address: str, **more: Any) -> httpx.Response:
        return self.ask("POST", address, **more)

    def ask(self, method: str, address: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._ask(method, address, **more))

    async def _ask(self, method: str, address: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(
            transport=transport, base_url=self._base, cookies=self.cookies
        ) as client:
            found = await client.request(method, address, **more)
            self.cookies = client.cookies
            return found
