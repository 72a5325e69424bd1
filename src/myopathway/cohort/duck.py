"""The program run by DuckDB, one piece of a facts table after the other."""

from __future__ import annotations

from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final
from weakref import finalize

import duckdb
import pyarrow as pa

from myopathway.cohort.places import Key
from myopathway.cohort.program import steps
from myopathway.cohort.rows import record_of
from myopathway.cohort.table import columns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from myopathway.cohort.program import Program
    from myopathway.facts import Record

DIALECT: Final = "duckdb"
_ARROW: Final = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
}
_EXPLODED: Final = (
    "SELECT n, unnest(treatments) AS regimen, generate_subscripts(treatments, 1) - 1 AS place"
    " FROM facts"
)


class Duck:
    """Answers pieces of a facts table; what the engine decided is kept from piece to piece."""

    def __init__(self, program: Program, *, memory: str = "1GB", threads: int = 0) -> None:
        """Print the program's steps; ``memory`` is all that DuckDB may use."""
        self.program = program
        # What does not fit into memory is of patients: it goes where nobody else can read it.
        spill = mkdtemp(prefix="myopathway-")
        finalize(self, rmtree, spill, ignore_errors=True)
        self._con = duckdb.connect(config={"memory_limit": memory, "temp_directory": spill})
        if threads:
            self._con.execute(f"SET threads = {threads:d}")
        self._con.execute("SET preserve_insertion_order = false")
        self._vocabulary = program.guideline.vocabulary
        facts = columns(self._vocabulary)
        read = {name: facts[name] for name in facts if name in self._vocabulary.facts}
        self._read = ", ".join(f'"{name}"' for name in read)
        self._steps = {name: step.sql(dialect=DIALECT) for name, step in steps(program).items()}
        self._tables()

    def answers(self, piece: pa.Table) -> pa.Table:
        """Answer the rows of a piece, in their order: n, place and (if whole) what is judged."""
        numbered = piece.append_column("n", pa.array(range(piece.num_rows), pa.int64()))
        self._con.register("facts", numbered)
        self._lists()
        self._make("known")
        self._history()
        self._place()
        if self.program.whole:
            for step in ("base", "judged", "departed", "regimen_ranks"):
                self._make(step)
        answers = self._con.sql(f"{self._steps['answers']} ORDER BY n").to_arrow_table()
        self._con.unregister("facts")
        return answers

    def _lists(self) -> None:
        if "lists" not in self._steps:
            return
        found = self._con.execute(self._steps["lists"]).fetchall()
        for fact, rows in self.program.marks.rows(found).items():
            names = {f"list_key_{fact}": "VARCHAR"}
            names |= dict.fromkeys(self.program.marks.columns(fact), "BIGINT")
            self._insert(f"marks_{fact}", rows, names)

    def _history(self) -> None:
        shapes = self.program.shapes
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE exploded AS {_EXPLODED}")
        self._make("given")
        self._con.execute("DROP TABLE exploded")
        new = self._con.execute(
            "SELECT DISTINCT regimen_key FROM given ANTI JOIN shapes ON regimen = regimen_key"
        ).fetchall()
        rows, questions = shapes.rows(key for (key,) in new)
        self._insert("shapes", rows, shapes.columns())
        self._insert("questions", questions, shapes.question_columns())
        for step in ("shaped", "history", "openings"):
            self._make(step)

    def _place(self) -> None:
        program = self.program
        self._make("keyed")
        key = ", ".join(program.key)
        new = self._con.execute(
            f"SELECT {key}, n FROM ({self._steps['keys']}) ANTI JOIN places USING ({key})"  # noqa: S608 - names of ours
        ).fetchall()
        width = len(program.codes)
        keys = [(Key(tuple(one[:width]), *one[width:-1]), one[-1]) for one in new]
        known = len(program.places.numbers)
        found = program.places.numbered(keys, self._fetch)
        rows = [
            dict(zip(program.key, (*one.codes, one.broken, one.has_history, one.sure,
                                   one.openings), strict=True)) | {"place": place}
            for one, place in found
        ]  # fmt: skip
        self._insert("places", rows, program.key_types() | {"place": "INTEGER"})
        spots = program.places.spots(known)
        if spots:
            made = pa.Table.from_pylist(spots, SPOTS)
            self._con.register("new_rows", made)
            self._con.execute("INSERT INTO spots SELECT * FROM new_rows")
            self._con.unregister("new_rows")
        self._make("placed")

    def _fetch(self, rows: Sequence[int]) -> dict[int, tuple[Record, dt.date]]:
        """Give the records of some rows, each with its day."""
        if not rows:
            return {}
        self._con.register("wanted", pa.table({"n": pa.array(sorted(set(rows)), pa.int64())}))
        found = self._con.sql(
            f"SELECT n, {self._read} FROM facts SEMI JOIN wanted USING (n)"  # noqa: S608 - names of ours
        ).to_arrow_table()
        self._con.unregister("wanted")
        day = self.program.day
        return {
            row["n"]: (record_of(self._vocabulary, row), row["as_of"] or day)
            for row in found.to_pylist()
        }

    def _make(self, step: str) -> None:
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE {step} AS {self._steps[step]}")

    def _tables(self) -> None:
        """Make the tables that the engine's decisions are kept in."""
        program = self.program
        tables = {
            "shapes": program.shapes.columns(),
            "questions": program.shapes.question_columns(),
            "places": program.key_types() | {"place": "INTEGER"},
        }
        for fact in program.marks.facts:
            tables[f"marks_{fact}"] = {f"list_key_{fact}": "VARCHAR"} | dict.fromkeys(
                program.marks.columns(fact), "BIGINT"
            )
        for name, kinds in tables.items():
            inner = ", ".join(f"{column} {kind}" for column, kind in kinds.items())
            self._con.execute(f"CREATE TABLE {name} ({inner})")
        self._con.register("new_rows", SPOTS.empty_table())
        self._con.execute("CREATE TABLE spots AS SELECT * FROM new_rows")
        self._con.unregister("new_rows")

    def _insert(self, table: str, rows: list[dict[str, Any]], kinds: dict[str, str]) -> None:
        if not rows:
            return
        schema = pa.schema([(name, _ARROW[kind]) for name, kind in kinds.items()])
        self._con.register("new_rows", pa.Table.from_pylist(rows, schema))
        self._con.execute(f"INSERT INTO {table} SELECT * FROM new_rows")  # noqa: S608 - names of ours
        self._con.unregister("new_rows")


SPOTS: Final = pa.schema(
    [
        ("place", pa.int32()),
        ("status", pa.string()),
        ("node", pa.string()),
        ("group", pa.string()),
        ("line", pa.int32()),
        ("possible", pa.list_(pa.string())),
        ("asks", pa.list_(pa.string())),
        ("reads", pa.list_(pa.string())),
    ]
)
