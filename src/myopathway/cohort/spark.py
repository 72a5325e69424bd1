"""A population answered by Apache Spark, on a DataFrame that the user has, in the user's session.

Spark hands out the rows; each of its workers runs the compiled guideline on the rows that it is
given, as ``cohort.run`` does (decision 0032). So a worker needs this package with its extra
``cohort``; where that cannot be, ``cohort.spark_places`` gives the places by Spark SQL alone.
"""

from __future__ import annotations

import datetime as dt
import itertools
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from myopathway.cohort.answering import Answering
from myopathway.cohort.columns import schema
from myopathway.cohort.pieces import known_columns, piece_of
from myopathway.cohort.table import arrow_schema
from myopathway.cohort.texts import written
from myopathway.guideline.load import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pyspark.sql import DataFrame, Row

    from myopathway.guideline.model import Guideline

_ROWS = 50_000


def evaluate(
    facts: DataFrame,
    *,
    day: dt.date | None = None,
    guideline: Guideline | None = None,
    whole: bool = True,
) -> DataFrame:
    """Answer every row of a facts table; nothing runs before the answers are asked for.

    ``facts`` has a column ``id`` and columns of ``myopathway.cohort.table``; those that are absent
    are unknown. The answers have the columns that ``myopathway cohort`` writes; a row that cannot
    be read has the status ``error``. ``day`` counts where a row states no ``as_of`` (default: the
    present day). Without ``whole``: status and place alone. Raises ``InputError`` for a column
    that is none of a facts table, and where ``id`` is missing.
    """
    today = day or dt.date.today()  # noqa: DTZ011, TID251 - the day of the place where it runs
    known = guideline or shipped()
    known_columns(facts.columns, known.vocabulary, "the DataFrame")
    told = schema(known.vocabulary, whole=whole)
    ddl = ", ".join(f"`{field.name}` {_ddl(field.type)}" for field in told)
    answer = _worker(guideline, today, whole=whole)
    if find_spec("pandas") is not None:
        return facts.mapInArrow(answer, ddl)
    # Spark hands out Arrow only where pandas is installed; plain rows it hands out anywhere.
    rows = facts.rdd.mapPartitions(_by_rows(answer, guideline))
    return facts.sparkSession.createDataFrame(rows, ddl, verifySchema=False)


def _worker(
    guideline: Guideline | None, day: dt.date, *, whole: bool
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Give what a worker does with the rows of a partition."""

    def answer(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        compiled = (
            _compiled(day, whole=whole)
            if guideline is None
            else Answering(guideline, day, whole=whole)
        )
        waiting: list[pa.RecordBatch] = []
        for batch in batches:
            waiting.append(batch)
            if sum(one.num_rows for one in waiting) >= _ROWS:
                yield from _answers(compiled, waiting)
                waiting = []
        if waiting:
            yield from _answers(compiled, waiting)

    return answer


def _by_rows(
    answer: Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]],
    guideline: Guideline | None,
) -> Callable[[Iterable[Row]], Iterator[tuple[Any, ...]]]:
    """Give what a worker does with rows that are no Arrow."""

    def batches(rows: Iterable[Row], kinds: pa.Schema) -> Iterator[pa.RecordBatch]:
        found = iter(rows)
        while chosen := list(itertools.islice(found, _ROWS)):
            told = [row.asDict(recursive=True) for row in chosen]
            names = list(told[0])
            yield pa.RecordBatch.from_pylist(told, pa.schema([kinds.field(one) for one in names]))

    def by_rows(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
        kinds = arrow_schema((guideline or shipped()).vocabulary)
        for batch in answer(batches(rows, kinds)):
            for row in batch.to_pylist():
                yield tuple(row.values())

    return by_rows


def _answers(compiled: Answering, batches: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    vocabulary = compiled.guideline.vocabulary
    piece = piece_of(pa.Table.from_batches(batches), 0, vocabulary)
    told = schema(vocabulary, whole=compiled.whole)
    yield from written(compiled.answered(piece), told).to_batches()


@cache
def _compiled(day: dt.date, *, whole: bool) -> Answering:
    """Keep what was compiled and decided for the next partition of the same worker."""
    return Answering(shipped(), day, whole=whole)


def _ddl(kind: Any) -> str:  # noqa: ANN401 - an Arrow type
    """Give an Arrow type as Spark writes it in a schema."""
    if pa.types.is_list(kind):
        return f"ARRAY<{_ddl(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"STRUCT<{', '.join(f'`{one.name}`: {_ddl(one.type)}' for one in kind)}>"
    return _PLAIN[str(kind)]


_PLAIN = {
    "string": "STRING", "bool": "BOOLEAN", "double": "DOUBLE", "int32": "INT",
    "date32[day]": "DATE",
}  # fmt: skip
