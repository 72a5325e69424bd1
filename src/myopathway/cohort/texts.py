"""Texts of tables as numbers of words: what stands in many rows is kept once.

Facts that are texts, lists of texts, regimens and sources are held so on their way through, and so
are the columns of answers; what differs in every row (ids, references) stays as it is. In a file,
texts are texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.sequences import lengths

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS: Final = pa.dictionary(pa.int32(), pa.string())
# Columns, and parts of columns, whose texts differ in every row.
AS_THEY_ARE: Final = frozenset(("id", "faults", "reference", "resource"))


def held_schema(fields: Iterable[pa.Field]) -> pa.Schema:
    """Give a schema of a facts table, or of answers, with texts as numbers of words."""
    return pa.schema([(one.name, _held(one.name, one.type)) for one in fields])


def held_type(kind: pa.DataType) -> pa.DataType:
    """Give a type with its texts as numbers of words."""
    return _held("", kind)


def held(table: pa.Table) -> pa.Table:
    """Hold the texts of a table so, each column in one part."""
    fields = held_schema(table.schema)
    columns = [
        turned(whole(column), field.type)
        for column, field in zip(table.columns, fields, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=fields)


def written(table: pa.Table, fields: pa.Schema) -> pa.Table:
    """Write out the texts of a table."""
    columns = [turned(whole(table.column(one.name)), one.type) for one in fields]
    return pa.Table.from_arrays(columns, schema=fields)


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Give a column in one part."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks) if (
        column.num_chunks
    ) else pa.array([], column.type)  # fmt: skip


def turned(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Turn texts into numbers of words or back, wherever in a column they stand."""
    own = column.type
    if own.equals(kind):
        return column
    if pa.types.is_dictionary(own):
        return turned(column.dictionary_decode(), kind)
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type).dictionary_encode()
    missing = pc.is_null(column) if column.null_count else None
    if pa.types.is_list(kind) and (pa.types.is_list(own) or pa.types.is_large_list(own)):
        ends = pa.array(lengths(column).cumsum(), pa.int32())
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
        inner = turned(column.flatten(), kind.value_type)
        return pa.ListArray.from_arrays(offsets, inner, type=kind, mask=missing)
    if pa.types.is_struct(kind) and pa.types.is_struct(own):
        parts = [turned(column.field(field.name), field.type) for field in kind]
        return pa.StructArray.from_arrays(parts, fields=list(kind), mask=missing)
    return column.cast(kind)


def texted(kind: pa.DataType) -> pa.DataType:
    """Give a type with its texts written out."""
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_list(kind):
        return pa.list_(texted(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(one.name, texted(one.type)) for one in kind])
    return kind


def _held(name: str, kind: pa.DataType) -> pa.DataType:
    if name in AS_THEY_ARE:
        return kind
    if pa.types.is_string(kind):
        return WORDS
    if pa.types.is_list(kind):
        return pa.list_(_held("", kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(one.name, _held(one.name, one.type)) for one in kind])
    return kind
