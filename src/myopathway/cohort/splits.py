"""Which histories a diagram tells apart, and the simplest of those that it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from myopathway.engine.cuts import TREATMENTS
from myopathway.engine.diagram import Diagram, Test, parts

if TYPE_CHECKING:
    from myopathway.engine.cuts import Cuts

Ways: TypeAlias = tuple[tuple[int, ...], ...]


class Told(msgspec.Struct, frozen=True, cache_hash=True):
    """A history: the bits that are sure, and those that each open regimen may have added."""

    sure: int
    ways: tuple[Ways, ...]


class Split:
    """Histories by where they lead: for each combination of history criteria, an end."""

    def __init__(self, split: tuple[int, ...], cuts: Cuts) -> None:
        """Leave out the criteria that change nothing."""
        self._lines = cuts.lines
        leaves = self._lines.leaves
        kept = list(range(len(leaves)))
        self._kept, self._led = kept, _led(kept, split, cuts) or {}
        for place in range(len(leaves)):
            fewer = [one for one in self._kept if one != place]
            led = _led(fewer, split, cuts)
            if led is not None:
                self._kept, self._led = fewer, led
        masks = [self._lines.counts(leaves[place])[0] for place in self._kept]
        self._mask = sum(masks)
        self._counted = [mask for mask in masks if mask & mask - 1]
        self._ends: dict[int, int] = {}
        self._simple: dict[Told, Told] = {}

    def end(self, bits: int) -> int:
        """Give the end that a history with these bits leads to."""
        if bits not in self._ends:
            vector = self._lines.vector(bits)
            self._ends[bits] = self._led[tuple([vector[place] for place in self._kept])]
        return self._ends[bits]

    def simplest(self, told: Told) -> Told:
        """Give the simplest of the histories that are not told apart from this one.

        What no criterion sees is left out; of what is only counted, it does not matter what it is.
        """
        if told not in self._simple:
            names: dict[int, int] = {}
            for counted in self._counted:
                free = counted
                for bits in (
                    told.sure,
                    *(end for one in told.ways for ends in one for end in ends),
                ):
                    own = bits & counted
                    while own:
                        bit = own & -own
                        own ^= bit
                        if bit not in names:
                            names[bit] = free & -free
                            free &= free - 1
            moved = [(bit, name) for bit, name in names.items() if bit != name]
            still = self._mask & ~sum(bit for bit, _ in moved)

            def renamed(bits: int) -> int:
                own = bits & still
                for bit, name in moved:
                    if bits & bit:
                        own |= name
                return own

            ways = [
                tuple([tuple([renamed(end) for end in ends]) for ends in one]) for one in told.ways
            ]
            self._simple[told] = Told(renamed(told.sure), tuple(ways))
        return self._simple[told]


def split_of(diagram: Diagram | None) -> tuple[int, ...]:
    """Give, for each combination of history criteria, the first that leads wherever it leads.

    Empty where the diagram asks for no history.
    """
    tests = [
        part
        for part in (parts(diagram) if diagram is not None else ())
        if isinstance(part, Test) and part.fact == TREATMENTS
    ]
    if not tests:
        return ()
    first: dict[tuple[int, ...], int] = {}
    return tuple(
        [
            first.setdefault(tuple([id(arm) for arm in arms]), place)
            for place, arms in enumerate(zip(*(one.arms for one in tests), strict=True))
        ]
    )


def _led(kept: list[int], split: tuple[int, ...], cuts: Cuts) -> dict[tuple[bool, ...], int] | None:
    """Give the end for each combination of some criteria; None where they do not decide it."""
    found: dict[tuple[bool, ...], int] = {}
    for vector, end in zip(cuts.vectors, split, strict=True):
        if found.setdefault(tuple([vector[place] for place in kept]), end) != end:
            return None
    return found
