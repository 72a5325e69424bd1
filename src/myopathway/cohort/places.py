"""Where rows stand, and what would decide: the diagram of each group, with each history in it.

Each history is put into the diagram of the group; where its reading depends on an open answer, the
engine reads the row itself (decision 0030).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from myopathway.cohort.endings import Endings
from myopathway.cohort.groups import NO_HISTORY, Alike, Groups
from myopathway.cohort.spots import Spot
from myopathway.engine.cuts import TREATMENTS
from myopathway.engine.diagram import Diagram, Maker, Test

if TYPE_CHECKING:
    from myopathway.cohort.groups import Wanted
    from myopathway.cohort.shapes import Shapes
    from myopathway.cohort.splits import Split
    from myopathway.engine.place import Place
    from myopathway.engine.position import Positions
    from myopathway.facts import Value
    from myopathway.guideline.model import Guideline


_Assumed: TypeAlias = "tuple[tuple[str, Value], ...]"


class _Turning(NamedTuple):
    """A diagram into which a history is put, and what was turned of it so far."""

    alike: Alike
    stated: Diagram | None
    read: Diagram | None
    memo: dict[tuple[int, _Assumed], Diagram | None]


class Places(Groups):
    """The places that were met so far, with what would decide them."""

    def __init__(self, guideline: Guideline, seats: Positions, shapes: Shapes) -> None:
        """Place patients of this guideline; ``shapes`` tells what an open regimen may add."""
        super().__init__(guideline, seats)
        self._maker = Maker()
        self._splits: list[Split | None] = []
        self._ended: dict[tuple[int, int, int], int | None] = {}
        self._by_diagram: dict[int, tuple[Diagram | None, int]] = {}
        self._endings = Endings(seats.cuts, shapes, self._maker, alike=not self._by_history)

    def history(self, sure: int, arms: tuple[int, ...]) -> int:
        """Give the number of a history: what is sure, and what open regimens may have added."""
        return self._endings.history(sure, arms)

    def reads_history(self, group: int) -> bool:
        """Say whether the place of a group depends on its history."""
        return self._by_history or self._split(group) is not None

    def _split(self, group: int) -> Split | None:
        """Give which histories the diagram of a group tells apart."""
        for alike in self._alike[len(self._splits) : group + 1]:
            self._splits.append(self._endings.split(alike.diagram))
        return self._splits[group]

    def _spot(self, place: Place) -> Spot:
        asks = tuple(one.fact for one in place.deciders)
        return Spot.at(place.possible, asks)

    def _seated(self, one: Wanted, alike: Alike) -> int | None:
        split = self._split(one.group)
        if one.history == NO_HISTORY or split is None:
            return self._seat(alike.diagram)
        stated, read = self._endings.of(one.history, split)
        ended = (one.group, id(stated), id(read))
        if ended not in self._ended:
            self._ended[ended] = self._put_together(alike, stated, read)
        return self._ended[ended]

    def _put_together(
        self, alike: Alike, stated: Diagram | None, read: Diagram | None
    ) -> int | None:
        try:
            return self._seat(self._with_history(alike, stated, read))
        except LookupError:
            return None

    def _seat(self, diagram: Diagram | None) -> int:
        if id(diagram) not in self._by_diagram:
            number = self.spots.number(self._spot(self._seats.seat(diagram)))
            self._by_diagram[id(diagram)] = diagram, number
        return self._by_diagram[id(diagram)][1]

    def _with_history(
        self, alike: Alike, stated: Diagram | None, read: Diagram | None
    ) -> Diagram | None:
        """Put a known history in the place of the open one: its ends as stated, and as read.

        Raises ``LookupError`` where the diagram alone does not say how the history is read.
        """
        return self._turned(alike.diagram, (), _Turning(alike, stated, read, {}))

    def _turned(self, part: Diagram | None, assumed: _Assumed, turning: _Turning) -> Diagram | None:
        if not isinstance(part, Test):
            return part
        key = (id(part), assumed)
        if key in turning.memo:
            return turning.memo[key]
        if part.fact == TREATMENTS:
            ending = turning.stated
            if turning.read is not ending and self._reads(turning.alike, dict(assumed)):
                ending = turning.read
            made = self._endings.at(ending, part)
        elif part.fact in self._reading:
            pairs = zip(part.arms, self._seats.cuts.cells[part.fact], strict=True)
            arms = [
                self._turned(one, (*assumed, (part.fact, value)), turning) for one, value in pairs
            ]
            made = self._maker.test(part.fact, arms)
        else:
            arms = [self._turned(one, assumed, turning) for one in part.arms]
            made = self._maker.test(part.fact, arms)
        turning.memo[key] = made
        return made
