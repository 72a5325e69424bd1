"""The columns of a piece as planes: what circuits are given."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.bits import BITS, Plane, packed, planes_of, width
from myopathway.cohort.departing import At, Recorded
from myopathway.cohort.leaves import Bit, Bounded, Count, Gap, Shown, Stated, Valued, Word
from myopathway.cohort.sequences import Listed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Hashable

    from myopathway.cohort.histories import Histories, History
    from myopathway.cohort.marks import Marks
    from myopathway.guideline.model import Guideline

DAY: Final = "as_of"
_EPOCH_ORDINAL: Final = 719_163  # the ordinal of 1970-01-01
_RELATIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Sights:
    """One piece: gives each plane by its name, made once."""

    def __init__(self, guideline: Guideline, day: dt.date, piece: pa.Table, marks: Marks) -> None:
        """See the rows of a piece on their day, or on this one."""
        self._guideline = guideline
        self._day = day
        self._piece = piece
        self._marks = marks
        self.count = piece.num_rows
        self.size = width(self.count)
        self._planes: dict[Hashable, Plane] = {}
        self._columns: dict[str, pa.Array] = {}
        self._numbers: dict[str, np.ndarray] = {}
        self._codes: dict[str, tuple[np.ndarray, list[str]]] = {}
        self._lists: set[str] = set()
        self._history: tuple[Histories, History] | None = None

    def tell_history(self, histories: Histories, history: History) -> None:
        """Let the regimens be seen."""
        self._history = histories, history

    def tell_places(self, nodes: np.ndarray, possible: np.ndarray, names: list[str]) -> None:
        """Let the places be seen: the node's number (none: -1), and a byte a node that may be."""
        for place, name in enumerate(names):
            self._planes[At(name)] = packed(nodes == place)
            self._planes[At(name, perhaps=True)] = packed(possible[:, place])

    def plane(self, name: Hashable) -> Plane:
        """Give a plane."""
        found = self._planes.get(name)
        if found is None:
            found = self._made(name)
            self._planes[name] = found
        return found

    def column(self, name: str) -> pa.Array:
        """Give a column in one part."""
        if name not in self._columns:
            column = self._piece.column(name)
            self._columns[name] = (
                column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
            )
            if isinstance(self._columns[name], pa.ChunkedArray):
                self._columns[name] = pa.concat_arrays(self._columns[name].chunks)
        return self._columns[name]

    def _made(self, name: Hashable) -> Plane:
        match name:
            case Stated(fact=fact):
                return self._valid(self.column(fact))
            case Valued(fact=fact):
                return self._valued(fact)
            case Word(fact=fact, value=value):
                return self._word(fact, value)
            case Bounded(fact=fact, relation=relation, bound=bound):
                holds = _RELATIONS[relation](self._number(fact), float(bound))
                return packed(holds) & self._valued(fact)
            case Gap():
                return self._gap(name)
            case Shown(fact=fact):
                self._see_list(fact)
            case Bit(word=word, place=place):
                self._see_bits(word, place // 8)
            case Count(word=word, mask=mask, need=need):
                own = self._word_of(word)
                return packed(np.bitwise_count(own & np.uint64(mask)) >= need)
            case Recorded(name=sought):
                return self._recorded(sought)
            case _:
                raise LookupError(name)
        return self._planes[name]

    def _nothing(self) -> Plane:
        return np.zeros(self.size, np.uint64)

    def _valid(self, column: pa.Array) -> Plane:
        if column.null_count == 0:
            return ~self._nothing()
        if column.null_count == self.count:
            return self._nothing()
        return _bitmap(column.buffers()[0], column.offset, self.count)

    def _valued(self, fact: str) -> Plane:
        since = self._guideline.vocabulary.facts[fact].from_date
        valid = self._valid(self.column(fact))
        return valid | self._valid(self.column(since)) if since else valid

    def _word(self, fact: str, value: bool | str) -> Plane:  # noqa: FBT001 - a value
        column = self.column(fact)
        if column.null_count == self.count:
            return self._nothing()
        valid = self._valid(column)
        if isinstance(value, bool):
            holds = _bitmap(column.buffers()[1], column.offset, self.count)
            return valid & (holds if value else ~holds)
        if fact not in self._codes:
            column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            codes = column.indices
            if codes.null_count:
                codes = pc.fill_null(codes, 0)
            words = column.dictionary.to_pylist()
            small = np.uint8 if len(words) < 1 << 8 else np.uint32
            self._codes[fact] = codes.to_numpy(zero_copy_only=False).astype(small), words
        codes, words = self._codes[fact]
        found = self._nothing()
        for place, word in enumerate(words):
            if word == value:
                found |= packed(codes == place)
        return found & valid

    def _stated(self, fact: str) -> np.ndarray:
        """Give the numbers of a column; where none is known, any."""
        column = self.column(fact)
        kind = np.float64 if pa.types.is_floating(column.type) else np.int32
        if column.null_count == self.count:
            return np.zeros(self.count, kind)
        begin = column.offset
        return np.frombuffer(column.buffers()[1], kind)[begin : begin + self.count]

    def number(self, fact: str) -> tuple[np.ndarray, Plane]:
        """Give what is known of a number, and where it is known."""
        return self._number(fact), self._valued(fact)

    def _number(self, fact: str) -> np.ndarray:
        if fact not in self._numbers:
            own = self._stated(fact)
            since = self._guideline.vocabulary.facts[fact].from_date
            if since and self.column(since).null_count < self.count:
                # Of two ages the lower counts.
                years = self._years(since)
                stated = self._truths(self._valid(self.column(fact)))
                dated = self._truths(self._valid(self.column(since)))
                own = np.where(stated & ~(dated & (years < own)), own, years)
            self._numbers[fact] = own
        return self._numbers[fact]

    def _truths(self, plane: Plane) -> np.ndarray:
        bits = np.unpackbits(plane.view(np.uint8), count=self.count, bitorder="little")
        return bits.view(np.bool_)

    def _years(self, since: str) -> np.ndarray:
        """Count the completed years; a birthday on 29 February falls on 1 March in other years."""
        born = _date_parts(self._stated(since))
        day = np.full(self.count, self._day.toordinal() - _EPOCH_ORDINAL, np.int32)
        stated = self.column(DAY)
        if stated.null_count < self.count:
            own = self._truths(self._valid(stated))
            day = np.where(own, self._stated(DAY), day)
        today = _date_parts(day)
        early = today[1] < born[1]
        return (today[0] - born[0] - early).astype(np.float64)

    def _gap(self, name: Gap) -> Plane:
        both = self._valid(self.column(name.fact)) & self._valid(self.column(name.since))
        if name.by is None or not both.any():
            return both
        gap = np.abs(self._stated(name.fact) - self._years(name.since))
        return both & packed(gap > float(name.by))

    def _see_list(self, fact: str) -> None:
        """Let the engine decide each distinct list of a fact, and see all its leaves."""
        column = self.column(fact)
        size = self._marks.size(fact)
        valid = self._valid(column)
        if column.null_count == self.count:
            planes = [valid] * size
        else:
            listed = Listed(column)
            found = listed.distinct()
            bits = [self._marks.bits(fact, listed.of(row)) for row in found.firsts.tolist()]
            planes = []
            for start in range(0, size, 8):
                table = np.array([one >> start & 0xFF for one in bits], np.uint8)
                planes += planes_of(table[found.ids])
        for place in range(size):
            self._planes[Shown(fact, place)] = planes[place] & valid

    def _word_of(self, word: str) -> np.ndarray:
        assert self._history is not None  # noqa: S101 - told before anything asks
        histories, history = self._history
        return history.words[histories.at[word]]

    def _see_bits(self, word: str, byte: int) -> None:
        """See eight bits of what the regimens say together."""
        assert self._history is not None  # noqa: S101 - told before anything asks
        histories, history = self._history
        more, place = divmod(byte, BITS // 8)
        own = history.words[histories.at[word] + more]
        planes = planes_of(own.view(np.uint8)[place :: BITS // 8])
        for bit, plane in enumerate(planes):
            self._planes[Bit(word, byte * 8 + bit)] = plane

    def _recorded(self, sought: str) -> Plane:
        column = self.column("on_record")
        if column.null_count == self.count or not sought:
            return self._valid(column)
        rows = pc.list_parent_indices(column).filter(pc.equal(column.flatten(), sought))
        held = np.zeros(self.count, np.bool_)
        held[rows.to_numpy(zero_copy_only=False)] = True
        return packed(held)


def _bitmap(buffer: pa.Buffer | None, offset: int, count: int) -> Plane:
    """Read bits as Arrow keeps them."""
    if buffer is None:
        return ~np.zeros(width(count), np.uint64)
    raw = np.frombuffer(buffer, np.uint8)
    begin = offset // 8
    if offset % 8:
        bits = np.unpackbits(raw[begin:], bitorder="little")[offset % 8 :]
        return packed(bits[:count])
    plane = np.zeros(width(count) * 8, np.uint8)
    own = raw[begin : begin + -(-count // 8)]
    plane[: len(own)] = own
    return plane.view(np.uint64)


def _date_parts(days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the year, and the month and day as one number."""
    column = pa.array(days.astype(np.int32)).cast(pa.date32())
    months = pc.multiply(pc.month(column), 100)
    return pc.year(column).to_numpy(), pc.add(months, pc.day(column)).to_numpy()
