"""What one worker does: put patients together who are out of the ordinary."""

from __future__ import annotations

import pickle
import re
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow.parquet as pq

from myopathway.cohort.bulk.counts import Tally
from myopathway.cohort.bulk.export import Export, Kept
from myopathway.cohort.bulk.fold import Fold
from myopathway.cohort.bulk.found import found_of
from myopathway.cohort.bulk.rows import Rows
from myopathway.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.cohort.bulk.found import Run
    from myopathway.facts import Unread

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_ROWS: Final = 50_000


class Task(msgspec.Struct, frozen=True):
    """What every worker has to know: how patients are read."""

    intake: Intake
    everyone: bool
    kept: Kept


class Range(msgspec.Struct, frozen=True):
    """The lines of some patients, in the order of their ids, and where their rows go."""

    lines: str
    part: str


class Work:
    """One worker."""

    def __init__(self, task: Task) -> None:
        """Begin."""
        self._intake = task.intake
        self._export = Export(task.kept)
        self._fold = Fold(task.intake, self._export, everyone=task.everyone)

    def close(self) -> None:
        """Close every file."""
        self._export.shelf.close()

    def read(self, one: Range) -> Tally:
        """Read patients and write those listed."""
        tally = Tally()
        rows = Rows(self._intake.guideline.vocabulary)
        for patient, runs in _runs(one.lines):
            reading = self._fold.reading(found_of(patient, runs))
            if reading is None:
                continue
            tally.patients["listed"] += 1
            for said in reading.unread:
                _doubt(tally, said)
            rows.add(patient, reading)
        if tally.patients["listed"]:
            rows.write(Path(one.part))
        return tally


def _runs(path: str) -> Iterator[tuple[str, list[Run]]]:
    """Give the lines of each patient."""
    with pq.ParquetFile(path) as file:
        lines = (line for batch in file.iter_batches(_ROWS) for line in zip(
            *(column.to_pylist() for column in batch.columns), strict=True))  # fmt: skip
        for patient, some in groupby(lines, itemgetter(0)):
            yield patient, [_run(*line) for line in some]


def _run(
    patient: str, kind: str, name: str, form: int | None, first: str, second: str, own: str | None,
    more: bytes | None,
) -> Run:  # fmt: skip
    if form is None:
        return patient, kind, [], [name], 0
    place, mine = (0, own) if more is None else pickle.loads(more)  # noqa: S301 - our own file
    return patient, kind, [form, name, first, second, place, mine], [], place


def _doubt(tally: Tally, said: Unread) -> None:
    """Count what one patient's reading lists; what it counted by type stays counted."""
    kind, _, name = said.resource.partition("/")
    if name:
        tally.doubt(kind, undated(said.reason), said.resource)
        return
    reason, _, count = said.reason.rpartition(": ")
    number = count.partition(" ")[0]
    tally.doubt(kind, reason or said.reason, times=int(number) if number.isdecimal() else 1)


def undated(reason: str) -> str:
    """Leave the dates out of a reason, so that equal ones are counted together."""
    return _DATE.sub("a date", reason)
