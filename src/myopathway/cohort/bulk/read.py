"""A folder of FHIR Bulk Data in, a facts table and its counts out."""

from __future__ import annotations

import contextlib
import os
import re
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather, parquet

from myopathway.cohort.bulk.casts import CastLines
from myopathway.cohort.bulk.cells import Cells
from myopathway.cohort.bulk.counts import Counts, Tally
from myopathway.cohort.bulk.crew import Crew, refused
from myopathway.cohort.bulk.known import Known
from myopathway.cohort.bulk.lines import Lines, People, Rows
from myopathway.cohort.bulk.pieces import (
    Broken,
    Piece,
    blocks_of,
    files_of,
    is_packed,
    missing,
    pieces_of,
    unreadable,
)  # fmt: skip
from myopathway.cohort.bulk.store import Store
from myopathway.cohort.bulk.vectors import Together, Vectors
from myopathway.cohort.bulk.work import Range, Task, Work
from myopathway.cohort.database import is_of_duckdb
from myopathway.cohort.texts import held
from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from myopathway.cohort.bulk.export import Kept, Key
    from myopathway.cohort.bulk.store import Span
    from myopathway.intake import Intake

_SMALL: Final = 1 << 20  # bytes of lines for which no other process is worth its start
_RANGE: Final = 256 << 20  # bytes of an export that make one range of patients
_UNPACKED: Final = 10  # how much larger a packed file becomes, about
_FEW: Final = 5_000  # lines of a range for which no other process is worth its start
_MOST_LINES: Final = 400_000  # of one range, at a time
_MOST_RANGES: Final = 2_000
_ABREAST: Final = 2  # ranges that are put together at a time
_SAMPLE: Final = 1 << 16  # bytes
_NAMES: Final = re.compile(rb'"reference"\s*:\s*"Patient/([A-Za-z0-9.-]{1,64})"')


class _Some(msgspec.Struct, frozen=True, eq=False):
    """Patients of a range, as far as numbers tell, and what was counted of them."""

    people: People
    cast: CastLines
    found: Together
    rows: pa.Table
    tally: Tally


class Bulk:
    """A facts table in the making, its rows in the order of the patients' ids."""

    def __init__(
        self, tables: Iterator[pa.Table], patients: int, counts: Callable[[], Counts]
    ) -> None:
        """Take the tables of ranges of patients; ``patients`` are all that were found."""
        self._tables = tables
        self.patients = patients
        self._counts = counts

    def tables(self, rows: int = 10_000) -> Iterator[pa.Table]:
        """Give the rows, once, as Arrow tables of at least about this many, in order.

        Raises ``InputError`` where the disk is full.
        """
        held: list[pa.Table] = []
        is_begun = False  # the first is given as it is, so that answering can begin
        for table in self._tables:
            held.append(table)
            if sum(one.num_rows for one in held) >= rows or not is_begun:
                is_begun = True
                yield pa.concat_tables(held)
                held = []
        if held:
            yield pa.concat_tables(held)

    @property
    def counts(self) -> Counts:
        """Give the sum of the reading; it is whole when the last table was given."""
        return self._counts()


def read(
    folder: Path,
    intake: Intake,
    into: Path,
    *,
    everyone: bool = False,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Bulk:
    """Read a folder of FHIR Bulk Data into a facts table, as ``Patient.from_fhir`` reads Bundles.

    ``into`` is an empty folder for the table and for what is needed on the way. ``everyone``
    lists patients without the disease too. ``progress`` is told how many of how many bytes are
    done. The lines are read at once, the rows made when they are asked for. Raises ``InputError``
    where the folder or its patients are missing or the disk is full.
    """
    files = files_of(folder)
    tally = Tally()
    for name in missing(folder, files):
        tally.skip("a file that the manifest names and that is not there", name)
    pieces: dict[Path, list[Piece]] = {}
    for path in files:
        try:
            pieces[path] = pieces_of(path)
        except OSError as error:
            tally.skip(unreadable(error), path.name)
    every = [piece for some in pieces.values() for piece in some]
    size = sum(map(_size, every))
    cores = os.cpu_count() or 1
    job = _Job(intake, into, everyone, workers or cores, size, progress or _silent)

    def counts() -> Counts:
        return tally.counts(len(files), size)

    with _refusing(folder), contextlib.ExitStack() as opened:
        store = Store(into, intake, tally, _bounds(every, size), job.workers)
        opened.enter_context(contextlib.closing(store))
        store.take(pieces, job.taken)
        people = job.people(store, tally)
        if not len(people.ids):
            raise InputError(_nobody(folder, counts()))
        # From here on the store is closed with the last table.
        opened.pop_all()
        return Bulk(job.tables(folder, store, people, tally), len(people.ids), counts)


@contextlib.contextmanager
def _refusing(folder: Path) -> Iterator[None]:
    """Say in a line what DuckDB or the disk did not allow."""
    try:
        yield
    except OSError as error:
        raise refused(error) from None
    except Exception as error:
        if not is_of_duckdb(error):
            raise
        said = " ".join(str(error).split())[:200]
        raise InputError([Fault(str(folder), said, "room in memory and on disk")]) from None


def _nobody(folder: Path, counts: Counts) -> Iterator[Fault]:
    """Say that there is no patient, and what could not be read, which may be why."""
    yield Fault(str(folder), "no Patient in it", "FHIR Bulk Data with Patients")
    for one in counts.skipped:
        places = f" ({', '.join(one.examples)})" if one.examples else ""
        yield Fault(str(folder), f"skipped {one.count}: {one.reason}{places}")


class _Job:
    """One reading, from lines in a store to rows of a facts table."""

    def __init__(
        self, intake: Intake, into: Path, everyone: bool, workers: int, size: int,  # noqa: FBT001
        tell: Callable[[int, int], None],
    ) -> None:  # fmt: skip
        """Start with nothing read."""
        self._intake = intake
        self._into = into
        self._everyone = everyone
        self.workers = workers
        self._size = size
        self._tell = tell
        self._done = 0

    def taken(self, path: Path) -> None:
        """Tell that a file was taken."""
        self._done += sum(map(_size, pieces_of(path)))
        self._tell(self._done, self._size)

    def people(self, store: Store, tally: Tally) -> People:
        """Give the patients that were found, and enter what the forms say."""
        found = store.people()
        births = pc.unique(found["own"]).drop_null().sort().to_pylist()
        # Forms and dates are entered in Python, beside what Arrow does with the patients' ids.
        with ThreadPoolExecutor(1) as pool:
            entering = pool.submit(Known, store.forms, births, self._intake)

            def entered(ids: pa.StringArray) -> dict[str, int]:
                store.casts.settle(ids)
                self._known = entering.result()
                return self._known.births

            people = People.of(found, entered)
        again = people.times > 1
        for pid, times in zip(people.ids.filter(pa.array(again)).to_pylist(),
                              people.times[again].tolist(), strict=True):  # fmt: skip
            tally.skip("a Patient that stands more than once", pid, times - 1)
        tally.patients["found"] += len(people.ids)
        return people

    def tables(
        self, folder: Path, store: Store, people: People, tally: Tally
    ) -> Iterator[pa.Table]:
        """Give the rows of the patients, range by range, and close the store.

        From the first range on with many who are put together elsewhere they are written down,
        and given when these are among them.
        """
        with _refusing(folder), contextlib.closing(store), contextlib.ExitStack() as stack:
            apart: list[tuple[Range, Path]] = []
            twice: list[Key] = []
            parts: list[Path] = []
            here: Work | None = None
            for number, one_of in enumerate(self._together(store, people)):
                some, cast, together, rows = one_of.people, one_of.cast, one_of.found, one_of.rows
                tally.add(one_of.tally)
                tally.patients["listed"] += rows.num_rows
                path = self._into / f"part-{number:05}.arrow"
                file = self._into / f"apart-{number:05}.parquet"
                one = Range(str(file), str(self._into / f"other-{number:05}.arrow"))
                others = pa.concat_tables([
                    cast.whole(together.apart),
                    store.whole(some.ids.filter(pa.array(together.apart))),
                ])  # fmt: skip
                if others.num_rows:
                    others = others.sort_by("pid")
                    parquet.write_table(others, file)
                    again = _twice(others)
                    twice += again
                    if again or others.num_rows > _FEW:
                        apart.append((one, path))
                    else:
                        # So few that they are put in their places at once.
                        here = here or stack.enter_context(self._worker(store.keep(self._into, ())))
                        tally.add(here.read(one))
                        rows = _entered(rows, Path(one.part))
                if apart:
                    parts.append(path)
                    if rows.num_rows:
                        _write(rows, path)
                elif rows.num_rows:
                    yield rows
            if apart:
                self._apart(store.keep(self._into, twice), tally, apart)
            for path in parts:
                if path.exists():
                    yield feather.read_table(path, memory_map=False)
                    path.unlink()

    def _together(self, store: Store, people: People) -> Iterator[_Some]:
        """Put the patients together whom numbers tell, range by range.

        Where no line is in the database, the next range is begun beside the one that is given.
        """
        vectors = Vectors(self._known, self._intake, everyone=self._everyone)
        cells = Cells(self._known, self._intake)

        def put(span: Span) -> _Some:
            tally = Tally()
            some = people.between(span.start, span.end)
            lines, cast = self._lines(store, span, some, tally)
            found = vectors.together(some, lines)
            return _Some(some, cast, found, cells.rows(some, lines, found, tally), tally)

        spans = store.ranges(people, _MOST_LINES)
        if store.is_used:
            for span in spans:
                store.here(span)
                yield put(span)
            return
        with ThreadPoolExecutor(min(self.workers, _ABREAST)) as pool:
            coming: deque[Future[_Some]] = deque()
            for span in spans:
                coming.append(pool.submit(put, span))
                if len(coming) > _ABREAST:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()

    def _lines(
        self, store: Store, span: Span, some: People, tally: Tally
    ) -> tuple[Lines, CastLines]:
        """Give the lines of a range of patients; count those of patients who are not there."""
        source = Rows(store.rows(), some.ids)
        for pid, times in source.strangers():
            tally.skip("a resource of a patient who is not in the export", pid, times)
        cast = store.casts.between(span.start, span.end)
        return Lines([cast, source] if len(source.numbers) else [cast]), cast

    @contextlib.contextmanager
    def _worker(self, kept: Kept) -> Iterator[Work]:
        work = Work(Task(self._intake, self._everyone, kept))
        try:
            yield work
        finally:
            work.close()

    def _apart(self, kept: Kept, tally: Tally, ranges: list[tuple[Range, Path]]) -> None:
        """Put those together who are out of the ordinary, and enter their rows among the others."""
        few = sum(Path(one.lines).stat().st_size for one, _ in ranges) < _SMALL
        places = dict(ranges)
        task = Task(self._intake, self._everyone, kept)
        with Crew(task, 1 if few else self.workers) as crew:
            for one, found in crew.share("read", places):
                tally.add(found)
                path = places[one]
                if Path(one.part).exists():
                    among = feather.read_table(path, memory_map=False) if path.exists() else None
                    _write(_entered(among, Path(one.part)), path)


def _entered(table: pa.Table | None, path: Path) -> pa.Table:
    """Enter the rows of a file among others, in the order of the patients' ids."""
    if not path.exists():
        return table
    others = held(feather.read_table(path, memory_map=False))
    if table is None:
        return others
    both = held(pa.concat_tables([table, others]))
    return both.take(pc.sort_indices(both["id"]))


def _twice(lines: pa.Table) -> list[Key]:
    """Give what stands more than once."""
    names = ["pid", "kind", "id"]
    counts = lines.group_by(names).aggregate([([], "count_all")])
    again = counts.filter(pc.greater(counts["count_all"], 1)).select(names).to_pylist()
    return [(one["pid"], one["kind"], one["id"]) for one in again]


def _write(rows: pa.Table, path: Path) -> None:
    feather.write_feather(rows, path, compression="lz4")


def _silent(_done: int, _all: int) -> None:
    """Tell nobody."""


def _size(piece: Piece) -> int:
    if is_packed(piece.path):
        return Path(piece.path).stat().st_size * _UNPACKED
    return piece.end - piece.start


def _bounds(pieces: list[Piece], size: int) -> tuple[str, ...]:
    """Choose ids that cut the patients into ranges of about one size, from samples."""
    ranges = min(size // _RANGE, _MOST_RANGES)
    if not ranges:
        return ()
    names: list[str] = []
    for piece in pieces:
        names += (name.decode() for name in _NAMES.findall(_head(piece)))
    names = sorted(set(names))
    step = max(len(names) // (ranges + 1), 1)
    return tuple(names[step::step][:_MOST_RANGES])


def _head(piece: Piece) -> bytes:
    if not is_packed(piece.path):
        try:
            with open(piece.path, "rb") as file:  # noqa: PTH123 - as it stands in a piece
                file.seek(piece.start)
                return file.read(_SAMPLE)
        except OSError:
            return b""
    try:
        return next(blocks_of(piece)).data[:_SAMPLE]
    except (Broken, StopIteration):
        return b""
