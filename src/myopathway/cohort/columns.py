"""The columns of what is put out: one row a patient, in the order of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.cells import listed, worded
from myopathway.cohort.table import arrow_schema
from myopathway.cohort.texts import held_schema

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from myopathway.cohort.spots import Spots
    from myopathway.facts import Vocabulary
    from myopathway.guideline.model import Guideline

TEXTS = pa.list_(pa.string())
OPTIONS = pa.list_(pa.struct([("option", pa.string()), ("verdict", pa.string())]))
DOSES = pa.list_(
    pa.struct(
        [
            ("option", pa.string()),
            ("drug", pa.string()),
            ("kind", pa.string()),
            ("low", pa.float64()),
            ("high", pa.float64()),
            ("unit", pa.string()),
            ("capped", pa.bool_()),
        ]
    )
)
DECIDING = pa.list_(
    pa.struct([("fact", pa.string()), ("source", pa.string()), ("date", pa.string())])
)
JUDGED: dict[str, pa.DataType] = {
    "options": OPTIONS,
    "doses": DOSES,
    "missing": TEXTS,
    "departures": TEXTS,
    "departures_open": TEXTS,
    "deciding": DECIDING,
}
UNREADABLE: Final = "error"


def schema(vocabulary: Vocabulary, *, whole: bool = True) -> pa.Schema:
    """Give the schema of what is put out; without ``whole``, status and place alone."""
    fields: list[tuple[str, pa.DataType]] = [
        ("id", pa.string()),
        ("status", pa.string()),
        ("node", pa.string()),
        ("group", pa.string()),
        ("line", pa.int32()),
        ("possible", TEXTS),
    ]
    if whole:
        facts = [field for field in arrow_schema(vocabulary) if field.name not in ("id", "faults")]
        fields += [
            *JUDGED.items(),
            ("faults", TEXTS),
            ("as_of", pa.date32()),
            ("content_hash", pa.string()),
            ("facts", pa.struct(facts)),
        ]
    return pa.schema(fields)


class Columns:
    """Makes the table that is put out: texts are numbers of words (``cohort.texts``)."""

    def __init__(self, guideline: Guideline, day: dt.date, spots: Spots, *, whole: bool) -> None:
        """Put out answers for this day; without ``whole``, status and place alone."""
        self._guideline = guideline
        self._day = day
        self._spots = spots
        self._whole = whole
        self._schema = held_schema(schema(guideline.vocabulary, whole=whole))
        self._seen = 0
        nodes = {node.id: node for node in guideline.nodes}
        self._nodes = nodes
        self._words: dict[str, dict[Any, int]] = {
            name: {} for name in ("status", "node", "group", "line", "possible")
        }
        self._codes: dict[str, np.ndarray] = {name: np.zeros(0, np.int32) for name in self._words}

    def table(
        self,
        piece: pa.Table,
        readable: np.ndarray | None,
        numbers: np.ndarray,
        judged: dict[str, pa.Array],
    ) -> pa.Table:
        """Put answers beside the rows of a piece; ``readable``: where not all rows have one."""
        self._learn()
        count = piece.num_rows
        found: dict[str, pa.Array] = {"id": _one(piece, "id")}
        for name, words in self._words.items():
            codes = self._codes[name][numbers]
            missing = None
            if readable is not None:
                spread = np.zeros(count, np.int32)
                spread[readable] = codes
                codes, missing = spread, ~readable
            found[name] = self._spoken(name, list(words), codes, missing)
        if self._whole:
            for name, column in judged.items():
                found[name] = column if readable is None else _spread(column, readable)
            found["faults"] = _one(piece, "faults")
            found["as_of"] = pc.fill_null(_one(piece, "as_of"), pa.scalar(self._day, pa.date32()))
            found["content_hash"] = worded(
                np.zeros(count, np.int32), [self._guideline.content_hash]
            )
            names = [one for one in piece.column_names if one not in ("id", "faults")]
            found["facts"] = pa.StructArray.from_arrays(
                [_one(piece, name) for name in names], names=names
            )
        return pa.Table.from_arrays(
            [found[name] for name in self._schema.names], schema=self._schema
        )

    @staticmethod
    def _spoken(
        name: str, words: list[Any], codes: np.ndarray, missing: np.ndarray | None
    ) -> pa.Array:
        """Say what codes stand for; a missing row has the status of one that cannot be read."""
        if name == "possible":
            own = [() if one is None else one for one in words]
            empty = own.index(()) if () in own else len(own)
            if missing is not None:
                codes = np.where(missing, empty, codes)
            lists = [*own, ()]
            flat = list(dict.fromkeys(one for several in lists for one in several))
            places = {one: place for place, one in enumerate(flat)}
            lengths = np.array([len(one) for one in lists], np.int64)
            members = np.array([places[one] for several in lists for one in several], np.int32)
            return _taken(lengths, members, flat, codes)
        if name == "status":
            if missing is not None:
                codes = np.where(missing, len(words), codes)
            return worded(codes, [*words, UNREADABLE])
        absent = codes == words.index(None) if None in words else np.zeros(len(codes), np.bool_)
        if missing is not None:
            absent |= missing
        if name == "line":
            values = np.array([0 if one is None else one for one in words], np.int32)
            return pa.array(values[codes] if len(words) else codes, mask=absent)
        return pa.DictionaryArray.from_arrays(
            pa.array(codes, mask=absent),
            pa.array(["" if one is None else one for one in words], pa.string()),
        )

    def _learn(self) -> None:
        """See the spots that are new."""
        new = self._spots.all[self._seen :]
        self._seen += len(new)
        rows: dict[str, list[int]] = {name: [] for name in self._words}
        for spot in new:
            node = self._nodes.get(spot.node or "")
            told = (spot.status, spot.node, node.group if node else None,
                    node.line if node else None, spot.possible)  # fmt: skip
            for (name, words), one in zip(self._words.items(), told, strict=True):
                rows[name].append(words.setdefault(one, len(words)))
        for name, codes in rows.items():
            own = np.array(codes, np.int32)
            self._codes[name] = np.concatenate([self._codes[name], own])


def _one(piece: pa.Table, name: str) -> pa.Array:
    return piece.column(name).chunk(0)


def _taken(lengths: np.ndarray, members: np.ndarray, words: Iterable[str],
           codes: np.ndarray) -> pa.Array:  # fmt: skip
    """Give lists by their places."""
    begins = np.cumsum(lengths) - lengths
    counts = lengths[codes]
    first = np.cumsum(counts) - counts
    at = np.repeat(begins[codes] - first, counts) + np.arange(int(counts.sum()))
    return listed(counts, worded(members[at], list(words)))


def _spread(column: pa.Array, readable: np.ndarray) -> pa.Array:
    """Leave room for the rows that cannot be read: their lists are empty."""
    counts = np.zeros(len(readable), np.int64)
    lengths = np.diff(column.offsets.to_numpy())
    counts[readable] = lengths
    return listed(counts, column.values)
