"""Where rows stand: decided by the engine, once for all rows that look alike to it.

SQL reduces a row to what places it: the truth of each placing criterion's leaves (``code…``) and
the bits of its history. Of the rows with the same reduction one is handed to the engine, whose
diagram says exactly what stays possible and what would decide (decision 0030).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from myopathway.criteria import Ended, RegimenEnded, leaves
from myopathway.engine.situation import Situation
from myopathway.facts import Record

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from myopathway.engine.answer import Engine
    from myopathway.engine.diagram import Diagram
    from myopathway.guideline.model import Guideline

HISTORY: Final = "treatments"
_OF_REGIMEN: Final = re.compile(r"treatments\[(\d+)\](\..+)")
Fetch: TypeAlias = "Callable[[Sequence[int]], dict[int, tuple[Record, dt.date]]]"


class Key(msgspec.Struct, frozen=True):
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


class Places:
    """The places that were met so far."""

    def __init__(self, engine: Engine) -> None:
        """Ask this engine."""
        self._engine = engine
        self._guideline = engine.guideline
        self._positions = engine.positions
        self._lines = engine.positions.cuts.lines
        self._classes: dict[tuple[tuple[int, ...], bool], object] = {}
        # Kept alive, since they are told apart by identity.
        self._diagrams: dict[int, tuple[int, Diagram | None]] = {}
        self._spots: dict[object, Spot] = {}
        self.numbers: dict[Spot, int] = {}
        self._by_history = _reads_history(self._guideline)

    def numbered(self, keys: Iterable[tuple[Key, int]], fetch: Fetch) -> list[tuple[Key, int]]:
        """Give each key the number of its spot; ``fetch`` gives records of rows."""
        wanted = list(keys)
        self._classify(wanted, fetch)
        forms = [(key, row, self._form(key)) for key, row in wanted]
        new: dict[object, tuple[int, tuple[int, ...]]] = {}
        for _, row, (form, indices) in forms:
            if form not in self._spots:
                new.setdefault(form, (row, indices))
        records = fetch([row for row, _ in new.values()])
        for form, (row, indices) in new.items():
            self._spots[form] = _renamed(self._spot(*records[row]), indices.index)
        found: list[tuple[Key, int]] = []
        for key, _, (form, indices) in forms:
            spot = self._spots[form]
            if indices:
                spot = _renamed(spot, indices.__getitem__)
            found.append((key, self.numbers.setdefault(spot, len(self.numbers))))
        return found

    def spots(self) -> list[dict[str, Any]]:
        """List every spot with its number."""
        groups = {node.id: node for node in self._guideline.nodes}
        rows: list[dict[str, Any]] = []
        for spot, number in self.numbers.items():
            node = groups.get(spot.node or "")
            rows.append(
                {
                    "place": number,
                    "status": spot.status,
                    "node": spot.node,
                    "group": node.group if node else None,
                    "line": node.line if node else None,
                    "possible": list(spot.possible),
                    "asks": list(spot.asks),
                }
            )
        return rows

    def _classify(self, keys: list[tuple[Key, int]], fetch: Fetch) -> None:
        """Say of new reductions what the engine makes of them whatever the history."""
        new = {
            (key.codes, key.broken): row
            for key, row in reversed(keys)
            if (key.codes, key.broken) not in self._classes
        }
        if self._by_history:
            self._classes.update({look: look for look in new})
            return
        records = fetch(list(new.values()))
        for look, row in new.items():
            record, day = records[row]
            self._classes[look] = self._class(record, day)

    def _class(self, record: Record, day: dt.date) -> object:
        facts = {name: known for name, known in record.facts.items() if name != HISTORY}
        situation = Situation(self._guideline, self._lines, Record(facts), day)
        status = self._settled(situation)
        if status:
            return status
        diagram = self._positions.diagram(situation)
        place, _ = self._diagrams.setdefault(id(diagram), (len(self._diagrams), diagram))
        # Purposes that were not stated are read by this criterion, whatever the diagram folds.
        read = tuple(
            situation.truth(leaf) for leaf in leaves(self._guideline.unstated_purpose.when)
        )
        return place, read

    def _settled(self, situation: Situation) -> str:
        if not self._positions.covered(situation):
            return "not-covered"
        conflicts = self._positions.contradictions(situation)
        if conflicts is not None and (conflicts or situation.contradictions):
            return "conflict"
        return ""

    def _form(self, key: Key) -> tuple[object, tuple[int, ...]]:
        """Give what the place depends on, and the regimens that are open, in their order."""
        known = self._classes[key.codes, key.broken]
        if isinstance(known, str) or not key.has_history:
            return (known, None), ()
        if not key.openings:
            return (known, self._lines.vector(key.sure)), ()
        open_ones = [one.split(":") for one in key.openings.split(",")]
        ways = tuple([way for _, way in open_ones])
        return (known, key.sure, ways), tuple([int(place) for place, _ in open_ones])

    def _spot(self, record: Record, day: dt.date) -> Spot:
        situation = Situation(self._guideline, self._lines, record, day)
        settled = self._settled(situation)
        if settled:
            return Spot(settled, None, (), ())
        place = self._positions.place(situation)
        asks = tuple(one.fact for one in place.deciders)
        if len(place.possible) != 1:
            return Spot("needs-information", None, place.possible, asks)
        return Spot("recommended", place.possible[0], place.possible, asks)


def _renamed(spot: Spot, rename: Callable[[int], int]) -> Spot:
    """Name open regimens by their rank instead of their place in the list, or the reverse."""
    asks = [
        f"{HISTORY}[{rename(int(found[1]))}]{found[2]}"
        if (found := _OF_REGIMEN.fullmatch(ask))
        else ask
        for ask in spot.asks
    ]
    return Spot(spot.status, spot.node, spot.possible, tuple(asks))


def _reads_history(guideline: Guideline) -> bool:
    """Say whether what is decided before the place looks into the history."""
    before = (guideline.scope.when, *(one.when for one in guideline.conflicts))
    return any(isinstance(leaf, Ended | RegimenEnded) for one in before for leaf in leaves(one))
