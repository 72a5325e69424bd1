"""Departures of a row as planes, each true, false or unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from myopathway.cohort.circuit import Said
from myopathway.cohort.criteria import condition
from myopathway.cohort.leaves import FactsRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.cohort.leaves import Known
    from myopathway.guideline.model import Departure, Guideline


class At(msgspec.Struct, frozen=True):
    """A plane: the row stands at the node; with ``perhaps``: it may."""

    node: str
    perhaps: bool = False


class Recorded(msgspec.Struct, frozen=True):
    """A plane: the record was searched; with a name: and holds such a measurement."""

    name: str = ""


def limits(guideline: Guideline) -> list[Departure]:
    """Give the departures that look at a dose, each with its place among their bits."""
    return [one for one in guideline.departures if one.above is not None]


def departing(guideline: Guideline, known: Known, barred: Said) -> dict[str, Said]:
    """Give every departure by its id; ``barred``: a drug is given that is excluded."""
    return {one.id: _departs(guideline, one, known, barred) for one in guideline.departures}


def _departs(guideline: Guideline, one: Departure, known: Known, barred: Said) -> Said:
    trits, circuit = known.trits, known.circuit
    parts = [condition(one.when, FactsRow(known), trits)]
    if one.nodes or one.groups:
        names = [
            node.id for node in guideline.nodes if node.id in one.nodes or node.group in one.groups
        ]
        parts.append(_at(known, names))
    if one.given:
        parts.append(known.given(one.given))
    if one.not_given:
        parts.append(trits.no(known.given(one.not_given)))
    if one.above is not None:
        place = limits(guideline).index(one)
        over = known.bit("over", place)
        may = circuit.either([over, known.perhaps("perhaps", place)])
        parts.append(Said(over, circuit.no(may)))
    if one.excluded:
        parts.append(barred)
    if one.not_on_record:
        searched = circuit.given(Recorded())
        parts.append(trits.no(known.split(Recorded(one.not_on_record), searched)))
    return trits.both(parts)


def _at(known: Known, names: Iterable[str]) -> Said:
    """Say whether a row stands at one of the nodes; open while one of them is possible."""
    circuit = known.circuit
    stands = circuit.either(circuit.given(At(name)) for name in names)
    may = circuit.either(circuit.given(At(name, perhaps=True)) for name in names)
    return Said(stands, circuit.no(circuit.either([stands, may])))
