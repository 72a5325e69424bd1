"""Growing the diagram of a patient: fact by fact in the order of the dictionary, history last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from myopathway.criteria import Apart, facts_of, leaves
from myopathway.engine.cuts import TREATMENTS
from myopathway.engine.history import COMPLETIONS
from myopathway.engine.lane_ends import LaneEnds
from myopathway.facts import PURPOSES
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from myopathway.criteria import Criterion
    from myopathway.engine.counted import Counted
    from myopathway.engine.cuts import Cuts
    from myopathway.engine.diagram import Diagram, Maker
    from myopathway.engine.situation import Situation

MOST_KEPT: Final = 20_000
Vector: TypeAlias = tuple[bool, ...]
T = TypeVar("T")


class Ends:
    """Where what is known settles the place, and what is asked where it does not.

    For one guideline: its criteria are compiled once, and what marks came to is remembered.
    """

    def __init__(self, cuts: Cuts, maker: Maker) -> None:
        """Prepare the criteria that place a patient."""
        marks = cuts.lines.marks

        def test(criterion: Criterion) -> Callable[[int], Truth]:
            return _remembered(marks.test(criterion), marks.mask([criterion]))

        self._maker = maker
        self._cuts = cuts
        self._beyond = test(cuts.guideline.scope.when)
        self._when = [(node, test(cuts.when[node.id])) for node in cuts.nodes]
        self._silent = [test(one) for one in cuts.silent]
        self._asking = [test(one) for one in cuts.asking]
        criteria = (*cuts.when.values(), cuts.guideline.scope.when, *cuts.asking)
        self._by_history: LaneEnds | None = None
        self._asked: dict[int, str | None] = {}
        self._ends: dict[int, tuple[bool, Diagram | None]] = {}
        self._opening = [_remembered(marks.opening(one), marks.mask([one])) for one in criteria]
        read = {leaf for one in criteria for leaf in leaves(one) if not isinstance(leaf, Apart)}
        self._reading = [
            (name, marks.mask(leaf for leaf in read if name in facts_of(leaf)))
            for name in cuts.facts
        ]

    def asked(self, marks: int) -> str | None:
        """Give the first fact, in the order of the dictionary, that something unsettled reads."""
        if marks not in self._asked:
            if len(self._asked) >= MOST_KEPT:
                self._asked.clear()
            unsettled = 0
            for opening in self._opening:
                unsettled |= opening(marks)
            reading = (name for name, reads in self._reading if reads & unsettled)
            self._asked[marks] = next(reading, None)
        return self._asked[marks]

    def end(self, marks: int) -> tuple[bool, Diagram | None]:
        """Say whether the end is settled, and give it (None: no patient can be so)."""
        found = self._ends.get(marks)
        if found is None:
            if len(self._ends) >= MOST_KEPT:
                self._ends.clear()
            found = self._ends[marks] = self._end(marks)
        return found

    def _end(self, marks: int) -> tuple[bool, Diagram | None]:
        maker = self._maker
        if self._beyond(marks) is Truth.TRUE:
            return True, maker.end("", "not-covered")
        truths = [(node, test(marks)) for node, test in self._when]
        reached = [node for node, truth in truths if truth is Truth.TRUE]
        if any(node.wins for node in reached):
            return True, maker.end(reached[0].id)
        if any(test(marks) is Truth.TRUE for test in self._silent):
            return True, None
        asking = [test(marks) for test in self._asking]
        if Truth.TRUE in asking:
            return True, maker.end("", "conflict")
        if Truth.UNKNOWN in asking or any(truth is Truth.UNKNOWN for _, truth in truths):
            return False, None
        return True, maker.end(reached[0].id) if reached else maker.end("", "nowhere")

    @property
    def by_history(self) -> LaneEnds:
        """Give what finds the ends of all histories at once."""
        if self._by_history is None:
            self._by_history = LaneEnds(self._cuts, self._maker)
        return self._by_history

    def at_once(self, marks: int) -> Diagram | None:
        """Give the one end of every completion, where that can be seen without growing any."""
        settled, end = self.end(marks)
        if settled and all(test(marks) is Truth.FALSE for test in self._silent):
            return end
        return None


class Growth:
    """Grows one diagram; ``grown`` holds what was grown before, by what it depends on."""

    def __init__(
        self,
        cuts: Cuts,
        situation: Situation,
        maker: Maker,
        ends: Ends,
        grown: dict[object, Diagram | None],
        history: object,
    ) -> None:
        """Grow from what the situation knows; ``history`` is what its history adds to a key."""
        self._cuts = cuts
        self._situation = situation
        self._maker = maker
        self._grown = grown
        self._history = history
        self._ends = ends
        self._marks = cuts.lines.marks

    def diagram(self) -> Diagram | None:
        """Fold every completion into one diagram; None where each contradicts itself."""
        return self._grow(self._situation.marks & self._cuts.ground)

    def _grow(self, marks: int) -> Diagram | None:
        key = (marks, self._history)
        if key not in self._grown:
            self._grown[key] = self._from(marks)
        return self._grown[key]

    def _from(self, marks: int) -> Diagram | None:
        settled, end = self._ends.end(marks)
        if settled:
            return end
        fact = self._ends.asked(marks)
        if fact is None:
            return self._by_history(marks)
        arms = [self._grow(marks | answer) for answer in self._cuts.answers(fact, marks)]
        return self._maker.test(fact, arms)

    def _by_history(self, marks: int) -> Diagram | None:
        history = self._situation.history
        if history is None:
            return self._maker.test(TREATMENTS, self._ends.by_history.of(marks))
        memo: dict[Vector, Diagram | None] = {}

        def end_of(vector: Vector) -> Diagram | None:
            if vector not in memo:
                memo[vector] = self._ends.end(marks | self._cuts.told(vector))[1]
            return memo[vector]

        unstated = self._cuts.guideline.unstated_purpose
        stated = self._marks.test(unstated.when)(marks) is Truth.TRUE
        read = unstated.purpose if stated else None
        sure = 0
        unsure: list[tuple[Counted, str | None]] = []
        for one in history.regimens:
            purpose, outcome = one.purpose or read, one.regimen.outcome
            if purpose and outcome:
                sure |= self._cuts.lines.added(one, purpose, outcome)
            else:
                unsure.append((one, purpose))
        return self._unsure(tuple(unsure), sure, end_of)

    def _unsure(
        self,
        unsure: tuple[tuple[Counted, str | None], ...],
        sure: int,
        end_of: Callable[[Vector], Diagram | None],
    ) -> Diagram | None:
        """Ask how each regimen ended and what it was for, as far as that is not recorded."""
        lines = self._cuts.lines
        memo: dict[tuple[int, int], Diagram | None] = {}

        def from_here(place: int, bits: int) -> Diagram | None:
            if place == len(unsure):
                return end_of(lines.vector(bits))
            if (place, bits) not in memo:
                one, purpose = unsure[place]
                name = f"{TREATMENTS}[{one.regimen.index}]"
                outcome = one.regimen.outcome
                by_purpose: list[Diagram | None] = []
                for aim in (purpose,) if purpose else PURPOSES:
                    arms = [
                        from_here(place + 1, bits | lines.added(one, aim, end))
                        for end in ((outcome,) if outcome else COMPLETIONS)
                    ]
                    by_purpose.append(self._maker.test(f"{name}.outcome", arms))
                memo[place, bits] = self._maker.test(f"{name}.purpose", by_purpose)
            return memo[place, bits]

        return from_here(0, sure)


def _remembered(of: Callable[[int], T], mask: int) -> Callable[[int], T]:
    """Remember what marks come to, by those of them that count."""
    kept: dict[int, T] = {}

    def told(marks: int) -> T:
        own = marks & mask
        found = kept.get(own)
        if found is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            found = kept[own] = of(own)
        return found

    return told
