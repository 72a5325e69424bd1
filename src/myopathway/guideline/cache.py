"""The compiled form of content, kept under its hash, since reading YAML takes a second.

It lives in the user's cache folder (``MYOPATHWAY_CACHE_DIR``, else the platform's), is written
beside and renamed, begins with its own checksum, and is data, not code. Where it cannot be
written or read, or is damaged, content is simply read again; where it belongs to another content
or another version of the package, it has another name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from myopathway.guideline import model

_CHECKSUM: Final = hashlib.sha256().digest_size


@cache
def _form() -> str:
    """Give a hash of all that turns content into a guideline: another reader, another form."""
    digest = hashlib.sha256(msgspec.__version__.encode())
    package = Path(__file__).parent
    modules = [*sorted(package.glob("*.py")), package.parent / "criteria.py"]
    for module in (*modules, package.parent / "facts.py", package.parent / "yamltext.py"):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:12]


def folder() -> Path:
    """Give the folder of compiled content."""
    chosen = os.environ.get("MYOPATHWAY_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or tempfile.gettempdir()
    elif sys.platform == "darwin":
        base = str(Path("~/Library/Caches").expanduser())
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(base) / "myopathway"


def kept(digest: str) -> model.Guideline | None:
    """Give the compiled content of this hash; None where there is none that can be read."""
    try:
        raw = _file(digest).read_bytes()
        checksum, data = raw[:_CHECKSUM], raw[_CHECKSUM:]
        if hashlib.sha256(data).digest() != checksum:
            return None
        guideline = msgspec.msgpack.decode(data, type=model.Guideline)
    except (OSError, RuntimeError, msgspec.MsgspecError):
        return None
    return guideline if guideline.content_hash == digest else None


def keep(guideline: model.Guideline) -> None:
    """Keep the compiled content, if the folder can be written."""
    data = msgspec.msgpack.encode(guideline)
    with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: there is no home folder
        target = _file(guideline.content_hash)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as part:
                part.write(hashlib.sha256(data).digest() + data)
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)


def _file(digest: str) -> Path:
    return folder() / f"guideline-{digest[:24]}-{_form()}.msgpack"
