"""Histories that bring about every combination of history criteria, of both versions at once."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from myopathway.criteria import Ended, HistoryLeaf, RegimenEnded
from myopathway.engine.history import RegimenReader
from myopathway.facts import PURPOSES, Regimen
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.guideline.model import Guideline

BAD_ENDS: Final = ("inadequate-response", "intolerance")
Item: TypeAlias = "tuple[int, HistoryLeaf, str]"  # which version, which criterion, which drug


class History(msgspec.Struct, frozen=True):
    """Regimens that bring about one combination, and the truth of each criterion by version."""

    regimens: tuple[Regimen, ...]
    truths: tuple[dict[HistoryLeaf, Truth], ...]

    @property
    def document(self) -> list[dict[str, Any]]:
        """Write the regimens as a facts document does."""
        return [
            {"drugs": list(one.drugs), "purpose": one.purpose, "outcome": one.outcome}
            for one in self.regimens
        ]


def histories(
    versions: Iterable[tuple[Guideline, tuple[HistoryLeaf, ...]]],
) -> tuple[History, ...]:
    """Give one shortest history for each combination that some history brings about."""
    books = [_Book(place, *one) for place, one in enumerate(versions)]
    bits: dict[Item, int] = {}
    # What a regimen adds is never taken back by another: a history is the union of its regimens.
    additions: dict[int, Regimen] = {}
    for regimen in _regimens(books):
        added = 0
        for item in (item for book in books for item in book.items(regimen)):
            added |= bits.setdefault(item, 1 << len(bits))
        additions.setdefault(added, regimen)
    reached: dict[int, tuple[Regimen, ...]] = {0: ()}
    for added, regimen in additions.items():
        for before, told in list(reached.items()):
            after = before | added
            if after not in reached or len(reached[after]) > len(told) + 1:
                reached[after] = (*told, regimen)
    found: dict[object, History] = {}
    for held, regimens in sorted(reached.items(), key=lambda one: len(one[1])):
        key = tuple(book.vector(held, bits) for book in books)
        if key not in found:
            truths = tuple(book.truths(one) for book, one in zip(books, key, strict=True))
            found[key] = History(regimens, truths)
    return tuple(found.values())


class _Book:
    """The history criteria of one version."""

    def __init__(self, place: int, guideline: Guideline, leaves: tuple[HistoryLeaf, ...]) -> None:
        self._place = place
        self._leaves = leaves
        self._masks: list[int] | None = None
        self._reader = RegimenReader(guideline)
        self._members = {one: guideline.drugs_of(one.drug_class) for one in leaves}

    @property
    def drugs(self) -> frozenset[str]:
        """Give the drugs that some criterion counts."""
        return frozenset(drug for drugs in self._members.values() for drug in drugs)

    @property
    def most(self) -> int:
        """Give how many drugs of one regimen a criterion counts at most."""
        counts = [one.count for one in self._leaves if isinstance(one, RegimenEnded)]
        return max(counts, default=1)

    def items(self, regimen: Regimen) -> Iterator[Item]:
        """Walk what a regimen adds to the criteria."""
        one = self._reader.counted(regimen, known=True)
        end = regimen.outcome
        counted = one.counts if end == BAD_ENDS[0] else one.intolerant
        for leaf in self._leaves:
            if leaf.how not in ("failed", end):
                continue
            held = sorted(self._members[leaf] & counted & frozenset(one.drugs))
            if isinstance(leaf, Ended):
                yield from ((self._place, leaf, drug) for drug in held)
            elif leaf.purpose == regimen.purpose and len(held) >= leaf.count:
                yield self._place, leaf, ""

    def vector(self, held: int, bits: dict[Item, int]) -> tuple[bool, ...]:
        """Say which criteria hold while these bits are set."""
        if self._masks is None:
            self._masks = [
                sum(bit for (place, one, _), bit in bits.items()
                    if place == self._place and one == leaf)
                for leaf in self._leaves
            ]  # fmt: skip
        return tuple(
            (held & mask).bit_count() >= (leaf.count if isinstance(leaf, Ended) else 1)
            for mask, leaf in zip(self._masks, self._leaves, strict=True)
        )

    def truths(self, vector: tuple[bool, ...]) -> dict[HistoryLeaf, Truth]:
        """Give the truth of each criterion."""
        return dict(zip(self._leaves, map(Truth.of, vector), strict=True))


def _regimens(books: list[_Book]) -> Iterator[Regimen]:
    drugs = sorted({drug for book in books for drug in book.drugs})
    most = max(book.most for book in books)
    for size in range(1, most + 1):
        for chosen in combinations(drugs, size):
            for purpose in PURPOSES:
                for end in BAD_ENDS:
                    yield Regimen(chosen, purpose, end)
