"""The lines of an export that fit moulds, until their patients are put together."""

from __future__ import annotations

import os
import pickle
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.bulk import buffers
from myopathway.cohort.bulk.cast import PERSON, Cast, rows_of, texts_of
from myopathway.cohort.bulk.casting import Caster, Outcome
from myopathway.cohort.bulk.columns import LAYOUTS
from myopathway.cohort.bulk.form import MEDICATIONS
from myopathway.cohort.bulk.known import NONE
from myopathway.cohort.bulk.lines import PEOPLE, WHOLE_LINES, Numbers, dates
from myopathway.cohort.bulk.pieces import is_packed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from myopathway.cohort.bulk.arrays import Bytes, Ints, Truths
    from myopathway.cohort.bulk.counts import Tally
    from myopathway.cohort.bulk.desk import Desk

# A file of which at some place a smaller share of the lines so far fits is read otherwise.
_LEAST: Final = 0.7
_AHEAD: Final = 3  # blocks that may be cast before one that takes longer is done
_NOBODY: Final = -1  # the place of who is not among the patients
_MOST_LINES: Final = 6_000_000  # that are kept in memory


class Left:
    """Lines of a file that fit no mould, in a file of their own, with the numbers they had."""

    def __init__(self, path: Path) -> None:
        """Begin a file."""
        path.parent.mkdir()
        self.path = path
        self._numbers: list[Ints] = []

    def add(self, lines: bytes, numbers: Ints) -> None:
        """Add lines."""
        self._numbers.append(numbers)
        with self.path.open("ab") as out:
            out.write(lines)

    def numbers(self) -> Ints:
        """Give the numbers of the lines."""
        return np.concatenate(self._numbers)


class _File:
    """A file while its lines are cast."""

    def __init__(self, kind: str, path: Path, left: Path) -> None:
        """Start with nothing cast; what is left goes into a folder."""
        self.kind, self.path = kind, path
        self.left: Left | None = None
        self.kept: list[_Kept] = []
        self.lines = self.done = 0
        self._into = left
        self._others, self._line = 0, 1
        try:
            self.blocks = buffers.count(str(path))
        except OSError:
            self.blocks = 1  # which cannot be read
        self.is_open = self.blocks > 0 and kind in LAYOUTS and not is_packed(path.name)

    def add(self, found: Outcome) -> bool:
        """Add what became of the next block; False where too little fits."""
        self.done += 1
        self.lines += len(found.cast)
        self._others += len(found.places)
        if self.lines < _LEAST * (self.lines + self._others):
            return False
        if len(found.places):
            self.left = self.left or Left(self._into / self.path.name)
            self.left.add(found.left, self._line + found.places)
        self._line += found.count
        return True


class _Kept:
    """A cast in memory, or on disk; and the places of its patients, once they are known."""

    def __init__(self, cast: Cast, path: Path | None) -> None:
        """Keep a cast, in a file if there is a path."""
        self.kind = cast.kind
        self.owners: pa.StringArray | None = cast.owners
        self.runs = cast.runs
        self.places: Ints = cast.runs
        self._held: Cast | Path = cast if path is None else path
        if path is not None:
            parts = [getattr(cast, name) for name in Cast.__struct_fields__]
            path.write_bytes(pickle.dumps(parts, pickle.HIGHEST_PROTOCOL))

    def cast(self) -> Cast:
        """Give the cast."""
        if isinstance(self._held, Cast):
            return self._held
        # Written by ourselves, a moment ago.
        return Cast(*pickle.loads(self._held.read_bytes()))  # noqa: S301


class Casts:
    """Takes files as far as their lines fit moulds, and keeps what they say."""

    def __init__(
        self, desk: Desk, kinds: Sequence[str], tally: Tally, threads: int, into: Path
    ) -> None:
        """Start with nothing taken; what is too much for the memory goes into a folder."""
        self._desk = desk
        self._kinds = kinds
        self._tally = tally
        self._threads = threads
        self._into = into
        self._local = threading.local()
        self._caster = Caster(desk)
        self._kept: list[_Kept] = []
        self._lines = self._written = 0

    def take(
        self, files: Iterable[tuple[str, Path]], into: Path
    ) -> Iterator[tuple[str, Path, Left | Path | None]]:
        """Take what fits of files, each with the type of most of its lines.

        Gives of each, as they are done, what is left, in a file of the same name in another folder;
        the file itself where it is not worth while.
        """
        every = [_File(kind, path, into / f"left-{number}")
                 for number, (kind, path) in enumerate(files)]  # fmt: skip
        yield from ((one.kind, one.path, one.path if one.blocks else None)
                    for one in every if not one.is_open)  # fmt: skip
        firsts: dict[str, Future[Outcome]] = {}
        waiting: deque[tuple[_File, Future[Outcome]]] = deque()
        with ThreadPoolExecutor(self._threads) as pool:
            for file, block in _in_turn([one for one in every if one.is_open]):
                if not file.is_open:
                    continue
                if file.kind in firsts:
                    wait([firsts[file.kind]])
                coming = pool.submit(self._cast, file, block)
                firsts.setdefault(file.kind, coming)
                waiting.append((file, coming))
                while len(waiting) > self._threads + _AHEAD:
                    yield from self._entered(*waiting.popleft())
            while waiting:
                yield from self._entered(*waiting.popleft())

    def _cast(self, file: _File, block: int) -> Outcome:
        """Cast a block of a file, in the room of this thread."""
        if not hasattr(self._local, "buffer"):
            self._local.buffer = buffers.Buffer()
        path = str(file.path)
        return self._caster.cast(file.kind, path, self._local.buffer.block(path, block))

    def _entered(
        self, file: _File, coming: Future[Outcome]
    ) -> Iterator[tuple[str, Path, Left | Path | None]]:
        """Enter what was cast; give the file if it is done, or given up."""
        if not file.is_open:
            coming.cancel()
            return
        try:
            found = coming.result()
        except (buffers.TooLongError, OSError):
            is_fine = False
        else:
            is_fine = file.add(found)
            self._lines += len(found.cast)
            if len(found.cast):
                file.kept.append(self._keep(found.cast))
        if not is_fine:
            self._lines -= file.lines
            file.is_open = False
            yield file.kind, file.path, file.path
        elif file.done == file.blocks:
            file.is_open = False
            self._kept += file.kept
            self._tally.resources[file.kind] += file.lines
            yield file.kind, file.path, file.left

    def _keep(self, cast: Cast) -> _Kept:
        in_memory = self._lines <= _MOST_LINES
        self._written += not in_memory
        return _Kept(cast, None if in_memory else self._into / f"cast-{self._written}")

    def people(self) -> pa.Table:
        """Give every Patient: id, form and date of birth."""
        some = [kept.cast() for kept in self._kept if kept.kind == PERSON]
        days, of = np.unique(_joined([one.first for one in some], np.int32), return_inverse=True)
        born = dates(days).cast(pa.string())
        owners = [one.owners.take(pa.array(np.repeat(np.arange(len(one.runs)), one.runs)))
                  for one in some]  # fmt: skip
        return pa.Table.from_arrays(
            [pa.concat_arrays([pa.array([], pa.string()), *owners]),
             pa.array(_joined([one.form for one in some], np.int32)), born.take(pa.array(of))],
            schema=PEOPLE,
        )  # fmt: skip

    def settle(self, people: pa.StringArray) -> None:
        """Give the lines of each patient the place of the patient among these."""
        every = pa.concat_arrays([pa.array([], pa.string()), *(one.owners for one in self._kept)])
        size = max(-(-len(every) // self._threads), 1)
        with ThreadPoolExecutor(self._threads) as pool:
            parts = pool.map(
                lambda begin: pc.fill_null(pc.index_in(every.slice(begin, size), people), _NOBODY),
                range(0, len(every), size),
            )
            places = np.concatenate([np.zeros(0, np.int32), *(part.to_numpy() for part in parts)])
        start = 0
        for one in self._kept:
            one.places = places[start : start + len(one.runs)]
            for strange in np.flatnonzero(one.places < 0).tolist():
                name, times = every[start + strange].as_py(), int(one.runs[strange])
                self._tally.skip("a resource of a patient who is not in the export", name, times)
            start += len(one.runs)
            one.owners = None

    def counts(self, people: int) -> Ints:
        """Give the number of lines of each patient."""
        places = _joined([one.places for one in self._kept], np.int32)
        runs = _joined([one.runs for one in self._kept], np.int32)
        # Strangers stand before all others.
        return np.bincount(places - _NOBODY, runs, people + 1)[1:].astype(np.int64)

    def between(self, start: int, end: int) -> CastLines:
        """Give the lines of the patients from one place to before another."""
        some: list[tuple[Cast, Ints, Ints]] = []
        for one in self._kept:
            is_here = (one.places >= start) & (one.places < end)
            if is_here.any():
                rows = np.flatnonzero(np.repeat(is_here, one.runs))
                person = np.repeat(one.places[is_here], one.runs[is_here]) - start
                some.append((one.cast(), rows, person))
        return CastLines(some, self._caster, self._kinds, self._desk)


def _in_turn(files: list[_File]) -> Iterator[tuple[_File, int]]:
    """Give the blocks of files, those of each in their order.

    What the first of a type teaches serves all others: it comes early, so that nobody waits.
    """
    files = sorted(files, key=lambda one: one.blocks)
    firsts = list({one.kind: one for one in files}.values())[::-1]
    yield from ((one, 0) for one in firsts)
    for one in files:
        yield from ((one, block) for block in range(one in firsts, one.blocks))


class CastLines:
    """Lines of a range of patients that fit moulds."""

    def __init__(
        self, casts: list[tuple[Cast, Ints, Ints]], caster: Caster, kinds: Sequence[str], desk: Desk
    ) -> None:  # fmt: skip
        """Take some rows of casts, each with the number of its patient."""
        self._all = casts
        self._some = [one for one in casts if one[0].kind != PERSON]
        self._caster = caster
        self._desk = desk
        self._starts = np.cumsum([0, *(len(rows) for _, rows, _ in self._some)])
        self.numbers = Numbers(
            _joined([person for _, _, person in self._some], np.int32),
            _joined([np.full(len(rows), kinds.index(one.kind), np.int8)
                     for one, rows, _ in self._some], np.int8),
            *(_joined([getattr(one, name)[rows] for one, rows, _ in self._some], kind)
              for name, kind in (("form", np.int32), ("first", np.int32), ("second", np.int32),
                                 ("mark", np.uint64))),
        )  # fmt: skip

    def ids(self, lines: Ints) -> pa.StringArray:
        """Give the ids of lines that a fact is read from."""
        names, places = self._names
        return texts_of(rows_of(names, places[lines]))

    @cached_property
    def _names(self) -> tuple[Bytes, Ints]:
        """Give the ids of all lines that a fact is read from, and where among them that of each."""
        is_told = self.numbers.form != NONE
        width = max((one.id.shape[1] for one, _, _ in self._some), default=1)
        names = np.zeros((int(is_told.sum()), width), np.uint8)
        start = 0
        for one, rows, _ in self._some:
            some = one.ids(rows[one.form[rows] != NONE])
            names[start : start + len(some), : some.shape[1]] = some
            start += len(some)
        return names, np.cumsum(is_told) - 1

    def doses(self, lines: Ints) -> pa.StringArray:
        """Give the doses in words of lines of drugs; "" for none."""
        doses = pa.array([one.dose for one in self._caster.entered], pa.string())
        moulds = _joined([one.mould[rows] for one, rows, _ in self._some], np.int32)
        return doses.take(pa.array(moulds[lines]))

    def written(self, lines: Ints, use: int) -> list[str]:
        """Give the first or second of the dates that the forms of lines use, as written."""
        found = [""] * len(lines)
        owner = self._shared(lines)
        for place in np.unique(owner).tolist():
            one, every, _ = self._some[place]
            mine = np.flatnonzero(owner == place)
            rows = every[lines[mine] - self._starts[place]]
            for at, row, text in zip(
                mine.tolist(), rows.tolist(), self._read(one, rows), strict=True
            ):
                date = self._caster.uses(one.kind, int(one.form[row]))[use]
                span = None
                if date >= 0:
                    span = self._caster.entered[one.mould[row]].mould.dates[date]
                if span is not None:
                    found[at] = text[slice(*span)].decode()
        return found

    def _read(self, one: Cast, rows: Ints) -> list[bytes]:
        """Read lines once more."""
        if not len(rows):
            return []
        with open(one.path, "rb", buffering=0) as file:  # noqa: PTH123 - unbuffered
            return [
                os.pread(file.fileno(), self._caster.entered[mould].mould.length, one.offset + at)
                for mould, at in zip(
                    one.mould[rows].tolist(), one.start[rows].tolist(), strict=True
                )
            ]

    def whole(self, wanted: Truths) -> pa.Table:
        """Give the lines of some of the patients as the reader sees them, one by one."""
        found: list[tuple[Any, ...]] = []
        for one, rows, person in self._all:
            lines = self._read(one, rows[wanted[person]])
            where = os.path.basename(one.path)  # noqa: PTH119 - a name
            for pid, kind, name, form, first, second, _, _, own, more in self._desk.rows(
                one.kind, lines, 0, where
            ):  # fmt: skip
                mine = (own or "") if kind in MEDICATIONS else own
                found.append((pid, kind, name, form, first, second, mine, more))
        columns = zip(*found, strict=True) if found else [()] * len(WHOLE_LINES)
        pairs = zip(columns, WHOLE_LINES, strict=True)
        arrays = [pa.array(column, field.type) for column, field in pairs]
        return pa.Table.from_arrays(arrays, schema=WHOLE_LINES)

    def _shared(self, lines: Ints) -> Ints:
        return np.searchsorted(self._starts, lines, side="right") - 1


def _joined(parts: list[Any], kind: type) -> Any:  # noqa: ANN401 - numbers of any kind
    return np.concatenate([np.zeros(0, kind), *parts])
