"""A client's token: read without trust, then verified; every refusal has a word for the metrics."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING, Any, Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from myopathway.service.clients.keys import ALGORITHMS

if TYPE_CHECKING:
    from myopathway.service.clients.keys import Key

SKEW: Final = 60  # seconds by which clocks may differ
LONGEST_LIFE: Final = 3600  # seconds; a token is for one call
_LONGEST_TEXT: Final = 500
_PARTS: Final = 3
_KNOWN: Final = frozenset(("alg", "kid", "typ", "jku"))


class RefusedError(Exception):
    """A token that is not accepted; ``reason`` is one of few words, never of the token."""

    def __init__(self, reason: str) -> None:
        """Keep the word."""
        super().__init__(reason)
        self.reason = reason


class Token(msgspec.Struct, frozen=True):
    """What a token says, before anybody believes it."""

    text: str
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def issuer(self) -> str:
        """Give who is said to have made it."""
        return _text(self.claims, "iss")


def read_token(text: str, most: int) -> Token:
    """Take a token apart; raises ``RefusedError`` for what cannot be one of ours."""
    if len(text) > most:
        raise RefusedError("oversize")
    parts = text.split(".")
    if len(parts) != _PARTS or not all(parts):
        raise RefusedError("malformed")
    token = Token(text, _decoded(parts[0]), _decoded(parts[1]))
    header = token.header
    # What says where keys are to be found, or changes how the rest is read, is never followed.
    if set(header) - _KNOWN:
        raise RefusedError("header")
    if header.get("alg") not in ALGORITHMS.values():
        raise RefusedError("algorithm")
    if header.get("typ", "JWT") != "JWT":
        raise RefusedError("type")
    _text(header, "kid")
    return token


def verify(token: Token, key: Key, jku: str) -> None:
    """Check who signed it; raises ``RefusedError``."""
    algorithm = ALGORITHMS[key.key_type]
    if token.header["alg"] != algorithm:
        raise RefusedError("algorithm")
    if "jku" in token.header and token.header["jku"] != jku:
        raise RefusedError("jku")
    try:
        jws.deserialize_compact(token.text, key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError):
        raise RefusedError("signature") from None


def check_claims(token: Token, audience: str, now: float) -> tuple[str, float]:
    """Check for whom and when it holds; give its ``jti`` and when it expires."""
    claims = token.claims
    heard = claims.get("aud")
    named = heard if isinstance(heard, list) else [heard]
    if audience not in named:
        raise RefusedError("audience")
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    if expires < now - SKEW:
        raise RefusedError("expired")
    if issued > now + SKEW:
        raise RefusedError("not-yet")
    if "nbf" in claims and _time(claims, "nbf") > now + SKEW:
        raise RefusedError("not-yet")
    if expires <= issued or expires - issued > LONGEST_LIFE or issued < now - LONGEST_LIFE - SKEW:
        raise RefusedError("lifetime")
    return _text(claims, "jti"), expires + SKEW


def _decoded(part: str) -> dict[str, Any]:
    try:
        raw = urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))
        found = msgspec.json.decode(raw)
    except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError, ValueError, RecursionError):
        raise RefusedError("malformed") from None
    if not isinstance(found, dict):
        raise RefusedError("malformed")
    return found


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT:
        raise RefusedError(name)
    return value


def _time(found: dict[str, Any], name: str) -> float:
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1 << 53:
        raise RefusedError(name)
    return float(value)
