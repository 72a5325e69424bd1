"""Columns of lists: their members told apart, read once each, and put back; regimens among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.texts import WORDS, turned
from myopathway.facts import MOST_REGIMENS, OUTCOMES, PURPOSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from myopathway.facts import Vocabulary

NO: Final = pa.scalar(False)  # noqa: FBT003 - what is not known is not wrong
YES: Final = pa.scalar(True)  # noqa: FBT003 - as above
_MOST_DRUGS: Final = 4096


def nothing(count: int) -> pa.Array:
    """Say of no row that it is doubtful."""
    return pa.repeat(NO, count)


def mapped(column: pa.Array, word: Callable[[str], str | None]) -> pa.Array:
    """Turn every member of a list of texts into another word, each distinct one once."""
    flat = turned(column.flatten(), WORDS)
    return relisted(column, reworded(flat, word))


def reworded(column: pa.Array, word: Callable[[str], str | None]) -> pa.Array:
    """Turn texts, held as numbers of words, into other ones or (None) into nothing."""
    given = column.dictionary.to_pylist()
    words = [None if one is None else word(one) for one in given]
    if words == given and column.type.equals(WORDS):
        return column
    own = list(dict.fromkeys(one for one in words if one is not None))
    places = {one: place for place, one in enumerate(own)}
    codes = pa.array([None if one is None else places[one] for one in words], pa.int32())
    return pa.DictionaryArray.from_arrays(codes.take(column.indices), pa.array(own, pa.string()))


def relisted(column: pa.Array, flat: pa.Array) -> pa.Array:
    """Put members back into their lists."""
    ends = pc.cumulative_sum(pc.fill_null(pc.list_value_length(column), 0))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends.cast(pa.int32())])
    return pa.ListArray.from_arrays(offsets, flat, mask=pc.is_null(column))


def rows_with(column: pa.Array, bad: pa.Array) -> pa.Array:
    """Say which rows of a list column have a member that is bad."""
    if not pc.any(bad).as_py():
        return nothing(len(column))
    rows = pc.unique(pc.list_parent_indices(column).filter(bad)).to_pylist()
    marked = bytearray(len(column))
    for row in rows:
        marked[row] = 1
    return pa.array(memoryview(marked), pa.uint8()).cast(pa.bool_())


def history(
    column: pa.Array, kind: pa.DataType, vocabulary: Vocabulary
) -> tuple[pa.Array, pa.Array | None]:
    """Read regimens field by field: the values, and which rows are to be looked at again."""
    everything = pa.nulls(len(column), kind), pc.is_valid(column)
    inner = column.type.value_type
    if not pa.types.is_struct(inner):
        return everything
    given = [field.name for field in inner]
    fields = list(kind.value_type)
    if "drugs" not in given or not set(given) <= {field.name for field in fields}:
        return everything
    flat = column.flatten()
    parts: dict[str, Any] = {}
    try:
        for field in fields:
            parts[field.name] = (
                turned(flat.field(field.name), field.type)
                if field.name in given
                else pa.nulls(len(flat), field.type)
            )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return everything
    for name in ("drugs", "intolerant_of"):
        parts[name] = mapped(parts[name], vocabulary.drug)
    bad = pc.or_(pc.is_null(flat), _odd(parts, vocabulary))
    made = pa.StructArray.from_arrays([parts[field.name] for field in fields], fields=fields)
    long = pc.fill_null(pc.greater(pc.list_value_length(column), MOST_REGIMENS), NO)
    return relisted(column, made), pc.or_(rows_with(column, bad), long)


def _odd(parts: dict[str, Any], vocabulary: Vocabulary) -> pa.Array:
    """Say which regimens cannot be."""
    bad = pc.fill_null(pc.equal(pc.list_value_length(parts["drugs"]), 0), YES)
    for name in ("drugs", "intolerant_of"):
        flat = parts[name].flatten()
        if flat.null_count:
            bad = pc.or_(bad, rows_with(parts[name], pc.is_null(flat)))
    for name, words in (("purpose", PURPOSES), ("outcome", OUTCOMES)):
        own = parts[name].dictionary
        strange = pc.invert(pc.is_in(own, value_set=pa.array(words)))
        if pc.any(strange).as_py():
            bad = pc.or_(bad, pc.fill_null(strange.take(parts[name].indices), NO))
    late = pc.fill_null(pc.less(parts["stopped"], parts["started"]), NO)
    return pc.or_(pc.or_(bad, late), _strangers(parts, vocabulary))


def _strangers(parts: dict[str, Any], vocabulary: Vocabulary) -> pa.Array:
    """Say which regimens blame a drug that they do not hold."""
    if not len(parts["intolerant_of"].flatten()):
        return nothing(len(parts["drugs"]))
    names = pa.array(sorted(set(vocabulary.drug_names.values())))

    def pairs(column: pa.Array) -> pa.Array:
        flat = column.flatten()
        places = pc.index_in(flat.dictionary, value_set=names).take(flat.indices)
        rows = pc.list_parent_indices(column).cast(pa.int64())
        return pc.add(pc.multiply(rows, _MOST_DRUGS), pc.fill_null(places.cast(pa.int64()), 0))

    strange = pc.invert(pc.is_in(pairs(parts["intolerant_of"]), value_set=pairs(parts["drugs"])))
    return rows_with(parts["intolerant_of"], strange)
