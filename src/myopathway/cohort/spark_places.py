"""Places alone as Spark SQL: for clusters on whose workers nothing of ours is installed.

Nothing has to be installed on the workers: what runs there is SQL. The driver asks the engine
about each distinct regimen, list and place, and hands the decisions to the workers as tables.
"""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING, Any, Final

from sqlglot import exp

from myopathway.cohort.expressions import WORD
from myopathway.cohort.groups import NO_HISTORY, Wanted
from myopathway.cohort.program import SEPARATOR, Program, regimen_of, steps
from myopathway.cohort.rows import record_of
from myopathway.cohort.shapes import SURE
from myopathway.cohort.table import columns, spark_type
from myopathway.guideline.load import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from myopathway.cohort.groups import Fetch
    from myopathway.facts import Record
    from myopathway.guideline.model import Guideline

DIALECT: Final = "spark"
_TYPES: Final = {
    "VARCHAR": "STRING",
    "BOOLEAN": "BOOLEAN",
    "INTEGER": "INT",
    "BIGINT": "BIGINT",
}
SPOTS: Final = (
    "place INT, status STRING, node STRING, group STRING, line INT, possible ARRAY<STRING>"
)
_calls = itertools.count(1)


def places(
    facts: DataFrame, *, day: dt.date | None = None, guideline: Guideline | None = None
) -> DataFrame:
    """Place every row of a facts table: id, status, node, group, line, possible.

    ``facts`` has the columns of ``myopathway.cohort.table`` (those that are absent are unknown);
    its values have to be the dictionary's own, since nothing but SQL looks at them. ``day``
    counts where a row states no ``as_of`` (default: the present day). Jobs run while this is
    called: what tells rows apart has to be seen.
    """
    today = day or dt.date.today()  # noqa: DTZ011, TID251 - the day of the place where it runs
    return _Run(facts, Program(guideline or shipped(), today)).answers()


class _Run:
    """One evaluation: its own views, named so that they meet no other's."""

    def __init__(self, facts: DataFrame, program: Program) -> None:
        self._spark = facts.sparkSession
        self._program = program
        self._vocabulary = program.guideline.vocabulary
        self._prefix = f"myopathway_{next(_calls)}_"
        self._steps = {name: self._printed(step) for name, step in steps(program).items()}
        self._facts = self._numbered(facts)
        self._view("facts", self._facts.where("faults IS NULL"))

    def answers(self) -> DataFrame:
        """Run the steps."""
        self._lists()
        self._make("known", keep=True)
        self._history()
        self._place()
        spots = self._spark.table(f"{self._prefix}spots")
        placed = self._spark.table(f"{self._prefix}placed").join(spots, "place").drop("place")
        whole = self._facts.select("n", "id").join(placed, "n", "left")
        return whole.selectExpr(
            "id", "coalesce(status, 'error') AS status", "node", "group", "line",
            "coalesce(possible, array()) AS possible",
        )  # fmt: skip

    def _numbered(self, facts: DataFrame) -> DataFrame:
        """Give every row a number that stays, and every column of a facts table its type."""
        wanted = columns(self._vocabulary)
        own = {one.lower() for one in facts.columns}
        told = [
            f"CAST(`{name}` AS {spark_type(kind)}) AS `{name}`"
            if name in own
            else f"CAST(NULL AS {spark_type(kind)}) AS `{name}`"
            for name, kind in wanted.items()
        ]
        number = "monotonically_increasing_id() AS n"
        return facts.selectExpr(number, *told).persist()

    def _lists(self) -> None:
        program = self._program
        found: list[tuple[str, str]] = []
        if "lists" in self._steps:
            found = [(row[0], row[1]) for row in self._sql(self._steps["lists"]).collect()]
        for fact in program.marks.facts:
            names = program.mark_columns(fact)
            rows: list[dict[str, Any]] = []
            for key in dict.fromkeys(key for name, key in found if name == fact):
                bits = program.marks.bits(fact, tuple(key.split(SEPARATOR)) if key else ())
                words = [bits >> WORD * n & (1 << WORD) - 1 for n in range(len(names))]
                rows.append({f"list_key_{fact}": key} | dict(zip(names, words, strict=True)))
            kinds = {f"list_key_{fact}": "VARCHAR"} | dict.fromkeys(names, "BIGINT")
            self._table(f"marks_{fact}", rows, kinds)

    def _history(self) -> None:
        shapes = self._program.shapes
        facts = f"{self._prefix}facts"
        exploded = f"SELECT n, posexplode(treatments) AS (place, regimen) FROM {facts}"  # noqa: S608 - names of ours
        self._view("exploded", self._spark.sql(exploded))
        self._make("given")
        keys = self._spark.table(f"{self._prefix}given").select("regimen_key").distinct()
        rows: list[dict[str, Any]] = []
        for (key,) in sorted(keys.collect()):
            for unstated in (False, True):
                shape = shapes.shape(regimen_of(key), ended=False, unstated=unstated)
                rows.append({"regimen": key, "unstated": unstated, "arms": shape.arms,
                             "sure": shape.bits[SURE]})  # fmt: skip
        self._table("shapes", rows, {"regimen": "VARCHAR", "unstated": "BOOLEAN",
                                     "arms": "INTEGER", "sure": "BIGINT"})  # fmt: skip
        self._make("shaped")
        self._make("history")
        self._make("openings")

    def _place(self) -> None:
        program = self._program
        self._make("keyed", keep=True)
        found = [tuple(row) for row in self._sql(self._steps["keys"]).collect()]
        placed = _numbers(program, found, self._fetch)
        rows = [
            dict(zip(program.key, key[:-1], strict=True)) | {"place": place}
            for key, place in zip(found, placed, strict=True)
        ]
        self._table("places", rows, program.key_types() | {"place": "INTEGER"})
        nodes = {node.id: node for node in program.guideline.nodes}
        spots = [
            (place, one.status, one.node, node.group if node else None,
             node.line if node else None, list(one.possible))
            for place, one in enumerate(program.places.spots.all)
            for node in (nodes.get(one.node or ""),)
        ]  # fmt: skip
        self._view("spots", self._spark.createDataFrame(spots, SPOTS))
        self._make("placed", keep=True)

    def _fetch(self, rows: Sequence[int]) -> dict[int, tuple[Record, dt.date]]:
        if not rows:
            return {}
        wanted = self._spark.createDataFrame([(one,) for one in sorted(set(rows))], "n BIGINT")
        found = self._spark.table(f"{self._prefix}facts").join(wanted, "n", "left_semi").collect()
        return {
            row["n"]: (
                record_of(self._vocabulary, row.asDict(recursive=True)),
                row["as_of"] or self._program.day,
            )
            for row in found
        }

    def _make(self, step: str, *, keep: bool = False) -> None:
        made = self._sql(self._steps[step])
        self._view(step, made.persist() if keep else made)

    def _sql(self, step: str) -> DataFrame:
        return self._spark.sql(step)

    def _view(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(f"{self._prefix}{name}")

    def _table(self, name: str, rows: list[dict[str, Any]], kinds: dict[str, str]) -> None:
        schema = ", ".join(f"{column} {_TYPES[kind]}" for column, kind in kinds.items())
        told = [tuple(row.get(column) for column in kinds) for row in rows]
        self._view(name, self._spark.createDataFrame(told, schema))

    def _printed(self, step: exp.Expression) -> str:
        """Print a step for Spark, its tables by names that meet no other's."""
        tree = step.copy()
        for table in tree.find_all(exp.Table):
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(f"{self._prefix}{table.name}"))
        return str(tree.sql(dialect=DIALECT)).replace(SEPARATOR, "\\u001f")


def _numbers(program: Program, keys: list[tuple[Any, ...]], fetch: Fetch) -> list[int]:
    """Give the number of the spot of each key; its last part is one of its rows."""
    places = program.places
    width = len(program.codes) + 1
    groups = places.groups({key[:width]: key[-1] for key in keys}, fetch)
    wanted: list[Wanted] = []
    for key in keys:
        has_history, sure, openings, row = key[width:]
        told = [one.split(":") for one in openings.split(",") if one]
        arms = tuple([int(way) for _, way in told])
        history = places.history(sure, arms) if has_history else NO_HISTORY
        at = tuple([int(place) for place, _ in told])
        wanted.append(Wanted(groups[key[:width]], history, row, at))
    numbers = places.numbers(wanted, fetch)
    return [
        places.spots.named(number, one.places) for number, one in zip(numbers, wanted, strict=True)
    ]
