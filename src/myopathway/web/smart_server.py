"""A FHIR server that launches the page: what it says of itself, and the token it lends."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

if TYPE_CHECKING:
    from myopathway.settings import Limits

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_LEAST: Final = 43  # characters of a verifier (RFC 7636)
_SHORT: Final = 300.0  # a token whose end is not told is not trusted for long
_LONG: Final = 3600.0
_MOST_SHOWN: Final = 80
TYPES: Final = (
    "Patient",
    "Condition",
    "Observation",
    "AllergyIntolerance",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationAdministration",
    "QuestionnaireResponse",
)


class RefusedError(Exception):
    """A launch that goes no further: an HTTP status and a sentence for the reader."""

    def __init__(self, status: int, text: str) -> None:
        """Keep both."""
        super().__init__(text)
        self.status = status
        self.text = text


class Server(msgspec.Struct, frozen=True):
    """Where a FHIR server has its users agree and its tokens asked for."""

    issuer: str
    authorize: str
    token: str
    named: str = ""
    granular: bool = False


class Grant(msgspec.Struct, frozen=True):
    """A token lent for one patient: for how many seconds, and for which scopes."""

    token: str
    patient: str
    seconds: float
    scopes: frozenset[str]


def secure(address: str) -> bool:
    """Say whether an address may carry a token: https, or this very machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    plain = not parts.username and not parts.password and not parts.fragment
    ours = parts.scheme == "http" and host in _LOOPBACK
    return bool(host) and plain and (parts.scheme == "https" or ours)


async def discover(client: httpx.AsyncClient, issuer: str, limits: Limits) -> Server:
    """Ask an allowed server for its SMART configuration; raises ``RefusedError``."""
    found = await json_at(client, f"{issuer}/.well-known/smart-configuration", limits)
    if not isinstance(found, dict):
        raise RefusedError(502, "The FHIR server's SMART configuration cannot be read.")
    authorize, token = found.get("authorization_endpoint"), found.get("token_endpoint")
    if not isinstance(authorize, str) or not isinstance(token, str):
        raise RefusedError(502, "The FHIR server names no place to authorize or to get a token.")
    if not secure(authorize) or not secure(token):
        raise RefusedError(502, "The FHIR server's places to authorize are not secure addresses.")
    methods = found.get("code_challenge_methods_supported")
    if not isinstance(methods, list) or "S256" not in methods:
        raise RefusedError(502, "The FHIR server does not offer PKCE with S256.")
    capabilities = found.get("capabilities")
    granular = isinstance(capabilities, list) and "permission-v2" in capabilities
    named = found.get("issuer")
    return Server(issuer, authorize, token, named if isinstance(named, str) else "", granular)


def verifier() -> str:
    """Make a PKCE verifier."""
    made = secrets.token_urlsafe(64)
    assert len(made) >= _LEAST  # noqa: S101 - RFC 7636 bounds it
    return made


def challenge(made: str) -> str:
    """Give the S256 challenge of a verifier."""
    digest = hashlib.sha256(made.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def scopes(server: Server, *, launched: bool) -> str:
    """Name what is asked for: to read one patient's record, in this session, nothing else."""
    end = "rs" if server.granular else "read"
    return " ".join((
        "launch" if launched else "launch/patient", *(f"patient/{one}.{end}" for one in TYPES)
    ))  # fmt: skip


def authorize_address(
    server: Server, *, client_id: str, redirect: str, state: str, made: str, launch: str
) -> str:
    """Give the address to which the browser is sent to have the reader agree."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect,
        "scope": scopes(server, launched=bool(launch)),
        "state": state,
        "aud": server.issuer,
        "code_challenge": challenge(made),
        "code_challenge_method": "S256",
    }
    if launch:
        asked["launch"] = launch
    joint = "&" if urlsplit(server.authorize).query else "?"
    return f"{server.authorize}{joint}{urlencode(asked)}"


async def redeem(
    client: httpx.AsyncClient, server: Server, limits: Limits, *, client_id: str, redirect: str,
    code: str, made: str,
) -> Grant:  # fmt: skip
    """Turn a code into a token for one patient; raises ``RefusedError``."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect,
        "client_id": client_id,
        "code_verifier": made,
    }
    found = await json_at(client, server.token, limits, form)
    if not isinstance(found, dict):
        raise RefusedError(502, "The FHIR server's token cannot be read.")
    token, kind, patient = found.get("access_token"), found.get("token_type"), found.get("patient")
    if not isinstance(token, str) or not token or str(kind).lower() != "bearer":
        raise RefusedError(502, "The FHIR server gave no bearer token.")
    if not isinstance(patient, str) or not _is_id(patient):
        raise RefusedError(422, "The launch names no patient: open one in the record first.")
    seconds = found.get("expires_in")
    known = isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0
    granted = found.get("scope")
    return Grant(
        token,
        patient,
        min(float(seconds), _LONG) if known else _SHORT,  # type: ignore[arg-type]
        frozenset(granted.split()) if isinstance(granted, str) else frozenset(),
    )


async def json_at(
    client: httpx.AsyncClient, address: str, limits: Limits, form: dict[str, str] | None = None
) -> Any:  # noqa: ANN401 - decoded JSON
    """Ask for a JSON document within the site's limits; raises ``RefusedError``."""
    raw = bytearray()
    try:
        async with client.stream(
            "GET" if form is None else "POST", address, data=form,
            headers={"Accept": "application/json, application/fhir+json"},
        ) as answer:  # fmt: skip
            status = answer.status_code
            async for part in answer.aiter_bytes():
                raw += part
                if len(raw) > limits.fhir_bytes:
                    raise RefusedError(502, "The FHIR server sent more than is taken in.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        kind = type(error).__name__
        raise RefusedError(502, f"The FHIR server cannot be reached ({kind}).") from None
    if status != httpx.codes.OK:
        told = "the code" if form is not None else "what was asked"
        raise RefusedError(502, f"The FHIR server refused {told} (status {status}).")
    try:
        return msgspec.json.decode(bytes(raw))
    except (msgspec.DecodeError, RecursionError):
        raise RefusedError(502, "The FHIR server sent what is no JSON.") from None


def _is_id(text: str) -> bool:
    """Say whether a text is a FHIR id, and so can stand in an address."""
    signs = text.replace("-", "").replace(".", "")
    return 0 < len(text) <= _MOST_SHOWN and text.isascii() and signs.isalnum()
