"""Files written whole: beside their place, and put there when nothing went wrong."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, raw: bytes) -> None:
    """Write a file; whatever goes wrong, nothing half-written stays and what stood there does.

    A device or a pipe is written to as it is. Raises ``InputError`` where it cannot be done.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(raw)
            return
        target = path.resolve()  # a link goes on pointing where it points
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            beside.write_bytes(raw)
            if target.exists():
                shutil.copymode(target, beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InputError([Fault(str(path), reason, "a file that can be written")]) from None
