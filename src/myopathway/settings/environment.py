"""Settings out of environment variables, strictly: every fault is named by its variable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec

from myopathway.errors import Fault, InputError, nearest, shown
from myopathway.settings.limits import Limits
from myopathway.settings.site import Issuer, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX: Final = "MYOPATHWAY_"
# Read elsewhere: by the command, by the compiled content.
_OTHERS: Final = ("DEBUG", "CACHE_DIR", "SHARED")
_SECURE: Final = 16  # characters of a secret that nobody guesses
_MOST: Final = 1 << 40


class Variable(msgspec.Struct, frozen=True):
    """An environment variable: which setting it gives, how it is read, what it is for."""

    name: str
    setting: str
    wanted: str
    says: str


def _v(name: str, setting: str, wanted: str, says: str) -> Variable:
    return Variable(PREFIX + name, setting, wanted, says)


VARIABLES: Final = (
    _v("PUBLIC_URL", "public_url", "address", "The service as clients reach it; tokens name it."),
    _v("CONTENT", "content", "folder", "Another guideline content than the one shipped."),
    _v("OVERLAY", "overlay", "folder", "The site's own rules, laid over the guideline."),
    _v("CANONICAL", "canonical", "address", "The canonical base of exported FHIR artefacts."),
    _v(
        "DATABASE_URL",
        "database_url",
        "database",
        "Where the audit is kept (default: an SQLite file of the user).",
    ),
    _v("SECRET", "secret", "secret", "Keys what is remembered of patients; else made and stored."),
    _v("SITE_NAME", "site_name", "text", "The name of the site, on the page and on cards."),
    _v("LOCAL_NOTE", "local_note", "text", "A note of the site, shown and labelled as local."),
    _v("LOCAL_CONTACT", "local_contact", "text", "Whom to call, shown and labelled as local."),
    _v("SILENT", "silent", "yes or no", "Evaluate and record, but return no card."),
    _v("REPEAT_DAYS", "repeat_days", "whole number", "Days for which a dismissed card stays away."),
    _v(
        "KEEP_COMMENTS",
        "keep_comments",
        "yes or no",
        "Keep the words of comments, not only that there was one.",
    ),
    _v(
        "OPTIONAL_PREFETCH",
        "optional_prefetch",
        "keys",
        "Prefetch keys that a client need not send.",
    ),
    _v("JWT_ISSUERS", "issuers", "issuers", "Which clients may ask: iss=keys, keys a JWK Set."),
    _v("FHIR_HOSTS", "fhir_hosts", "hosts", "FHIR servers that may be asked for what is missing."),
    _v("FRAME_ANCESTORS", "frame_ancestors", "origins", "Who may show the page in a frame."),
    _v("CORS_ORIGINS", "cors_origins", "origins", "Whose scripts may call the service."),
    _v("SMART_CLIENT_ID", "smart_client_id", "text", "Our client id for a SMART launch."),
    _v("SMART_ISSUERS", "smart_issuers", "addresses", "FHIR servers that may launch the page."),
    _v("LIMIT_BODY", "limits.body", "whole number", "Largest request, bytes."),
    _v("LIMIT_DEPTH", "limits.depth", "whole number", "Deepest nesting of a request."),
    _v("LIMIT_ENTRIES", "limits.entries", "whole number", "Most resources of one request."),
    _v("LIMIT_TOKEN", "limits.token", "whole number", "Longest token, bytes."),
    _v("LIMIT_RECEIVE", "limits.receive_seconds", "number", "Seconds to receive a request."),
    _v("LIMIT_FHIR_SECONDS", "limits.fhir_seconds", "number", "Seconds to ask a FHIR server."),
    _v("LIMIT_FHIR_BYTES", "limits.fhir_bytes", "whole number", "Most bytes from a FHIR server."),
    _v("LIMIT_FHIR_PAGES", "limits.fhir_pages", "whole number", "Most pages of one search."),
    _v("LIMIT_STOP", "limits.stop_seconds", "whole number", "Seconds to finish when stopped."),
    _v("LIMIT_AUDITS", "limits.waiting_audits", "whole number", "Most audits that wait at a time."),
)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings; an empty variable counts as absent.

    Raises ``InputError`` with every variable that is not known or cannot be read.
    """
    known = {one.name: one for one in VARIABLES}
    faults: list[Fault] = []
    found: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name.removeprefix(PREFIX) in _OTHERS:
            continue
        variable, raw = known.get(name), environment[name].strip()
        if variable is None:
            faults.append(Fault(name, f"no such setting{nearest(name, known)}"))
        elif raw:
            where, _, own = variable.setting.rpartition(".")
            try:
                (limits if where else found)[own] = _READERS[variable.wanted](raw)
            except ValueError as error:
                secret = variable.wanted in {"secret", "database"}
                told = "cannot be read" if secret else f"found {shown(raw)}"
                faults.append(Fault(name, told, str(error)))
    if faults:
        raise InputError(faults)
    found.setdefault("database_url", f"sqlite:///{_state(environment) / 'audit.db'}")
    return Settings(**found, limits=Limits(**limits))


def _state(environment: Mapping[str, str]) -> Path:
    """Give the folder where a user's programs keep what must outlive them."""
    chosen = environment.get("XDG_STATE_HOME")
    home = environment.get("HOME") or str(Path.cwd())
    return (Path(chosen) if chosen else Path(home) / ".local" / "state") / "myopathway"


def _text(raw: str) -> str:
    return raw


def _secret(raw: str) -> str:
    if len(raw) < _SECURE:
        raise ValueError(f"at least {_SECURE} characters")
    return raw


def _folder(raw: str) -> Path:
    if not Path(raw).is_dir():
        raise ValueError("a folder that exists")
    return Path(raw)


def _address(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an address like https://cds.example.org")
    return raw.rstrip("/")


def _addresses(raw: str) -> tuple[str, ...]:
    return tuple(_address(one) for one in _several(raw))


def _origins(raw: str) -> tuple[str, ...]:
    found = _addresses(raw)
    if any(urlsplit(one).path for one in found):
        raise ValueError("origins like https://ehr.example.org, without a path")
    return found


def _hosts(raw: str) -> tuple[str, ...]:
    found = tuple(one.lower() for one in _several(raw))
    if any("/" in one or not urlsplit(f"//{one}").hostname for one in found):
        raise ValueError("hosts like fhir.example.org or fhir.example.org:8443")
    return found


def _keys(raw: str) -> tuple[str, ...]:
    return tuple(_several(raw))


def _database(raw: str) -> str:
    if not raw.startswith(("sqlite://", "postgresql://", "postgresql+psycopg://", "postgres://")):
        raise ValueError("sqlite:///file.db or postgresql://user:password@host/name")
    return raw


def _issuers(raw: str) -> tuple[Issuer, ...]:
    found = []
    for one in _several(raw):
        # An issuer is an address itself; the last "=" before the keys parts the two.
        name, _, keys = one.rpartition("=")
        if not name or not keys or (keys.startswith("http:") and not _local(keys)):
            raise ValueError("iss=keys, where keys is a file or an https address of a JWK Set")
        found.append(Issuer(name, keys))
    if len({one.name for one in found}) < len(found):
        raise ValueError("each issuer once")
    return tuple(found)


def _local(address: str) -> bool:
    return urlsplit(address).hostname in {"127.0.0.1", "::1", "localhost"}


def _yes_or_no(raw: str) -> bool:
    match raw.lower():
        case "yes" | "true" | "on" | "1":
            return True
        case "no" | "false" | "off" | "0":
            return False
        case _:
            raise ValueError("yes or no")


def _whole(raw: str) -> int:
    if not raw.isdecimal() or not 0 < int(raw) < _MOST:
        raise ValueError("a whole number above zero")
    return int(raw)


def _number(raw: str) -> float:
    try:
        value = float(raw)
    except ValueError:
        value = -1.0
    if not 0 < value < _MOST:
        raise ValueError("a number above zero")
    return value


def _several(raw: str) -> list[str]:
    return raw.replace(",", " ").split()


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "text": _text,
    "secret": _secret,
    "folder": _folder,
    "address": _address,
    "addresses": _addresses,
    "origins": _origins,
    "hosts": _hosts,
    "database": _database,
    "issuers": _issuers,
    "keys": _keys,
    "yes or no": _yes_or_no,
    "whole number": _whole,
    "number": _number,
}
