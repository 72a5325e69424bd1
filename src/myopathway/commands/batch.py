"""A file of patients, one a line: one answer a line, in order, a bad line by its faults."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Final

from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.intake import Intake

SOME_BAD: Final = 1


def answered(intake: Intake, raw: bytes, name: str) -> Answer:
    """Read one patient and give the answer; raises ``InputError``."""
    from myopathway.recommendation import recommend_on

    return recommend_on(intake.patient(raw, name), intake.today, intake.guideline)


def writer(form: str, guideline: Guideline) -> Callable[[Answer], bytes]:
    """Give what turns an answer into one line."""
    if form == "json":
        from myopathway.render.json import json_bytes

        return json_bytes
    import msgspec

    from myopathway.render.fhir import fhir

    encoder = msgspec.json.Encoder(decimal_format="number")
    return lambda answer: encoder.encode(fhir(answer, guideline))


def batch(path: Path, intake: Intake, write: Callable[[Answer], bytes]) -> int:
    """Answer every line of a file, a bad line by its faults; give the exit status."""
    import msgspec

    from myopathway.intake import lines

    # The guideline stays for good: it need not be looked through again and again.
    gc.freeze()
    gc.enable()
    out = sys.stdout.buffer
    status = 0
    try:
        size = path.stat().st_size
        stream = path.open("rb")
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InputError([Fault(str(path), reason, "a file that can be read")]) from None
    with stream:
        for number, raw in _shown(lines(stream), size):
            try:
                written = write(answered(intake, raw, f"line {number}"))
            except InputError as error:
                status = SOME_BAD
                faults = [str(fault) for fault in error.faults]
                written = msgspec.json.encode({"error": faults})
            out.write(written)
            out.write(b"\n")
    out.flush()
    return status


def _shown(numbered: Iterator[tuple[int, bytes]], size: int) -> Iterator[tuple[int, bytes]]:
    """Show progress on standard error while it is a terminal and the answers go elsewhere."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from numbered
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("patients", total=size)
        read = 0
        for number, raw in numbered:
            read += len(raw)
            if number % 64 == 0:
                progress.update(task, completed=read, description=f"{number} patients")
            yield number, raw
