"""Files of answers: written beside their place, and put there when they are whole."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from pyarrow import fs

from myopathway.cohort.texts import AS_THEY_ARE, held, held_schema, written
from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMS: Final = (".parquet", ".csv", ".ndjson")
_WANTED: Final = "a file that ends in .parquet, .csv or .ndjson"
_ROOM: Final = "a disk with room, and a folder that can be written to"


class Sink(Protocol):
    """Whatever takes tables of answers, one after the other."""

    def write(self, table: pa.Table) -> None:
        """Take some rows."""

    def close(self) -> None:
        """Take no more."""


@contextlib.contextmanager
def sink(name: str, schema: pa.Schema) -> Iterator[Sink]:
    """Open a file of answers; it appears under its name only if nothing goes wrong.

    Raises ``InputError`` for another kind of file and where it cannot be written.
    """
    ending = ending_of(name)
    try:
        if "://" in name:
            # An object appears in an object store when its stream is closed, and not before.
            system, path = fs.FileSystem.from_uri(name)
            stream = system.open_output_stream(path)
            made = _sink(ending, stream, schema)
            try:
                yield made
            except BaseException:
                with contextlib.suppress(Exception):
                    stream.close()
                    system.delete_file(path)
                raise
            made.close()
            stream.close()
            return
        target = Path(name)
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with pa.OSFile(str(beside), "wb") as stream:
                made = _sink(ending, stream, schema)
                yield made
                made.close()
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise InputError([Fault(name, _reason(error), _ROOM)]) from None


def ending_of(name: str) -> str:
    """Give the ending that says how a file is written; raises ``InputError`` for another one."""
    ending = next((one for one in FORMS if name.lower().endswith(one)), "")
    if not ending:
        raise InputError([Fault(name, "a file of another kind", _WANTED)])
    return ending


def _reason(error: OSError) -> str:
    if error.errno:
        return os.strerror(error.errno).lower()
    text = str(error)
    found = text.partition("Detail: ")[2] or text
    return found.lower()[:200] or type(error).__name__


def _sink(ending: str, stream: Any, schema: pa.Schema) -> Sink:  # noqa: ANN401 - a stream
    match ending:
        case ".parquet":
            return _Parquet(stream, schema)
        case ".csv":
            return _Csv(stream, schema)
        case _:
            return _Ndjson(stream, schema)


class _Parquet:
    def __init__(self, stream: Any, schema: pa.Schema) -> None:  # noqa: ANN401 - a stream
        # Arrow's own schema would have readers see numbers of words where the file has texts.
        self._writer = pq.ParquetWriter(
            stream,
            held_schema(schema),
            compression="snappy",
            store_schema=False,
            # Ids and references are all different, so that a dictionary of them is of no use.
            use_dictionary=[
                one for one in _paths(schema) if AS_THEY_ARE.isdisjoint(one.split("."))
            ],
            # Lists, and words that stand in every part of a file, are nothing to skip parts by.
            write_statistics=["id", "as_of"],
        )

    def write(self, table: pa.Table) -> None:
        """Take some rows."""
        self._writer.write_table(held(table))

    def close(self) -> None:
        """Take no more."""
        self._writer.close()


def _paths(fields: Iterable[pa.Field], above: str = "") -> Iterator[str]:
    """Name the columns of a Parquet file, as they lie in lists and parts."""
    for one in fields:
        kind, path = one.type, f"{above}{one.name}"
        while pa.types.is_list(kind):
            kind, path = kind.value_type, f"{path}.list.element"
        if pa.types.is_struct(kind):
            yield from _paths(kind, f"{path}.")
        else:
            yield path


class _Text:
    """Lists and parts are JSON texts, as an own connection to DuckDB writes them."""

    def __init__(self, schema: pa.Schema) -> None:
        import duckdb  # noqa: PLC0415 - for these alone

        self._con = duckdb.connect()
        self._texts = schema

    def told(self, table: pa.Table, sql: str) -> pa.Table:
        """Run a statement over some rows."""
        self._con.register("answers", written(table, self._texts))
        told = self._con.sql(sql).to_arrow_table()
        self._con.unregister("answers")
        return told

    def close(self) -> None:
        """Take no more."""
        self._con.close()


class _Csv(_Text):
    def __init__(self, stream: Any, schema: pa.Schema) -> None:  # noqa: ANN401 - a stream
        super().__init__(schema)
        nested = [field for field in schema if pa.types.is_nested(field.type)]
        told = ", ".join(f'to_json("{one.name}")::VARCHAR AS "{one.name}"' for one in nested)
        self._sql = f"SELECT * REPLACE ({told}) FROM answers"  # noqa: S608 - names of ours
        plain = [pa.field(f.name, pa.string()) if f in nested else f for f in schema]
        self._schema = pa.schema(plain)
        self._writer = pacsv.CSVWriter(stream, self._schema)

    def write(self, table: pa.Table) -> None:
        """Take some rows."""
        self._writer.write_table(self.told(table, self._sql).cast(self._schema))

    def close(self) -> None:
        """Take no more."""
        self._writer.close()
        super().close()


class _Ndjson(_Text):
    def __init__(self, stream: Any, schema: pa.Schema) -> None:  # noqa: ANN401 - a stream
        super().__init__(schema)
        self._stream = stream

    def write(self, table: pa.Table) -> None:
        """Take some rows."""
        lines = self.told(table, "SELECT to_json(answers)::VARCHAR AS line FROM answers")
        for chunk in lines.column("line").chunks:
            if len(chunk):
                self._stream.write(("\n".join(chunk.to_pylist()) + "\n").encode())
