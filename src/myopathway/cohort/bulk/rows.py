"""Readings as rows of a facts table, column by column."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from myopathway.cohort.table import SOURCE, UNREAD, arrow_schema, arrow_type, written

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from myopathway.facts import Regimen, Source, Vocabulary
    from myopathway.fhir.reading import Reading

_HISTORY: Final = "treatments"
_PARTS: Final = tuple(name for name, _ in SOURCE.parts)


class Rows:
    """Takes patients in their order and writes them as one Arrow file."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Start without a row."""
        self._schema = arrow_schema(vocabulary)
        self._grades = {name: written(name) for name, fact in vocabulary.facts.items()
                        if fact.type == "grade"}  # fmt: skip
        self._ids: list[str] = []
        self._cells: dict[str, tuple[list[int], list[Any]]] = {}
        self._sources: tuple[list[str], ...] = tuple([] for _ in _PARTS)
        self._unread: tuple[list[str], list[str]] = ([], [])
        self._occasions: list[list[str]] = []
        self._ends: tuple[list[int], list[int]] = ([0], [0])

    def add(self, patient: str, reading: Reading) -> None:
        """Add one patient."""
        row = len(self._ids)
        self._ids.append(patient)
        cells = self._cells
        for name, known in reading.record.facts.items():
            value: Any = known.value
            if value.__class__ is Decimal:
                value = float(value)
            if name not in cells:
                cells[name] = ([], [])
            rows, values = cells[name]
            rows.append(row)
            if name == _HISTORY:
                values.append([_regimen(one) for one in value])
                self._source(name, known.source)
                for place, one in enumerate(value):
                    self._source(f"{name}[{place}]", one.source)
                continue
            values.append(value)
            self._source(name, known.source)
            if known.text:
                self._cell(self._grades[name], row, known.text)
        for one in reading.unread:
            self._unread[0].append(one.resource)
            self._unread[1].append(one.reason)
        self._occasions.append(list(reading.occasions))
        self._ends[0].append(len(self._sources[0]))
        self._ends[1].append(len(self._unread[0]))

    def write(self, path: Path) -> int:
        """Write the rows; give their number."""
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import feather  # noqa: PLC0415 - as above

        count = len(self._ids)
        arrays = [self._array(field, count) for field in self._schema]
        table = pa.Table.from_arrays(arrays, schema=self._schema)
        feather.write_feather(table, path, compression="lz4")
        return count

    def _source(self, fact: str, source: Source) -> None:
        facts, kinds, references, dates, details = self._sources
        facts.append(fact)
        kinds.append(source.kind)
        references.append(source.reference)
        dates.append(source.date)
        details.append(source.detail)

    def _cell(self, name: str, row: int, value: object) -> None:
        rows, values = self._cells.setdefault(name, ([], []))
        rows.append(row)
        values.append(value)

    def _array(self, field: pa.Field, count: int) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415 - as above

        match field.name:
            case "id":
                return pa.array(self._ids, pa.string())
            case "sources":
                return _lists(self._sources, self._ends[0], arrow_type(SOURCE))
            case "unread":
                return _lists(self._unread, self._ends[1], arrow_type(UNREAD))
            case "occasions":
                return pa.array(self._occasions, field.type)
        if field.name not in self._cells:
            return pa.nulls(count, field.type)
        rows, values = self._cells[field.name]
        if len(rows) == count:
            return pa.array(values, field.type)
        column: list[Any] = [None] * count
        for row, value in zip(rows, values, strict=True):
            column[row] = value
        return pa.array(column, field.type)


def _lists(parts: tuple[list[str], ...], ends: list[int], kind: pa.DataType) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415 - as above

    columns = [pa.array(part, pa.string()) for part in parts]
    inner = pa.StructArray.from_arrays(columns, fields=list(kind))
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), inner, type=pa.list_(kind))


def _regimen(one: Regimen) -> tuple[Any, ...]:
    return (
        one.drugs, one.purpose, one.outcome, one.intolerant_of, one.started, one.stopped, one.dose,
    )  # fmt: skip
