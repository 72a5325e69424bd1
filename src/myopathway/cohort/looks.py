"""What places a row, its history aside, as gates: rows with equal planes stand at equal places.

A criterion that is settled stays so whatever else becomes known, so of its parts nothing counts
any more; of one that is open, each part counts. So rows that differ only in what cannot change
their place look alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.cohort.circuit import ALWAYS, UNKNOWN
from myopathway.cohort.criteria import condition
from myopathway.cohort.leaves import FactsRow
from myopathway.cohort.sighted import sighted
from myopathway.criteria import (
    All,
    Any,
    AtLeast,
    Ended,
    Held,
    Named,
    Not,
    RegimenEnded,
    leaves,
)

if TYPE_CHECKING:
    from myopathway.cohort.circuit import Gate, Said
    from myopathway.cohort.leaves import Known
    from myopathway.criteria import Criterion, Leaf
    from myopathway.engine.cuts import Cuts


class _Aside(FactsRow):
    """A row whose history is left open."""

    def leaf(self, leaf: Leaf) -> Said:
        if isinstance(leaf, Ended | RegimenEnded | Held):
            return UNKNOWN
        return super().leaf(leaf)


def look(cuts: Cuts, known: Known) -> list[Gate]:
    """Give the gates of what places a row."""
    circuit, trits, row = known.circuit, known.trits, _Aside(known)
    counts: dict[Criterion, list[Gate]] = {}

    for root in (
        *cuts.when.values(),
        cuts.guideline.scope.when,
        *cuts.asking,
        cuts.guideline.unstated_purpose.when,
    ):
        _walk(root, ALWAYS, row, counts)
    _, holding = sighted(cuts)
    for one in cuts.silent:
        if one not in holding:
            for leaf in leaves(one):
                counts.setdefault(leaf, []).append(ALWAYS)
    found: dict[Gate, None] = {}
    for criterion, where in counts.items():
        place = circuit.either(where)
        for gate in condition(criterion, row, trits):
            found[circuit.both([gate, place])] = None
    for one in holding:
        found[condition(one, row, trits).true] = None
    found[circuit.either(known.broken)] = None
    return list(found)


def _walk(
    criterion: Criterion, where: Gate, row: FactsRow, counts: dict[Criterion, list[Gate]]
) -> None:
    """Note where the parts of a criterion count: there, where it is open itself."""
    circuit, trits = row.known.circuit, row.known.trits
    counts.setdefault(criterion, []).append(where)
    below = circuit.both([where, trits.unknown(condition(criterion, row, trits))])
    match criterion:
        case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
            for part in parts:
                _walk(part, below, row, counts)
        case Named(part=part) | Not(part=part):
            _walk(part, below, row, counts)
        case _:
            pass  # a leaf; or several ways to state one thing: open only while all are
