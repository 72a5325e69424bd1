"""The artefacts as files of a folder."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from myopathway.errors import Fault, InputError
from myopathway.export import artefacts, site_of
from myopathway.export.guide import as_json, file_name, package
from myopathway.export.logic import cql_text, elm_text
from myopathway.export.names import LIBRARY
from myopathway.render.fhir import BASE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from myopathway.guideline.model import Guideline


def files(guideline: Guideline, base: str = BASE) -> dict[str, bytes]:
    """Give every file by name: the logic, the package, and each artefact on its own."""
    resources = list(artefacts(guideline, base).values())
    return {
        f"{LIBRARY}.cql": cql_text(guideline).encode(),
        f"{LIBRARY}.elm.json": elm_text(guideline).encode(),
        "package.tgz": package(site_of(guideline, base), resources),
        **{file_name(one): as_json(one) for one in resources},
    }


def write(guideline: Guideline, folder: Path, base: str = BASE) -> list[str]:
    """Write the files and give their names; raises ``InputError`` where that cannot be done.

    They are put in their places when all of them are written. Artefacts of an earlier export that
    are no longer made are removed, so that the folder is always one export; no other file is
    touched.
    """
    made = files(guideline, base)
    new = not folder.exists()
    parts = {name: folder / f".{name}.part" for name in made}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, raw in made.items():
            parts[name].write_bytes(raw)
        kinds = {name.partition("-")[0] for name in made if name.endswith(".json")}
        for old in folder.glob("*-*.json"):
            if old.name not in made and old.name.partition("-")[0] in kinds:
                old.unlink()
        for name, part in parts.items():
            part.replace(folder / name)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InputError([Fault(str(folder), reason, "a folder that can be written")]) from None
    finally:
        _cleared(folder, parts.values(), new=new)
    return list(made)


def _cleared(folder: Path, parts: Iterable[Path], *, new: bool) -> None:
    """Take away what was half-written, and a folder that was made for it and holds nothing."""
    with contextlib.suppress(OSError):
        for part in parts:
            part.unlink(missing_ok=True)
        if new:
            folder.rmdir()
