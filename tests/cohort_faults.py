"""Faults to be planted in the compiler of the cohort: where, what, and what stands instead."""

from __future__ import annotations

import operator
from typing import Any

from myopathway.cohort import compiled, judged, sights
from myopathway.cohort.circuit import Said, Trits
from myopathway.cohort.doses import Amount
from myopathway.cohort.endings import Endings
from myopathway.cohort.leaves import Known
from myopathway.cohort.options import NodeGates
from myopathway.cohort.places_alone import HistoryLanes, PlacesAlone
from myopathway.cohort.splits import Split, Told
from myopathway.cohort.spots import Spot

SPLIT: Any = Known.split
FIRST: Any = Trits.first_of
PARTS: Any = sights._date_parts
REACHED: Any = PlacesAlone._reached
LANES: Any = PlacesAlone._lanes_of
REACH: Any = PlacesAlone._reach_of
ENDING: Any = Endings._ending
SIMPLEST: Any = Split.simplest
LOOK: Any = vars(compiled)["look"]
RANK: Any = vars(judged)["rank"]
RELATIONS: Any = sights._RELATIONS


def _completed(known: Any, said: Said) -> Said:
    return Said(known.circuit.no(said.false), said.false)


def ending(self: Any, told: Told, split: Any, read: Any) -> Any:
    """Follow no open regimen: as if nothing had been given."""
    return ENDING(self, Told(told.sure, ()), split, read)


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "an unknown is taken for true": (
        Known, "split", lambda self, plane, known: _completed(self, SPLIT(self, plane, known))),
    "an unknown is taken for false": (
        Trits, "unknown", lambda _, part: part.true & 0),
    "what is not known is not false": (
        Trits, "no", lambda self, part: Said(self.circuit.no(part.true), part.true)),
    "one for all": (Trits, "both", Trits.either),
    "all for one": (Trits, "either", Trits.both),
    "the last known and not the first": (
        Trits, "first_of", lambda self, parts: FIRST(self, list(reversed(parts)))),
    "a bound belongs to the other side": (
        sights, "_RELATIONS", {**RELATIONS, "<": operator.le, ">=": operator.gt}),
    "doses are rounded down": (Amount, "rounded", Amount.rounded_down),
    "ceilings are rounded up": (Amount, "rounded_down", Amount.rounded),
    "a ceiling holds nothing": (
        Amount, "beyond", lambda self, other: self.top * 0 > other.top * self.bottom),
    "a day is a year more": (
        sights, "_date_parts", lambda days: (PARTS(days)[0], PARTS(days)[1] * 0)),
    "an open regimen adds nothing": (Endings, "_ending", ending),
    "histories that differ are one": (
        Split, "simplest", lambda self, told: SIMPLEST(self, Told(0, told.ways))),
    "rows that differ look alike": (
        compiled, "look", lambda cuts, known: LOOK(cuts, known)[::2]),
    "it does not matter for how many options a fact is asked": (
        judged, "rank", lambda guideline, fact, strictness, _: RANK(
            guideline, fact, strictness, 1)),
    "a strict verdict is asked about as well": (
        NodeGates, "below", lambda self, place, _: self.judged[place].listed),
    "regimens are named by their rank": (Spot, "named", lambda self, _: self),
}  # fmt: skip

# Faults that only places alone can have.
ALONE: dict[str, tuple[Any, str, Any]] = {
    "an open regimen leads nowhere else": (
        PlacesAlone, "_reached", lambda self, sure, _: REACHED(self, sure, ())),
    "of an open regimen only the first end counts": (
        PlacesAlone, "_reached", lambda self, sure, ways: REACHED(
            self, sure, [tuple(ends[:1] for ends in one) for one in ways])),
    "an unstated purpose is never read": (
        PlacesAlone, "_lanes_of", lambda self, sure, ways: HistoryLanes(
            LANES(self, sure, ways).stated, LANES(self, sure, ways).stated)),
    "an unstated purpose is always read": (
        PlacesAlone, "_lanes_of", lambda self, sure, ways: HistoryLanes(
            LANES(self, sure, ways).read, LANES(self, sure, ways).read)),
    "what no history changes is not possible": (
        PlacesAlone, "_reach_of", lambda self, alike: REACH(self, alike)._replace(always=0)),
}  # fmt: skip
