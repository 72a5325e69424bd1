"""Where a patient stands: the node, or every node that the known facts still allow.

``possible`` is what some completion of the unknown facts reaches; a completion that contradicts
itself reaches nothing.
"""

from __future__ import annotations

from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from myopathway.criteria import Compare, Includes, Is
from myopathway.engine.cuts import Cuts
from myopathway.engine.diagram import Depths, Diagram, Maker
from myopathway.engine.growth import Ends, Growth
from myopathway.engine.place import Decider, Place
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Conflict, Guideline

_ORDER: Final = itemgetter(0, 1, 3)  # what is left, how easily it is had, where it is asked
MOST_KEPT: Final = 20_000


class Positions:
    """Places patients of one guideline; remembers the places of patients that look alike."""

    def __init__(self, guideline: Guideline) -> None:
        """Draw the cuts once."""
        self.cuts = Cuts(guideline)
        self._guideline = guideline
        self._nodes = tuple([node.id for node in guideline.nodes])
        self._names: dict[int, tuple[str, ...]] = {}
        self._asked: dict[tuple[str, tuple[int, ...], int], tuple[Decimal, int, Decider]] = {}
        self._depths = Depths({name: 1 << place for place, name in enumerate(self._nodes)})
        marks = self.cuts.lines.marks
        self._test = marks.test
        self._beyond = marks.test(guideline.scope.when)
        # Ages contradict or do not, which is settled before; they place nobody.
        self._mask = marks.mask(
            leaf
            for leaf in self.cuts.leaves
            if isinstance(leaf, Is | Compare | Includes) and self.cuts.cells[leaf.fact]
        )
        self._maker = Maker()
        self._ends = Ends(self.cuts, self._maker)
        self._grown: dict[object, Diagram | None] = {}
        self._places: dict[int, Place] = {}
        self._diagrams: dict[object, Diagram | None] = {}
        self._whole = self.cuts.mask
        self._settled: dict[int, Diagram | None] = {}
        self._conflicting = marks.mask(
            [
                *(self.cuts.when[node.id] for node in guideline.nodes if node.wins),
                *(one.when for one in guideline.conflicts),
            ]
        )
        self._conflicts: dict[int, tuple[Conflict, ...] | None] = {}

    def covered(self, situation: Situation) -> bool:
        """Say whether the guideline may cover the patient at all."""
        return self._beyond(situation.marks) is not Truth.TRUE

    def contradictions(self, situation: Situation) -> tuple[Conflict, ...] | None:
        """Give the contradictions between stated facts; None where a node stands despite them."""
        marks = situation.marks & self._conflicting
        if marks not in self._conflicts:
            if len(self._conflicts) >= MOST_KEPT:
                self._conflicts.clear()
            self._conflicts[marks] = self._contradictions(marks)
        return self._conflicts[marks]

    def _contradictions(self, marks: int) -> tuple[Conflict, ...] | None:
        for node in self._guideline.nodes:
            if node.wins and self._test(self.cuts.when[node.id])(marks) is Truth.TRUE:
                return None
        return tuple(
            [one for one in self._guideline.conflicts if self._test(one.when)(marks) is Truth.TRUE]
        )

    def place(self, situation: Situation) -> Place:
        """Give the place of a patient whose stated facts hold no contradiction."""
        diagram = self.diagram(situation)
        place = self._places.get(id(diagram))
        if place is None:
            place = self._places[id(diagram)] = self.seat(diagram)
        return place

    def diagram(self, situation: Situation) -> Diagram | None:
        """Fold every completion of what is unknown into one diagram."""
        if max(len(self._grown), len(self._diagrams), len(self._settled)) > MOST_KEPT:
            self._maker = Maker()
            self._ends = Ends(self.cuts, self._maker)
            for kept in (self._grown, self._places, self._diagrams, self._settled):
                kept.clear()
        seen = situation.marks & self._whole
        if seen not in self._settled:
            self._settled[seen] = self._ends.at_once(seen)
        settled = self._settled[seen]
        if settled is not None:
            return settled
        history = self._history(situation)
        key = (history, situation.marks & self._mask)
        if key not in self._diagrams:
            growth = Growth(self.cuts, situation, self._maker, self._ends, self._grown, history)
            self._diagrams[key] = growth.diagram()
        return self._diagrams[key]

    def _history(self, situation: Situation) -> object:
        """Give what the place depends on in the history, and nothing else."""
        history = situation.history
        if history is None:
            return None
        lines = self.cuts.lines
        sure = 0
        unsure: list[object] = []
        for one in history.regimens:
            regimen = one.regimen
            if regimen.outcome is not None and one.purpose is not None:
                sure |= lines.added(one, one.purpose, regimen.outcome)
            else:
                unsure.append(
                    (regimen.index, one.drugs, one.intolerant, one.purpose, regimen.outcome)
                )
        return sure, tuple(unsure)

    def seat(self, diagram: Diagram | None) -> Place:
        """Read a place off a diagram."""
        if diagram is None:
            return Place((), ())
        below = self._depths.below(diagram)
        found = [
            (*self._asking(fact, own.nodes, below.nodes), place)
            for place, (fact, own) in enumerate(below.answers.items())
        ]
        found.sort(key=_ORDER)
        return Place(self._named(below.nodes), tuple([decider for _, _, decider, _ in found]))

    def _asking(
        self, fact: str, answers: tuple[int, ...], nodes: int
    ) -> tuple[Decimal, int, Decider]:
        """Say how many nodes an answer leaves, how easily it is had, and which it separates."""
        key = (fact, answers, nodes)
        found = self._asked.get(key)
        if found is None:
            if len(self._asked) >= MOST_KEPT:
                self._asked.clear()
            # An answer that leads nowhere only contradicts: it tells no nodes apart.
            led = [one for one in answers if one]
            shared = nodes
            for one in led:
                shared &= one
            left = Decimal(sum(one.bit_count() for one in led)) / (len(led) or 1)
            ease = self._guideline.vocabulary.facts[fact.partition("[")[0]].ease
            told = self._named(nodes & ~shared) or self._named(nodes)
            found = self._asked[key] = left, ease, Decider(fact, told)
        return found

    def _named(self, bits: int) -> tuple[str, ...]:
        """Name nodes that are given as bits, in the guideline's order."""
        named = self._names.get(bits)
        if named is None:
            named = tuple([name for place, name in enumerate(self._nodes) if bits >> place & 1])
            self._names[bits] = named
        return named
