"""Every history that the placing sentences can tell apart, each as its smallest list of regimens.

What a regimen adds never takes anything away, so that histories of any length fall into few kinds;
all of them are found by adding regimens until nothing new appears.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Any, TypeAlias

from myopathway.criteria import Ended
from myopathway.facts import PURPOSES
from myopathway.verify.documents import BAD_ENDS, counted_drugs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.criteria import HistoryLeaf
    from myopathway.guideline.model import Guideline

Regimens: TypeAlias = tuple[dict[str, Any], ...]
Vector: TypeAlias = tuple[bool, ...]
Progress: TypeAlias = tuple[frozenset[str] | bool, ...]


class Histories:
    """The kinds of history by some leaves: what holds in each, and its smallest regimens."""

    def __init__(self, guideline: Guideline, leaves: tuple[HistoryLeaf, ...]) -> None:
        """Find every kind; ``recorded`` by what holds, ``unrecorded`` by what may hold."""
        self.leaves = leaves
        self._guideline = guideline
        self._own = [guideline.drugs_of(leaf.drug_class) for leaf in leaves]
        self._start: Progress = tuple(
            frozenset() if isinstance(leaf, Ended) else False for leaf in leaves
        )
        self._given = tuple(self._regimens())
        self.recorded = self._found()
        self.unrecorded = self._unrecorded()

    def _regimens(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Walk drugs and purposes of the regimens that can matter, small ones first."""
        most = max((leaf.count for leaf in self.leaves), default=1)
        drugs = [one for one in self._guideline.drugs if any(one in own for own in self._own)]
        for size in range(1, most + 1):
            yield from product(combinations(drugs, size), PURPOSES)

    def _found(self) -> dict[Vector, Regimens]:
        endings = [
            {"drugs": list(drugs), "purpose": purpose, "outcome": outcome}
            for drugs, purpose in self._given
            for outcome in reversed(BAD_ENDS)
        ]
        steps = [(one, self._added(one)) for one in endings]
        reached: dict[Progress, Regimens] = {self._start: ()}
        edge = [self._start]
        while edge:
            further: list[Progress] = []
            for before in edge:
                for one, added in steps:
                    after = self._with(before, added)
                    if after not in reached:
                        reached[after] = (*reached[before], one)
                        further.append(after)
            edge = further
        found: dict[Vector, Regimens] = {}
        for progress, regimens in reached.items():
            vector = self._vector(progress)
            if vector not in found or _size(regimens) < _size(found[vector]):
                found[vector] = regimens
        return found

    def _unrecorded(self) -> dict[frozenset[Vector], Regimens]:
        """Find what one or two regimens without an outcome leave open."""
        open_ones = [{"drugs": list(drugs), "purpose": aim} for drugs, aim in self._given]
        ends = [[self._added({**one, "outcome": end}) for end in BAD_ENDS] for one in open_ones]
        found: dict[frozenset[Vector], Regimens] = {}

        def note(known: Regimens, open_: Iterable[int]) -> None:
            before = self._start
            for one in known:
                before = self._with(before, self._added(one))
            places = list(open_)
            may = {before}
            for place in places:
                may |= {self._with(had, end) for had in may for end in ends[place]}
            vectors = frozenset(self._vector(one) for one in may)
            regimens = (*known, *(open_ones[place] for place in places))
            if len(vectors) > 1 and (
                vectors not in found or _size(regimens) < _size(found[vectors])
            ):
                found[vectors] = regimens

        for place in range(len(open_ones)):
            for known in self.recorded.values():
                note(known, [place])
        # Of regimens that add the same, one stands for all.
        distinct = list(
            {tuple(end): place for place, end in reversed(list(enumerate(ends)))}.values()
        )
        for pair in combinations(sorted(distinct), 2):
            note((), pair)
        return found

    def _added(self, regimen: dict[str, Any]) -> Progress:
        outcome, counted = regimen["outcome"], counted_drugs(self._guideline, regimen)
        added: list[frozenset[str] | bool] = []
        for leaf, own in zip(self.leaves, self._own, strict=True):
            counts = leaf.how in ("failed", outcome)
            drugs = counted & own if counts else frozenset()
            if isinstance(leaf, Ended):
                added.append(drugs)
            else:
                added.append(regimen["purpose"] == leaf.purpose and len(drugs) >= leaf.count)
        return tuple(added)

    def _with(self, before: Progress, added: Progress) -> Progress:
        """Add up; what has reached its count is kept as True, whatever reached it."""
        after: list[frozenset[str] | bool] = []
        for leaf, had, more in zip(self.leaves, before, added, strict=True):
            if had is True or more is True:
                after.append(True)
            elif isinstance(had, frozenset) and isinstance(more, frozenset):
                drugs = had | more
                after.append(True if len(drugs) >= leaf.count else drugs)
            else:
                after.append(False)
        return tuple(after)

    @staticmethod
    def _vector(progress: Progress) -> Vector:
        return tuple(one is True for one in progress)


def _size(regimens: Regimens) -> tuple[int, int]:
    return len(regimens), sum(len(one["drugs"]) for one in regimens)
