"""Lines that fit moulds, as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa

from myopathway.cohort.bulk.arrays import Bytes, Ints, Marks, Offsets
from myopathway.cohort.bulk.days import day_numbers
from myopathway.cohort.bulk.known import NONE
from myopathway.cohort.bulk.lines import cut, marked
from myopathway.cohort.bulk.mould import DAY, WORD

if TYPE_CHECKING:
    from myopathway.cohort.bulk.entered import Spans

PERSON: Final = "Patient"
_ZERO: Final = np.uint8(ord("0"))


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
    """Lines of a block that fit moulds, taken apart all at once."""

    def __init__(self, data: Bytes, starts: Ints, mould: Ints, spans: Spans) -> None:
        """Take where lines start, and of each the number of its mould."""
        self._data, self._spans = data, spans
        self.starts, self.mould = starts, mould
        # Of no date, where none is: the last.
        self._days = np.zeros((len(spans.dates) + 1, len(starts)), np.int32)
        self.is_fine = np.ones(len(starts), bool)
        for place, begin in enumerate(spans.dates):
            at = begin[mould]
            is_there = at >= 0
            if is_there.any():
                texts = cut(data, starts + np.maximum(at, 0), DAY)
                texts[~is_there] = 0
                self._days[place] = day_numbers(texts) * is_there
                self.is_fine &= ~is_there | (self._days[place] > 0)

    def values(self) -> tuple[Ints, Ints]:
        """Give the lines with a value that is part of the form, and the numbers of these values."""
        spans = self._spans
        some = np.flatnonzero(spans.sort[self.mould] >= 0)
        mould = self.mould[some]
        value = np.zeros(len(some), np.int64)
        for place, weight in zip(spans.digits, spans.weights, strict=True):
            digit = self._data[self.starts[some] + place[mould]] - _ZERO
            value += digit * weight[mould]
        return some, spans.sort[mould] + value

    def cast(self, kind: str, path: str, offset: int, form: Ints, uses: tuple[Ints, Ints]) -> Cast:
        """Give what is fine."""
        spans = self._spans
        some = slice(None) if self.is_fine.all() else np.flatnonzero(self.is_fine)
        starts, mould, form = self.starts[some], self.mould[some], form[some]
        days = self._days[:, some]
        every = np.arange(len(starts))
        first, second = (days[use[some], every] for use in uses)
        owners, lengths = self._spelled(starts, mould, spans.owner, spans.owner_length)
        words = owners.view(np.uint64)
        is_head = np.ones(len(words), bool)
        is_head[1:] = (words[1:] != words[:-1]).any(axis=1)
        heads = np.flatnonzero(is_head)
        runs = np.diff(np.append(heads, len(words))).astype(np.int32)
        whose = texts_of(rows_of(owners, heads), lengths[heads])
        names, lengths = self._spelled(starts, mould, spans.id, spans.id_length)
        mark = marked(names, lengths)
        names = names[:0] if kind == PERSON else rows_of(names, np.flatnonzero(form != NONE))
        return Cast(kind, path, offset, whose, runs, starts.astype(np.uint32), mould,
                    form, first, second, mark, names)  # fmt: skip

    def _spelled(self, starts: Ints, mould: Ints, begin: Ints, length: Ints) -> tuple[Bytes, Ints]:
        """Cut texts out of lines, in rows of whole words with zeros behind; with their lengths."""
        lengths = length[mould]
        most = int(lengths.max(initial=1))
        width = most + -most % WORD
        found = cut(self._data, starts + begin[mould], width)
        if (lengths == most).all():
            found[:, most:] = 0
        else:
            found *= np.arange(width) < lengths[:, None]
        return found, lengths


def rows_of(texts: Bytes, rows: Ints) -> Bytes:
    """Give rows of bytes, each taken as one thing: so no other thread has to wait."""
    width = texts.shape[1]
    return texts.view(f"V{width}")[:, 0][rows].view(np.uint8).reshape(len(rows), width)


def texts_of(padded: Bytes, lengths: Ints | None = None) -> pa.StringArray:
    """Give texts that stand in rows of bytes, filled up with zeros, none of which is theirs."""
    count, width = padded.shape
    if lengths is None:
        lengths = (padded != 0).sum(axis=1)
    most = int(lengths.max(initial=0))
    if (lengths == most).all():
        data = np.ascontiguousarray(padded[:, :most])
    else:
        data = padded[np.arange(width) < lengths[:, None]]
    ends = np.zeros(count + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    return pa.StringArray.from_buffers(count, pa.py_buffer(ends), pa.py_buffer(data))
