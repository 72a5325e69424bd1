"""Where rows stand, and nothing of what would decide: which ends of its diagram a history reaches.

A history comes to one combination of history criteria (a *lane*) or, where regimens are open, to
any of several. A diagram with the history open says in which lanes each node is reached; so what
stays possible is what a lane of the history has in common with a node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from myopathway.cohort.groups import NO_HISTORY, Groups
from myopathway.cohort.spots import Spot
from myopathway.engine.cuts import TREATMENTS
from myopathway.engine.diagram import End, ends
from myopathway.facts import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myopathway.cohort.groups import Alike, Wanted
    from myopathway.cohort.shapes import Shapes
    from myopathway.cohort.splits import Ways
    from myopathway.engine.diagram import Diagram, Test
    from myopathway.engine.place import Place
    from myopathway.engine.position import Positions
    from myopathway.facts import Value
    from myopathway.guideline.model import Guideline


class HistoryLanes(NamedTuple):
    """The lanes that a history may come to, as bits: purposes as stated, and unstated ones read."""

    stated: int
    read: int


class Reach(NamedTuple):
    """Where a group may end: nodes, as bits, whatever the history; the lanes that reach each node.

    ``stated`` counts where an unstated purpose stays open, ``read`` where it is read; ``unclear``:
    the diagram alone does not say which, somewhere.
    """

    always: int
    stated: tuple[int, ...]
    read: tuple[int, ...]
    unclear: bool


class PlacesAlone(Groups):
    """The places that were met so far."""

    def __init__(self, guideline: Guideline, seats: Positions, shapes: Shapes) -> None:
        """Place patients of this guideline; ``shapes`` tells what an open regimen may add."""
        super().__init__(guideline, seats)
        self._shapes = shapes
        self._nodes = [node.id for node in guideline.nodes]
        self._lane = {vector: 1 << n for n, vector in enumerate(seats.cuts.vectors)}
        self._every = HistoryLanes((1 << len(self._lane)) - 1, (1 << len(self._lane)) - 1)
        self._met: dict[tuple[int, tuple[int, ...]], int] = {}
        self._numbers: dict[object, int] = {}
        self._told: list[HistoryLanes | None] = []
        self._reaches: dict[tuple[object, ...], tuple[Alike, Reach]] = {}
        self._tests: dict[int, tuple[Test, tuple[int, ...]]] = {}

    def history(self, sure: int, arms: tuple[int, ...]) -> int:
        """Give the number of a history; those that come to the same lanes are one."""
        key = (sure, arms)
        if key not in self._met:
            ways = [self._shapes.ways(one) for one in arms]
            lanes = None if self._by_history else self._lanes_of(sure, ways)
            number = self._numbers.setdefault(lanes or key, len(self._told))
            if number == len(self._told):
                self._told.append(lanes)
            self._met[key] = number
        return self._met[key]

    def reads_history(self, group: int) -> bool:
        """Say whether the place of a group depends on its history."""
        reach = self._reach(self._alike[group])
        return self._by_history or any(reach.stated) or any(reach.read)

    def _kind(self, alike: Alike) -> tuple[object, ...]:
        reach = self._reach(alike)
        # What the diagram does not say, the engine is asked of a row: of one that it saw alike.
        return alike.settled, reach, *(super()._kind(alike) if reach.unclear else ())

    def _spot(self, place: Place) -> Spot:
        return Spot.at(place.possible, ())

    def _seated(self, one: Wanted, alike: Alike) -> int | None:
        reach = self._reach(alike)
        lanes = self._every if one.history == NO_HISTORY else self._told[one.history]
        if lanes is None or (reach.unclear and lanes.stated != lanes.read):
            return None
        possible = [
            node
            for place, node in enumerate(self._nodes)
            if reach.always >> place & 1
            or reach.stated[place] & lanes.stated
            or reach.read[place] & lanes.read
        ]
        return self.spots.number(Spot.at(tuple(possible), ()))

    def _lanes_of(self, sure: int, ways: Sequence[Ways]) -> HistoryLanes | None:
        """Follow a history: as recorded, and where it is not, every way it may have gone.

        None where a combination is none that the criteria were tried for.
        """
        read = PURPOSES.index(self._guideline.unstated_purpose.purpose)
        by_purpose = [(one[read],) if len(one) > 1 else one for one in ways]
        try:
            return HistoryLanes(self._reached(sure, ways), self._reached(sure, by_purpose))
        except KeyError:
            return None

    def _reached(self, sure: int, ways: Sequence[Ways]) -> int:
        bits = {sure}
        for one in ways:
            bits = {own | end for own in bits for ends_ in one for end in ends_}
        lanes = 0
        for own in bits:
            lanes |= self._lane[self._lines.vector(own)]
        return lanes

    def _reach(self, alike: Alike) -> Reach:
        key = super()._kind(alike)
        if key not in self._reaches:
            # What has the diagram is kept too, so that its number is nobody else's.
            self._reaches[key] = alike, self._reach_of(alike)
        return self._reaches[key][1]

    def _reach_of(self, alike: Alike) -> Reach:
        """Walk a diagram: its ends, and those that lie behind the history."""
        always = 0
        stated, read = [0] * len(self._nodes), [0] * len(self._nodes)
        unclear = False
        seen: set[tuple[int, tuple[tuple[str, Value], ...]]] = set()
        waiting: list[tuple[Diagram | None, tuple[tuple[str, Value], ...]]] = [(alike.diagram, ())]
        while waiting:
            part, assumed = waiting.pop()
            if part is None or (id(part), assumed) in seen:
                continue
            seen.add((id(part), assumed))
            if isinstance(part, End):
                always |= self._bit(part)
            elif part.fact == TREATMENTS:
                try:
                    into = read if self._reads(alike, dict(assumed)) else stated
                except LookupError:
                    unclear, into = True, stated
                for place, lanes in enumerate(self._lanes_in(part)):
                    into[place] |= lanes
            elif part.fact in self._reading:
                cells = self._seats.cuts.cells[part.fact]
                waiting += [
                    (arm, (*assumed, (part.fact, value)))
                    for arm, value in zip(part.arms, cells, strict=True)
                ]
            else:
                waiting += [(arm, assumed) for arm in part.arms]
        return Reach(always, tuple(stated), tuple(read), unclear)

    def _lanes_in(self, test: Test) -> tuple[int, ...]:
        """Give, for each node, the lanes in which a test of the history leads to it."""
        if id(test) not in self._tests:
            found = [0] * len(self._nodes)
            for lane, arm in enumerate(test.arms):
                for end in ends(arm) if arm is not None else ():
                    if end.node:
                        found[self._nodes.index(end.node)] |= 1 << lane
            # The test is kept too, so that its number is nobody else's.
            self._tests[id(test)] = test, tuple(found)
        return self._tests[id(test)][1]

    def _bit(self, end: End) -> int:
        return 1 << self._nodes.index(end.node) if end.node else 0
