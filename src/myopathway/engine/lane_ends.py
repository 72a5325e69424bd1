"""Where patients end whose history alone is open: for every combination of its criteria at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.engine.lanes import Lanes

if TYPE_CHECKING:
    from myopathway.engine.cuts import Cuts
    from myopathway.engine.diagram import Diagram, Maker

MOST_KEPT: Final = 20_000


class LaneEnds:
    """The ends that ``growth.Ends`` gives one by one, in all lanes."""

    def __init__(self, cuts: Cuts, maker: Maker) -> None:
        """Prepare the criteria that place a patient."""
        lanes = Lanes(cuts)
        self._all = lanes.all
        self._count = len(cuts.vectors)
        self._beyond = lanes.test(cuts.guideline.scope.when)
        self._when = [(node.wins, lanes.test(cuts.when[node.id])) for node in cuts.nodes]
        self._silent = [lanes.test(one) for one in cuts.silent]
        self._asking = [lanes.test(one) for one in cuts.asking]
        self._ends = [
            *(maker.end("", why) for why in ("not-covered", "conflict", "nowhere")),
            *(maker.end(node.id) for node in cuts.nodes),
        ]
        self._kept: dict[tuple[int, ...], list[Diagram | None]] = {}

    def of(self, marks: int) -> list[Diagram | None]:
        """Give the end for each combination (None: no patient can be so, or it is not settled)."""
        beyond, _ = self._beyond(marks)
        free = self._all
        wins = unknown = never = conflict = 0
        reached: list[int] = []
        for winning, test in self._when:
            true, false = test(marks)
            reached.append(true & free)  # the first node that is reached counts
            free &= ~true
            unknown |= ~(true | false)
            wins |= true if winning else 0
        for test in self._silent:
            never |= test(marks)[0]
        for test in self._asking:
            true, false = test(marks)
            conflict |= true
            unknown |= ~(true | false)
        conflict &= ~(beyond | wins | never)
        settled = ~beyond & (wins | ~(never | conflict | unknown))
        return self._spread((beyond, conflict, free & settled, *[one & settled for one in reached]))

    def _spread(self, parts: tuple[int, ...]) -> list[Diagram | None]:
        """Give the end of each lane; ``parts``: the lanes of each end, no lane twice."""
        if parts not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found: list[Diagram | None] = [None] * self._count
            for own, end in zip(parts, self._ends, strict=True):
                for lane in range(self._count if own else 0):
                    if own >> lane & 1:
                        found[lane] = end
            self._kept[parts] = found
        return self._kept[parts]
