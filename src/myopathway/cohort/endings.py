"""How histories end: every way that open regimens may have gone, folded into one diagram each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.cohort.splits import Split, Told, split_of
from myopathway.engine.cuts import TREATMENTS
from myopathway.engine.diagram import Diagram, Maker, Test
from myopathway.facts import PURPOSES

if TYPE_CHECKING:
    from myopathway.cohort.shapes import Shapes
    from myopathway.cohort.splits import Ways
    from myopathway.engine.cuts import Cuts


class Endings:
    """The histories that were met so far, and the ends that a diagram of patients puts them to."""

    def __init__(self, cuts: Cuts, shapes: Shapes, maker: Maker, *, alike: bool) -> None:
        """Follow histories; ``alike``: those that no criterion tells apart are one."""
        self._cuts = cuts
        self._lines = cuts.lines
        self._shapes = shapes
        self._maker = maker
        self._alike = alike
        self._purpose = cuts.guideline.unstated_purpose.purpose
        self._met: dict[tuple[int, tuple[int, ...]], int] = {}
        self._numbers: dict[Told, int] = {}
        self._told: list[Told] = []
        self._filled: dict[int, int] = {}
        self._splits: dict[tuple[int, ...], Split] = {}
        self._ends = [maker.end(str(place)) for place in range(len(cuts.vectors))]
        self._ended: dict[tuple[Told, Split, str | None], Diagram | None] = {}
        self._followed: dict[tuple[int, Split], tuple[Diagram | None, Diagram | None]] = {}
        self._mapped: dict[tuple[int, int], Diagram | None] = {}

    def history(self, sure: int, arms: tuple[int, ...]) -> int:
        """Give the number of a history: what is sure, and what open regimens may have added."""
        key = (sure, arms)
        if key not in self._met:
            told = Told(sure, tuple([self._shapes.ways(one) for one in arms]))
            if self._alike:
                full = self._full(sure)
                ways = [
                    tuple([tuple([self._full(full | end) for end in ends]) for ends in one])
                    for one in told.ways
                ]
                told = Told(full, tuple(ways))
            if told not in self._numbers:
                self._numbers[told] = len(self._told)
                self._told.append(told)
            self._met[key] = self._numbers[told]
        return self._met[key]

    def split(self, diagram: Diagram | None) -> Split | None:
        """Give which histories a diagram tells apart; None where it asks for no history."""
        told = split_of(diagram)
        if not told:
            return None
        if told not in self._splits:
            self._splits[told] = Split(told, self._cuts)
        return self._splits[told]

    def of(self, history: int, split: Split) -> tuple[Diagram | None, Diagram | None]:
        """Follow a history as far as it is told apart: purposes as stated, and unstated ones read.

        It ends in the ends of the split.
        """
        key = (history, split)
        if key not in self._followed:
            told = split.simplest(self._told[history])
            stated, read = (self._ending(told, split, one) for one in (None, self._purpose))
            self._followed[key] = stated, read
        return self._followed[key]

    def at(self, ending: Diagram | None, test: Test) -> Diagram | None:
        """Go on where each end of a history leads in a test of it."""
        if ending is None:
            return None
        if not isinstance(ending, Test):
            return test.arms[int(ending.node)]
        key = (id(ending), id(test))
        if key not in self._mapped:
            arms = [self.at(one, test) for one in ending.arms]
            self._mapped[key] = self._maker.test(ending.fact, arms)
        return self._mapped[key]

    def _ending(self, told: Told, split: Split, read: str | None) -> Diagram | None:
        """Follow a history: as recorded, and where it is not, every way it may have gone.

        ``read``: the purpose of a regimen that states none.
        """
        key = (told, split, read)
        if key not in self._ended:
            every = [
                (one[PURPOSES.index(read)],) if read and len(one) > 1 else one for one in told.ways
            ]
            self._ended[key] = self._from(0, told.sure, every, split, {})
        return self._ended[key]

    def _from(
        self,
        place: int,
        bits: int,
        every: list[Ways],
        split: Split,
        memo: dict[tuple[int, int], Diagram | None],
    ) -> Diagram | None:
        """Follow a history from one of its open regimens on, with the bits until there."""
        if place == len(every):
            return self._ends[split.end(bits)]
        if (place, bits) not in memo:
            name = f"{TREATMENTS}[{place}]"
            by_purpose = [
                self._maker.test(
                    f"{name}.outcome",
                    [self._from(place + 1, bits | one, every, split, memo) for one in ends],
                )
                for ends in every[place]
            ]
            memo[place, bits] = self._maker.test(f"{name}.purpose", by_purpose)
        return memo[place, bits]

    def _full(self, bits: int) -> int:
        """Set all that a criterion counts where it is met: more of it changes nothing."""
        if bits not in self._filled:
            full = bits
            for leaf, met in zip(self._lines.leaves, self._lines.vector(bits), strict=True):
                full |= self._lines.counts(leaf)[0] if met else 0
            self._filled[bits] = full
        return self._filled[bits]
