"""Where rows stand: decided by the engine, once for all rows that look alike to it.

SQL reduces a row to what places it: truths of the placing criteria (``code…``) and the bits of
its history. Of the rows with the same truths one is handed to the engine, whose diagram says
exactly what stays possible, and what would decide, whatever the history. Each history is then
put into that diagram; where its reading depends on an open answer, the engine reads it itself
(decision 0030).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from myopathway.criteria import Ended, Leaf, RegimenEnded, evaluate, facts_of, leaves
from myopathway.engine.cuts import TREATMENTS
from myopathway.engine.diagram import Diagram, Maker, Test
from myopathway.engine.factual import fact_truth
from myopathway.engine.position import Place, Positions
from myopathway.engine.situation import Situation
from myopathway.facts import PURPOSES, Known, Record
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from myopathway.cohort.shapes import Shapes
    from myopathway.facts import Value
    from myopathway.guideline.model import Guideline

_OF_REGIMEN: Final = re.compile(r"treatments\[(\d+)\](\..+)")
_ANY_DAY: Final = dt.date(2000, 1, 1)  # the leaves that are assumed read no date
_NOWHERE: Final = Place((), ())
Fetch: TypeAlias = "Callable[[Sequence[int]], dict[int, tuple[Record, dt.date]]]"
Ways: TypeAlias = tuple[tuple[int, ...], ...]


class Key(msgspec.Struct, frozen=True, cache_hash=True):
    """What a row is reduced to; ``openings`` says which regimens may have added what."""

    codes: tuple[int, ...]
    broken: bool
    has_history: bool
    sure: int
    openings: str


class Spot(msgspec.Struct, frozen=True):
    """Where a row stands, and what would decide."""

    status: str
    node: str | None
    possible: tuple[str, ...]
    asks: tuple[str, ...]


class Alike(msgspec.Struct, frozen=True, eq=False):
    """What rows with the same truths have in common.

    ``settled``: a status that no history changes. Else the diagram with the history open, and the
    truths by which an unstated purpose is read.
    """

    settled: str
    diagram: Diagram | None = None
    read: tuple[tuple[Leaf, Truth], ...] = ()


class Told(msgspec.Struct, frozen=True, eq=False):
    """A history as SQL gives it: what is sure, and what each open regimen may have added."""

    sure: int
    ways: list[Ways]
    alike: Alike


class _Reading:
    """A view of the truths by which an unstated purpose is read."""

    def __init__(self, read: dict[Leaf, Truth], known: dict[str, Known]) -> None:
        self._read = read
        self._known = known
        self.terms: dict[str, Truth] = {}

    def truth(self, leaf: Leaf) -> Truth:
        truth = self._read[leaf]
        return fact_truth(leaf, self._known, _ANY_DAY) if truth is Truth.UNKNOWN else truth


class Seats(Positions):
    """Places by diagrams that were put together here."""

    def seat(self, diagram: Diagram | None) -> Place:
        """Read a place off a diagram."""
        return _NOWHERE if diagram is None else self._place(diagram)


class Places:
    """The places that were met so far."""

    def __init__(self, guideline: Guideline, seats: Seats, shapes: Shapes) -> None:
        """Place patients of this guideline; ``shapes`` tells what an open regimen may add."""
        self._guideline = guideline
        self._seats = seats
        self._shapes = shapes
        self._lines = seats.cuts.lines
        self._maker = Maker()
        self._alike: dict[tuple[tuple[int, ...], bool], Alike] = {}
        self._groups: dict[tuple[object, ...], Alike] = {}
        self._spots: dict[object, Spot] = {}
        self._seated: dict[int, tuple[Diagram | None, Spot]] = {}
        self.numbers: dict[Spot, int] = {}
        self._by_history = _reads_history(guideline)
        self._vectors = {vector: place for place, vector in enumerate(seats.cuts.vectors)}
        unstated = leaves(guideline.unstated_purpose.when)
        self._reading = {fact for leaf in unstated for fact in facts_of(leaf)}

    def numbered(self, keys: Iterable[tuple[Key, int]], fetch: Fetch) -> list[tuple[Key, int]]:
        """Give each key the number of its spot; ``fetch`` gives records of rows."""
        wanted = list(keys)
        self._see(wanted, fetch)
        forms = [(key, row, *self._form(key)) for key, row in wanted]
        new: dict[object, tuple[Key, int, tuple[int, ...]]] = {}
        for key, row, form, indices in forms:
            if form not in self._spots:
                new.setdefault(form, (key, row, indices))
        unread = {
            form: (row, indices)
            for form, (key, row, indices) in new.items()
            if not self._put_together(form, key)
        }
        records = fetch([row for row, _ in unread.values()])
        for form, (row, indices) in unread.items():
            self._spots[form] = _renamed(self._read(*records[row]), indices.index)
        found: list[tuple[Key, int]] = []
        for key, _, form, indices in forms:
            spot = self._spots[form]
            if indices:
                spot = _renamed(spot, indices.__getitem__)
            found.append((key, self.numbers.setdefault(spot, len(self.numbers))))
        return found

    def spots(self, first: int = 0) -> list[dict[str, Any]]:
        """List the spots with their numbers, from the first on."""
        nodes = {node.id: node for node in self._guideline.nodes}
        rows: list[dict[str, Any]] = []
        for spot, number in list(self.numbers.items())[first:]:
            node = nodes.get(spot.node or "")
            rows.append(
                {
                    "place": number,
                    "status": spot.status,
                    "node": spot.node,
                    "group": node.group if node else None,
                    "line": node.line if node else None,
                    "possible": list(spot.possible),
                    "asks": list(spot.asks),
                    "reads": self.reads(spot),
                }
            )
        return rows

    def reads(self, spot: Spot) -> list[str]:
        """Name the facts that decided a spot, as far as they are known."""
        criteria = [self._seats.cuts.when[name] for name in spot.possible]
        if spot.status == "conflict":
            criteria = [one.when for one in self._guideline.conflicts]
        if spot.status == "not-covered":
            criteria = [self._guideline.scope.when]
        found = {fact for one in criteria for leaf in leaves(one) for fact in facts_of(leaf)}
        return [name for name in self._guideline.vocabulary.facts if name in found]

    def _see(self, keys: list[tuple[Key, int]], fetch: Fetch) -> None:
        """Let the engine see one row for each new reduction, its history aside."""
        new = {
            (key.codes, key.broken): row
            for key, row in reversed(keys)
            if (key.codes, key.broken) not in self._alike
        }
        records = fetch(list(new.values()))
        for look, row in new.items():
            alike = Alike("") if self._by_history else self._alike_with(*records[row])
            # Rows that the engine tells apart by nothing else are one group.
            kind = (look,) if self._by_history else (alike.settled, id(alike.diagram), alike.read)
            self._alike[look] = self._groups.setdefault(kind, alike)

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

    def _form(self, key: Key) -> tuple[object, tuple[int, ...]]:
        """Give what the place depends on, and the regimens that are open, in their order."""
        alike = self._alike[key.codes, key.broken]
        if alike.settled or not key.has_history:
            return (id(alike), None), ()
        if not key.openings:
            return (id(alike), self._lines.vector(key.sure)), ()
        open_ones = [one.split(":") for one in key.openings.split(",")]
        ways = tuple([int(way) for _, way in open_ones])
        return (id(alike), key.sure, ways), tuple([int(place) for place, _ in open_ones])

    def _put_together(self, form: object, key: Key) -> bool:
        """Put a history into the diagram of rows that look alike, unless it cannot be."""
        alike = self._alike[key.codes, key.broken]
        if alike.settled:
            self._spots[form] = Spot(alike.settled, None, (), ())
            return True
        if self._by_history:
            return False
        diagram = alike.diagram
        if key.has_history and diagram is not None:
            ways = [int(one.partition(":")[2]) for one in key.openings.split(",") if one]
            try:
                told = Told(key.sure, [self._shapes.ways(n) for n in ways], alike)
                diagram = self._with_history(diagram, told)
            except LookupError:
                return False
        if id(diagram) not in self._seated:
            self._seated[id(diagram)] = diagram, _spot(self._seats.seat(diagram))
        self._spots[form] = self._seated[id(diagram)][1]
        return True

    def _with_history(self, diagram: Diagram, told: Told) -> Diagram | None:
        """Put a known history in the place of the open one.

        Raises ``LookupError`` where the diagram alone does not say how the history is read.
        """
        memo: dict[object, Diagram | None] = {}
        cells = self._seats.cuts.cells

        def turned(part: Diagram | None, assumed: tuple[tuple[str, Value], ...]) -> Diagram | None:
            if not isinstance(part, Test):
                return part
            if (id(part), assumed) not in memo:
                if part.fact == TREATMENTS:
                    made = self._put(part, told, self._purpose(told.alike, dict(assumed)))
                elif part.fact in self._reading:
                    pairs = zip(part.arms, cells[part.fact], strict=True)
                    arms = [turned(one, (*assumed, (part.fact, value))) for one, value in pairs]
                    made = self._maker.test(part.fact, arms)
                else:
                    made = self._maker.test(part.fact, [turned(one, assumed) for one in part.arms])
                memo[id(part), assumed] = made
            return memo[id(part), assumed]

        return turned(diagram, ())

    def _purpose(self, alike: Alike, assumed: dict[str, Value]) -> str | None:
        """Give the purpose that an unstated one is read as; raises ``LookupError``: not known."""
        known = {fact: Known(value) for fact, value in assumed.items()}
        view = _Reading(dict(alike.read), known)
        truth = evaluate(self._guideline.unstated_purpose.when, view)
        if truth is Truth.UNKNOWN:
            raise LookupError
        return self._guideline.unstated_purpose.purpose if truth is Truth.TRUE else None

    def _put(self, test: Test, told: Told, read: str | None) -> Diagram | None:
        """Follow the history: as recorded, and where it is not, every way it may have gone."""
        vectors = self._vectors
        memo: dict[tuple[int, int], Diagram | None] = {}
        every = [
            (one[PURPOSES.index(read)],) if read and len(one) > 1 else one for one in told.ways
        ]

        def from_here(place: int, bits: int) -> Diagram | None:
            if place == len(every):
                return test.arms[vectors[self._lines.vector(bits)]]
            if (place, bits) not in memo:
                name = f"{TREATMENTS}[{place}]"
                by_purpose = [
                    self._maker.test(
                        f"{name}.outcome", [from_here(place + 1, bits | one) for one in ends]
                    )
                    for ends in every[place]
                ]
                memo[place, bits] = self._maker.test(f"{name}.purpose", by_purpose)
            return memo[place, bits]

        return from_here(0, told.sure)

    def _read(self, record: Record, day: dt.date) -> Spot:
        """Let the engine read the whole row."""
        situation = Situation(self._guideline, self._lines, record, day)
        settled = self._settled(situation)
        return Spot(settled, None, (), ()) if settled else _spot(self._seats.place(situation))


def _spot(place: Place) -> Spot:
    asks = tuple(one.fact for one in place.deciders)
    if len(place.possible) != 1:
        return Spot("needs-information", None, place.possible, asks)
    return Spot("recommended", place.possible[0], place.possible, asks)


def _renamed(spot: Spot, rename: Callable[[int], int]) -> Spot:
    """Name open regimens by their rank instead of their place in the list, or the reverse."""
    asks = [
        f"{TREATMENTS}[{rename(int(found[1]))}]{found[2]}"
        if (found := _OF_REGIMEN.fullmatch(ask))
        else ask
        for ask in spot.asks
    ]
    return Spot(spot.status, spot.node, spot.possible, tuple(asks))


def _reads_history(guideline: Guideline) -> bool:
    """Say whether what is decided before the place looks into the history."""
    before = (guideline.scope.when, *(one.when for one in guideline.conflicts))
    return any(isinstance(leaf, Ended | RegimenEnded) for one in before for leaf in leaves(one))
