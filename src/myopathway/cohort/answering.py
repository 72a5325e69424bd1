"""A guideline for one day, compiled; answers pieces of a facts table (decision 0033)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.bits import unpacked
from myopathway.cohort.columns import Columns
from myopathway.cohort.compiled import Judging, Placing
from myopathway.cohort.histories import Histories
from myopathway.cohort.judged import Judged
from myopathway.cohort.leaves import HISTORY, Stated
from myopathway.cohort.marks import Marks
from myopathway.cohort.places import Places
from myopathway.cohort.places_alone import PlacesAlone
from myopathway.cohort.rows import record_of
from myopathway.cohort.seating import grouped, seated
from myopathway.cohort.shapes import Shapes
from myopathway.cohort.sights import DAY, Sights
from myopathway.cohort.texts import held
from myopathway.engine.position import Positions

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import numpy as np

    from myopathway.engine.cuts import Cuts
    from myopathway.facts import Record
    from myopathway.guideline.model import Guideline


class Answering:
    """Answers pieces of a facts table; what the engine decided is kept from piece to piece."""

    def __init__(self, guideline: Guideline, day: dt.date, *, whole: bool = True) -> None:
        """Compile for a day (of rows that state none); without ``whole``, places alone."""
        self.guideline = guideline
        self.day = day
        self.whole = whole
        seats = Positions(guideline)
        cuts = seats.cuts
        self._placing = Placing(guideline, cuts)
        judging = Judging(guideline, cuts, self._placing) if whole else None
        leaves = self._placing.leaves
        asking = [one.asking for one in judging.nodes] if judging else []
        shapes = Shapes(leaves, asking)
        self._marks = Marks(leaves)
        self._histories = Histories(leaves, shapes, whole=whole)
        self._places = (Places if whole else PlacesAlone)(guideline, seats, shapes)
        self._judged: Judged | None = None
        if judging is not None:
            self._judged = Judged(guideline, judging, self._places.spots, self._histories)
        facts = guideline.vocabulary.facts
        self._columns = Columns(guideline, day, self._places.spots, whole=whole)
        self._read = [name for name in facts if name != DAY]
        before = _before_history(guideline, cuts)
        self._looked_at = [name for name in self._read if name in before]

    def answered(self, piece: pa.Table) -> pa.Table:
        """Answer a piece, row by row in its order; rows that cannot be read have no answer."""
        piece = held(piece)
        readable = pc.is_null(piece.column("faults").chunk(0)).to_numpy(zero_copy_only=False)
        if readable.all():
            return self._columns.table(piece, None, *self._answers(piece))
        rows = held(piece.filter(pa.array(readable)))
        return self._columns.table(piece, readable, *self._answers(rows))

    def _answers(self, rows: pa.Table) -> tuple[np.ndarray, dict[str, Any]]:
        """Give the number of the spot of each row, and (``whole``) the columns that are judged."""
        sights = Sights(self.guideline, self.day, rows, self._marks)
        count = sights.count

        def fetch(wanted: Sequence[int]) -> dict[int, tuple[Record, dt.date]]:
            return self._records(rows, wanted, self._read)

        def look(wanted: Sequence[int]) -> dict[int, tuple[Record, dt.date]]:
            return self._records(rows, wanted, self._looked_at)

        planes = self._placing.wired.run(sights.plane, sights.size)
        seen = [planes[gate] for gate in self._placing.look]
        groups = grouped(self._places, seen, count, look)
        unstated = unpacked(planes[self._placing.unstated], count)
        history = self._histories.read(sights.column(HISTORY), unstated)
        known = sights.plane(Stated(HISTORY))
        numbers = seated(self._places, groups, known, history, fetch)
        if self._judged is None:
            return numbers, {}
        sights.tell_history(self._histories, history)
        return numbers, self._judged.columns(sights, history, numbers)

    def _records(
        self, rows: pa.Table, wanted: Sequence[int], names: list[str]
    ) -> dict[int, tuple[Record, dt.date]]:
        """Give these facts of some rows, each with its day."""
        own = rows.select([*names, DAY]).take(pa.array(wanted, pa.int64())).to_pylist()
        vocabulary = self.guideline.vocabulary
        return {
            row: (record_of(vocabulary, one), one[DAY] or self.day)
            for row, one in zip(wanted, own, strict=True)
        }


def _before_history(guideline: Guideline, cuts: Cuts) -> set[str]:
    """Name the facts that may place a row, its history aside."""
    found = set(cuts.facts)
    for one in guideline.implications:
        found |= {one.given, one.then}
    facts = guideline.vocabulary.facts
    return found | {since for name in found if (since := facts[name].from_date)}
