"""The launches of one site: begun, finished once by the browser that began them, then a session."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, Final

import httpx
import msgspec
from starlette.responses import Response

from myopathway.errors import InputError
from myopathway.web.headers import page_headers
from myopathway.web.pages import opened, today
from myopathway.web.smart_kept import Kept
from myopathway.web.smart_pages import refused_page
from myopathway.web.smart_record import read_record
from myopathway.web.smart_server import (
    Grant,
    RefusedError,
    Server,
    authorize_address,
    discover,
    redeem,
    verifier,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from myopathway.settings import Settings

TO_AGREE: Final = 600.0  # seconds to log in and agree
MOST_TEXT: Final = 4_000
_CONFIGURED: Final = 600.0


class Begun(msgspec.Struct, frozen=True):
    """A launch that was begun: by which browser, with which server, under which PKCE verifier."""

    binder: str
    server: Server
    verifier: str


class Session(msgspec.Struct, frozen=True):
    """A patient who was opened: the server, and the token that it lent."""

    server: Server
    grant: Grant


class Launches:
    """The launches of one site; ``transport`` replaces the network in tests."""

    def __init__(
        self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Keep nothing yet."""
        self.settings = settings
        self.guideline = settings.guideline()
        self.headers = page_headers(settings)
        self.transport = transport
        self.begun: Kept[Begun] = Kept()
        self.sessions: Kept[Session] = Kept()
        self._servers: Kept[Server] = Kept()

    @property
    def redirect(self) -> str:
        """Give the address to which the record system sends the browser back."""
        return self.settings.address("/smart/callback")

    async def begin(self, issuer: str, launch: str) -> tuple[str, str]:
        """Begin a launch: where the browser goes, and by what it will be known again."""
        if not self.settings.smart_client_id or not self.settings.smart_issuers:
            raise RefusedError(404, "This site has not set up SMART launches.")
        if issuer.rstrip("/") not in self.settings.smart_issuers:
            raise RefusedError(403, "This FHIR server may not launch the page here.")
        server = await self._server(issuer.rstrip("/"))
        made, binder = verifier(), secrets.token_urlsafe(32)
        state = self.begun.put(Begun(binder, server, made), TO_AGREE)
        address = authorize_address(
            server, client_id=self.settings.smart_client_id, redirect=self.redirect,
            state=state, made=made, launch=launch,
        )  # fmt: skip
        return address, binder

    async def finish(self, asked: Mapping[str, str], binder: str) -> tuple[str, float]:
        """Finish a launch: the name of the session, and for how many seconds it lasts.

        A launch can be finished once, and only by the browser that began it.
        """
        begun = self.begun.take(asked.get("state", ""))
        if begun is None:
            raise RefusedError(403, "This launch was not begun here, is over, or was used already.")
        if not binder or not hmac.compare_digest(binder.encode(), begun.binder.encode()):
            raise RefusedError(403, "This launch was begun in another browser.")
        if begun.server.named and asked.get("iss", begun.server.named) != begun.server.named:
            raise RefusedError(403, "Another server answered than the one that was asked.")
        if "error" in asked:
            raise RefusedError(403, f"The record system did not agree ({_word(asked['error'])}).")
        code = asked.get("code", "")
        if not code or len(code) > MOST_TEXT:
            raise RefusedError(400, "The record system sent no code.")
        async with self._client() as client:
            grant = await redeem(
                client, begun.server, self.settings.limits,
                client_id=self.settings.smart_client_id, redirect=self.redirect,
                code=code, made=begun.verifier,
            )  # fmt: skip
        return self.sessions.put(Session(begun.server, grant), grant.seconds), grant.seconds

    async def page(self, name: str) -> Response:
        """Read the record of a session and open the page with it."""
        session = self.sessions.get(name)
        if session is None:
            raise RefusedError(401, "The record is open no longer: open it again.")
        try:
            patient = await read_record(
                self.transport, session.server, session.grant, self.guideline,
                self.settings.limits, today(),
            )  # fmt: skip
        except InputError as error:
            told = "; ".join(map(str, error.faults[:3]))
            raise RefusedError(502, f"The record cannot be read: {told}") from None
        return opened(self.settings, patient)

    def refused(self, error: RefusedError) -> Response:
        """Say why a launch went no further."""
        text = refused_page(self.guideline, error.text)
        return Response(text, error.status, self.headers, "text/html")

    async def _server(self, issuer: str) -> Server:
        known = self._servers.get(issuer)
        if known is None:
            async with self._client() as client:
                known = await discover(client, issuer, self.settings.limits)
            self._servers.put(known, _CONFIGURED, issuer)
        return known

    def _client(self) -> httpx.AsyncClient:
        seconds = self.settings.limits.fhir_seconds
        return httpx.AsyncClient(transport=self.transport, timeout=seconds, follow_redirects=False)


def _word(text: str) -> str:
    """Give an error code of the record system as it may be shown."""
    plain = "".join(sign for sign in text[:40] if sign.isalnum() or sign in "_- ")
    return plain or "no reason given"
