"""Lines held against moulds, many at a time: those that fit become numbers unparsed."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from myopathway.cohort.bulk.arrays import Bytes, Ints, Marks
from myopathway.cohort.bulk.buffers import BEHIND, ROOM, Block
from myopathway.cohort.bulk.cast import Cast, Casting
from myopathway.cohort.bulk.columns import LAYOUTS
from myopathway.cohort.bulk.entered import Entered, Spans, Values
from myopathway.cohort.bulk.form import SLOTS
from myopathway.cohort.bulk.found import WHOLE
from myopathway.cohort.bulk.known import NONE
from myopathway.cohort.bulk.lines import cut
from myopathway.cohort.bulk.mould import WORD, Mould, mould_of
from myopathway.cohort.bulk.parts import Parts
from myopathway.cohort.bulk.plainly import NOTHING, decoded

if TYPE_CHECKING:
    from myopathway.cohort.bulk.desk import Desk, Row

_AT_A_TIME: Final = 1 << 21  # bytes that are worked on together: they stay in the cache
# Of one type so many lines may be tried as a mould, and one more of so many that come.
_TRIES: Final = 256
_SHARE: Final = 4_000
_BACKSLASH: Final = ord("\\")
_END: Final = ord("\n")
_NO_MOULD: Final = -1


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
        """Add a mould, with the word that tells it from most of those before it."""
        low = new.mould.low.view(np.uint64)
        fixed = np.flatnonzero(new.mould.more.view(np.uint64) == 0)
        others = np.array([one.mould.low for one, _, _ in self.moulds], np.uint8)
        differ = others.view(np.uint64).reshape(-1, len(low))[:, fixed] != low[fixed]
        best = int(fixed[np.argmax(differ.sum(axis=0))])
        self.moulds = (*self.moulds, (new, best, low[best]))


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

    def fitting(self, mould: Mould, some: Ints) -> Ints:
        """Give those of some lines that fit a mould."""
        texts = self.texts(some)
        above, bad = self._block.room[: 2 * texts.size].reshape(2, *texts.shape)
        np.subtract(texts, mould.low, out=above)
        np.greater(above, mould.more, out=bad.view(bool))
        if self._block.escaped:
            np.equal(texts, _BACKSLASH, out=above.view(bool))
            above &= mould.holes
            bad |= above
        words = bad.view(np.uint64)
        # Mostly all fit, which is seen faster by one look at everything.
        return some[words.max(axis=1) == 0] if words.max(initial=0) else some


class Caster:
    """Holds lines against moulds, and makes moulds of lines that fit none; threads may share it."""

    def __init__(self, desk: Desk) -> None:
        """Start without a mould; the desk says what the reader makes of a line."""
        self._desk = desk
        self._groups: dict[tuple[str, int], _Group] = {}
        self._values = Values()
        self._sorts: dict[tuple[object, ...], int] = {}
        self._learning, self._counting = threading.Lock(), threading.Lock()
        self._tries: Counter[str] = Counter()
        self.entered: list[Entered] = []
        self._side_by_side = (0, Spans.of(()))

    def cast(self, kind: str, path: str, block: Block) -> Outcome:
        """Cast the lines of a block of a file that holds resources of one type."""
        data = block.data
        ends = _places(data[: len(data) - BEHIND], _END, block.room)
        starts = np.concatenate([[0], ends + 1])[: len(ends)]
        lengths = ends - starts
        with self._counting:
            self._tries[kind] += len(ends) // _SHARE + (0 if kind in self._tries else _TRIES)
        mould = np.full(len(ends), _NO_MOULD, np.int32)
        order = np.argsort(np.minimum(lengths, BEHIND).astype(np.uint16), kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
            length = int(lengths[rows[0]]) if len(rows) else 0
            if 0 < length < BEHIND:
                self._hold(mould, kind, _Alike(block, starts[rows], rows, length))
        some = np.flatnonzero(mould != _NO_MOULD)
        made = Casting(data, starts[some], mould[some], self._spans())
        form, uses = self._said_of(made, data)
        made.is_fine &= (form >= 0) | (form == NONE)
        mould[some[~made.is_fine]] = _NO_MOULD
        left = np.flatnonzero((mould == _NO_MOULD) & (lengths > 0))
        spans = zip(starts[left].tolist(), ends[left].tolist(), strict=True)
        lines = [data[start : end + 1].tobytes() for start, end in spans]
        cast = made.cast(kind, path, block.offset, form, uses)
        return Outcome(cast, b"".join(lines), left, len(ends))

    def uses(self, kind: str, form: int) -> tuple[int, int]:
        """Give the places of the days that a form uses among the dates of the layout; -1: none."""
        if kind == "Patient":
            return 0, -1
        slots = [SLOTS[kind].index((one,)) for one in LAYOUTS[kind].dates]
        used = self._desk.sifter.uses(form) if form >= 0 else ()
        first, second, *_ = [*map(slots.index, used), -1, -1]
        return first, second

    def _spans(self) -> Spans:
        """Give the moulds so far side by side."""
        count, spans = self._side_by_side
        if count != len(self.entered):
            count = len(self.entered)
            spans = Spans.of(self.entered[:count])
            self._side_by_side = (count, spans)
        return spans

    def _hold(self, mould: Ints, kind: str, lines: _Alike) -> None:
        """Hold lines of one length against its moulds; make moulds as long as some are left."""
        group = self._groups.setdefault((kind, lines.length), _Group())
        held = group.moulds
        for entered, word, value in held:
            is_like = lines.words(word) == value if len(held) > 1 else lines.left
            _fit(mould, entered, lines, np.flatnonzero(is_like & lines.left))
        for place in np.flatnonzero(lines.left).tolist():
            if self._tries[kind] <= 0 and len(held) == len(group.moulds):
                break
            # The second time it is the mould just made; the first time, one of another thread.
            for is_last in (False, True):
                for entered, word, value in group.moulds[len(held) :]:
                    is_like = lines.words(word) == value
                    _fit(mould, entered, lines, np.flatnonzero(is_like & lines.left))
                held = group.moulds
                if not lines.left[place] or is_last:
                    break
                self._try(group, kind, lines.texts([place])[0, : lines.length].tobytes())

    def _try(self, group: _Group, kind: str, line: bytes) -> None:
        """Try to make a mould of a line."""
        with self._learning:
            if self._tries[kind] > 0:
                with self._counting:
                    self._tries[kind] -= 1
                new = self._enter(kind, line)
                if new is not None:
                    group.add(new)

    def _said_of(self, made: Casting, data: Bytes) -> tuple[Ints, tuple[Ints, Ints]]:
        """Give the forms of lines and the dates that they use, some of them by their values."""
        spans = self._spans()
        form = spans.form[made.mould]
        first, second = (use[made.mould] for use in spans.uses)
        some, value = made.values()
        forms, uses, is_met = self._values.of(value)
        new = ~is_met & made.is_fine[some]
        if new.any():
            self._learn(made, some[new], value[new], data)
            forms, uses, is_met = self._values.of(value)
        form[some] = np.where(is_met, forms, WHOLE)
        first[some], second[some] = uses
        return form, (first, second)

    def _learn(self, made: Casting, lines: Ints, value: Ints, data: Bytes) -> None:
        """Ask the reader what values say that were not met before."""
        values, places = np.unique(value, return_index=True)
        for one, line in zip(values.tolist(), lines[places].tolist(), strict=True):
            entered = self.entered[made.mould[line]]
            start = int(made.starts[line])
            # One at a time, so that no other thread waits for all of them.
            with self._learning:
                if one not in self._values:
                    text = data[start : start + entered.mould.length].tobytes()
                    found = self._said(entered.kind, text)
                    form = WHOLE if found is None else NONE if found[3] is None else found[3]
                    self._values.add(one, (form, *self.uses(entered.kind, form)))
        with self._learning:
            self._values.arrange()

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
        parts = Parts(line)
        told = mould_of(kind, line, parts, is_mute=False)
        mute = None if told is not None else mould_of(kind, line, parts, is_mute=True)
        row = None if told is None and mute is None else self._said(kind, line)
        if row is None:
            return None
        form = NONE if row[3] is None else row[3]
        mould = told if form >= 0 else None
        if form == NONE:
            mould = mute or mould_of(kind, line, parts, is_mute=True)
        if mould is None or (row[0], row[2]) != _named(mould, line):
            return None
        sort = -1
        if form != NONE and mould.digits:
            sort = self._sorts.setdefault((kind, *mould.said), len(self._sorts))
        entered = Entered(
            mould, len(self.entered), kind, form, self.uses(kind, form), sort, row[8] or ""
        )
        self.entered.append(entered)
        return entered


def _fit(mould: Ints, entered: Entered, lines: _Alike, every: Ints) -> None:
    """Note which of some lines fit a mould."""
    for begin in range(0, len(every), lines.step):
        some = every[begin : begin + lines.step]
        some = lines.fitting(entered.mould, some)
        lines.left[some] = False
        mould[lines.rows[some]] = entered.number


def _named(mould: Mould, line: bytes) -> tuple[str, str]:
    owner, name = (line[slice(*span)].decode() for span in (mould.owner, mould.id))
    return owner, name


def _places(data: Bytes, byte: int, room: Bytes) -> Ints:
    """Give the places of a byte, in order; ``room`` is to work in.

    The steps are few and large: threads that do the same wait less for each other.
    """
    found = [np.zeros(0, np.int64)]
    step = len(room) // WORD * WORD
    is_byte = room[:step].view(bool)
    words = room[:step].view(np.uint64)
    for begin in range(0, len(data), step):
        some = data[begin : begin + step]
        np.equal(some, byte, out=is_byte[: len(some)])
        is_byte[len(some) :] = False
        at = np.flatnonzero(words != 0)
        held = words[at]
        # In most words it stands once: of the others one place after the other is found.
        places = []
        while len(at):
            lowest = held & (~held + np.uint64(1))
            _, bits = np.frexp(lowest.astype(np.float64))  # exact, for it is a power of two
            places.append(at * WORD + ((bits - 1) >> 3))
            held ^= lowest
            more = np.flatnonzero(held)
            at, held = at[more], held[more]
        if places:
            every = np.concatenate(places) if len(places) > 1 else places[0]
            found.append((np.sort(every) if len(places) > 1 else every) + begin)
    return np.concatenate(found)
