"""The facts table: one row a patient, one column a fact, made from the facts dictionary.

Besides the facts it has ``id``; ``<grade>_text`` (a grade as it was written, where it was
written as a text; the column of the grade itself holds its place on the line); ``sources`` (where
and when a fact was found; of a regimen, ``fact`` is ``treatments[0]``; a fact without an entry
was stated); ``occasions`` and ``unread`` as the FHIR reader gives them (``unread`` is null for
facts that were stated); ``on_record`` (names of measurements that the record was searched for and
holds, such as ``ciclosporin-trough``; null: nobody searched); and ``faults``, why a row could not
be read, else null.

A null is an unknown fact, an empty list a known one. Values are canonical: the words of the
dictionary, drug names without their synonyms, names in lower case and sorted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, assert_never

import msgspec

if TYPE_CHECKING:
    import pyarrow as pa

    from myopathway.facts import Fact, Vocabulary

Plain: TypeAlias = Literal["text", "truth", "number", "day"]


class ListOf(msgspec.Struct, frozen=True):
    """A list of this type."""

    member: Type


class Fields(msgspec.Struct, frozen=True):
    """Named parts, in their order."""

    parts: tuple[tuple[str, Plain | ListOf], ...]


Type: TypeAlias = Plain | ListOf | Fields

TEXTS: Final = ListOf("text")
REGIMEN: Final = Fields(
    (
        ("drugs", TEXTS),
        ("purpose", "text"),
        ("outcome", "text"),
        ("intolerant_of", TEXTS),
        ("started", "day"),
        ("stopped", "day"),
        ("dose", "text"),
    )
)
SOURCE: Final = Fields(
    (
        ("fact", "text"),
        ("kind", "text"),
        ("reference", "text"),
        ("date", "text"),
        ("detail", "text"),
    )
)
UNREAD: Final = Fields((("resource", "text"), ("reason", "text")))
BESIDE: Final[dict[str, Type]] = {
    "sources": ListOf(SOURCE),
    "occasions": TEXTS,
    "unread": ListOf(UNREAD),
    "on_record": TEXTS,
    "faults": TEXTS,
}
_SPARK: Final[dict[Plain, str]] = {
    "text": "STRING",
    "truth": "BOOLEAN",
    "number": "DOUBLE",
    "day": "DATE",
}


def columns(vocabulary: Vocabulary) -> dict[str, Type]:
    """Give the columns of a facts table and their types, in their order."""
    found: dict[str, Type] = {"id": "text"}
    for name, fact in vocabulary.facts.items():
        found[name] = _type(fact)
        if fact.type == "grade":
            found[written(name)] = "text"
    return found | BESIDE


def written(grade: str) -> str:
    """Name the column that holds a grade as it was written."""
    return f"{grade}_text"


def spark_type(kind: Type) -> str:
    """Give the type as Spark writes it in a schema."""
    match kind:
        case ListOf(member=member):
            return f"ARRAY<{spark_type(member)}>"
        case Fields(parts=parts):
            return f"STRUCT<{', '.join(f'{name}: {spark_type(part)}' for name, part in parts)}>"
        case _:
            return _SPARK[kind]


def arrow_schema(vocabulary: Vocabulary) -> pa.Schema:
    """Give the schema of a facts table for Arrow and Parquet."""
    import pyarrow as pa  # noqa: PLC0415 - an extra; columns are wanted without it too

    return pa.schema([(name, arrow_type(kind)) for name, kind in columns(vocabulary).items()])


def arrow_type(kind: Type) -> pa.DataType:
    """Give the type as Arrow writes it."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    match kind:
        case ListOf(member=member):
            return pa.list_(arrow_type(member))
        case Fields(parts=parts):
            return pa.struct([(name, arrow_type(part)) for name, part in parts])
        case "text":
            return pa.string()
        case "truth":
            return pa.bool_()
        case "number":
            return pa.float64()
        case "day":
            return pa.date32()
        case _:
            assert_never(kind)


def _type(fact: Fact) -> Type:
    match fact.type:
        case "boolean":
            return "truth"
        case "number" | "grade":
            return "number"
        case "choice":
            return "text"
        case "set" | "names":
            return TEXTS
        case "date":
            return "day"
        case _:
            return ListOf(REGIMEN)
