"""The files of a bulk export, cut into pieces that can be read by themselves."""

from __future__ import annotations

import gzip
import re
import zlib
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

_PIECE: Final = 16 << 20  # bytes that one worker reads at a time
_BLOCK: Final = 1 << 20  # bytes that are decoded together; they stay in the processor's cache
_LONGEST: Final = 64 << 20  # bytes of one line
_NAMES: Final = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")
_MARK: Final = b"\xef\xbb\xbf"
_IN_URL: Final = re.compile(r"[^/?#]+(?=[?#]|$)")


class Piece(msgspec.Struct, frozen=True):
    """Part of a file, from byte to byte; a packed file is one piece and ends at -1."""

    path: str
    start: int
    end: int


class Block(msgspec.Struct, frozen=True, gc=False):
    """Whole lines of a file that stand from ``offset`` on; of a packed file, unpacked."""

    path: str
    offset: int
    data: bytes


class Broken(Exception):  # noqa: N818 - not raised to users
    """A file that could not be read to its end: why, in words."""


def unreadable(error: OSError) -> str:
    """Say why a file cannot be read."""
    return f"a file that cannot be read: {(error.strerror or type(error).__name__).lower()}"


def is_packed(path: str) -> bool:
    """Say whether a file is packed with gzip, by its name."""
    return path.endswith(".gz")


def files_of(folder: Path) -> list[Path]:
    """Give the NDJSON files of a folder and below it, in order; raises ``InputError``."""
    want = "a folder of FHIR Bulk Data (.ndjson, .ndjson.gz)"
    if not folder.is_dir():
        found = "is no folder" if folder.exists() else "does not exist"
        raise InputError([Fault(str(folder), found, want)])
    files = sorted(path for path in folder.rglob("*")
                   if path.name.lower().endswith(_NAMES) and not path.is_dir())  # fmt: skip
    if not files:
        raise InputError([Fault(str(folder), "no NDJSON file in it", want)])
    return files


def pieces_of(path: Path) -> list[Piece]:
    """Cut one file; raises ``OSError`` where it cannot be looked at."""
    size = path.stat().st_size
    if is_packed(path.name):
        return [Piece(str(path), 0, -1)]
    return [Piece(str(path), at, min(at + _PIECE, size)) for at in range(0, size, _PIECE)]


def blocks_of(piece: Piece) -> Iterator[Block]:
    """Read a piece in blocks of whole lines: those that begin in it.

    Raises ``Broken`` where the file ends too early or cannot be read; what came before it counts.
    """
    try:
        if is_packed(piece.path):
            with gzip.open(piece.path, "rb") as packed:
                yield from _blocks(_Unpacked(packed), piece.path, 0, -1)
            return
        with open(piece.path, "rb", buffering=0) as stream:  # noqa: PTH123 - unbuffered
            start = piece.start
            if start:
                stream.seek(start - 1)
                start += _rest_of_line(stream) - 1
                stream.seek(start)
            yield from _blocks(stream, piece.path, start, piece.end)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Broken(f"a file that is no whole gzip file: {error}") from None
    except OSError as error:
        raise Broken(unreadable(error)) from None


class _Unpacked:
    """Reads a packed file so that what can be unpacked before it breaks off is not lost."""

    def __init__(self, packed: gzip.GzipFile) -> None:
        """Take the opened file."""
        self._packed = packed
        self._error: Exception | None = None

    def read(self, size: int) -> bytes:
        """Give about as many bytes; b"" at the end, and the error only when nothing is left."""
        if self._error is not None:
            raise self._error
        parts: list[bytes] = []
        while size > 0:
            try:
                part = self._packed.read1(size)
            except (EOFError, zlib.error, OSError) as error:
                if not parts:
                    raise
                self._error = error
                break
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _blocks(stream: BinaryIO | _Unpacked, path: str, start: int, end: int) -> Iterator[Block]:
    """Read lines that begin before ``end`` (-1: all)."""
    at, held = start, b""
    while end < 0 or at < end:
        try:
            read = stream.read(_BLOCK if end < 0 else min(_BLOCK, max(end - at - len(held), 1)))
        except (EOFError, zlib.error, OSError):
            if held:
                yield Block(path, at, held)
            raise
        if not read:
            if held:
                yield Block(path, at, held)
            return
        data = held + read if held else read
        cut = data.rfind(b"\n") + 1
        if not cut:
            if len(data) > _LONGEST:
                raise Broken(f"a file with a line of more than {_LONGEST >> 20} MiB")
            held = data
            if 0 <= end <= at + len(held):
                # The line goes on behind the piece.
                held += _line(stream)
                yield Block(path, at, held)
                return
            continue
        yield Block(path, at, data[:cut])
        at, held = at + cut, data[cut:]
        if held and 0 <= end <= at + len(held):
            yield Block(path, at, held + _line(stream))
            return


def _rest_of_line(stream: BinaryIO | _Unpacked) -> int:
    """Give how many bytes stand up to the end of the line."""
    return len(_line(stream))


def _line(stream: BinaryIO | _Unpacked) -> bytes:
    parts = []
    length = 0
    while read := stream.read(1 << 16):
        cut = read.find(b"\n") + 1
        parts.append(read[:cut] if cut else read)
        length += len(parts[-1])
        if cut or length > _LONGEST:
            break
    return b"".join(parts)


def bare(data: bytes) -> bytes:
    """Blank out the mark that some programs put before UTF-8."""
    return b"   " + data[3:] if data.startswith(_MARK) else data


def missing(folder: Path, files: list[Path]) -> list[str]:
    """Give the names of files that the export's own manifest lists and that are not there."""
    here = {path.name for path in files}
    gone: list[str] = []
    for path in sorted(folder.glob("*.json")):
        try:
            manifest = msgspec.json.decode(path.read_bytes())
            urls = [one["url"] for one in manifest["output"] if "transactionTime" in manifest]
            names = [found.group() for url in urls if (found := _IN_URL.search(url))]
        except (OSError, msgspec.MsgspecError, KeyError, TypeError, RecursionError):
            continue
        gone += [name for name in names if not here & {name, f"{name}.gz", f"{name}.ndjson"}]
    return gone
