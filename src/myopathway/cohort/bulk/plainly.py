"""Lines of files and what stands in them, looked at one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.cohort.bulk.pieces import Broken, Piece, bare, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEAD: Final = 1 << 16
_TYPE: Final = re.compile(rb'"resourceType"\s*:\s*"([A-Za-z]{1,64})"')
_BROKEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# What a broken line decodes to.
NOTHING: Final = object()


def decoded(line: bytes) -> Any:  # noqa: ANN401 - plain JSON
    """Decode a line; NOTHING where it is no JSON."""
    try:
        return msgspec.json.decode(line)
    except _BROKEN:
        return NOTHING


def kind_of(resource: object) -> str:
    """Give the type of a resource; "" where it has none."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) else ""


def first_kind(path: Path) -> str:
    """Give the type of the first resource of a file, "" where none can be seen."""
    try:
        data = next(blocks_of(Piece(str(path), 0, -1))).data
    except (Broken, StopIteration):
        return ""
    found = _TYPE.search(data, 0, _HEAD)
    return found.group(1).decode() if found else ""


def lines_of(path: str) -> Iterator[bytes]:
    """Give the lines of a file as they stand; raises ``Broken`` as ``blocks_of`` does."""
    is_first = True
    for block in blocks_of(Piece(path, 0, -1)):
        data = bare(block.data) if is_first else block.data
        is_first = False
        yield from data.removesuffix(b"\n").split(b"\n")
