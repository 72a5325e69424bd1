"""What the leaves of criteria read of a row, in SQL.

Plain facts are columns. What only the engine can say of a value is decided by the engine, once
for each distinct value, and stands in the row as bits: of a list (``m_<fact>``) which of its
leaves hold; of the regimens together which leaves about drugs are true (``t0``, …) or not known
(``u0``, …), which drugs are being given (``given``), which line criteria are surely (``least``)
or perhaps (``most``) met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, assert_never

import msgspec

from myopathway.cohort import expressions as sql
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
    from myopathway.cohort.expressions import Sql
    from myopathway.engine.lines import Lines
    from myopathway.guideline.model import Guideline

OTHERS: Final = "other_drugs"
ALLERGIES: Final = "allergies"
Seen: TypeAlias = Includes | TakenWith | OptionEvent


class Atom(msgspec.Struct, frozen=True):
    """A leaf about the history as an option sees it: its drugs, the purpose of its node."""

    leaf: OptionEvent | Held
    drugs: tuple[str, ...]
    purpose: str


class Leaves:
    """Gives every leaf that is asked for a place among the bits of its kind."""

    def __init__(self, guideline: Guideline, lines: Lines) -> None:
        """Begin with no leaf asked for."""
        self.guideline = guideline
        self.lines = lines
        self.atoms: dict[Atom, int] = {}
        self.lists: dict[str, dict[Seen | str, int]] = {}
        self.counted = False

    def member(self, fact: str, wanted: Seen | str) -> Sql:
        """Say whether a list shows something (a leaf, or a drug that is in it); null: unknown."""
        own = self.lists.setdefault(fact, {})
        place = own.setdefault(wanted, len(own))
        return sql.has(sql.col(f"m_{fact}_{place // sql.WORD}"), 1 << place % sql.WORD)

    def place(self, atom: Atom) -> int:
        """Give the place of a leaf about the history among the bits."""
        return self.atoms.setdefault(atom, len(self.atoms))

    def atom(self, atom: Atom) -> Sql:
        """Give a leaf about the history: true, false or null."""
        word, bit = divmod(self.place(atom), sql.WORD)
        return sql.case(
            [
                (sql.has(sql.col(f"t{word}"), 1 << bit), sql.truth(value=True)),
                (sql.has(sql.col(f"u{word}"), 1 << bit), sql.truth(None)),
            ],
            sql.truth(value=False),
        )

    def line(self, leaf: Ended | RegimenEnded) -> Sql:
        """Give a leaf that counts how drugs ended: true, false or null."""
        self.counted = True
        mask, need = self.lines.counts(leaf)

        def reached(bits: str) -> Sql:
            found = sql.call("bit_count", sql.masked(sql.col(bits), mask))
            return sql.compare(found, ">=", sql.num(need))

        return sql.case(
            [
                (reached("least"), sql.truth(value=True)),
                (reached("most"), sql.truth(None)),
            ],
            sql.truth(value=False),
        )

    def given(self, drugs: tuple[str, ...]) -> Sql:
        """Say whether one of the drugs of the algorithm is being given; false while unknown."""
        order = list(self.guideline.drugs)
        return sql.has(sql.col("given"), sum(1 << order.index(one) for one in drugs))

    @property
    def words(self) -> int:
        """Count the words that the leaves about the history fill."""
        return -(-len(self.atoms) // sql.WORD)


class FactsRow:
    """A row as a criterion about a patient sees it; ``assumed`` takes the place of a column."""

    def __init__(self, leaves: Leaves, assumed: dict[str, Sql] | None = None) -> None:
        """See the columns of a row, but for what is assumed."""
        self.leaves = leaves
        self._assumed = assumed or {}

    def value(self, fact: str) -> Sql:
        """Give what is known of a fact; null while it is unknown."""
        return self._assumed.get(fact) or sql.col(f"f_{fact}")

    def leaf(self, leaf: Leaf) -> Sql:
        """Give the condition for a leaf: true, false or null."""
        match leaf:
            case Is(fact=fact, value=value):
                if isinstance(value, bool):
                    return self.value(fact) if value else sql.no(self.value(fact))
                return sql.equal(self.value(fact), sql.text(value))
            case Compare(fact=fact, relation=relation, bound=bound):
                limit = sql.cast(sql.num(str(bound)), "DOUBLE")
                return sql.compare(self.value(fact), relation, limit)
            case Includes(fact=fact):
                return self.leaves.member(fact, leaf)
            case Apart(fact=fact, since=since, by=by):
                gap = sql.call("abs", sql.minus(sql.col(f"s_{fact}"), sql.col(f"y_{since}")))
                return sql.compare(gap, ">", sql.cast(sql.num(str(by)), "DOUBLE"))
            case Ended() | RegimenEnded():
                return self.leaves.line(leaf)
            case Held():
                return self.leaves.atom(Atom(leaf, (), ""))
            case OptionEvent() | TakenWith():
                return sql.truth(None)
            case _:
                assert_never(leaf)


class OptionRow(FactsRow):
    """A row as seen from an option of these drugs in a node of this purpose."""

    def __init__(self, leaves: Leaves, drugs: tuple[str, ...], purpose: str) -> None:
        """See the row from an option."""
        super().__init__(leaves)
        self.drugs = drugs
        self.purpose = purpose

    def leaf(self, leaf: Leaf) -> Sql:
        """Give the condition for a leaf: true, false or null."""
        match leaf:
            case TakenWith():
                return self._taken_with(leaf)
            case OptionEvent(event="allergy"):
                shown = [self.leaves.member(ALLERGIES, one) for one in self.drugs]
                return sql.either(shown)
            case OptionEvent():
                return self.leaves.atom(Atom(leaf, self.drugs, self.purpose))
            case _:
                return super().leaf(leaf)

    def _taken_with(self, leaf: TakenWith) -> Sql:
        if leaf.drug in self.drugs:
            return sql.truth(value=True)
        others = self.leaves.member(OTHERS, leaf)
        if leaf.drug not in self.leaves.guideline.drugs:
            return others
        # A drug of the algorithm would stand in the history; others have to be asked for.
        return sql.case(
            [
                (self.leaves.given((leaf.drug,)), sql.truth(value=True)),
                (sql.known(others), others),
                (sql.col("has_history"), sql.truth(value=False)),
            ],
            sql.truth(None),
        )
