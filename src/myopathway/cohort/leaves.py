"""What the leaves of criteria read of a row, as planes.

Facts are read off the columns of a piece (``cohort.sights``). What only the engine can say of a
value is decided by the engine, once for each distinct value: of a list which of its leaves hold
(``cohort.marks``), of the regimens which leaves about drugs are true or not known, which drugs
are being given, which line criteria are surely or perhaps met (``cohort.shapes``).
"""

from __future__ import annotations

from decimal import Decimal  # msgspec reads the annotations
from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

import msgspec

from myopathway.cohort.circuit import ALWAYS, NEVER, UNKNOWN, Circuit, Said, Trits
from myopathway.criteria import (
    Apart,
    Compare,
    Ended,
    Held,
    Includes,
    Is,
    Leaf,
    OptionEvent,
    RegimenEnded,
    TakenWith,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.cohort.circuit import Gate
    from myopathway.engine.lines import Lines
    from myopathway.guideline.model import Guideline

OTHERS: Final = "other_drugs"
ALLERGIES: Final = "allergies"
HISTORY: Final = "treatments"
Seen: TypeAlias = Includes | TakenWith | OptionEvent


class Atom(msgspec.Struct, frozen=True):
    """A leaf about the history as an option sees it: its drugs, the purpose of its node."""

    leaf: OptionEvent | Held
    drugs: tuple[str, ...]
    purpose: str


class Stated(msgspec.Struct, frozen=True):
    """A plane: the fact stands in the row."""

    fact: str


class Valued(msgspec.Struct, frozen=True):
    """A plane: a value of the fact is known, stated or worked out from a date."""

    fact: str


class Word(msgspec.Struct, frozen=True):
    """A plane: the fact is stated and has this value."""

    fact: str
    value: bool | str


class Bounded(msgspec.Struct, frozen=True):
    """A plane: the value of the fact is known and stands so to a bound."""

    fact: str
    relation: str
    bound: Decimal


class Shown(msgspec.Struct, frozen=True):
    """A plane: the list is known and shows what has this place among its leaves."""

    fact: str
    place: int


class Gap(msgspec.Struct, frozen=True):
    """A plane: a stated number of years and a date are known; with ``by``: further apart."""

    fact: str
    since: str
    by: Decimal | None


class Bit(msgspec.Struct, frozen=True):
    """A plane: a bit of what the regimens say together is set (``cohort.shapes``)."""

    word: str
    place: int


class Count(msgspec.Struct, frozen=True):
    """A plane: so many bits of a mask are set in a word of what the regimens say together."""

    word: str
    mask: int
    need: int


class Leaves:
    """Gives every leaf that is asked for a place among the bits of its kind."""

    def __init__(self, guideline: Guideline, lines: Lines) -> None:
        """Begin with no leaf asked for."""
        self.guideline = guideline
        self.lines = lines
        self.atoms: dict[Atom, int] = {}
        self.lists: dict[str, dict[Seen | str, int]] = {}

    def member(self, fact: str, wanted: Seen | str) -> int:
        """Give the place of what a list may show: a leaf, or a drug that is in it."""
        own = self.lists.setdefault(fact, {})
        return own.setdefault(wanted, len(own))

    def place(self, atom: Atom) -> int:
        """Give the place of a leaf about the history."""
        return self.atoms.setdefault(atom, len(self.atoms))


class Known:
    """What is known of the rows, what follows included, on a circuit."""

    def __init__(self, leaves: Leaves) -> None:
        """Let what follows follow, in the order of the content."""
        self.leaves = leaves
        self.circuit = Circuit()
        self.trits = Trits(self.circuit)
        guideline = leaves.guideline
        self._order = list(guideline.drugs)
        self.history = self.circuit.given(Stated(HISTORY))
        self._truths = {
            name: Said(
                self.circuit.given(Word(name, value=True)),
                self.circuit.given(Word(name, value=False)),
            )
            for name, fact in guideline.vocabulary.facts.items()
            if fact.type == "boolean"
        }
        self.broken = self._imply()

    def _imply(self) -> list[Gate]:
        """Add what follows to what is known; give where stated facts break an implication."""
        circuit, known = self.circuit, self._truths
        broken: list[Gate] = []
        for one in self.leaves.guideline.implications:
            given, then = known[one.given], known[one.then]
            broken.append(circuit.both([given.true, then.false]))
            known[one.then] = self.trits.first_of([then, Said(given.true, NEVER)])
        for one in self.leaves.guideline.implications:
            given, then = known[one.given], known[one.then]
            known[one.given] = self.trits.first_of([given, Said(NEVER, then.false)])
        return broken

    def valued(self, fact: str) -> Gate:
        """Say that something is known of a fact, stated or derived."""
        if fact in self._truths:
            return self.circuit.either(self._truths[fact])
        return self.circuit.given(Valued(fact))

    def truth(self, fact: str) -> Said:
        """Give a fact that is true or false."""
        return self._truths[fact]

    def word(self, leaf: Is) -> Said:
        """Say whether a fact has a value."""
        if isinstance(leaf.value, bool):
            own = self._truths[leaf.fact]
            return own if leaf.value else self.trits.no(own)
        return self.split(Word(leaf.fact, leaf.value), self.circuit.given(Stated(leaf.fact)))

    def split(self, plane: object, known: Gate) -> Said:
        """Read a plane where something is known: true, else false."""
        true = self.circuit.given(plane)
        return Said(true, self.circuit.both([known, self.circuit.no(true)]))

    def member(self, fact: str, wanted: Seen | str) -> Said:
        """Say whether a list shows something."""
        place = self.leaves.member(fact, wanted)
        return self.split(Shown(fact, place), self.circuit.given(Stated(fact)))

    def bit(self, word: str, place: int) -> Gate:
        """Give a bit of what the regimens say together; unset where there are none."""
        return self.circuit.given(Bit(word, place))

    def perhaps(self, word: str, place: int) -> Gate:
        """Give a bit that says what may be: any may while the history is not known."""
        return self.circuit.either([self.bit(word, place), self.circuit.no(self.history)])

    def open(self, atom: Atom) -> Gate:
        """Say that a leaf about the history is left open by a regimen, or by no history."""
        return self.perhaps("unknown", self.leaves.place(atom))

    def atom(self, atom: Atom) -> Said:
        """Give a leaf about the history."""
        true = self.bit("true", self.leaves.place(atom))
        either = self.circuit.either([true, self.open(atom)])
        return Said(true, self.circuit.no(either))

    def line(self, leaf: Ended | RegimenEnded) -> Said:
        """Give a leaf that counts how drugs ended."""
        mask, need = self.leaves.lines.counts(leaf)
        least = self.circuit.given(Count("least", mask, need))
        most = self.circuit.given(Count("most", mask, need))
        may = self.circuit.either([most, self.circuit.no(self.history)])
        return Said(least, self.circuit.no(self.circuit.either([least, may])))

    def given(self, drugs: Iterable[str]) -> Said:
        """Say whether one of the drugs is being given (a regimen without an end may go on)."""
        places = [self._order.index(one) for one in dict.fromkeys(drugs)]
        now = self.circuit.either(self.bit("now", one) for one in places)
        maybe = self.circuit.either(self.perhaps("maybe", one) for one in places)
        return Said(now, self.circuit.no(self.circuit.either([now, maybe])))

    def going_on(self, drug: str) -> Gate:
        """Say that a regimen with the drug is recorded as going on."""
        return self.bit("given", self._order.index(drug))


class FactsRow:
    """A row as a criterion about a patient sees it."""

    def __init__(self, known: Known) -> None:
        """See what is known."""
        self.known = known

    def leaf(self, leaf: Leaf) -> Said:
        """Give a leaf: true, false or unknown."""
        known = self.known
        match leaf:
            case Is():
                return known.word(leaf)
            case Compare(fact=fact, relation=relation, bound=bound):
                return known.split(Bounded(fact, relation, bound), known.valued(fact))
            case Includes(fact=fact):
                return known.member(fact, leaf)
            case Apart(fact=fact, since=since, by=by):
                both = known.circuit.given(Gap(fact, since, None))
                return known.split(Gap(fact, since, by), both)
            case Ended() | RegimenEnded():
                return known.line(leaf)
            case Held():
                return known.atom(Atom(leaf, (), ""))
            case OptionEvent() | TakenWith():
                return UNKNOWN
            case _:
                assert_never(leaf)


class OptionRow(FactsRow):
    """A row as seen from an option of these drugs in a node of this purpose."""

    def __init__(self, known: Known, drugs: tuple[str, ...], purpose: str) -> None:
        """See the row from an option."""
        super().__init__(known)
        self.drugs = drugs
        self.purpose = purpose

    def leaf(self, leaf: Leaf) -> Said:
        """Give a leaf: true, false or unknown."""
        match leaf:
            case TakenWith():
                return self._taken_with(leaf)
            case OptionEvent(event="allergy"):
                shown = [self.known.member(ALLERGIES, one) for one in self.drugs]
                return self.known.trits.either(shown)
            case OptionEvent():
                return self.known.atom(Atom(leaf, self.drugs, self.purpose))
            case _:
                return super().leaf(leaf)

    def _taken_with(self, leaf: TakenWith) -> Said:
        known = self.known
        if leaf.drug in self.drugs:
            return Said(ALWAYS, NEVER)
        others = known.member(OTHERS, leaf)
        if leaf.drug not in known.leaves.guideline.drugs:
            return others
        # A drug of the algorithm would stand in the history; others have to be asked for.
        given = known.going_on(leaf.drug)
        return known.trits.first_of([Said(given, NEVER), others, Said(NEVER, known.history)])
