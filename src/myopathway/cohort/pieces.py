"""Tables of facts as users have them, made into pieces of a facts table.

Columns are read by the dictionary: once for each distinct value where it can be, else row by row.
A row with a value that cannot be stays in its place, with its faults and without its facts.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.listed import NO, history, mapped, nothing, reworded, rows_with
from myopathway.cohort.rows import row_of
from myopathway.cohort.table import BESIDE, arrow_schema, columns, written
from myopathway.cohort.texts import WORDS, held, held_schema, texted, turned, whole
from myopathway.cohort.texts import written as as_texts
from myopathway.errors import Fault, InputError, nearest
from myopathway.facts import GRADE, Record
from myopathway.patient import Patient

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.facts import Fact, Vocabulary

HISTORY: Final = "treatments"
_WORDS: Final = {"true": True, "false": False}


def known_columns(names: Iterable[str], vocabulary: Vocabulary, where: str) -> None:
    """Refuse a table with a column that is none of a facts table; raises ``InputError``."""
    wanted = columns(vocabulary)
    faults = [
        Fault(f"{where}: column {name}", f"no such fact{nearest(name, wanted)}",
              "id, and facts of the dictionary: myopathway facts lists them")
        for name in names
        if name not in wanted
    ]  # fmt: skip
    if faults:
        raise InputError(faults)


def piece_of(table: pa.Table, first: int, vocabulary: Vocabulary) -> pa.Table:
    """Make a piece of a facts table of some rows; ``first`` is the number of the first row."""
    schema = held_schema(arrow_schema(vocabulary))
    count = table.num_rows
    found: dict[str, Any] = {}
    doubtful = nothing(count)
    for name in table.column_names:
        column = whole(table.column(name))
        fact = vocabulary.facts.get(name)
        if fact is None:
            found[name] = turned(column, schema.field(name).type)
            continue
        if fact.type == "grade":
            found[written(name)] = turned(_texts(column), WORDS)
        found[name], bad = _column(fact, column, schema.field(name).type, vocabulary)
        if bad is not None:
            doubtful = pc.or_(doubtful, bad)
    if "id" not in found or found["id"].null_count:
        numbers = pa.array([str(n) for n in range(first, first + count)])
        found["id"] = pc.coalesce(found["id"], numbers) if "id" in found else numbers
    doubtful = pc.or_(doubtful, _impossible(found, count))
    for name in schema.names:
        if name not in found:
            found[name] = pa.nulls(count, schema.field(name).type)
    piece = pa.Table.from_arrays([found[name] for name in schema.names], schema=schema)
    if not pc.any(doubtful).as_py():
        return piece
    return _mended(piece, table, doubtful, vocabulary)


def rows_piece(rows: list[dict[str, Any]], vocabulary: Vocabulary) -> pa.Table:
    """Make a piece of rows that were read one by one."""
    return held(pa.Table.from_pylist(rows, arrow_schema(vocabulary)))


def broken_row(name: str, error: InputError) -> dict[str, Any]:
    """Give the row of a patient who cannot be read."""
    return {"id": name, "faults": [str(fault) for fault in error.faults]}


def _mended(
    piece: pa.Table, table: pa.Table, doubtful: pa.Array, vocabulary: Vocabulary
) -> pa.Table:
    """Read the rows with a doubtful value one by one, by the dictionary."""
    places = pc.indices_nonzero(doubtful)
    names = piece.column("id").take(places).to_pylist()
    again: list[dict[str, Any]] = []
    for name, row in zip(names, table.take(places).to_pylist(), strict=True):
        try:
            facts = {
                fact: _told(vocabulary.facts[fact], value)
                for fact, value in row.items()
                if fact in vocabulary.facts and value is not None
            }
            made = row_of(Patient(vocabulary.read(facts)), name, vocabulary)
            made |= {one: row[one] for one in BESIDE if row.get(one) is not None}
        except InputError as error:
            made = broken_row(name, error)
        again.append(made)
    # Words have other numbers in the other table: they are put together as texts.
    schema = arrow_schema(vocabulary)
    both = pa.concat_tables([as_texts(piece, schema), pa.Table.from_pylist(again, schema)])
    order = list(range(piece.num_rows))
    for place, row_number in enumerate(places.to_pylist()):
        order[row_number] = piece.num_rows + place
    return held(both.take(pa.array(order)))


def _column(
    fact: Fact, column: pa.Array, kind: pa.DataType, vocabulary: Vocabulary
) -> tuple[pa.Array, pa.Array | None]:
    """Read a column of a fact: the values, and which rows are to be looked at again."""
    if column.type.equals(pa.null()):
        return pa.nulls(len(column), kind), None
    if fact.type == HISTORY and pa.types.is_list(_plain_list(column.type)):
        return history(column, kind, vocabulary)
    if fact.type in ("set", "names") and pa.types.is_list(_plain_list(column.type)):
        return _members(fact, column, vocabulary)
    if fact.type in ("number", "grade") and pa.types.is_floating(column.type):
        return column.cast(pa.float64()), _outside(fact, column)
    if fact.type == "boolean" and pa.types.is_boolean(column.type):
        return column, None
    if fact.type == "date" and pa.types.is_date(column.type):
        return column.cast(kind), None
    return _distinct(fact, column, kind, vocabulary)


def _plain_list(kind: pa.DataType) -> pa.DataType:
    return pa.list_(kind.value_type) if pa.types.is_large_list(kind) else kind


def _outside(fact: Fact, column: pa.Array) -> pa.Array:
    bad = pc.invert(pc.is_finite(column))
    if fact.low is not None:
        bad = pc.or_(bad, pc.less(column, float(fact.low)))
    if fact.high is not None:
        bad = pc.or_(bad, pc.greater(column, float(fact.high)))
    return pc.fill_null(bad, NO)


def _distinct(
    fact: Fact, column: pa.Array, kind: pa.DataType, vocabulary: Vocabulary
) -> tuple[pa.Array, pa.Array | None]:
    """Read each distinct value once."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    values: list[Any] = []
    bad: list[bool] = []
    for raw in encoded.dictionary.to_pylist():
        value: Any = None
        wrong = False
        try:
            told = _told(fact, raw)
            if told is not None:
                only = Record({fact.name: vocabulary.known(fact, told)})
                value = row_of(Patient(only), "", vocabulary)[fact.name]
        except InputError:
            wrong = True
        values.append(value)
        bad.append(wrong)
    if kind.equals(WORDS):
        known = dict(zip(encoded.dictionary.to_pylist(), values, strict=True))
        read = reworded(encoded, known.__getitem__)
    else:
        read = turned(pa.array(values, texted(kind)).take(encoded.indices), kind)
    if not any(bad):
        return read, None
    return read, pc.fill_null(pa.array(bad).take(encoded.indices), NO)


def _told(fact: Fact, raw: Any) -> Any:  # noqa: ANN401 - a cell
    """Read a cell as the value that a facts document would hold; an empty text is unknown."""
    if isinstance(raw, dt.datetime):
        return raw.date()
    if fact.type == "treatments" and isinstance(raw, list):
        return [
            {key: value for key, value in one.items() if value is not None}
            if isinstance(one, dict)
            else one
            for one in raw
        ]
    if not isinstance(raw, str):
        return raw
    text = raw.strip()
    if not text:
        return None
    match fact.type:
        case "boolean":
            return _WORDS.get(text.lower(), raw)
        case "number":
            return _number(text)
        case "grade":
            return text if re.fullmatch(GRADE, text) else _number(text)
        case "set" | "names" | "treatments":
            try:
                return json.loads(text)
            except ValueError:
                return raw
        case _:
            return text


def _number(text: str) -> object:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def _texts(column: pa.Array) -> pa.Array:
    """Keep grades as they were written, where they were written as texts."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
        grade = pc.match_substring_regex(trimmed, f"^{GRADE}$")
        return pc.if_else(grade, trimmed, pa.scalar(None, pa.string()))
    return pa.nulls(len(column), pa.string())


def _members(
    fact: Fact, column: pa.Array, vocabulary: Vocabulary
) -> tuple[pa.Array, pa.Array | None]:
    def word(member: str) -> str | None:
        try:
            known = vocabulary.known(fact, [member]).value
        except InputError:
            return None
        return str(known[0]) if isinstance(known, tuple) else None

    read = mapped(turned(column, pa.list_(WORDS)), word)
    return read, rows_with(read, pc.is_null(read.flatten()))


def _impossible(found: dict[str, Any], count: int) -> pa.Array:
    """Say which rows were born after the day that they are for."""
    day, born = found.get("as_of"), found.get("birth_date")
    if day is None or born is None:
        return nothing(count)
    return pc.fill_null(pc.greater(born, day), NO)
