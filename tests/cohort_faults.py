"""Faults to be planted in the compiler of the cohort: where, what, and what stands instead."""

from __future__ import annotations

import operator
from typing import Any

from myopathway.cohort import sights
from myopathway.cohort.circuit import Said, Trits
from myopathway.cohort.doses import Amount
from myopathway.cohort.leaves import Known
from myopathway.cohort.options import NodeGates
from myopathway.cohort.places import Places
from myopathway.cohort.spots import Spot
from myopathway.engine.diagram import End

SPLIT: Any = Known.split
FIRST: Any = Trits.first_of
PARTS: Any = sights._date_parts
ENDING: Any = Places._ending
RELATIONS: Any = sights._RELATIONS


def _completed(known: Any, said: Said) -> Said:
    return Said(known.circuit.no(said.false), said.false)


def ending(self: Any, history: int, split: Any, read: Any) -> Any:
    """Follow no open regimen: as if nothing had been given."""
    told = self._told[history]
    vector = self._vectors[self._lines.vector(told.sure)]
    return End(str(split[vector])) if told.ways else ENDING(self, history, split, read)


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
    "an open regimen adds nothing": (Places, "_ending", ending),
    "a strict verdict is asked about as well": (
        NodeGates, "below", lambda self, place, _: self.judged[place].listed),
    "regimens are named by their rank": (Spot, "named", lambda self, _: self),
}  # fmt: skip
