"""The lines of a range of patients as arrays of numbers; their texts are fetched when asked for."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.bulk.arrays import Bytes, Ints, Marks
from myopathway.cohort.bulk.known import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

# A day is a number: that of ``datetime.date.toordinal``, 0 for none.
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()
_WIDEST: Final = 1 << 10
_WORD: Final = 8  # bytes
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_MIXED: Final = np.uint64(0xD6E8FEB86659FD93)
_HALF: Final = np.uint64(32)


PEOPLE: Final = pa.schema({"pid": pa.string(), "form": pa.int32(), "own": pa.string()})
# What workers are told of a line.
WHOLE_LINES: Final = pa.schema({
    "pid": pa.string(), "kind": pa.string(), "id": pa.string(), "form": pa.int32(),
    "first": pa.string(), "second": pa.string(), "own": pa.string(), "more": pa.binary(),
})  # fmt: skip
ROWS: Final = pa.schema({
    "pid": pa.string(), "kind": pa.int8(), "id": pa.string(), "form": pa.int32(),
    "first": pa.string(), "second": pa.string(), "a": pa.int32(), "b": pa.int32(),
    "own": pa.string(),
})  # fmt: skip


class People(msgspec.Struct, frozen=True):
    """The patients of a range, in the order of their ids.

    ``times`` says how often a Patient stands there, ``form`` and ``birth`` what it says.
    """

    ids: pa.StringArray
    times: Ints
    form: Ints
    birth: Ints

    @classmethod
    def of(cls, table: pa.Table, births: Callable[[pa.StringArray], dict[str, int]]) -> People:
        """Sort Patients by id: ``pid``, ``form`` and the date of birth as written (``own``).

        ``births`` gives the numbers of these dates; it is asked last, and told the ids.
        """
        table = table.combine_chunks()
        ids, form, own = (_one(table[name]) for name in ("pid", "form", "own"))
        if len(ids) and not pc.all(pc.less_equal(ids[:-1], ids[1:])).as_py():
            order = pc.sort_indices(ids)
            ids, form, own = ids.take(order), form.take(order), own.take(order)
        forms = pc.fill_null(form, NONE).to_numpy().astype(np.int32)
        is_first = np.ones(len(ids), bool)
        if len(ids):
            is_first[1:] = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
        first = np.flatnonzero(is_first)
        times = np.diff(np.append(first, len(ids)))
        ids = ids.filter(pa.array(is_first))
        known = births(ids)
        dates = own.dictionary_encode()
        numbers = [NONE if one is None else known[one] for one in dates.dictionary.to_pylist()]
        numbers.append(NONE)
        birth = np.array(numbers, np.int32)[
            pc.fill_null(dates.indices, len(numbers) - 1).to_numpy()
        ]  # fmt: skip
        return cls(ids, times, forms[first], birth[first])

    def place(self, name: str) -> int:
        """Give the place of the first whose id is not before this one."""
        return bisect_left(self.ids, name, key=pa.StringScalar.as_py)

    def between(self, start: int, end: int) -> People:
        """Give those from one place to before another."""
        return People(*(getattr(self, name)[start:end] for name in self.__struct_fields__))


class Numbers(msgspec.Struct, frozen=True):
    """Of each line its patient, type and form, and the days that the form uses, as numbers.

    Of its id there is a mark: equal ids have equal marks.
    """

    person: Ints
    kind: Ints
    form: Ints
    first: Ints
    second: Ints
    mark: Marks

    def __len__(self) -> int:
        """Give the number of lines."""
        return len(self.person)

    def days(self, lines: Ints, places: Ints) -> Ints:
        """Give of some lines the day at a place of its two; 0 where there is no such place."""
        found = np.where(places == 0, self.first[lines], self.second[lines])
        return np.where((places == 0) | (places == 1), found, 0)


class Source(Protocol):
    """Where lines come from."""

    numbers: Numbers

    def ids(self, lines: Ints) -> pa.StringArray:
        """Give the ids of lines."""

    def doses(self, lines: Ints) -> pa.StringArray:
        """Give the doses in words of lines of drugs; "" for none."""

    def written(self, lines: Ints, use: int) -> list[str]:
        """Give the first or second of the dates that the forms of lines use, as written."""


class Lines:
    """Lines of several sources in a row."""

    def __init__(self, sources: Sequence[Source]) -> None:
        """Take the sources."""
        self._sources = sources
        self._starts = np.cumsum([0, *(len(one.numbers) for one in sources)])
        every = [one.numbers for one in sources]
        self.numbers = every[0] if len(every) == 1 else Numbers(*(
            np.concatenate([getattr(one, name) for one in every])
            for name in Numbers.__struct_fields__
        ))  # fmt: skip

    def ids(self, lines: Ints) -> pa.StringArray:
        """Give the ids of lines."""
        return self._fetched(lines, lambda source, some: source.ids(some))

    def doses(self, lines: Ints) -> pa.StringArray:
        """Give the doses in words of lines of drugs; "" for none."""
        return self._fetched(lines, lambda source, some: source.doses(some))

    def written(self, lines: Ints, use: int) -> list[str]:
        """Give the first or second of the dates that the forms of lines use, as written."""
        found = self._fetched(
            lines, lambda source, some: pa.array(source.written(some, use), pa.string())
        )
        texts: list[str] = found.to_pylist()
        return texts

    def _fetched(self, lines: Ints, fetch: Callable[[Source, Ints], pa.Array]) -> pa.StringArray:
        if len(self._sources) == 1:
            return fetch(self._sources[0], lines)
        owner = np.searchsorted(self._starts, lines, side="right") - 1
        order = np.argsort(owner, kind="stable")
        parts = [pa.array([], pa.string())]
        for place, source in enumerate(self._sources):
            some = lines[owner == place] - self._starts[place]
            if len(some):
                parts.append(fetch(source, some))
        back = np.empty(len(lines), np.int64)
        back[order] = np.arange(len(lines))
        return pa.concat_arrays(parts).take(pa.array(back))


class Rows:
    """Lines that stand in an Arrow table: pid, kind, id, form, days (``a``, ``b``), dates, dose."""

    def __init__(self, table: pa.Table, people: pa.StringArray) -> None:
        """Take a table; lines of others than these people are ``strange``."""
        table = table.combine_chunks()
        person = pc.index_in(_one(table["pid"]), people)
        self.strange: pa.Table | None = None
        if person.null_count:
            self.strange = table.filter(person.is_null())
            table = table.filter(person.is_valid())
            person = person.drop_null()
        self.table = table = table.combine_chunks()

        def column(name: str, kind: type, nothing: int = 0) -> NDArray[Any]:
            return pc.fill_null(_one(table[name]), nothing).to_numpy().astype(kind)

        self.numbers = Numbers(
            person.to_numpy(), column("kind", np.int8), column("form", np.int32, NONE),
            column("a", np.int32), column("b", np.int32), marks(_one(table["id"])),
        )  # fmt: skip

    def ids(self, lines: Ints) -> pa.StringArray:
        """Give the ids of lines."""
        return self._texts("id", lines)

    def doses(self, lines: Ints) -> pa.StringArray:
        """Give the doses in words of lines of drugs; "" for none."""
        return self._texts("own", lines)

    def written(self, lines: Ints, use: int) -> list[str]:
        """Give the first or second of the dates that the forms of lines use, as written."""
        texts: list[str] = self._texts("second" if use else "first", lines).to_pylist()
        return texts

    def strangers(self) -> list[tuple[str, int]]:
        """Give the ids of those who are not among these people, and how many lines each has."""
        if self.strange is None:
            return []
        counts = self.strange.group_by("pid").aggregate([([], "count_all")])
        return [(one["pid"], one["count_all"]) for one in counts.to_pylist()]

    def _texts(self, name: str, lines: Ints) -> pa.StringArray:
        return pc.fill_null(_one(self.table[name]).take(pa.array(lines)), "")


def dates(days: Ints) -> pa.Array:
    """Give days as dates; null for none."""
    return pa.array(days - _EPOCH, pa.int32(), mask=days == 0).cast(pa.date32())


def marks(texts: pa.StringArray) -> Marks:
    """Give numbers of texts; equal texts have equal ones."""
    count = len(texts)
    found = np.zeros(count, np.uint64)
    if not count:
        return found
    _, ends, data = texts.cast(pa.large_string()).buffers()
    size = 0 if data is None else data.size
    held = np.zeros(size + _WIDEST, np.uint8)
    if size:
        held[:size] = np.frombuffer(data, np.uint8)
    offsets = np.frombuffer(ends, np.int64)[texts.offset : texts.offset + count + 1]
    lengths = np.minimum(np.diff(offsets), _WIDEST - _WORD)
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        width = length + -length % _WORD
        if width:
            same = cut(held, offsets[:-1][rows], width)
            same[:, length:] = 0
            found[rows] = marked(same, lengths[rows])
    return found


def cut(data: Bytes, starts: Ints, width: int) -> Bytes:
    """Cut pieces of a width out of bytes, one below the other."""
    every = np.ndarray((len(data) - width + 1,), f"V{width}", data, strides=(1,))
    return every[starts].view(np.uint8).reshape(len(starts), width)


def marked(texts: Bytes, lengths: Ints) -> Marks:
    """Give numbers of texts that stand in rows of whole words of eight bytes, with zeros behind."""
    words = texts.view(np.uint64)
    found = lengths.astype(np.uint64) * _MIXED
    least = int(lengths.min(initial=0))
    for place in range(words.shape[1]):
        mixed = (found ^ words[:, place]) * _ODD
        mixed ^= mixed >> _HALF
        found = mixed if least > _WORD * place else np.where(lengths > _WORD * place, mixed, found)
    return found


def _one(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
