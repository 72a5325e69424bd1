"""Rows told apart by what places them: of those that look alike one is handed to the engine.

A row is reduced to what places it: truths of the placing criteria (its *look*), the bits that its
history surely adds, and what its open regimens may add. Of the rows with one look one is handed to
the engine, whose diagram says exactly what stays possible, and what would decide, whatever the
history: looks with the same diagram are one *group* (decision 0030).
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from myopathway.cohort.spots import Spot, Spots
from myopathway.criteria import Ended, Leaf, RegimenEnded, evaluate, facts_of, leaves
from myopathway.engine.cuts import TREATMENTS
from myopathway.engine.diagram import Diagram
from myopathway.engine.factual import fact_truth
from myopathway.engine.situation import Situation
from myopathway.facts import Known, Record
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from myopathway.engine.place import Place
    from myopathway.engine.position import Positions
    from myopathway.facts import Value
    from myopathway.guideline.model import Guideline

_ANY_DAY: Final = dt.date(2000, 1, 1)  # the leaves that are assumed read no date
NO_HISTORY: Final = -1
Fetch: TypeAlias = "Callable[[Sequence[int]], Mapping[int, tuple[Record, dt.date]]]"


class Alike(msgspec.Struct, frozen=True, eq=False):
    """What rows of a group have in common.

    ``settled``: a status that no history changes. Else the diagram with the history open, and the
    truths by which an unstated purpose is read.
    """

    settled: str
    diagram: Diagram | None = None
    read: tuple[tuple[Leaf, Truth], ...] = ()


class Wanted(msgspec.Struct, frozen=True):
    """A group and a history (or ``NO_HISTORY``), one row that has both, its open regimens."""

    group: int
    history: int
    row: int
    places: tuple[int, ...]


class _Reading:
    """A view of the truths by which an unstated purpose is read."""

    def __init__(self, read: dict[Leaf, Truth], known: dict[str, Known]) -> None:
        self._read = read
        self._known = known
        self.terms: dict[str, Truth] = {}

    def truth(self, leaf: Leaf) -> Truth:
        truth = self._read[leaf]
        return fact_truth(leaf, self._known, _ANY_DAY) if truth is Truth.UNKNOWN else truth


class Groups(ABC):
    """The groups that were met so far, and the spots of their histories."""

    def __init__(self, guideline: Guideline, seats: Positions) -> None:
        """Place patients of this guideline."""
        self._guideline = guideline
        self._seats = seats
        self._lines = seats.cuts.lines
        self._looks: dict[Hashable, int] = {}
        self._kinds: dict[tuple[object, ...], int] = {}
        self._alike: list[Alike] = []
        self._forms: dict[tuple[int, int], int] = {}
        self.spots = Spots(guideline, seats.cuts)
        self._by_history = _reads_history(guideline)
        unstated = leaves(guideline.unstated_purpose.when)
        self._reading = {fact for leaf in unstated for fact in facts_of(leaf)}

    @abstractmethod
    def history(self, sure: int, arms: tuple[int, ...]) -> int:
        """Give the number of a history: what is sure, and what open regimens may have added."""

    @abstractmethod
    def reads_history(self, group: int) -> bool:
        """Say whether the place of a group depends on its history."""

    @abstractmethod
    def _spot(self, place: Place) -> Spot:
        """Give the spot of a place, as far as it counts."""

    @abstractmethod
    def _seated(self, one: Wanted, alike: Alike) -> int | None:
        """Give the number of a spot by the diagram of its group; None where that does not say."""

    def groups(self, looks: Mapping[Hashable, int], fetch: Fetch) -> dict[Hashable, int]:
        """Give the group of each look; ``looks`` names one row of each."""
        new = {look: row for look, row in looks.items() if look not in self._looks}
        records = fetch(list(new.values())) if new else {}
        for look, row in new.items():
            alike = Alike("") if self._by_history else self._alike_with(*records[row])
            # Rows that nothing else tells apart are one group.
            kind = (look,) if self._by_history else self._kind(alike)
            if kind not in self._kinds:
                self._kinds[kind] = len(self._alike)
                self._alike.append(alike)
            self._looks[look] = self._kinds[kind]
        return {look: self._looks[look] for look in looks}

    def _kind(self, alike: Alike) -> tuple[object, ...]:
        """Give what tells groups apart: what the engine says of them."""
        return alike.settled, id(alike.diagram), alike.read

    def known(self, group: int, history: int) -> int | None:
        """Give the number of a spot that was met before."""
        return self._forms.get((group, history))

    def numbers(self, wanted: Iterable[Wanted], fetch: Fetch) -> list[int]:
        """Give the number of each spot, its open regimens named by their rank."""
        found: list[int | None] = []
        unread: dict[int, Wanted] = {}
        for place, one in enumerate(wanted):
            number = self._number(one)
            found.append(number)
            if number is None:
                unread[place] = one
        records = fetch([one.row for one in unread.values()]) if unread else {}
        for place, one in unread.items():
            form = (one.group, one.history)
            if form not in self._forms:
                spot = self._read(*records[one.row]).ranked(one.places)
                self._forms[form] = self.spots.number(spot)
            found[place] = self._forms[form]
        return [number for number in found if number is not None]

    def _alike_with(self, record: Record, day: dt.date) -> Alike:
        facts = {name: known for name, known in record.facts.items() if name != TREATMENTS}
        situation = Situation(self._guideline, self._lines, Record(facts), day)
        settled = self._settled(situation)
        if settled:
            return Alike(settled)
        own = leaves(self._guideline.unstated_purpose.when)
        read = tuple((one, situation.truth(one)) for one in own)
        return Alike("", self._seats.diagram(situation), read)

    def _settled(self, situation: Situation) -> str:
        if not self._seats.covered(situation):
            return "not-covered"
        conflicts = self._seats.contradictions(situation)
        if conflicts is not None and (conflicts or situation.contradictions):
            return "conflict"
        return ""

    def _number(self, one: Wanted) -> int | None:
        """Give the number of a spot; None where the engine has to read the row itself."""
        form = (one.group, one.history)
        if form not in self._forms:
            alike = self._alike[one.group]
            if alike.settled:
                self._forms[form] = self.spots.number(Spot(alike.settled, None, (), ()))
                return self._forms[form]
            number = None if self._by_history else self._seated(one, alike)
            if number is None:
                return None
            self._forms[form] = number
        return self._forms[form]

    def _reads(self, alike: Alike, assumed: dict[str, Value]) -> bool:
        """Say whether an unstated purpose is read; raises ``LookupError``: it is not known."""
        known = {fact: Known(value) for fact, value in assumed.items()}
        truth = evaluate(self._guideline.unstated_purpose.when, _Reading(dict(alike.read), known))
        if truth is Truth.UNKNOWN:
            raise LookupError
        return truth is Truth.TRUE

    def _read(self, record: Record, day: dt.date) -> Spot:
        """Let the engine read the whole row."""
        situation = Situation(self._guideline, self._lines, record, day)
        settled = self._settled(situation)
        return Spot(settled, None, (), ()) if settled else self._spot(self._seats.place(situation))


def _reads_history(guideline: Guideline) -> bool:
    """Say whether what is decided before the place looks into the history."""
    before = (guideline.scope.when, *(one.when for one in guideline.conflicts))
    return any(isinstance(leaf, Ended | RegimenEnded) for one in before for leaf in leaves(one))
