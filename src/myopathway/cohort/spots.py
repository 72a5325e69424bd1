"""The spots that rows can stand at, each with a number: status, node, what would decide."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.criteria import facts_of, leaves
from myopathway.engine.cuts import TREATMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from myopathway.engine.cuts import Cuts
    from myopathway.guideline.model import Guideline

_OF_REGIMEN: Final = re.compile(r"treatments\[(\d+)\](\..+)")


class Spot(msgspec.Struct, frozen=True):
    """Where a row stands, and what would decide."""

    status: str
    node: str | None
    possible: tuple[str, ...]
    asks: tuple[str, ...]

    @classmethod
    def at(cls, possible: tuple[str, ...], asks: tuple[str, ...]) -> Spot:
        """Give the spot of what stays possible."""
        if len(possible) != 1:
            return cls("needs-information", None, possible, asks)
        return cls("recommended", possible[0], possible, asks)

    def ranked(self, places: tuple[int, ...]) -> Spot:
        """Name open regimens by their rank among the open ones."""
        return self._renamed(places.index)

    def named(self, places: tuple[int, ...]) -> Spot:
        """Name open regimens, ranked until now, by their places."""
        return self._renamed(places.__getitem__)

    def _renamed(self, rename: Callable[[int], int]) -> Spot:
        asks = [
            f"{TREATMENTS}[{rename(int(found[1]))}]{found[2]}"
            if (found := _OF_REGIMEN.fullmatch(ask))
            else ask
            for ask in self.asks
        ]
        return Spot(self.status, self.node, self.possible, tuple(asks))


class Spots:
    """Numbers spots; the same one has the same number."""

    def __init__(self, guideline: Guideline, cuts: Cuts) -> None:
        """Begin with no spot."""
        self._guideline = guideline
        self._cuts = cuts
        self._numbers: dict[Spot, int] = {}
        self._named: dict[tuple[int, tuple[int, ...]], int] = {}
        self._reads: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        self.all: list[Spot] = []
        self.open: list[bool] = []

    def number(self, spot: Spot) -> int:
        """Give the number of a spot."""
        found = self._numbers.get(spot)
        if found is None:
            found = self._numbers[spot] = len(self.all)
            self.all.append(spot)
            self.open.append(any(_OF_REGIMEN.fullmatch(ask) for ask in spot.asks))
        return found

    def named(self, number: int, places: tuple[int, ...]) -> int:
        """Give the number of a spot, its open regimens named by their places."""
        if not self.open[number]:
            return number
        key = (number, places)
        if key not in self._named:
            self._named[key] = self.number(self.all[number].named(places))
        return self._named[key]

    def reads(self, spot: Spot) -> tuple[str, ...]:
        """Name the facts that decided a spot, as far as they are known."""
        key = (spot.status, spot.possible)
        if key not in self._reads:
            criteria = [self._cuts.when[name] for name in spot.possible]
            if spot.status == "conflict":
                criteria = [one.when for one in self._guideline.conflicts]
            if spot.status == "not-covered":
                criteria = [self._guideline.scope.when]
            found = {fact for one in criteria for leaf in leaves(one) for fact in facts_of(leaf)}
            names = self._guideline.vocabulary.facts
            self._reads[key] = tuple([name for name in names if name in found])
        return self._reads[key]
