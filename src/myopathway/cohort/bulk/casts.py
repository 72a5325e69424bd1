"""The lines of an export that fit moulds, until their patients are put together."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.bulk import buffers
from myopathway.cohort.bulk.casting import Caster, Outcome
from myopathway.cohort.bulk.columns import LAYOUTS
from myopathway.cohort.bulk.form import MEDICATIONS
from myopathway.cohort.bulk.lines import PEOPLE, WHOLE_LINES, Numbers, dates
from myopathway.cohort.bulk.pieces import is_packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from myopathway.cohort.bulk.arrays import Bytes, Ints, Truths
    from myopathway.cohort.bulk.cast import Cast
    from myopathway.cohort.bulk.counts import Tally
    from myopathway.cohort.bulk.desk import Desk

_PERSON: Final = "Patient"
# A file of which a smaller share of the first lines fits moulds is read otherwise.
_LEAST: Final = 0.5


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


class Casts:
    """Takes files as far as their lines fit moulds, and keeps what they say."""

    def __init__(self, desk: Desk, kinds: Sequence[str], tally: Tally, threads: int) -> None:
        """Start with nothing taken."""
        self._desk = desk
        self._kinds = kinds
        self._tally = tally
        self._threads = threads
        self._local = threading.local()
        self._caster = Caster(desk)
        self._casts: list[Cast] = []
        self._person: list[Ints] = []

    def take(self, kind: str, path: Path, into: Path) -> Left | Path | None:
        """Take what fits of a file whose lines are mostly of one type.

        Gives what is left, in a file of the same name in another folder; the file itself where it
        is not worth while.
        """
        if kind not in LAYOUTS or is_packed(path.name):
            return path
        casts: list[Cast] = []
        left: Left | None = None
        line = 1
        try:
            for number, found in enumerate(self._outcomes(kind, str(path))):
                cast = found.cast
                if not number and len(cast.start) < _LEAST * (len(cast.start) + len(found.places)):
                    return path
                casts.append(cast)
                if len(found.places):
                    left = left or Left(into / path.name)
                    left.add(found.left, line + found.places)
                line += found.count
        except (buffers.TooLongError, OSError):
            return path
        self._casts += [one for one in casts if len(one.start)]
        self._tally.resources[kind] += sum(len(one.start) for one in casts)
        return left

    def _outcomes(self, kind: str, path: str) -> Iterator[Outcome]:
        """Cast the blocks of a file, several at a time; the first one by itself."""

        def cast(number: int) -> Outcome:
            if not hasattr(self._local, "buffer"):
                self._local.buffer = buffers.Buffer()
            return self._caster.cast(kind, path, self._local.buffer.block(path, number))

        count = buffers.count(path)
        if count:
            yield cast(0)
        if count > 1:
            with ThreadPoolExecutor(self._threads) as pool:
                yield from pool.map(cast, range(1, count))

    def people(self) -> pa.Table:
        """Give every Patient: id, form and date of birth."""
        parts = [
            pa.table({
                "pid": _texts(one.owner), "form": pa.array(one.form, pa.int32()),
                "own": dates(one.first).cast(pa.string()),
            }, PEOPLE)
            for one in self._casts if one.kind == _PERSON
        ]  # fmt: skip
        return pa.concat_tables([PEOPLE.empty_table(), *parts])

    def settle(self, people: pa.StringArray) -> None:
        """Give the lines of each patient the place of the patient among these."""
        runs: list[Ints] = []
        texts: list[pa.StringArray] = [pa.array([], pa.string())]
        for one in self._casts:
            words = one.owner.view(np.uint64)
            is_head = np.ones(len(words), bool)
            is_head[1:] = (words[1:] != words[:-1]).any(axis=1)
            heads = np.flatnonzero(is_head)
            texts.append(_texts(one.owner[heads]))
            runs.append(np.diff(np.append(heads, len(words))))
        every = pa.concat_arrays(texts)
        places = pc.fill_null(pc.index_in(every, people), -1).to_numpy()
        times = np.concatenate([np.zeros(0, np.int64), *runs])
        for strange in np.flatnonzero(places < 0).tolist():
            self._tally.skip("a resource of a patient who is not in the export",
                             every[strange].as_py(), int(times[strange]))  # fmt: skip
        ends = np.cumsum([len(run) for run in runs])
        self._person = [
            np.repeat(places[end - len(run) : end], run).astype(np.int32)
            for end, run in zip(ends.tolist(), runs, strict=True)
        ]

    def counts(self, people: int) -> Ints:
        """Give the number of lines of each patient."""
        found = np.zeros(people, np.int64)
        for person in self._person:
            found += np.bincount(person[person >= 0], minlength=people)
        return found

    def between(self, start: int, end: int) -> CastLines:
        """Give the lines of the patients from one place to before another."""
        some: list[tuple[Cast, Ints, Ints]] = []
        for one, person in zip(self._casts, self._person, strict=True):
            rows = np.flatnonzero((person >= start) & (person < end))
            if len(rows):
                some.append((one, rows, person[rows] - start))
        return CastLines(some, self._caster, self._kinds, self._desk)


class CastLines:
    """Lines of a range of patients that fit moulds."""

    def __init__(
        self, casts: list[tuple[Cast, Ints, Ints]], caster: Caster, kinds: Sequence[str], desk: Desk
    ) -> None:  # fmt: skip
        """Take some rows of casts, each with the number of its patient."""
        self._all = casts
        self._some = [one for one in casts if one[0].kind != _PERSON]
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
        """Give the ids of lines."""
        owner = self._shared(lines)
        width = max((one.id.shape[1] for one, _, _ in self._some), default=1)
        texts = np.zeros((len(lines), width), np.uint8)
        for place, (one, rows, _) in enumerate(self._some):
            mine = np.flatnonzero(owner == place)
            if len(mine):
                texts[mine, : one.id.shape[1]] = one.id[rows[lines[mine] - self._starts[place]]]
        return _texts(texts)

    def doses(self, lines: Ints) -> pa.StringArray:
        """Give the doses in words of lines of drugs; "" for none."""
        doses = pa.array([one.dose for one in self._caster.entered], pa.string())
        moulds = _joined([one.mould[rows] for one, rows, _ in self._some], np.int32)
        return doses.take(pa.array(moulds[lines]))

    def written(self, lines: Ints, use: int) -> list[str]:
        """Give the first or second of the dates that the forms of lines use, as written."""
        found: list[str] = []
        for line, place in zip(lines.tolist(), self._shared(lines).tolist(), strict=True):
            one, rows, _ = self._some[place]
            row = rows[line - self._starts[place]]
            at = self._caster.uses(one.kind, int(one.form[row]))[use]
            span = self._caster.entered[one.mould[row]].mould.dates[at] if at >= 0 else None
            found.append("" if span is None else _line(one, row)[slice(*span)].decode())
        return found

    def whole(self, wanted: Truths) -> pa.Table:
        """Give the lines of some of the patients as the reader sees them, one by one."""
        found: list[tuple[Any, ...]] = []
        for one, rows, person in self._all:
            lines = [_line(one, row) for row in rows[wanted[person]].tolist()]
            for pid, kind, name, form, first, second, _, _, own, more in self._desk.rows(
                one.kind,
                lines,
                0,
                os.path.basename(one.path),  # noqa: PTH119 - a name
            ):
                mine = (own or "") if kind in MEDICATIONS else own
                found.append((pid, kind, name, form, first, second, mine, more))
        columns = zip(*found, strict=True) if found else [()] * len(WHOLE_LINES)
        pairs = zip(columns, WHOLE_LINES, strict=True)
        arrays = [pa.array(column, field.type) for column, field in pairs]
        return pa.Table.from_arrays(arrays, schema=WHOLE_LINES)

    def _shared(self, lines: Ints) -> Ints:
        return np.searchsorted(self._starts, lines, side="right") - 1


def _line(one: Cast, row: int) -> bytes:
    with open(one.path, "rb", buffering=0) as file:  # noqa: PTH123 - unbuffered
        return os.pread(file.fileno(), int(one.length[row]), int(one.start[row]))


def _joined(parts: list[Any], kind: type) -> Any:  # noqa: ANN401 - numbers of any kind
    return np.concatenate([np.zeros(0, kind), *parts])


def _texts(padded: Bytes) -> pa.StringArray:
    """Give texts that stand in rows of bytes, filled up with zeros."""
    width = padded.shape[1]
    return pa.array(np.ascontiguousarray(padded).view(f"S{width}").ravel(), pa.binary()).cast(
        pa.string()
    )
