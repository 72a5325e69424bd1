"""The clients of a site: who they are by their tokens, each token good for one call."""

from __future__ import annotations

import logging
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from myopathway.service.clients.keys import KeySet
from myopathway.service.clients.token import RefusedError, check_claims, read_token, verify
from myopathway.service.problems import NotKnownError, ProblemError
from myopathway.service.store import StoreDownError

if TYPE_CHECKING:
    from starlette.types import Scope

    from myopathway.service.metrics import Metrics
    from myopathway.service.store import Store
    from myopathway.settings import Settings

_LOG: Final = logging.getLogger("myopathway.clients")
_HEADER: Final = b"authorization"
_SCHEME: Final = "bearer"


class Clients:
    """Knows the clients of one site; without configured issuers everybody may ask."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Read the keys; raises ``InputError`` where they cannot be read."""
        self._settings = settings
        self._metrics = metrics
        self._issuers = {one.name: KeySet(one) for one in settings.issuers}
        self.store: Store | None = None
        if not self._issuers:
            _LOG.warning(
                "CLIENT AUTHENTICATION IS OFF: whoever reaches this service may ask it."
                " Set MYOPATHWAY_JWT_ISSUERS before it is used with patients."
            )

    @property
    def anybody(self) -> bool:
        """Say whether everybody may ask, unknown."""
        return not self._issuers

    async def client(self, scope: Scope, path: str) -> str:
        """Give who calls a path of ours, empty where authentication is off.

        Raises ``NotKnownError`` (a bare 401) for a token that is not accepted.
        """
        if not self._issuers:
            return ""
        try:
            return await self._client(scope, self._settings.address(path))
        except RefusedError as error:
            self._metrics.refused.labels(error.reason).inc()
            _LOG.warning("a token was refused", extra={"fields": {"reason": error.reason}})
            raise NotKnownError from None
        except StoreDownError:
            # Nobody can tell whether the token was used before.
            raise ProblemError(503, "Tokens cannot be checked at the moment.") from None

    async def _client(self, scope: Scope, audience: str) -> str:
        given = [text.decode("latin-1") for name, text in scope["headers"] if name == _HEADER]
        if len(given) != 1:
            raise RefusedError("none" if not given else "several")
        scheme, _, text = given[0].partition(" ")
        if scheme.lower() != _SCHEME:
            raise RefusedError("none")
        token = read_token(text.strip(), self._settings.limits.token)
        keys = self._issuers.get(token.issuer)
        if keys is None:
            raise RefusedError("issuer")
        key = await keys.key(token.header["kid"])
        if key is None:
            raise RefusedError("key")
        verify(token, key, keys.issuer.keys)
        number, expires = check_claims(token, audience, time.time())
        digest = sha256(f"{token.issuer}\0{number}".encode()).hexdigest()
        assert self.store is not None  # noqa: S101 - the site opens it before it answers
        if not await self.store.first_use(digest, expires):
            raise RefusedError("replay")
        return _name(token.issuer, token.claims.get("tenant"))


def _name(issuer: str, tenant: object) -> str:
    """Name a client for the audit; one issuer may speak for several organisations."""
    named = isinstance(tenant, str) and tenant and tenant.isprintable()
    return f"{issuer} {tenant}"[:200] if named else issuer[:200]
