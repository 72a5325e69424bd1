"""The strict loader: a folder of content in, a ``Guideline`` out, or every fault with its line."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myopathway.errors import ContentError, Fault
from myopathway.guideline import cache as compiled
from myopathway.guideline.carried import carried

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline

__all__ = ["CONTENT", "carried", "content_files", "content_hash", "load", "shipped"]

CONTENT: Final = Path(str(resources.files("myopathway") / "content"))
_CASES: Final = "cases/"


@cache
def shipped() -> Guideline:
    """Give the guideline that is shipped with the package."""
    return load(CONTENT)


def load(folder: Path, *, overlay: Path | None = None) -> Guideline:
    """Read a content folder; raises ``ContentError`` with every fault, by file and line.

    ``overlay`` is a folder with a site's own rules, which go on top and never beyond. What was
    read once is kept compiled under the hash of its content, outside the folder.
    """
    files = content_files(folder)
    local = content_files(overlay, "overlay.yaml") if overlay is not None else {}
    digest = content_hash(files)
    if overlay is not None:
        digest = content_hash({"content": digest, **{f"overlay/{n}": t for n, t in local.items()}})
    kept = compiled.kept(digest)
    if kept is not None:
        return kept
    if overlay is not None:
        from myopathway.guideline.overlay import laid_over  # noqa: PLC0415 - slow, and rare

        guideline = laid_over(load(folder), local, digest)
    else:
        from myopathway.guideline.build import build  # noqa: PLC0415 - slow; not for what was kept

        guideline = build(files, digest)
    compiled.keep(guideline)
    return guideline


def content_files(folder: Path, first: str = "edition.yaml") -> dict[str, str]:
    """Read the texts that decide answers (no cases), by their name below the folder.

    ``first`` names the file that such a folder holds in any case.
    """
    if not folder.is_dir() or not next(folder.glob("*.y*ml"), None):
        # A folder of something else may be large: it is not searched.
        raise ContentError([Fault(str(folder), "no content here", f"a folder with {first}")])
    found: dict[str, str] = {}
    faults: list[Fault] = []
    for path in sorted(folder.rglob("*.y*ml")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(_CASES):
            continue
        try:
            found[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            faults.append(Fault(f"{name}:{line}", f"not UTF-8: {error.reason}", "a UTF-8 text"))
        except OSError as error:
            faults.append(Fault(name, str(error.strerror), "a readable text"))
    if faults:
        raise ContentError(faults)
    return found


def content_hash(files: dict[str, str]) -> str:
    """Give the SHA-256 of the content, names included."""
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{len(text)}\0{text}".encode())
    return digest.hexdigest()
