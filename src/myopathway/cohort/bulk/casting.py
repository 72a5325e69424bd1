"""Lines held against moulds, many at a time: those that fit become numbers unparsed."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from myopathway.cohort.bulk.arrays import Bytes, Ints, Marks, Truths
from myopathway.cohort.bulk.buffers import BEHIND, ROOM, Block
from myopathway.cohort.bulk.cast import Cast, Casting, Entered, Values
from myopathway.cohort.bulk.columns import LAYOUTS
from myopathway.cohort.bulk.form import SLOTS
from myopathway.cohort.bulk.known import NONE
from myopathway.cohort.bulk.lines import cut
from myopathway.cohort.bulk.mould import DAY, WORD, Mould, mould_of
from myopathway.cohort.bulk.plainly import NOTHING, decoded
from myopathway.fhir.plain import day_of

if TYPE_CHECKING:
    from myopathway.cohort.bulk.desk import Desk, Row

_AT_A_TIME: Final = 1 << 21  # bytes that are worked on together: they stay in the cache
_TRIES: Final = 500
_SHARE: Final = 50  # of all lines, one of this many may be tried as a mould
_BACKSLASH: Final = ord("\\")
_END: Final = ord("\n")
_NEW: Final = -9  # the form of a value that was not met
_UNFIT: Final = -1


class Outcome(msgspec.Struct, frozen=True):
    """What fits of a block, the other lines with their ends, their places, and how many all are.

    Blank lines are nothing, but counted.
    """

    cast: Cast
    left: bytes
    places: Ints
    count: int


class _Group:
    """The moulds of one length; each has a word that tells it from most others."""

    def __init__(self) -> None:
        """Start without a mould."""
        self.moulds: tuple[tuple[Entered, int, np.uint64], ...] = ()

    def add(self, new: Entered) -> None:
        """Add a mould; choose the words anew."""
        entered = [*(one for one, _, _ in self.moulds), new]
        every = np.array([one.mould.low for one in entered]).view(np.uint64)
        found = []
        for place, one in enumerate(entered):
            fixed = np.flatnonzero(one.mould.more.view(np.uint64) == 0)
            others = (every[:, fixed] != every[place, fixed]).sum(axis=0)
            best = int(fixed[np.argmax(others)])
            found.append((one, best, every[place, best]))
        self.moulds = tuple(found)


class _Alike:
    """Lines of one length in a block; ``left`` are those that fitted no mould so far."""

    def __init__(self, block: Block, starts: Ints, rows: Ints, length: int) -> None:
        """Take lines that start in a block."""
        self.rows = rows
        self.length = length
        self.left = np.ones(len(rows), bool)
        self._width = length + -length % WORD
        self.step = max(min(ROOM // 2, _AT_A_TIME) // self._width, 1)
        self._block = block
        self._starts = starts
        self._words: dict[int, Marks] = {}

    def words(self, place: int) -> Marks:
        """Give the word of eight bytes that stands at a place of every line."""
        if place not in self._words:
            starts = self._starts + place * WORD
            self._words[place] = cut(self._block.data, starts, WORD).view(np.uint64)[:, 0]
        return self._words[place]

    def texts(self, some: Ints | list[int]) -> Bytes:
        """Give some of the lines, one below the other."""
        return cut(self._block.data, self._starts[some], self._width)

    def fitting(self, mould: Mould, texts: Bytes) -> Truths:
        """Say which lines fit a mould."""
        above, bad = self._block.room[: 2 * texts.size].reshape(2, *texts.shape)
        np.subtract(texts, mould.low, out=above)
        np.greater(above, mould.more, out=bad.view(bool))
        if self._block.escaped:
            np.equal(texts, _BACKSLASH, out=above.view(bool))
            above &= mould.holes
            bad |= above
        return bad.view(np.uint64).max(axis=1) == 0


class Caster:
    """Holds lines against moulds, and makes moulds of lines that fit none; threads may share it."""

    def __init__(self, desk: Desk) -> None:
        """Start without a mould; the desk says what the reader makes of a line."""
        self._desk = desk
        self._groups: dict[tuple[str, int], _Group] = {}
        self._values: dict[tuple[object, ...], Values] = {}
        self._learning = threading.Lock()
        self._tries: Counter[str] = Counter()
        self.entered: list[Entered] = []

    def cast(self, kind: str, path: str, block: Block) -> Outcome:
        """Cast the lines of a block of a file that holds resources of one type."""
        data = block.data
        ends = _places(data[: len(data) - BEHIND], _END)
        starts = np.concatenate([[0], ends + 1])[: len(ends)]
        lengths = ends - starts
        with self._learning:
            self._tries[kind] += len(ends) // _SHARE + (0 if kind in self._tries else _TRIES)
        made = Casting(len(ends))
        order = np.argsort(np.minimum(lengths, BEHIND).astype(np.uint16), kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
            length = int(lengths[rows[0]]) if len(rows) else 0
            if 0 < length < BEHIND:
                self._hold(made, kind, _Alike(block, starts[rows], rows, length))
        cast, is_cast = made.cast(kind, path, block.offset, starts)
        left = np.flatnonzero(~is_cast & (lengths > 0))
        spans = zip(starts[left].tolist(), ends[left].tolist(), strict=True)
        lines = [data[start : end + 1].tobytes() for start, end in spans]
        return Outcome(cast, b"".join(lines), left, len(ends))

    def uses(self, kind: str, form: int) -> tuple[int, int]:
        """Give the places of the days that a form uses among the dates of the layout; -1: none."""
        if kind == "Patient":
            return 0, -1
        slots = [SLOTS[kind].index((one,)) for one in LAYOUTS[kind].dates]
        used = self._desk.sifter.uses(form) if form >= 0 else ()
        first, second, *_ = [*map(slots.index, used), -1, -1]
        return first, second

    def _hold(self, made: Casting, kind: str, lines: _Alike) -> None:
        """Hold lines of one length against its moulds; make moulds as long as some are left."""
        with self._learning:
            group = self._groups.setdefault((kind, lines.length), _Group())
        held = group.moulds
        for entered, word, value in held:
            is_like = lines.words(word) == value if len(held) > 1 else lines.left
            self._fit(made, entered, lines, np.flatnonzero(is_like & lines.left))
        for place in np.flatnonzero(lines.left).tolist():
            # The second time it is the mould just made; the first time, one of another thread.
            for is_last in (False, True):
                for entered, _, _ in group.moulds[len(held) :]:
                    self._fit(made, entered, lines, np.flatnonzero(lines.left))
                held = group.moulds
                if not lines.left[place] or is_last:
                    break
                self._try(group, kind, lines.texts([place])[0, : lines.length].tobytes())

    def _try(self, group: _Group, kind: str, line: bytes) -> None:
        """Try to make a mould of a line."""
        with self._learning:
            if self._tries[kind] > 0:
                self._tries[kind] -= 1
                new = self._enter(kind, line)
                if new is not None:
                    group.add(new)

    def _fit(self, made: Casting, entered: Entered, lines: _Alike, every: Ints) -> None:
        """Cast those of some lines that fit a mould."""
        for begin in range(0, len(every), lines.step):
            some = every[begin : begin + lines.step]
            texts = lines.texts(some)
            fits = lines.fitting(entered.mould, texts)
            if not fits.all():
                some, texts = some[fits], texts[fits]
            value: Ints | None = None
            if entered.values is not None and len(some):
                value = self._valued(entered, entered.values, texts)
                form = entered.values.forms[value]
                fits = (form >= 0) | (form == NONE)
                if not fits.all():
                    some, texts, value = some[fits], texts[fits], value[fits]
            if len(some):
                lines.left[some] = False
                made.take(lines.rows[some], entered, texts, value)

    def _valued(self, entered: Entered, values: Values, texts: Bytes) -> Ints:
        """Give the values that stand in lines that fit a mould."""
        value = np.zeros(len(texts), np.int32)
        for place in entered.mould.digits:
            value = value * 10 + (texts[:, place] - np.uint8(ord("0")))
        if (values.forms[value] == _NEW).any():
            with self._learning:
                self._learn(entered, values, texts, value)
        return value

    def _learn(self, entered: Entered, values: Values, held: Bytes, value: Ints) -> None:
        """Ask the reader what values say that were not met before."""
        dates = [span for span in entered.mould.dates if span is not None]
        for row in np.flatnonzero(values.forms[value] == _NEW).tolist():
            one = int(value[row])
            line = held[row, : entered.mould.length].tobytes()
            # From a line with a wrong date nothing is learned for others.
            if values.forms[one] == _NEW and all(
                day_of(line[start : start + DAY].decode()) for start, _ in dates
            ):
                found = self._said(entered.kind, line)
                form = _UNFIT if found is None else NONE if found[3] is None else found[3]
                values.uses[one] = self.uses(entered.kind, form)
                values.forms[one] = form

    def _said(self, kind: str, line: bytes) -> Row | None:
        """Give what the reader makes of a line; None where it has to be looked at by itself."""
        if not self._desk.is_typed(kind, line):
            return None
        rows = list(self._desk.rows(kind, [line], 0, ""))
        return rows[0] if len(rows) == 1 else None

    def _enter(self, kind: str, line: bytes) -> Entered | None:
        """Make a mould of a line; None where none can be made."""
        resource = decoded(line)
        if resource is NOTHING or not line.startswith(b"{") or resource.get("resourceType") != kind:
            return None
        # Whose it is and its id are seen before the reader is asked, who would count what is amiss.
        told, mute = (mould_of(kind, line, is_mute=is_mute) for is_mute in (False, True))
        row = None if told is None and mute is None else self._said(kind, line)
        if row is None:
            return None
        form = NONE if row[3] is None else row[3]
        mould = mute if form == NONE else told if form >= 0 else None
        if mould is None or (row[0], row[2]) != _named(mould, line):
            return None
        values = None
        if form != NONE and mould.digits:
            values = self._values.setdefault((kind, *mould.said), _none(len(mould.digits)))
        entered = Entered(
            mould, len(self.entered), kind, form, self.uses(kind, form), values, row[8] or ""
        )
        self.entered.append(entered)
        return entered


def _none(digits: int) -> Values:
    """Give room for the forms of values that have so many digits."""
    count = 10**digits
    return Values(np.full(count, _NEW, np.int32), np.full((count, 2), -1, np.int8))


def _named(mould: Mould, line: bytes) -> tuple[str, str]:
    owner, name = (line[slice(*span)].decode() for span in (mould.owner, mould.id))
    return owner, name


def _places(data: Bytes, byte: int) -> Ints:
    """Give the places of a byte; step by step, so that what is compared stays in the cache."""
    step = 1 << 18
    found = [np.flatnonzero(data[at : at + step] == byte) + at for at in range(0, len(data), step)]
    return np.concatenate([np.zeros(0, np.int64), *found])
