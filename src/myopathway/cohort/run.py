"""A whole population answered: pieces in, answers out, and the sum of it."""

from __future__ import annotations

import contextlib
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from myopathway.cohort.abreast import Behind, ahead, kept_memory, uncollected
from myopathway.cohort.answering import Answering
from myopathway.cohort.columns import schema
from myopathway.cohort.database import is_of_duckdb
from myopathway.cohort.inputs import Piece, pieces
from myopathway.cohort.outputs import ending_of, sink
from myopathway.cohort.summary import Summary
from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from myopathway.cohort.bulk import Bulk
    from myopathway.intake import Intake

Tell = "Callable[[str, int, int], None]"
Making: TypeAlias = "Callable[[], Future[Answering]]"


class Job(msgspec.Struct, frozen=True):
    """What is to be done: ``whole`` with options, doses and questions, ``everyone`` of a folder."""

    source: str
    target: str
    intake: Any
    whole: bool = True
    everyone: bool = False


class Done(msgspec.Struct, frozen=True):
    """What was done; ``read`` (``bulk.Counts``): what was read of a folder of FHIR Bulk Data."""

    summary: Summary
    read: Any = None


def run(job: Job, tell: Callable[[str, int, int], None]) -> Done:
    """Answer a population; ``tell`` is told what is done of how much.

    Raises ``InputError`` where input or output cannot be used; nothing half-written stays.
    """
    with ThreadPoolExecutor(1) as pool:

        @cache
        def making() -> Future[Answering]:
            """Begin to make what answers, beside what is read meanwhile."""
            return pool.submit(Answering, job.intake.guideline, job.intake.today, whole=job.whole)

        return _run(job, making, tell)


def _run(job: Job, making: Making, tell: Callable[[str, int, int], None]) -> Done:
    in_text = ending_of(job.target) != ".parquet"
    if Path(job.source).is_dir():
        with (
            _duckdb(job),
            uncollected(),
            tempfile.TemporaryDirectory(prefix="myopathway-") as beside,
        ):

            def told(what: str, done: int, size: int) -> None:
                making()  # for now Arrow and NumPy are at work, and Python has time
                tell(what, done, size)

            found, read = bulk_pieces(job, Path(beside), told)
            return Done(_answered(job, found, making, tell), read.counts)
    making()
    with _duckdb(job) if in_text else contextlib.nullcontext():
        return Done(_answered(job, pieces(job.source, job.intake), making, tell))


@contextlib.contextmanager
def _duckdb(job: Job) -> Iterator[None]:
    """Say in a line what DuckDB cannot do."""
    try:
        yield
    except Exception as error:
        if not is_of_duckdb(error):
            raise
        found_out = " ".join(str(error).split())[:200]
        raise InputError([Fault(job.source, found_out, "room in memory and on disk")]) from None


def bulk_pieces(
    job: Job, beside: Path, tell: Callable[[str, int, int], None]
) -> tuple[Iterator[Piece], Bulk]:
    """Read a folder of FHIR Bulk Data; what is needed on the way stands in another folder.

    The counts are whole when the last piece was given.
    """
    from myopathway.cohort import bulk  # noqa: PLC0415 - it loads DuckDB

    into = beside / "bulk"
    into.mkdir()
    found = bulk.read(
        Path(job.source), job.intake, into, everyone=job.everyone,
        progress=lambda done, size: tell("reading", done, size),
    )  # fmt: skip
    return _of_bulk(found), found


@uncollected()
@kept_memory()
def _answered(
    job: Job,
    parts: Iterator[Piece],
    making: Making,
    tell: Callable[[str, int, int], None],
) -> Summary:
    intake: Intake = job.intake
    summary = Summary()
    # The first piece is read before anything is written: most faults show there.
    first = next(parts, None)
    answering = making().result()
    fields = schema(intake.guideline.vocabulary, whole=job.whole)
    with sink(job.target, fields) as out, Behind(out.write) as written:
        part = first
        while part is not None:
            table = answering.answered(part.table)
            written.take(table)
            summary.add(table)
            tell("answering", part.done, part.size)
            part = next(parts, None)
    return summary


def _of_bulk(found: Bulk) -> Iterator[Piece]:
    """Take the rows that a folder is read into as they are: the reader makes them itself."""
    done = 0
    for table in ahead(found.tables()):
        done += table.num_rows
        yield Piece(table, done, found.patients)
