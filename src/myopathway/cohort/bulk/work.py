"""What one worker does: sort pieces of an export, then read ranges of patients."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.cohort.bulk.counts import Tally
from myopathway.cohort.bulk.fold import Fold
from myopathway.cohort.bulk.found import found_of
from myopathway.cohort.bulk.pieces import Block, Broken, Piece, bare, blocks_of
from myopathway.cohort.bulk.rows import Rows
from myopathway.cohort.bulk.sorted import Export, Sorted
from myopathway.cohort.bulk.sorting import Sorter
from myopathway.cohort.bulk.spool import Spool, Spooled, Worker
from myopathway.fhir.codebook import code_book
from myopathway.intake import Intake

if TYPE_CHECKING:
    from myopathway.facts import Unread


_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Task(msgspec.Struct, frozen=True):
    """What every worker has to know: how patients are read, and where to write."""

    intake: Intake
    folder: str
    bounds: tuple[str, ...]
    everyone: bool = False


class Range(msgspec.Struct, frozen=True):
    """Patients from ``low`` up to ``high`` of one range; the number orders the parts."""

    place: int
    low: str
    high: str
    part: str


class Finished(msgspec.Struct, frozen=True):
    """What a worker sorted."""

    spooled: Spooled
    forms: str
    products: list[tuple[str, str, bytes]]
    tally: Any


class Work:
    """One worker."""

    def __init__(self, task: Task, worker: Worker) -> None:
        """Begin."""
        self._task = task
        self._worker = worker
        self._tally = Tally()
        self._folder = Path(task.folder)
        self._spool = Spool(self._folder / f"runs-{worker.number}", task.bounds, worker)
        book = code_book(task.intake.guideline)
        self._sorter = Sorter(book, self._spool, self._tally, worker)
        self.open(Sorted((), (), ""))

    def sort(self, piece: Piece) -> int:
        """Sort one piece of a file; give how many bytes it had."""
        size = 0
        try:
            for block in blocks_of(piece):
                size += len(block.data)
                first = block.offset == 0
                data = bare(block.data) if first else block.data
                self._sorter.sort(Block(block.path, block.offset, data) if first else block)
        except Broken as error:
            # Every piece of one file meets the same error.
            self._tally.skip(str(error), Path(piece.path).name, times=0 if piece.start else 1)
        return size

    def finish(self) -> Finished:
        """Give what was sorted."""
        path = self._folder / f"forms-{self._worker.number}"
        sifter = self._sorter.sifter
        path.write_bytes(pickle.dumps(sifter.forms, pickle.HIGHEST_PROTOCOL))
        tally, self._tally = self._tally, Tally()
        return Finished(self._spool.done(), str(path), sifter.products, tally)

    def open(self, found: Sorted) -> None:
        """Take the sorted export."""
        self._export = Export(found)
        self._fold = Fold(self._task.intake, self._export, everyone=self._task.everyone)

    def close(self) -> None:
        """Close every file."""
        self._spool.close()
        self._export.shelf.close()

    def names(self, place: int) -> list[str]:
        """Give the patients of a range."""
        return sorted(self._export.names(place))

    def read(self, one: Range) -> Tally:
        """Read a range of patients and write those listed."""
        tally = Tally()
        rows = Rows(self._task.intake.guideline.vocabulary)
        patients = self._export.patients(one.place, one.low, one.high)
        for patient in sorted(patients):
            found = found_of(patient, patients[patient])
            if not found.people:
                lost = len(found.kept) + sum(found.silent.values())
                tally.skip("a resource of a patient who is not in the export", patient, lost)
                continue
            tally.patients["found"] += 1
            again = len(found.people) - 1
            if again:
                tally.skip("a Patient that stands more than once", patient, again)
            reading = self._fold.reading(found)
            if reading is None:
                continue
            tally.patients["listed"] += 1
            for said in reading.unread:
                _doubt(tally, said)
            rows.add(patient, reading)
        if tally.patients["listed"]:
            rows.write(Path(one.part))
        return tally


def _doubt(tally: Tally, said: Unread) -> None:
    """Count what one patient's reading lists; what it counted by type stays counted."""
    kind, _, name = said.resource.partition("/")
    if name:
        tally.doubt(kind, _DATE.sub("a date", said.reason), said.resource)
        return
    reason, _, count = said.reason.rpartition(": ")
    number = count.partition(" ")[0]
    tally.doubt(kind, reason or said.reason, times=int(number) if number.isdecimal() else 1)
