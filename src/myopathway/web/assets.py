"""The stylesheet, the script and the icon: read once, named by what they hold."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import Final

import msgspec

_TYPES: Final = {
    "page.css": "text/css; charset=utf-8",
    "figures.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class Asset(msgspec.Struct, frozen=True):
    """A file that pages load; its address changes with what it holds, so it may be kept."""

    address: str
    media_type: str
    body: bytes


@cache
def assets() -> dict[str, Asset]:
    """Give the assets by their short names."""
    folder = resources.files("myopathway.web") / "static"
    found: dict[str, Asset] = {}
    for name, media_type in _TYPES.items():
        home = resources.files("myopathway.figures") if name == "figures.css" else folder
        body = _lean((home / name).read_text(encoding="utf-8")).encode()
        stem, _, ending = name.partition(".")
        digest = hashlib.sha256(body).hexdigest()[:12]
        found[name] = Asset(f"/assets/{stem}.{digest}.{ending}", media_type, body)
    return found


def _lean(text: str) -> str:
    """Leave out indentation and whole lines of comment: a third of the script's bytes."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def asset_at(address: str) -> Asset | None:
    """Give the asset of an address, also of one from before it changed; None for any other."""
    exact = next((one for one in assets().values() if one.address == address), None)
    if exact is not None:
        return exact
    stem, _, rest = address.removeprefix("/assets/").partition(".")
    return assets().get(f"{stem}.{rest.rpartition('.')[2]}")
