"""What was not prefetched, asked of the client's own FHIR server with the token it lent us.

Only hosts on the site's list are asked, over https, without following a redirect, within a time
and a size. The token goes nowhere else and is forgotten.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urljoin, urlsplit

import httpx
import msgspec

from myopathway.facts import Unread
from myopathway.service.hooks.record import add
from myopathway.service.hooks.templates import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from myopathway.service.hooks.call import Call
    from myopathway.service.hooks.record import Collected
    from myopathway.service.metrics import Metrics
    from myopathway.settings import Settings

_LOG: Final = logging.getLogger("myopathway.fhir")
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_PORTS: Final = {"https": 443, "http": 80}
_MEDIA: Final = "application/fhir+json"


class Fetcher:
    """Asks FHIR servers for one site."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Keep whom it may ask, and how much and how long."""
        self._hosts = settings.fhir_hosts
        self._limits = settings.limits
        self._metrics = metrics

    def allowed(self, server: str) -> bool:
        """Say whether a server may be asked."""
        try:
            parts = urlsplit(server)
            port = parts.port or _PORTS[parts.scheme]
        except (ValueError, KeyError):
            return False
        host = parts.hostname or ""
        secure = parts.scheme == "https" or host in _LOOPBACK
        plain = not parts.username and not parts.password and not parts.query
        named = host if port == _PORTS[parts.scheme] else f"{host}:{port}"
        listed = named in self._hosts or f"{host}:{port}" in self._hosts
        return secure and plain and listed

    async def complete(
        self, call: Call, found: Collected, wanted: Mapping[str, str], missing: Iterable[str]
    ) -> None:
        """Ask for what is missing, and for the pages that are; what cannot be had stays missing."""
        server = (call.fhir_server or "").rstrip("/")
        if not server or not self.allowed(server):
            for key in found.pages:
                found.notes.append(Unread(key, "it goes on: a further page was not handed over"))
            return
        headers = {"Accept": _MEDIA}
        if call.fhir_authorization is not None:
            headers["Authorization"] = f"Bearer {call.fhir_authorization.access_token}"
        patient = call.context.patient
        addresses = {
            key: f"{server}/{wanted[key].replace(TOKEN, quote(patient, safe=''))}"
            for key in missing
        } | {key: urljoin(f"{server}/", page) for key, page in found.pages.items()}
        found.pages.clear()
        seconds = self._limits.fhir_seconds
        async with httpx.AsyncClient(
            headers=headers, timeout=seconds, follow_redirects=False
        ) as client:
            asked = (
                self._pages(client, server, key, address) for key, address in addresses.items()
            )
            answers = await asyncio.gather(*asked)
        for key, values, whole in answers:
            for value in values:
                add(found, key, value, patient)
            found.pages.pop(key, None)
            if not whole and values:
                found.notes.append(Unread(key, "it goes on: a further page could not be had"))

    async def _pages(
        self, client: httpx.AsyncClient, server: str, key: str, address: str
    ) -> tuple[str, list[Any], bool]:
        """Read a search page by page; say whether it was read to its end."""
        found: list[Any] = []
        try:
            async with asyncio.timeout(self._limits.fhir_seconds):
                for _ in range(self._limits.fhir_pages):
                    if not address.startswith(f"{server}/") and not address.startswith(
                        f"{server}?"
                    ):
                        return key, found, False
                    found.append(await self._one(client, address))
                    following = _next(found[-1])
                    if not following:
                        self._metrics.fetches.labels("ok").inc()
                        return key, found, True
                    address = urljoin(address, following)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            kind = type(error).__name__
            self._metrics.fetches.labels("failed").inc()
            _LOG.warning("a FHIR server could not be asked", extra={"fields": {
                "key": key, "error": kind}})  # fmt: skip
        return key, found, False

    async def _one(self, client: httpx.AsyncClient, address: str) -> Any:  # noqa: ANN401 - JSON
        raw = bytearray()
        async with client.stream("GET", address) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"status {answer.status_code}")
            async for part in answer.aiter_bytes():
                raw += part
                if len(raw) > self._limits.fhir_bytes:
                    raise ValueError("too large")
        try:
            return msgspec.json.decode(bytes(raw))
        except (msgspec.DecodeError, RecursionError):
            raise ValueError("no JSON") from None


def _next(bundle: object) -> str:
    links = bundle.get("link") if isinstance(bundle, dict) else None
    for one in links if isinstance(links, list) else ():
        if isinstance(one, dict) and one.get("relation") == "next":
            return str(one.get("url", ""))
    return ""
