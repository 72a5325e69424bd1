"""A number in memory that the workers of one machine share: it differs when feedback came in.

Looking at it costs nothing, so a worker sees at once what another has kept, without asking the
database at every request.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Final

from myopathway.service.serial import serial

VARIABLE: Final = "MYOPATHWAY_SHARED"
_SIZE: Final = 8


class Shared:
    """The number; alone in a process where no file is named for it."""

    def __init__(self, path: str = "") -> None:
        """Map the file, made by whoever starts the workers."""
        if path:
            with Path(path).open("r+b") as file:
                self._memory = mmap.mmap(file.fileno(), _SIZE)
        else:
            self._memory = mmap.mmap(-1, _SIZE)

    def read(self) -> bytes:
        """Give the number as it is now."""
        return self._memory[:_SIZE]

    def change(self) -> None:
        """Make it another one."""
        self._memory[:_SIZE] = serial()

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()


def prepare(folder: str) -> None:
    """Make the file for workers that are started from here."""
    path = Path(folder) / "shared"
    path.write_bytes(bytes(_SIZE))
    os.environ[VARIABLE] = str(path)
