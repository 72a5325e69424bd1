"""The columns of what is put out: one row a patient, in the order of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.duck import SPOTS
from myopathway.cohort.table import arrow_schema

if TYPE_CHECKING:
    import datetime as dt

    from myopathway.cohort.program import Program
    from myopathway.facts import Vocabulary

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
UNREADABLE = "error"


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


def put_out(program: Program, piece: pa.Table, readable: pa.Array, answers: pa.Table) -> pa.Table:
    """Put the answers of a piece's readable rows beside its rows."""
    wanted = schema(program.guideline.vocabulary, whole=program.whole)
    spots = pa.Table.from_pylist(program.places.spots(), SPOTS)
    count = piece.num_rows
    everything = answers.num_rows == count
    found: dict[str, Any] = {"id": piece.column("id")}

    def spread(column: pa.ChunkedArray) -> pa.Array:
        """Leave room for the rows that cannot be read."""
        if everything:
            return column
        places = pc.cumulative_sum(readable.cast(pa.int64()))
        return column.take(
            pc.if_else(readable, pc.subtract(places, 1), pa.scalar(None, pa.int64()))
        )

    place = answers.column("place")
    for name in ("status", "node", "group", "line", "possible"):
        found[name] = spread(spots.column(name).take(place))
    if not everything:
        found["status"] = pc.fill_null(found["status"], UNREADABLE)
        found["possible"] = _no_lists(found["possible"], TEXTS)
    if program.whole:
        for name, kind in JUDGED.items():
            found[name] = _no_lists(spread(answers.column(name)), kind)
        found["faults"] = piece.column("faults")
        found["as_of"] = _days(piece.column("as_of"), program.day)
        found["content_hash"] = pa.repeat(program.guideline.content_hash, count)
        fields = list(wanted.field("facts").type)
        whole = piece.combine_chunks()
        parts = [whole.column(field.name).chunk(0) if count else pa.nulls(0, field.type)
                 for field in fields]  # fmt: skip
        found["facts"] = pa.StructArray.from_arrays(parts, fields=fields)
    return pa.Table.from_arrays([_cast(found[f.name], f.type) for f in wanted], schema=wanted)


def _no_lists(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Show nothing as an empty list."""
    column = _cast(column, kind)
    return column if column.null_count == 0 else pc.fill_null(column, pa.scalar([], kind))


def _cast(column: Any, kind: pa.DataType) -> Any:  # noqa: ANN401 - an array, chunked or not
    return column if column.type.equals(kind) else column.cast(kind)


def _days(column: pa.ChunkedArray, day: dt.date) -> pa.ChunkedArray:
    return pc.fill_null(column, pa.scalar(day, pa.date32()))
