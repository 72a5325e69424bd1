"""The whole guideline as circuits: what places a row, and what is said of a row that is placed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.cohort.circuit import NEVER, Said
from myopathway.cohort.criteria import condition
from myopathway.cohort.departing import At, departing
from myopathway.cohort.leaves import HISTORY, FactsRow, Known, Leaves, Stated
from myopathway.cohort.looks import look
from myopathway.cohort.options import EXCLUDED, NodeGates, Rules

if TYPE_CHECKING:
    from myopathway.cohort.circuit import Gate
    from myopathway.engine.cuts import Cuts
    from myopathway.guideline.model import Guideline

STRICT: Final = 3  # binary digits of how strict a rule is
_BYTE: Final = 8
_FAVOURED, _CAUTION = 1, 2


class Placing:
    """The gates by which rows are placed, their history aside: equal planes, equal places."""

    def __init__(self, guideline: Guideline, cuts: Cuts) -> None:
        """Fold what places."""
        self.leaves = Leaves(guideline, cuts.lines)
        self.known = Known(self.leaves)
        row, trits = FactsRow(self.known), self.known.trits
        self.look = look(cuts, self.known)
        self.unstated = condition(guideline.unstated_purpose.when, row, trits).true
        self.wired = self.known.circuit.wired([*self.look, self.unstated])


class Judging:
    """The gates of what is said of rows that are placed: verdicts, questions, departures.

    A row stands at one node at most, so what nodes say is said in the same planes.
    """

    def __init__(self, guideline: Guideline, cuts: Cuts, placing: Placing) -> None:
        """Fold what is said."""
        known = placing.known
        circuit = self._circuit = known.circuit
        self._guideline = guideline
        rules = Rules(guideline, known, cuts)
        self.nodes = [NodeGates(node, rules) for node in guideline.nodes]
        self._at = [circuit.given(At(node.id)) for node in guideline.nodes]
        self.adult = rules.adult.true
        # By place of an option in its node: listed, and the two digits of its verdict.
        self.verdicts = [
            self._woven([self._verdict(node, place) for node in self.nodes])
            for place in range(max(len(one.options) for one in self.nodes))
        ]
        self.asked = self._asked()
        most = max(len(one.asking.questions) for one in self.nodes)
        self.questions = self._woven(
            [
                [one.when for one in node.asking.questions]
                + [NEVER] * (most - len(node.asking.questions))
                for node in self.nodes
            ]
        )
        found = departing(guideline, known, self._barred())
        self.departures = [one.true for one in found.values()]
        self.departures_open = [known.trits.unknown(one) for one in found.values()]
        self.deciding = [name for name in guideline.vocabulary.facts
                         if name in {HISTORY, *cuts.facts}]  # fmt: skip
        self.stated = [circuit.given(Stated(name)) for name in self.deciding]
        self.valued = [
            gate if name == HISTORY else circuit.either([gate, known.valued(name)])
            for name, gate in zip(self.deciding, self.stated, strict=True)
        ]
        self.wired = circuit.wired(
            [
                *(gate for three in self.verdicts for gate in three),
                *(gate for digits in self.asked.values() for gate in digits),
                *self.questions, *self.departures, *self.departures_open,
                *self.stated, *self.valued, self.adult,
            ]
        )  # fmt: skip

    def _verdict(self, node: NodeGates, place: int) -> list[Gate]:
        if place >= len(node.options):
            return [NEVER] * 3
        circuit = self._circuit
        listed, reached = node.judged[place]
        favoured = circuit.both([reached[_FAVOURED], circuit.no(reached[_CAUTION])])
        odd = circuit.either([favoured, reached[EXCLUDED]])
        return [listed, circuit.both([listed, odd]), circuit.both([listed, reached[_CAUTION]])]

    def _asked(self) -> dict[str, list[Gate]]:
        """Give, by fact, a byte: three digits of how strict, the others of how many options."""
        each = [node.asked() for node in self.nodes]
        facts = [name for name in self._guideline.vocabulary.facts
                 if any(name in one for one in each)]  # fmt: skip
        found: dict[str, list[Gate]] = {}
        for fact in facts:
            bytes_ = []
            for one in each:
                strict, count = one.get(fact, ([], []))
                digits = [*strict, *[NEVER] * (STRICT - len(strict)), *count]
                bytes_.append([*digits, *[NEVER] * (_BYTE - len(digits))])
            found[fact] = self._woven(bytes_)
        return found

    def _barred(self) -> Said:
        """Say whether a drug is being given that is excluded; open where no node is known."""
        circuit = self._circuit
        by_node = [node.barred() for node in self.nodes]
        sure, perhaps = self._woven([list(one) for one in by_node])
        nowhere = circuit.no(circuit.either(self._at))
        return Said(sure, circuit.no(circuit.either([sure, perhaps, nowhere])))

    def _woven(self, by_node: list[list[Gate]]) -> list[Gate]:
        """Say of the node at which a row stands."""
        return [
            self._circuit.either(
                self._circuit.both([at, gate]) for at, gate in zip(self._at, gates, strict=True)
            )
            for gates in zip(*by_node, strict=True)
        ]
