"""The rows of those who are put together in SQL: numbers back to what the reader said."""

# ruff: noqa: S608 - names and texts are our own or quoted
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from myopathway.cohort.bulk.fold import counted
from myopathway.cohort.bulk.known import HISTORY
from myopathway.cohort.bulk.store import KINDS
from myopathway.cohort.bulk.work import undated
from myopathway.cohort.table import REGIMEN, SOURCE, UNREAD, arrow_schema, arrow_type, written
from myopathway.facts import MOST_REGIMENS
from myopathway.fhir.read import HISTORY_FROM_RECORD

if TYPE_CHECKING:
    import duckdb

    from myopathway.cohort.bulk.counts import Tally
    from myopathway.cohort.bulk.known import Known
    from myopathway.cohort.table import Fields
    from myopathway.intake import Intake

_PATIENT: Final = KINDS.index("Patient")
_RECORDED: Final = "medication resources"
_KIND: Final = "['" + "', '".join(KINDS) + "'][kind + 1]"


class Cells:
    """Makes rows of a facts table of what ``Vectors`` sorted."""

    def __init__(self, con: duckdb.DuckDBPyConnection, known: Known, intake: Intake) -> None:
        """Take what the forms say."""
        self._con = con
        self._known = known
        vocabulary = intake.guideline.vocabulary
        self._schema = arrow_schema(vocabulary)
        self._written = {
            known.facts.index(name): written(name)
            for name, fact in vocabulary.facts.items()
            if fact.type == "grade"
        }

    def rows(self) -> pa.Table:
        """Give the rows of those who are put together here, in the order of their ids."""
        self._choose()
        ids = self._arrow("SELECT pid FROM taken ORDER BY row")["pid"].combine_chunks()
        count = len(ids)
        columns: dict[str, Any] = {"id": ids.cast(pa.string()), **self._facts()}
        columns[HISTORY], columns["occasions"] = self._history()
        columns["sources"] = self._sources(count)
        columns["unread"] = self._unread(count)
        arrays = [
            columns[field.name] if field.name in columns else pa.nulls(count, field.type)
            for field in self._schema
        ]
        return pa.Table.from_arrays(arrays, schema=self._schema)

    def _choose(self) -> None:
        """Choose of each fact the telling that counts, and what makes up the history."""
        self._table("winner", f"""
            SELECT row, g.fact, COALESCE(-won.earlier, w.told) AS told,
                COALESCE(won.day, last) AS day,
                COALESCE(kind, {_PATIENT}) AS kind, COALESCE(id, pid) AS id
            FROM group_ AS g JOIN taken USING (n) JOIN fact_kind USING (fact)
            JOIN newest AS w ON w.n = g.n AND w.fact = g.fact
            LEFT JOIN tied ON tied.n = g.n AND tied.fact = g.fact
            LEFT JOIN line ON line.rowid = COALESCE(won.l, w.l)
            WHERE NOT (negative AND (g.times = 1 OR NOT measured))""")  # fmt: skip
        self._table("regimen", """
            SELECT row, kind, id, course, drug, start, stopped, dose,
                COALESCE(start, stop, '') AS begun
            FROM given JOIN taken USING (n)""")  # fmt: skip
        self._table("history", """
            SELECT row, max(start) AS last, count(course) AS times FROM (
                SELECT row FROM line JOIN taken USING (n) WHERE known GROUP BY row)
            LEFT JOIN regimen USING (row) GROUP BY row""")  # fmt: skip
        self._table("muted", """
            SELECT row, kind, count(*) AS times FROM line JOIN taken USING (n)
            WHERE form IS NULL OR silent GROUP BY row, kind""")  # fmt: skip
        self._table("unread", f"""
            SELECT row, kind, {_KIND} || '/' || id AS resource, remark FROM (
                SELECT row, kind, id, form FROM line JOIN taken USING (n)
                UNION ALL SELECT row, {_PATIENT}, pid, of_person FROM taken
                UNION ALL SELECT row, {_PATIENT}, pid, birth FROM taken)
            JOIN remarked USING (form)""")  # fmt: skip

    def _facts(self) -> dict[str, pa.Array]:
        """Give the columns of facts: each value is the one that the reader gave to its form."""
        found = self._con.execute("SELECT DISTINCT fact FROM winner ORDER BY fact").fetchall()
        facts = [fact for (fact,) in found]
        if not facts:
            return {}
        chosen = ", ".join(f"max(told) FILTER (fact = {fact}) AS f{fact}" for fact in facts)
        wide = self._arrow(
            f"SELECT {chosen} FROM taken LEFT JOIN winner USING (row) GROUP BY row ORDER BY row"
        )
        columns = {}
        for fact in facts:
            name, numbers = self._known.facts[fact], wide[f"f{fact}"].combine_chunks()
            columns[name] = _taken(self._known.values, numbers, self._schema.field(name).type)
            if fact in self._written:
                columns[self._written[fact]] = _taken(self._known.texts, numbers, pa.string())
        return columns

    def _history(self) -> tuple[pa.Array, pa.Array]:
        """Give the regimens, and the remark that they are as recorded."""
        found = self._arrow("""
            SELECT course, start::DATE AS started, stopped::DATE AS stopped, dose FROM regimen
            ORDER BY row, begun, drug""")
        courses, numbers = self._known.courses, found["course"].combine_chunks()
        parts = []
        for field in arrow_type(REGIMEN):
            if field.name in found.column_names:
                parts.append(found[field.name].combine_chunks().cast(field.type))
            else:
                values = [getattr(one, field.name) for one in courses]
                parts.append(_taken(values, numbers, field.type))
        counts = self._arrow("""
            SELECT COALESCE(times, 0) AS times, times IS NOT NULL AS known
            FROM taken LEFT JOIN history USING (row) ORDER BY row""")
        known = counts["known"].combine_chunks()
        regimens = pa.ListArray.from_arrays(
            _ends(counts["times"].combine_chunks()), _struct(REGIMEN, parts),
            mask=pc.invert(known),
        )  # fmt: skip
        ones = known.cast(pa.int32())
        said = pa.repeat(pa.scalar(HISTORY_FROM_RECORD), pc.sum(ones).as_py() or 0)
        return regimens, pa.ListArray.from_arrays(_ends(ones), said)

    def _sources(self, count: int) -> pa.Array:
        """Give where each fact was found."""
        known = self._known
        rank = known.facts.index(HISTORY)
        found = self._arrow(f"""
            SELECT row, fact, told, -1 AS course, {_KIND} || '/' || id AS reference, day AS date,
                '' AS begun, '' AS drug FROM winner
            UNION ALL SELECT row, {rank}, -1, -1, '', COALESCE(last, ''), '', '' FROM history
            UNION ALL SELECT row, {rank}, -1, course, {_KIND} || '/' || id, COALESCE(start, ''),
                begun, drug FROM regimen
            ORDER BY row, fact, course >= 0, begun, drug""")
        fact, told, course = (
            found[name].combine_chunks().cast(pa.int32()) for name in ("fact", "told", "course")
        )
        # A regimen is numbered from the history on, which stands before it.
        here = pa.array(range(len(found)), pa.int32())
        is_regimen = pc.greater_equal(course, 0)
        before = pc.fill_null_forward(pc.if_else(is_regimen, pa.scalar(None, pa.int32()), here))
        place = pc.subtract(pc.subtract(here, before), 1)
        facts = [*known.facts, *(f"{HISTORY}[{place}]" for place in range(MOST_REGIMENS))]
        details = [*known.details, *(one.source.detail for one in known.courses), _RECORDED]
        of_regimen = pc.add(course, len(known.details))
        detail = pc.if_else(is_regimen, of_regimen, pa.scalar(len(details) - 1, pa.int32()))
        named = pc.if_else(is_regimen, pc.add(place, len(known.facts)), fact)
        inner = _struct(SOURCE, [
            _taken(facts, named, pa.string()),
            pa.repeat(pa.scalar("fhir"), len(found)),
            found["reference"].combine_chunks(),
            found["date"].combine_chunks(),
            _taken(details, pc.if_else(pc.greater_equal(told, 0), told, detail), pa.string()),
        ])  # fmt: skip
        return pa.ListArray.from_arrays(_spread(found["row"], count), inner)

    def _unread(self, count: int) -> pa.Array:
        """Give what was not used or is doubtful, and what was counted by type."""
        pairs = self._con.execute("SELECT DISTINCT kind, times FROM muted ORDER BY ALL").fetchall()
        remarks = list(self._known.remarks)
        said = [(kind, times, one.reason) for kind, times in pairs
                for one in counted(KINDS[kind], times)]  # fmt: skip
        self._known.put(
            "muted_said", {"kind": pa.int8(), "times": pa.int64(), "remark": pa.int32()},
            [(kind, times, len(remarks) + place) for place, (kind, times, _) in enumerate(said)],
        )  # fmt: skip
        order = sorted(range(len(remarks)), key=remarks.__getitem__)
        self._known.put(
            "remark_rank", {"remark": pa.int32(), "rank": pa.int32()},
            [(remark, rank) for rank, remark in enumerate(order)],
        )  # fmt: skip
        found = self._arrow(f"""
            SELECT row, resource, remark FROM (
                SELECT row, 0 AS part, resource, remark, rank
                FROM unread JOIN remark_rank USING (remark)
                UNION ALL SELECT row, 1, {_KIND}, remark, 0
                FROM muted JOIN muted_said USING (kind, times))
            ORDER BY row, part, resource, rank""")
        reasons = [*remarks, *(reason for _, _, reason in said)]
        reason = _taken(reasons, found["remark"].combine_chunks(), pa.string())
        inner = _struct(UNREAD, [found["resource"].combine_chunks(), reason])
        return pa.ListArray.from_arrays(_spread(found["row"], count), inner)

    def doubts(self, tally: Tally) -> None:
        """Count what is listed as unread of those put together here."""
        remarks = list(self._known.remarks)
        for kind, remark, times, some in self._con.execute("""
            SELECT kind, remark, count(*), min(resource, 5) FROM unread GROUP BY kind, remark
        """).fetchall():
            said = undated(remarks[remark])
            tally.doubt(KINDS[kind], said, times=times)
            for one in some:
                tally.doubt(KINDS[kind], said, one, times=0)
        for kind, times in self._con.execute(
            "SELECT kind, sum(times)::BIGINT FROM muted GROUP BY kind"
        ).fetchall():
            for one in counted(KINDS[kind], 1):
                tally.doubt(KINDS[kind], one.reason.rpartition(": ")[0], times=times)

    def _table(self, name: str, sql: str) -> None:
        self._con.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")

    def _arrow(self, sql: str) -> pa.Table:
        return self._con.sql(sql).to_arrow_table().combine_chunks()


def _taken(values: list[Any], numbers: pa.Array, kind: pa.DataType) -> pa.Array:
    """Give the value of each number; null for none."""
    used = pc.unique(numbers).drop_null()
    if not len(used):
        return pa.nulls(len(numbers), kind)
    table = pa.array([values[number] for number in used.to_pylist()], kind)
    return table.take(pc.index_in(numbers, used))


def _struct(fields: Fields, parts: list[pa.Array]) -> pa.StructArray:
    kinds = list(arrow_type(fields))
    cast = [part.cast(field.type) for part, field in zip(parts, kinds, strict=True)]
    return pa.StructArray.from_arrays(cast, fields=kinds)


def _ends(counts: pa.Array) -> pa.Array:
    """Give where lists of these lengths begin and end."""
    sums = pc.cumulative_sum(counts.cast(pa.int32()))
    return pa.concat_arrays([pa.array([0], pa.int32()), sums])


def _spread(rows: pa.ChunkedArray, count: int) -> pa.Array:
    """Give where the list of each of so many rows begins and ends, the rows being in order."""
    found = pc.value_counts(rows.combine_chunks())
    lengths = [0] * count
    pairs = zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True)
    for row, times in pairs:
        lengths[row] = times
    return _ends(pa.array(lengths, pa.int32()))
