"""The history criteria that place a patient, as bits, so that they can be counted exactly."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from myopathway.criteria import Ended, HistoryLeaf
from myopathway.engine.counted import INADEQUATE, INTOLERANCE, Counted
from myopathway.engine.history import MOST_KEPT, RegimenReader
from myopathway.engine.marks import Marks
from myopathway.facts import Known, Regimen, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.guideline.model import Guideline, Implication


class Implied:
    """An implication with what it makes known: of the one fact, or of the other."""

    def __init__(self, said: Implication) -> None:
        """Word where each of the two comes from."""
        self.said = said
        self.given, self.then = said.given, said.then
        self.holds = Known(value=True, source=_follows(said, said.given))
        self.fails = Known(value=False, source=_follows(said, said.then))


class Lines:
    """The history criteria that place a patient, as bits, so that they can be counted exactly.

    What a regimen adds only ever adds bits, so a set of regimens is the union of what each adds.
    """

    def __init__(self, guideline: Guideline, leaves: Iterable[HistoryLeaf]) -> None:
        """Give each criterion its bits: one a drug where drugs are counted, else one."""
        self.leaves = tuple(dict.fromkeys(leaves))
        self.places = {leaf: place for place, leaf in enumerate(self.leaves)}
        self.reader = RegimenReader(guideline)
        self.marks = Marks(guideline.drugs)
        facts = guideline.vocabulary.facts
        self.dated = tuple((name, one.from_date) for name, one in facts.items() if one.from_date)
        self.implications = tuple(Implied(one) for one in guideline.implications)
        self._added: dict[tuple[int, str | None, str | None], int] = {}
        self._vectors: dict[int, tuple[bool, ...]] = {}
        self._need: list[int] = []
        self._bits: list[dict[str, int]] = []
        self._mask: list[int] = []
        place = 0
        for leaf in self.leaves:
            drugs = sorted(guideline.drugs_of(leaf.drug_class))
            single = not isinstance(leaf, Ended) or leaf.count == 1
            bits = {drug: 1 << (place if single else place + n) for n, drug in enumerate(drugs)}
            place += 1 if single else len(drugs)
            self._bits.append(bits)
            self._need.append(1 if single else leaf.count)
            self._mask.append(0)
            for bit in bits.values():
                self._mask[-1] |= bit

    def added(self, one: Counted, purpose: str | None, outcome: str | None) -> int:
        """Give the bits that a regimen adds when it had this purpose and ended so."""
        if outcome not in (INADEQUATE, INTOLERANCE):
            return 0
        if not one.key:
            return self._bits_of(one, purpose, outcome)
        same = (one.key, purpose, outcome)
        bits = self._added.get(same)
        if bits is None:
            if len(self._added) >= MOST_KEPT:
                self._added.clear()
            bits = self._added[same] = self._bits_of(one, purpose, outcome)
        return bits

    def _bits_of(self, one: Counted, purpose: str | None, outcome: str) -> int:
        bits = 0
        for leaf, own in zip(self.leaves, self._bits, strict=True):
            if leaf.how not in ("failed", outcome):
                continue
            counted = one.counts if outcome == INADEQUATE else one.intolerant
            if isinstance(leaf, Ended):
                for drug in counted:
                    bits |= own.get(drug, 0)
            elif leaf.purpose == purpose:
                held = [drug for drug in one.drugs if drug in own and drug in counted]
                if len(held) >= leaf.count:
                    bits |= own[held[0]]
        return bits

    def vector(self, bits: int) -> tuple[bool, ...]:
        """Say which criteria hold for these bits."""
        found = self._vectors.get(bits)
        if found is None:
            if len(self._vectors) >= MOST_KEPT:
                self._vectors.clear()
            found = self._vectors[bits] = tuple(
                [
                    (bits & mask).bit_count() >= need
                    for mask, need in zip(self._mask, self._need, strict=True)
                ]
            )
        return found

    def counts(self, leaf: HistoryLeaf) -> tuple[int, int]:
        """Give the bits that a criterion counts, and how many of them it needs."""
        place = self.places[leaf]
        return self._mask[place], self._need[place]

    def every_vector(self, purposes: tuple[str, ...]) -> tuple[tuple[bool, ...], ...]:
        """Give each combination of criteria that some history brings about."""
        most = max((leaf.count for leaf in self.leaves), default=1)
        drugs = sorted({drug for own in self._bits for drug in own})
        additions = {
            self.added(_whole(chosen), purpose, outcome)
            for chosen in _choices(drugs, most)
            for purpose in purposes
            for outcome in (INADEQUATE, INTOLERANCE)
        }
        return tuple(sorted({self.vector(bits) for bits in unions(additions)}))


def unions(additions: Iterable[int]) -> set[int]:
    """Give every union of some of the additions, none of them included."""
    reached = {0}
    for added in set(additions):
        reached |= {bits | added for bits in reached}
    return reached


def _follows(one: Implication, other: str) -> Source:
    return Source("derived", other, detail=one.says)


def _whole(drugs: tuple[str, ...]) -> Counted:
    every = frozenset(drugs)
    return Counted(Regimen(drugs), drugs, every, every, blamed=False, purpose=None)


def _choices(drugs: list[str], most: int) -> Iterator[tuple[str, ...]]:
    for size in range(1, most + 1):
        yield from combinations(drugs, size)
