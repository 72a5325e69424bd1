"""Writes what is generated from the content: reading pages and schemas.

``python -m myopathway.guideline.generate`` writes them below ``docs``; with ``--check`` it writes
nothing, names each file that is not as it should be, and exits with 1 if there is one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myopathway.errors import ContentError
from myopathway.guideline.load import CONTENT, load
from myopathway.guideline.pages import pages
from myopathway.guideline.schema import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.guideline.model import Guideline

DOCS: Final = Path(__file__).parents[3] / "docs"
FOLDERS: Final = ("guideline", "schema")
_USAGE: Final = "usage: python -m myopathway.guideline.generate [--check]"


def generated(guideline: Guideline) -> dict[str, str]:
    """Give every generated file by its name below ``docs``."""
    return {
        **{f"guideline/{name}": text for name, text in pages(guideline).items()},
        **{f"schema/{name}": text for name, text in schemas(guideline).items()},
    }


def stale(wanted: dict[str, str], docs: Path) -> Iterator[str]:
    """Say of each file what is wrong with it: missing, out of date, or not generated at all."""
    for name, text in sorted(wanted.items()):
        path = docs / name
        if not path.is_file():
            yield f"{name}: missing"
        elif path.read_bytes() != text.encode():
            yield f"{name}: out of date"
    for name in sorted(_present(docs) - wanted.keys()):
        yield f"{name}: not generated from anything"


def write(wanted: dict[str, str], docs: Path) -> tuple[str, ...]:
    """Write what differs and remove what is not generated; give the names of both."""
    changed = []
    for name in sorted(_present(docs) - wanted.keys()):
        (docs / name).unlink()
        changed.append(name)
    for name, text in sorted(wanted.items()):
        path = docs / name
        if path.is_file() and path.read_bytes() == text.encode():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        changed.append(name)
    return tuple(changed)


def main(arguments: Sequence[str], docs: Path = DOCS) -> int:
    """Run the command; give its exit status."""
    if any(argument != "--check" for argument in arguments):
        sys.stderr.write(f"{_USAGE}\n")
        return 2
    try:
        wanted = generated(load(CONTENT))
    except ContentError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not arguments:
        changed = write(wanted, docs)
        sys.stdout.write(f"{len(wanted)} files, {len(changed)} changed\n")
        return 0
    found = list(stale(wanted, docs))
    for line in found:
        sys.stderr.write(f"docs/{line}\n")
    if found:
        sys.stderr.write("run: make guideline\n")
    return 1 if found else 0


def _present(docs: Path) -> set[str]:
    return {
        path.relative_to(docs).as_posix()
        for folder in FOLDERS
        for path in (docs / folder).rglob("*")
        if path.is_file()
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
