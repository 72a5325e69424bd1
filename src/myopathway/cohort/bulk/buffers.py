"""The bytes of a file in blocks of whole lines, each read by itself."""

from __future__ import annotations

import os
from typing import Final

import msgspec
import numpy as np

from myopathway.cohort.bulk.arrays import Bytes

BEHIND: Final = 1 << 15  # bytes that follow the lines of a block
ROOM: Final = 4 << 20  # bytes
_SIZE: Final = 32 << 20  # bytes of a file in which the lines of a block begin
_LONGEST: Final = 1 << 18  # bytes of a line that goes on behind a block
_END: Final = b"\n"


class TooLongError(Exception):
    """A line is longer than what is read at a time."""


class Block(msgspec.Struct, frozen=True, eq=False):
    """Lines, each with its end, that stand in a file from ``offset`` on.

    Behind them ``data`` has ``BEHIND`` bytes of any sort. ``room`` is to work
    in. ``escaped`` says that a backslash stands among the lines.
    """

    data: Bytes
    offset: int
    room: Bytes
    escaped: bool


class Buffer:
    """Room for one block at a time: the next one takes the place of the last."""

    def __init__(self) -> None:
        """Make room."""
        self._bytes = bytearray(_SIZE + _LONGEST + 2 + BEHIND)
        self._room = np.empty(ROOM, np.uint8)

    def block(self, path: str, number: int) -> Block:
        """Read a block of a file; raises ``TooLongError``, and ``OSError`` as reading does."""
        begin = number * _SIZE
        before = min(begin, 1)  # the end of the line before
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - unbuffered
            size = os.fstat(file.fileno()).st_size
            file.seek(begin - before)
            read = file.readinto(memoryview(self._bytes)[: before + _SIZE + _LONGEST]) or 0
        start = self._bytes.find(_END, 0, read) + 1 if before else 0
        if before and (not start or start > _SIZE):
            # No line begins here.
            return Block(np.zeros(BEHIND, np.uint8), begin, self._room, escaped=False)
        if begin - before + read >= size and read and self._bytes[read - 1] != _END[0]:
            self._bytes[read] = _END[0]
            read += 1
        end = read
        if read >= before + _SIZE:
            end = self._bytes.find(_END, before + _SIZE - 1, read) + 1
            if not end:
                raise TooLongError(path)
        escaped = self._bytes.find(b"\\", start, end) >= 0
        data = np.frombuffer(self._bytes, np.uint8)[start : end + BEHIND]
        return Block(data, begin - before + start, self._room, escaped)


def count(path: str) -> int:
    """Give the number of blocks of a file."""
    return -(-os.stat(path).st_size // _SIZE)  # noqa: PTH116 - a name
