"""The public keys of an issuer: a JWK Set in a file, or at an address that is asked now and then.

Only where the site's settings point is looked; what a token says of its keys is never followed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from myopathway.settings import Issuer

_LOG: Final = logging.getLogger("myopathway.clients")
FRESH: Final = 600.0  # seconds after which an address is asked again
AGAIN: Final = 30.0  # seconds between two questions, whatever tokens come
STALE: Final = 86_400.0  # seconds for which keys hold while their address does not answer
_MOST_BYTES: Final = 200_000
_SECONDS: Final = 3.0
_LEAST_RSA: Final = 2048
_CURVE: Final = "P-384"
ALGORITHMS: Final = {"EC": "ES384", "RSA": "RS384"}

Key = ECKey | RSAKey


class KeySet:
    """The keys of one issuer, by their ids."""

    def __init__(self, issuer: Issuer) -> None:
        """Read a file at once; raises ``InputError`` where it holds no key that can be used."""
        self.issuer = issuer
        self._remote = issuer.keys.startswith(("https:", "http:"))
        self._keys: dict[str, Key] = {}
        self._got = self._asked = -STALE
        self._lock = asyncio.Lock()
        if not self._remote:
            path = Path(issuer.keys.removeprefix("file://"))
            try:
                self._keys = usable(path.read_bytes())
            except (OSError, ValueError) as error:
                raise self._unreadable(type(error).__name__) from None
            if not self._keys:
                raise self._unreadable("no key that can be used")

    async def key(self, name: str) -> Key | None:
        """Give the key of an id; an id that is not known makes us look again, now and then."""
        if self._remote:
            now = time.monotonic()
            if now - self._got > FRESH or name not in self._keys:
                await self._refresh(now)
            if now - self._got > STALE:
                return None
        return self._keys.get(name)

    async def _refresh(self, now: float) -> None:
        async with self._lock:
            if now - self._asked < AGAIN:
                return
            self._asked = now
            try:
                raw = await _fetched(self.issuer.keys)
                self._keys = usable(raw)
                self._got = time.monotonic()
            except (httpx.HTTPError, httpx.InvalidURL, ValueError, TimeoutError) as error:
                kind = type(error).__name__
                _LOG.warning("the keys of an issuer could not be had", extra={
                    "fields": {"issuer": self.issuer.name, "error": kind}})  # fmt: skip

    def _unreadable(self, found: str) -> InputError:
        where = f"MYOPATHWAY_JWT_ISSUERS: {self.issuer.keys}"
        return InputError([Fault(where, found, "a JWK Set with ES384 or RS384 keys")])


def usable(raw: bytes) -> dict[str, Key]:
    """Give the keys of a JWK Set that may sign here; raises ``ValueError`` for what is none."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("no JSON") from None
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list):
        raise ValueError("no JWK Set")  # noqa: TRY004 - a fault of what was sent, not a type of ours
    return {one["kid"]: key for one in keys if (key := _usable(one)) is not None}


def _usable(raw: Any) -> Key | None:  # noqa: ANN401 - any JSON value
    if not isinstance(raw, dict) or not isinstance(raw.get("kid"), str):
        return None
    kind = raw.get("kty")
    if kind not in ALGORITHMS or raw.get("use", "sig") != "sig":
        return None
    if raw.get("alg", ALGORITHMS[kind]) != ALGORITHMS[kind]:
        return None
    public = {name: raw[name] for name in ("kty", "crv", "x", "y", "n", "e", "kid") if name in raw}
    try:
        if kind == "EC":
            key: Key = ECKey.import_key(public)
            strong = raw.get("crv") == _CURVE
        else:
            if len(str(raw.get("n"))) * 6 < _LEAST_RSA:  # 6 bits a character
                return None
            key = RSAKey.import_key(public)
            strong = key.public_key.key_size >= _LEAST_RSA
    except (JoseError, ValueError, TypeError):
        return None
    return key if strong else None


async def _fetched(address: str) -> bytes:
    raw = bytearray()
    async with (
        asyncio.timeout(_SECONDS),
        httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client,
        client.stream("GET", address) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            raise ValueError(f"status {answer.status_code}")
        async for part in answer.aiter_bytes():
            raw += part
            if len(raw) > _MOST_BYTES:
                raise ValueError("too large")
    return bytes(raw)
