"""Where rows stand: decided by the engine, once for all rows that look alike to it.

A row is reduced to what places it: truths of the placing criteria (its *look*), the bits that its
history surely adds, and what its open regimens may add. Of the rows with one look one is handed to
the engine, whose diagram says exactly what stays possible, and what would decide, whatever the
history: looks with the same diagram are one *group*. Each history is then put into that diagram;
where its reading depends on an open answer, the engine reads the row itself (decision 0030).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from myopathway.cohort.splits import Split, Told, split_of
from myopathway.cohort.spots import Spot, Spots
from myopathway.criteria import Ended, Leaf, RegimenEnded, evaluate, facts_of, leaves
from myopathway.engine.cuts import TREATMENTS
from myopathway.engine.diagram import Diagram, Maker, Test
from myopathway.engine.factual import fact_truth
from myopathway.engine.position import Place, Positions
from myopathway.engine.situation import Situation
from myopathway.facts import PURPOSES, Known, Record
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from myopathway.cohort.shapes import Shapes
    from myopathway.facts import Value
    from myopathway.guideline.model import Guideline

_ANY_DAY: Final = dt.date(2000, 1, 1)  # the leaves that are assumed read no date
_NOWHERE: Final = Place((), ())
NO_HISTORY: Final = -1
Fetch: TypeAlias = "Callable[[Sequence[int]], Mapping[int, tuple[Record, dt.date]]]"


class Alike(msgspec.Struct, frozen=True, eq=False):
    """What rows of a group have in common.

    ``settled``: a status that no history changes. Else the diagram with the history open, the
    truths by which an unstated purpose is read, and which histories the diagram tells apart.
    """

    settled: str
    diagram: Diagram | None = None
    read: tuple[tuple[Leaf, Truth], ...] = ()
    split: Split | None = None


class Wanted(msgspec.Struct, frozen=True):
    """A group and a history (or ``NO_HISTORY``), one row that has both, its open regimens."""

    group: int
    history: int
    row: int
    places: tuple[int, ...]


class _Reading:
    """A view of the truths by which an unstated purpose is read."""

    def __init__(self, read: dict[Leaf, Truth], known: dict[str, Known]) -> None:
        self._read = read
        self._known = known
        self.terms: dict[str, Truth] = {}

    def truth(self, leaf: Leaf) -> Truth:
        truth = self._read[leaf]
        return fact_truth(leaf, self._known, _ANY_DAY) if truth is Truth.UNKNOWN else truth


class Seats(Positions):
    """Places by diagrams that were put together here."""

    def seat(self, diagram: Diagram | None) -> Place:
        """Read a place off a diagram."""
        return _NOWHERE if diagram is None else self._place(diagram)


class Places:
    """The places that were met so far."""

    def __init__(self, guideline: Guideline, seats: Seats, shapes: Shapes) -> None:
        """Place patients of this guideline; ``shapes`` tells what an open regimen may add."""
        self._guideline = guideline
        self._seats = seats
        self._shapes = shapes
        self._lines = seats.cuts.lines
        self._maker = Maker()
        self._looks: dict[Hashable, int] = {}
        self._kinds: dict[tuple[object, ...], int] = {}
        self._alike: list[Alike] = []
        self._met: dict[tuple[int, tuple[int, ...]], int] = {}
        self._histories: dict[Told, int] = {}
        self._told: list[Told] = []
        self._ended_so: dict[tuple[Told, Split, str | None], Diagram | None] = {}
        self._followed: dict[tuple[int, Split], tuple[Diagram | None, Diagram | None]] = {}
        self._mapped: dict[tuple[int, int], Diagram | None] = {}
        self._forms: dict[tuple[int, int], int] = {}
        self._ended: dict[tuple[int, int, int], int | None] = {}
        self._seated: dict[int, tuple[Diagram | None, int]] = {}
        self.spots = Spots(guideline, seats.cuts)
        self._by_history = _reads_history(guideline)
        self._filled: dict[int, int] = {}
        self._ends = [self._maker.end(str(place)) for place in range(len(seats.cuts.vectors))]
        self._splits: dict[tuple[int, ...], Split] = {}
        unstated = leaves(guideline.unstated_purpose.when)
        self._reading = {fact for leaf in unstated for fact in facts_of(leaf)}

    def groups(self, looks: Mapping[Hashable, int], fetch: Fetch) -> dict[Hashable, int]:
        """Give the group of each look; ``looks`` names one row of each."""
        new = {look: row for look, row in looks.items() if look not in self._looks}
        records = fetch(list(new.values())) if new else {}
        for look, row in new.items():
            alike = Alike("") if self._by_history else self._alike_with(*records[row])
            # Rows that the engine tells apart by nothing else are one group.
            kind = (look,) if self._by_history else (alike.settled, id(alike.diagram), alike.read)
            if kind not in self._kinds:
                self._kinds[kind] = len(self._alike)
                self._alike.append(alike)
            self._looks[look] = self._kinds[kind]
        return {look: self._looks[look] for look in looks}

    def history(self, sure: int, arms: tuple[int, ...]) -> int:
        """Give the number of a history; those that no criterion tells apart have the same."""
        key = (sure, arms)
        if key not in self._met:
            ways = tuple([self._shapes.ways(one) for one in arms])
            told = Told(sure, ways)
            if not self._by_history:
                full = self._full(sure)
                told = Told(full, tuple([
                    tuple([tuple([self._full(full | end) for end in ends]) for ends in one])
                    for one in ways]))  # fmt: skip
            if told not in self._histories:
                self._histories[told] = len(self._told)
                self._told.append(told)
            self._met[key] = self._histories[told]
        return self._met[key]

    def reads_history(self, group: int) -> bool:
        """Say whether the place of a group depends on its history."""
        alike = self._alike[group]
        return self._by_history or alike.split is not None

    def known(self, group: int, history: int) -> int | None:
        """Give the number of a spot that was met before."""
        return self._forms.get((group, history))

    def numbers(self, wanted: Iterable[Wanted], fetch: Fetch) -> list[int]:
        """Give the number of each spot, its open regimens named by their rank."""
        found: list[int | None] = []
        unread: dict[int, Wanted] = {}
        for place, one in enumerate(wanted):
            number = self._number(one)
            found.append(number)
            if number is None:
                unread[place] = one
        records = fetch([one.row for one in unread.values()]) if unread else {}
        for place, one in unread.items():
            form = (one.group, one.history)
            if form not in self._forms:
                spot = self._read(*records[one.row]).ranked(one.places)
                self._forms[form] = self.spots.number(spot)
            found[place] = self._forms[form]
        return [number for number in found if number is not None]

    def _alike_with(self, record: Record, day: dt.date) -> Alike:
        facts = {name: known for name, known in record.facts.items() if name != TREATMENTS}
        situation = Situation(self._guideline, self._lines, Record(facts), day)
        settled = self._settled(situation)
        if settled:
            return Alike(settled)
        own = leaves(self._guideline.unstated_purpose.when)
        read = tuple((one, situation.truth(one)) for one in own)
        diagram = self._seats.diagram(situation)
        split = split_of(diagram)
        if split and split not in self._splits:
            self._splits[split] = Split(split, self._seats.cuts)
        return Alike("", diagram, read, self._splits.get(split))

    def _settled(self, situation: Situation) -> str:
        if not self._seats.covered(situation):
            return "not-covered"
        conflicts = self._seats.contradictions(situation)
        if conflicts is not None and (conflicts or situation.contradictions):
            return "conflict"
        return ""

    def _number(self, one: Wanted) -> int | None:
        """Give the number of a spot; None where the engine has to read the row itself."""
        form = (one.group, one.history)
        if form not in self._forms:
            alike = self._alike[one.group]
            if alike.settled:
                self._forms[form] = self.spots.number(Spot(alike.settled, None, (), ()))
            elif self._by_history:
                return None
            elif one.history == NO_HISTORY or alike.split is None:
                self._forms[form] = self._seat(alike.diagram)
            else:
                stated, read = self._endings(one.history, alike.split)
                ended = (one.group, id(stated), id(read))
                if ended not in self._ended:
                    self._ended[ended] = self._put_together(alike, stated, read)
                number = self._ended[ended]
                if number is None:
                    return None
                self._forms[form] = number
        return self._forms[form]

    def _put_together(
        self, alike: Alike, stated: Diagram | None, read: Diagram | None
    ) -> int | None:
        try:
            return self._seat(self._with_history(alike, stated, read))
        except LookupError:
            return None

    def _seat(self, diagram: Diagram | None) -> int:
        if id(diagram) not in self._seated:
            number = self.spots.number(_spot(self._seats.seat(diagram)))
            self._seated[id(diagram)] = diagram, number
        return self._seated[id(diagram)][1]

    def _with_history(
        self, alike: Alike, stated: Diagram | None, read: Diagram | None
    ) -> Diagram | None:
        """Put a known history in the place of the open one: its ends as stated, and as read.

        Raises ``LookupError`` where the diagram alone does not say how the history is read.
        """
        memo: dict[object, Diagram | None] = {}
        cells = self._seats.cuts.cells

        def turned(part: Diagram | None, assumed: tuple[tuple[str, Value], ...]) -> Diagram | None:
            if not isinstance(part, Test):
                return part
            if (id(part), assumed) not in memo:
                if part.fact == TREATMENTS:
                    ending = stated
                    if read is not stated:
                        ending = read if self._reads(alike, dict(assumed)) else stated
                    made = self._arms(ending, part)
                elif part.fact in self._reading:
                    pairs = zip(part.arms, cells[part.fact], strict=True)
                    arms = [turned(one, (*assumed, (part.fact, value))) for one, value in pairs]
                    made = self._maker.test(part.fact, arms)
                else:
                    made = self._maker.test(part.fact, [turned(one, assumed) for one in part.arms])
                memo[id(part), assumed] = made
            return memo[id(part), assumed]

        return turned(alike.diagram, ())

    def _reads(self, alike: Alike, assumed: dict[str, Value]) -> bool:
        """Say whether an unstated purpose is read; raises ``LookupError``: it is not known."""
        known = {fact: Known(value) for fact, value in assumed.items()}
        truth = evaluate(self._guideline.unstated_purpose.when, _Reading(dict(alike.read), known))
        if truth is Truth.UNKNOWN:
            raise LookupError
        return truth is Truth.TRUE

    def _endings(self, history: int, split: Split) -> tuple[Diagram | None, Diagram | None]:
        """Follow a history as far as a group tells histories apart: as stated, and as read."""
        key = (history, split)
        if key not in self._followed:
            told = split.simplest(self._told[history])
            purpose = self._guideline.unstated_purpose.purpose
            self._followed[key] = (
                self._ending(told, split, None), self._ending(told, split, purpose),
            )  # fmt: skip
        return self._followed[key]

    def _ending(self, told: Told, split: Split, read: str | None) -> Diagram | None:
        """Follow a history: as recorded, and where it is not, every way it may have gone.

        It ends where the split says; ``read``: the purpose of a regimen that states none.
        """
        key = (told, split, read)
        if key not in self._ended_so:
            every = [
                (one[PURPOSES.index(read)],) if read and len(one) > 1 else one for one in told.ways
            ]
            memo: dict[tuple[int, int], Diagram | None] = {}

            def from_here(place: int, bits: int) -> Diagram | None:
                if place == len(every):
                    return self._ends[split.end(bits)]
                if (place, bits) not in memo:
                    name = f"{TREATMENTS}[{place}]"
                    by_purpose = [
                        self._maker.test(
                            f"{name}.outcome", [from_here(place + 1, bits | one) for one in ends]
                        )
                        for ends in every[place]
                    ]
                    memo[place, bits] = self._maker.test(f"{name}.purpose", by_purpose)
                return memo[place, bits]

            self._ended_so[key] = from_here(0, told.sure)
        return self._ended_so[key]

    def _arms(self, ending: Diagram | None, test: Test) -> Diagram | None:
        """Go on where each end of a history leads in a test."""
        if ending is None:
            return None
        if not isinstance(ending, Test):
            return test.arms[int(ending.node)]
        key = (id(ending), id(test))
        if key not in self._mapped:
            arms = [self._arms(one, test) for one in ending.arms]
            self._mapped[key] = self._maker.test(ending.fact, arms)
        return self._mapped[key]

    def _full(self, bits: int) -> int:
        """Set all that a criterion counts where it is met: more of it changes nothing."""
        if bits not in self._filled:
            full = bits
            for leaf, met in zip(self._lines.leaves, self._lines.vector(bits), strict=True):
                full |= self._lines.counts(leaf)[0] if met else 0
            self._filled[bits] = full
        return self._filled[bits]

    def _read(self, record: Record, day: dt.date) -> Spot:
        """Let the engine read the whole row."""
        situation = Situation(self._guideline, self._lines, record, day)
        settled = self._settled(situation)
        return Spot(settled, None, (), ()) if settled else _spot(self._seats.place(situation))


def _spot(place: Place) -> Spot:
    asks = tuple(one.fact for one in place.deciders)
    if len(place.possible) != 1:
        return Spot("needs-information", None, place.possible, asks)
    return Spot("recommended", place.possible[0], place.possible, asks)


def _reads_history(guideline: Guideline) -> bool:
    """Say whether what is decided before the place looks into the history."""
    before = (guideline.scope.when, *(one.when for one in guideline.conflicts))
    return any(isinstance(leaf, Ended | RegimenEnded) for one in before for leaf in leaves(one))
