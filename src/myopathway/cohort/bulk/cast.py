"""Lines that fit moulds, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa

from myopathway.cohort.bulk.arrays import Bytes, Ints, Marks, Offsets, Truths
from myopathway.cohort.bulk.days import day_numbers
from myopathway.cohort.bulk.found import WHOLE
from myopathway.cohort.bulk.known import NONE
from myopathway.cohort.bulk.lines import marked
from myopathway.cohort.bulk.mould import DAY, WORD, Mould

if TYPE_CHECKING:
    from myopathway.cohort.bulk.parts import Span


PERSON: Final = "Patient"
_ABOVE: Final = 1 << 62


class Values:
    """What lines say that differ in a value, by its digits: forms, and the dates that they use.

    One thread may add to them while others look.
    """

    def __init__(self) -> None:
        """Start without a value, but for one that is above all others."""
        self._said: dict[int, tuple[int, int, int]] = {_ABOVE: (WHOLE, -1, -1)}
        self.add({})

    def add(self, said: dict[int, tuple[int, int, int]]) -> None:
        """Add values: of each the form and the dates."""
        self._said = dict(sorted((self._said | said).items()))
        every = np.array(list(self._said.values()), np.int32)
        numbers = np.array(list(self._said), np.int64)
        self._held = (numbers, every[:, 0].copy(), every[:, 1:].astype(np.int8))

    def of(self, value: Ints) -> tuple[Ints, Ints, Truths]:
        """Give forms and dates of values, and which of the values were met."""
        numbers, forms, uses = self._held
        places = np.searchsorted(numbers, value)
        return forms[places], uses[places], numbers[places] == value


class Entered(msgspec.Struct, frozen=True, eq=False):
    """A mould with what is known of its lines: the form (or one for each value), the dose."""

    mould: Mould
    number: int
    kind: str
    form: int
    uses: tuple[int, int]
    values: Values | None
    dose: str


class Cast(msgspec.Struct, frozen=True, eq=False):
    """Lines of one block of a file that fit a mould, in their order.

    ``owners`` are the ids of patients, each with the number of lines (``runs``) that follow each
    other. ``start`` counts from the place of the block. ``first`` and ``second`` are the days that
    the form uses; of Patients ``first`` is the day of birth. ``id`` has the texts of the ids of
    lines that a fact is read from, in rows of whole words, filled up with zeros.
    """

    kind: str
    path: str
    offset: int
    owners: pa.StringArray
    runs: Ints
    start: Offsets
    mould: Ints
    form: Ints
    first: Ints
    second: Ints
    mark: Marks
    id: Bytes

    def __len__(self) -> int:
        """Give the number of lines."""
        return len(self.start)

    def ids(self, rows: Ints) -> Bytes:
        """Give the ids of lines that a fact is read from."""
        return self.id[(np.cumsum(self.form != NONE) - 1)[rows]]


class Casting:
    """What becomes of the lines of one block of a file."""

    def __init__(self, count: int) -> None:
        """Begin with lines that were not looked at."""
        self._is_cast = np.zeros(count, bool)
        self._mould, self._form = np.zeros((2, count), np.int32)
        self._uses = np.full((count, 2), -1, np.int8)
        self._mark = np.zeros(count, np.uint64)
        self._dates: list[Bytes] = []
        self._texts: list[tuple[Ints, Bytes, Bytes]] = []

    def take(
        self, rows: Ints, entered: Entered, held: Bytes, form: Ints | int,
        uses: Ints | tuple[int, int],
    ) -> None:  # fmt: skip
        """Take lines that fit a mould."""
        mould = entered.mould
        self._is_cast[rows] = True
        self._mould[rows] = entered.number
        self._form[rows], self._uses[rows] = form, uses
        for place, span in enumerate(mould.dates):
            if len(self._dates) == place:
                self._dates.append(np.zeros((len(self._form), DAY), np.uint8))
            if span is not None:
                self._dates[place][rows] = held[:, span[0] : span[0] + DAY]
        name = _cut_out(held, mould.id)
        self._mark[rows] = marked(name, mould.id[1] - mould.id[0])
        self._texts.append((rows, _cut_out(held, mould.owner), name))

    def cast(self, kind: str, path: str, offset: int, starts: Ints) -> tuple[Cast, Truths]:
        """Give what was taken, and which of the lines; one with a wrong date is none of them."""
        days = []
        for texts in self._dates:
            is_there = texts[:, 0] > 0
            day = np.where(is_there, day_numbers(texts), 0)
            self._is_cast[is_there & (day == 0)] = False
            days.append(day)
        # What is used of none is at place -1: the last.
        columns = np.array([*days, np.zeros(len(starts), np.int32)], np.int32)
        some = np.flatnonzero(self._is_cast)
        first, second = (columns[self._uses[some, use], some] for use in (0, 1))
        form = self._form[some]
        owners = self._whole(1)[some]
        words = owners.view(np.uint64)
        is_head = np.ones(len(words), bool)
        is_head[1:] = (words[1:] != words[:-1]).any(axis=1)
        heads = np.flatnonzero(is_head)
        runs = np.diff(np.append(heads, len(words))).astype(np.int32)
        names = self._whole(2)[some[form != NONE] if kind != PERSON else some[:0]]
        cast = Cast(kind, path, offset, texts_of(owners[heads]), runs,
                    starts[some].astype(np.uint32), self._mould[some], form, first, second,
                    self._mark[some], names)  # fmt: skip
        return cast, self._is_cast

    def _whole(self, place: int) -> Bytes:
        """Put the texts of all lines together."""
        width = max((one[place].shape[1] for one in self._texts), default=WORD)
        every = np.zeros((len(self._form), width), np.uint8)
        for one in self._texts:
            every[one[0], : one[place].shape[1]] = one[place]
        return every


def texts_of(padded: Bytes) -> pa.StringArray:
    """Give texts that stand in rows of bytes, filled up with zeros."""
    width = padded.shape[1]
    held = np.ascontiguousarray(padded).view(f"S{width}").ravel()
    return pa.array(held, pa.binary()).cast(pa.string())


def _cut_out(held: Bytes, span: Span) -> Bytes:
    """Cut a text out of lines, in rows of whole words."""
    length = span[1] - span[0]
    found = np.zeros((len(held), length + -length % WORD), np.uint8)
    found[:, :length] = held[:, slice(*span)]
    return found
