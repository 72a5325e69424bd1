"""Runs on disk, sorted to ranges of patients, so that memory does not grow with the export."""

from __future__ import annotations

import gzip
import marshal
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from myopathway.cohort.bulk.pieces import Block
    from myopathway.cohort.bulk.runs import Run

_MOST_RUNS: Final = 60_000  # in memory at a time
_VERSION: Final = 2  # of marshal: without looking for what is the same object
_SHOWN: Final = 20  # lines whose number is worked out; counting them takes time


class Worker(msgspec.Struct, frozen=True):
    """Which of how many workers: what each numbers by itself must not be the same number."""

    number: int = 0
    of: int = 1

    def numbered(self, own: int) -> int:
        """Give a number that no other worker gives."""
        return own * self.of + self.number


class Spooled(msgspec.Struct, frozen=True):
    """What one worker wrote: for each range where its parts stand and how many runs they hold.

    ``blocks`` says where each numbered block stands in the export: path, offset and length.
    """

    path: str
    parts: tuple[tuple[tuple[int, int], ...], ...]
    runs: tuple[int, ...]
    blocks: tuple[tuple[str, int, int], ...]


class Spool:
    """Takes runs and writes them, range by range; ``bounds`` are the first ids of the ranges."""

    def __init__(self, path: Path, bounds: Sequence[str], worker: Worker) -> None:
        """Open the file."""
        self._path = path
        self._worker = worker
        self._file = path.open("wb")
        self._bounds = bounds
        ranges = len(bounds) + 1
        self._held: list[list[Run]] = [[] for _ in range(ranges)]
        self._parts: list[list[tuple[int, int]]] = [[] for _ in range(ranges)]
        self._runs = [0] * ranges
        self._blocks: list[tuple[str, int, int]] = []
        self._waiting = 0
        self._shown = 0

    def number(self, block: Block) -> int:
        """Give a block its number."""
        self._blocks.append((block.path, block.offset, len(block.data)))
        return self._worker.numbered(len(self._blocks) - 1)

    def add(self, run: Run) -> None:
        """Take a run; it may still grow until ``settle``."""
        self._held[bisect_right(self._bounds, run[0])].append(run)
        self._waiting += 1

    def settle(self) -> None:
        """Write what is held when it is much."""
        if self._waiting >= _MOST_RUNS:
            self._write()

    def done(self) -> Spooled:
        """Write the rest and say where everything stands."""
        self._write()
        self._file.close()
        return Spooled(
            str(self._path),
            tuple(tuple(one) for one in self._parts),
            tuple(self._runs),
            tuple(self._blocks),
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def line_of(self, block: Block, row: int) -> str:
        """Say where a line stands, as a person would look for it."""
        name = block.path.replace("\\", "/").rpartition("/")[2]
        self._shown += 1
        if self._shown > _SHOWN:
            return ""
        return f"{name}, line {_lines_before(block.path, block.offset) + row + 1}"

    def _write(self) -> None:
        for place, held in enumerate(self._held):
            if held:
                data = marshal.dumps(held, _VERSION)
                self._parts[place].append((self._file.tell(), len(data)))
                self._runs[place] += len(held)
                self._file.write(data)
                held.clear()
        self._waiting = 0


def runs_of(spooled: Spooled, place: int) -> Iterator[Any]:
    """Read the runs of one range."""
    with open(spooled.path, "rb") as file:  # noqa: PTH123 - a text from a message
        for start, length in spooled.parts[place]:
            file.seek(start)
            # Our own file, written a moment ago in a folder of our own.
            yield from marshal.loads(file.read(length))  # noqa: S302


def _lines_before(path: str, offset: int) -> int:
    lines = 0
    with gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb") as file:  # noqa: PTH123
        left = offset
        while left > 0 and (read := file.read(min(left, 1 << 20))):
            lines += read.count(b"\n")
            left -= len(read)
    return lines
