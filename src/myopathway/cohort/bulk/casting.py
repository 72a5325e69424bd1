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
from myopathway.cohort.bulk.found import WHOLE
from myopathway.cohort.bulk.known import NONE
from myopathway.cohort.bulk.lines import cut
from myopathway.cohort.bulk.mould import DAY, WORD, Mould, mould_of
from myopathway.cohort.bulk.plainly import NOTHING, decoded
from myopathway.fhir.plain import day_of

if TYPE_CHECKING:
    from myopathway.cohort.bulk.desk import Desk, Row

_AT_A_TIME: Final = 1 << 21  # bytes that are worked on together: they stay in the cache
# Of one type so many lines may be tried as a mould, and one more of so many that come.
_TRIES: Final = 256
_SHARE: Final = 4_000
_BACKSLASH: Final = ord("\\")
_END: Final = ord("\n")


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
            if self._tries[kind] <= 0 and len(held) == len(group.moulds):
                break
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
            form: Ints | int = entered.form
            uses: Ints | tuple[int, int] = entered.uses
            if entered.values is not None and len(some):
                form, uses, fits = self._valued(entered, entered.values, texts)
                if not fits.all():
                    some, texts, form, uses = some[fits], texts[fits], form[fits], uses[fits]
            if len(some):
                lines.left[some] = False
                made.take(lines.rows[some], entered, texts, form, uses)

    def _valued(self, entered: Entered, values: Values, texts: Bytes) -> tuple[Ints, Ints, Truths]:
        """Give forms and uses of lines by the values that stand in them; and which have any."""
        value = np.zeros(len(texts), np.int64)
        for place in entered.mould.digits:
            value = value * 10 + (texts[:, place] - np.uint8(ord("0")))
        forms, uses, is_met = values.of(value)
        if not is_met.all():
            with self._learning:
                self._learn(entered, values, texts[~is_met], value[~is_met])
            forms, uses, is_met = values.of(value)
        return forms, uses, is_met & ((forms >= 0) | (forms == NONE))

    def _learn(self, entered: Entered, values: Values, texts: Bytes, value: Ints) -> None:
        """Ask the reader what values say that were not met before."""
        dates = [span for span in entered.mould.dates if span is not None]
        new: dict[int, tuple[int, int, int]] = {}
        for row, one in enumerate(value.tolist()):
            if one in new:
                continue
            line = texts[row, : entered.mould.length].tobytes()
            # From a line with a wrong date nothing is learned for others.
            if all(day_of(line[start : start + DAY].decode()) for start, _ in dates):
                found = self._said(entered.kind, line)
                form = WHOLE if found is None else NONE if found[3] is None else found[3]
                new[one] = (form, *self.uses(entered.kind, form))
        values.add(new)

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
            values = self._values.setdefault((kind, *mould.said), Values())
        entered = Entered(
            mould, len(self.entered), kind, form, self.uses(kind, form), values, row[8] or ""
        )
        self.entered.append(entered)
        return entered


def _named(mould: Mould, line: bytes) -> tuple[str, str]:
    owner, name = (line[slice(*span)].decode() for span in (mould.owner, mould.id))
    return owner, name


def _places(data: Bytes, byte: int) -> Ints:
    """Give the places of a byte; step by step, so that what is compared stays in the cache."""
    step = 1 << 18
    found = [np.flatnonzero(data[at : at + step] == byte) + at for at in range(0, len(data), step)]
    return np.concatenate([np.zeros(0, np.int64), *found])
