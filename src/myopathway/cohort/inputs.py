"""Tables of facts as files: Parquet, CSV and NDJSON, read piece by piece."""

from __future__ import annotations

import csv
import itertools
import json
import os
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from pyarrow import fs

from myopathway.cohort.abreast import ahead
from myopathway.cohort.pieces import broken_row, known_columns, piece_of, rows_piece
from myopathway.cohort.rows import row_of
from myopathway.cohort.texts import AS_THEY_ARE
from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.intake import Intake

PIECE: Final = 62_000  # what is worked out of so many rows stays near the processor
_FIRST: Final = 32_000  # of the first group
_FEW: Final = 25_000  # rows to a group of a file: with fewer, groups are read together
_TEXT_PIECE: Final = 50_000
_NDJSON: Final = (".ndjson", ".jsonl")
_WHOLE_CSV: Final = "CSV in UTF-8 with as many values a line as there are columns"
_WANTED: Final = "a .parquet, .csv or .ndjson table of facts, or a folder of FHIR Bulk Data"


class Piece(msgspec.Struct, frozen=True):
    """Some rows of a facts table, and how much of the input was read until here."""

    table: Any
    done: int
    size: int


def pieces(name: str, intake: Intake) -> Iterator[Piece]:
    """Read a table of facts; raises ``InputError`` where it cannot be read at all."""
    try:
        system, path = _opened(name)
        match path.lower():
            case low if low.endswith(_NDJSON):
                yield from _ndjson(system, path, intake)
            case low if low.endswith(".csv"):
                yield from _csv(system, path, name, intake)
            case low if low.endswith((".parquet", ".pq")):
                yield from _parquet(system, path, name, intake)
            case _:
                raise InputError([Fault(name, "a file of another kind", _WANTED)])
    except OSError as error:
        # Arrow puts its own words into strerror; the number has the system's.
        reason = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
        raise InputError([Fault(name, reason.lower(), "a file that can be read")]) from None
    except (pa.ArrowInvalid, pa.ArrowException) as error:
        reason = " ".join(str(error).split())[:200]
        wanted = _WHOLE_CSV if name.lower().endswith(".csv") else _WANTED
        raise InputError([Fault(name, reason, wanted)]) from None


def _opened(name: str) -> tuple[Any, str]:
    """Give the file system and the path; an address such as s3://... is the system's own."""
    if "://" in name:
        system, path = fs.FileSystem.from_uri(name)
        return system, path
    return fs.LocalFileSystem(), name


def _parquet(system: Any, path: str, name: str, intake: Intake) -> Iterator[Piece]:  # noqa: ANN401
    with system.open_input_file(path) as stream:
        file = pq.ParquetFile(stream)
        known_columns(file.schema_arrow.names, intake.guideline.vocabulary, name)
        yield from ahead(_of_batches(_batches(stream, file), file.metadata.num_rows, intake))


def _of_batches(found: Iterator[pa.RecordBatch], size: int, intake: Intake) -> Iterator[Piece]:
    first = 0
    for batch in found:
        table = pa.Table.from_batches([batch])
        piece = piece_of(table, first, intake.guideline.vocabulary)
        first += piece.num_rows
        yield Piece(piece, first, size)


def _batches(stream: Any, plain: Any) -> Iterator[pa.RecordBatch]:  # noqa: ANN401 - a file
    """Read texts as the numbers of words that a file has them as, wherever Arrow can.

    The first pieces are small, so that others have something to do soon.
    """
    groups = plain.metadata.num_row_groups
    if plain.metadata.num_rows < groups * _FEW:
        yield from plain.iter_batches(PIECE)
        return
    coded = pq.ParquetFile(stream, read_dictionary=_words(plain.schema), metadata=plain.metadata)
    for group in range(groups):
        size, done = PIECE if group else _FIRST, 0
        try:
            for batch in coded.iter_batches(size, row_groups=[group]):
                yield batch
                done += 1
        except pa.ArrowNotImplementedError:
            # Words that a group numbers only in part.
            rest = plain.iter_batches(size, row_groups=[group])
            yield from itertools.islice(rest, done, None)


def _words(columns: Any) -> list[str]:  # noqa: ANN401 - a Parquet schema
    """Name the columns of texts, but those that stay as they are."""
    found = (columns.column(place) for place in range(len(columns)))
    return [
        one.path
        for one in found
        if one.physical_type == "BYTE_ARRAY" and AS_THEY_ARE.isdisjoint(one.path.split("."))
    ]


def _csv(system: Any, path: str, name: str, intake: Intake) -> Iterator[Piece]:  # noqa: ANN401
    size = system.get_file_info(path).size
    with system.open_input_stream(path) as stream:
        head = stream.read(1 << 20)
    header = _header(head, name)
    known_columns(header, intake.guideline.vocabulary, name)
    with system.open_input_stream(path) as stream:
        reader = pacsv.open_csv(
            stream,
            read_options=pacsv.ReadOptions(block_size=8 << 20),
            parse_options=pacsv.ParseOptions(newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True,
                null_values=[""],
            ),
        )  # fmt: skip
        first = done = 0
        for batch in reader:
            piece = piece_of(pa.Table.from_batches([batch]), first, intake.guideline.vocabulary)
            first += piece.num_rows
            done = min(done + batch.nbytes, size)
            yield Piece(piece, done, size)


def _header(head: bytes, name: str) -> list[str]:
    text = head.decode("utf-8-sig", errors="ignore")
    header = next(iter(csv.reader(text.splitlines())), [])
    twice = {one for one in header if header.count(one) > 1}
    if not header or twice:
        found = f"the column {min(twice)} stands twice" if twice else "it is empty"
        raise InputError([Fault(name, found, "a first line that names each column once")])
    return header


def _ndjson(system: Any, path: str, intake: Intake) -> Iterator[Piece]:  # noqa: ANN401
    size = system.get_file_info(path).size
    vocabulary = intake.guideline.vocabulary
    done = 0
    with system.open_input_stream(path) as stream:
        rows = enumerate(raw for raw in _Lines(stream) if raw.strip())
        while chosen := list(itertools.islice(rows, _TEXT_PIECE)):
            read = [_row(raw, number, intake) for number, raw in chosen]
            done += sum(len(raw) for _, raw in chosen)
            yield Piece(rows_piece(read, vocabulary), min(done, size), size)


class _Lines:
    """The lines of a stream of bytes."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        while block := self._stream.read(1 << 22):
            parts = (rest + block).split(b"\n")
            rest = parts.pop()
            yield from parts
        if rest:
            yield rest


def _row(raw: bytes, number: int, intake: Intake) -> dict[str, Any]:
    """Read one line; a document may carry an ``id``."""
    name = str(number)
    try:
        given, raw = _named(raw)
        name = given or name
        patient = intake.patient(raw, f"line {number + 1}")
        return row_of(patient, name, intake.guideline.vocabulary)
    except InputError as error:
        return broken_row(name, error)


def _named(raw: bytes) -> tuple[str, bytes]:
    """Take the id out of a facts document."""
    if b'"id"' not in raw:
        return "", raw
    try:
        document = json.loads(raw, object_pairs_hook=_once)
    except ValueError:
        return "", raw
    if not isinstance(document, dict) or "id" not in document:
        return "", raw
    if "resourceType" in document:
        people = [
            one.get("resource", {}).get("id", "")
            for one in document.get("entry", ())
            if isinstance(one, dict)
            and isinstance(one.get("resource"), dict)
            and one["resource"].get("resourceType") == "Patient"
        ]
        return (str(people[0]) if people else ""), raw
    name = document.pop("id")
    return str(name), json.dumps(document).encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse keys that stand twice; the reader of documents then says so."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found
