"""A folder of FHIR Bulk Data in, a facts table and its counts out."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.cohort.bulk.counts import Counts, Tally
from myopathway.cohort.bulk.crew import Crew
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
from myopathway.cohort.bulk.products import keep
from myopathway.cohort.bulk.sorted import Sorted
from myopathway.cohort.bulk.work import Range, Task
from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from myopathway.cohort.bulk.work import Finished
    from myopathway.intake import Intake

_SMALL: Final = 8 << 20  # bytes for which no other process is worth its start
_RANGE: Final = 48 << 20  # bytes of an export that make one range of patients
_UNPACKED: Final = 10  # how much larger a packed file becomes, about
_MOST_RUNS: Final = 150_000  # of one range, read at a time
_MOST_RANGES: Final = 2_000
_SAMPLE: Final = 1 << 16  # bytes
_NAMES: Final = re.compile(rb'"reference"\s*:\s*"Patient/([A-Za-z0-9.-]{1,64})"')


class Bulk(msgspec.Struct, frozen=True):
    """A facts table in Parquet files, their rows in the order of the patients' ids."""

    parts: tuple[Path, ...]
    counts: Counts

    def tables(self, rows: int = 100_000) -> Iterator[pa.Table]:
        """Give the rows as Arrow tables of about this many, in order."""
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above

        held: list[pa.Table] = []
        for part in self.parts:
            held.append(pq.read_table(part))
            if sum(one.num_rows for one in held) >= rows:
                yield pa.concat_tables(held)
                held = []
        if held:
            yield pa.concat_tables(held)


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
    done. Raises ``InputError`` where the folder or its patients are missing or the disk is full.
    """
    files = files_of(folder)
    tally = Tally()
    for name in missing(folder, files):
        tally.skip("a file that the manifest names and that is not there", name)
    pieces: list[Piece] = []
    for path in files:
        try:
            pieces += pieces_of(path)
        except OSError as error:
            tally.skip(unreadable(error), path.name)
    size = sum(_size(piece) for piece in pieces)
    tell = progress or _silent
    bounds = _bounds(pieces, size)
    task = Task(intake, str(into), bounds, everyone)
    if workers is None:
        workers = 1 if size < _SMALL else os.cpu_count() or 1
    parts: list[Path] = []
    with Crew(task, workers) as crew:
        read_so_far = 0
        for piece, _ in crew.share("sort", pieces):
            read_so_far += _size(piece)
            tell(read_so_far, size + size // 2)
        finished: list[Finished] = crew.each("finish")
        for one in finished:
            tally.add(one.tally)
        crew.each("open", _sorted(finished, into))
        ranges = list(_ranges(crew, finished, bounds, into))
        for done, (_, answer) in enumerate(crew.share("read", ranges), start=1):
            tally.add(answer)
            tell(size + size // 2 * done // len(ranges), size + size // 2)
        parts = [path for one in ranges if (path := Path(one.part)).exists()]
    if not tally.patients["found"]:
        raise InputError([Fault(str(folder), "no Patient in it", "FHIR Bulk Data with Patients")])
    return Bulk(tuple(parts), tally.counts(len(files), size))


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


def _sorted(finished: list[Finished], into: Path) -> Sorted:
    products = [product for one in finished for product in one.products]
    shelf = ""
    if products:
        shelf = str(into / "products")
        keep(shelf, products)
    spools = tuple(one.spooled for one in finished)
    return Sorted(spools, tuple(one.forms for one in finished), shelf)


def _ranges(
    crew: Crew, finished: list[Finished], bounds: tuple[str, ...], into: Path
) -> Iterator[Range]:
    """Give the ranges in order; one that turned out too large is cut again."""
    large = [place for place in range(len(bounds) + 1)
             if _runs(finished, place) > _MOST_RUNS]  # fmt: skip
    cuts: dict[int, list[str]] = {}
    for place, names in crew.share("names", large):
        pieces = _runs(finished, place) // _MOST_RUNS + 1
        step = max(len(names) // pieces, 1)
        cuts[place] = names[step::step]
    number = 0
    for place in range(len(bounds) + 1):
        edges = ["", *cuts.get(place, []), ""]
        for low, high in pairwise(edges):
            yield Range(place, low, high, str(into / f"part-{number:05}.parquet"))
            number += 1


def _runs(finished: list[Finished], place: int) -> int:
    return sum(one.spooled.runs[place] for one in finished)
