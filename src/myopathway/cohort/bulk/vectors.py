"""Patients put together in SQL, where one value stands alone, all agree, or the newest counts.

Nothing here says what a code, a status, a unit or a drug means: forms do (``known``). Whoever has
anything else goes into the table ``apart``, to be put together by the reader's own steps.
"""

# ruff: noqa: S608 - names and texts are our own or quoted
from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from myopathway.cohort.bulk.form import MEDICATIONS, NAMELESS
from myopathway.cohort.bulk.scan import quoted
from myopathway.cohort.bulk.store import KINDS
from myopathway.facts import MOST_REGIMENS
from myopathway.fhir.plain import moment_of

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from myopathway.cohort.bulk.counts import Tally
    from myopathway.cohort.bulk.export import Key
    from myopathway.cohort.bulk.known import Known
    from myopathway.intake import Intake

_PATIENT: Final = KINDS.index("Patient")
_KIND: Final = "['" + "', '".join(KINDS) + "'][kind + 1]"
_DRUGS: Final = ", ".join(str(KINDS.index(one)) for one in MEDICATIONS)
# The types of which the reader looks at the time of day.
_TIMED: Final = ", ".join(str(KINDS.index(one)) for one in ("Observation", "Condition"))
# Days: what was written in different zones may be in order in spite of as many.
_NEAR: Final = 3
_OLDEST: Final = "''"
_DAY: Final = "CASE {place} WHEN 0 THEN a WHEN 1 THEN b END"


class Vectors:
    """Puts the patients of the view ``here`` together: who is ``taken``; the rest is ``apart``."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, known: Known, intake: Intake, *, everyone: bool
    ) -> None:
        """Take what the forms say."""
        self._con = con
        self._known = known
        self._today = f"'{intake.today.isoformat()}'"
        self._everyone = everyone
        # What is closed by a complete list is closed by the reader.
        self._all_apart = intake.complete_problem_list or intake.complete_medication_list

    def sort(self) -> None:
        """Sort people, lines and tellings; say who is put together elsewhere."""
        self._people()
        self._tellings()
        self._drugs()
        course = self._known.facts.index("course") if "course" in self._known.facts else -1
        self._con.execute(f"""
            INSERT INTO apart SELECT DISTINCT n FROM (
            SELECT n FROM group_ JOIN fact_kind USING (fact)
            WHERE last > {self._today} OR (times > 1 AND NOT (measured OR (single AND agree)))
            UNION ALL SELECT n FROM given WHERE start > {self._today} OR stop > {self._today}
            UNION ALL SELECT n FROM given GROUP BY n, drug HAVING count(*) > 1
            UNION ALL SELECT n FROM given WHERE stop IS NOT NULL
                GROUP BY n, stop HAVING count(*) > 1
            UNION ALL SELECT n FROM given GROUP BY n HAVING count(*) > {MOST_REGIMENS}
            UNION ALL SELECT g.n FROM group_ AS g SEMI JOIN given USING (n)
                WHERE fact = {course})""")
        self._table("taken", """
            SELECT n, (row_number() OVER (ORDER BY pid) - 1)::INTEGER AS row, pid,
                form AS of_person, birth
            FROM person SEMI JOIN plain USING (n) ANTI JOIN apart USING (n)""")  # fmt: skip

    def _people(self) -> None:
        """Sort lines to people, and see who is listed and who stands apart by a line."""
        self._table("person", f"""
            SELECT pid, (row_number() OVER (ORDER BY pid) - 1)::INTEGER AS n, count(*) AS times,
                min(here.form) AS form, min(birth.form) AS birth,
                bool_or(COALESCE(apart, false)) AS late
            FROM here LEFT JOIN birth USING (own) WHERE kind = {_PATIENT}
            GROUP BY pid""")  # fmt: skip
        self._table("line", f"""
            SELECT n, kind, id, here.form, a, b, own, apart, silent, names, known, course,
                CASE WHEN tells THEN first END AS first, CASE WHEN tells THEN second END AS second
            FROM here LEFT JOIN person USING (pid)
            LEFT JOIN form_info ON here.form = form_info.form
            WHERE kind <> {_PATIENT}""")  # fmt: skip
        named = f"""SELECT DISTINCT n FROM line WHERE n IS NOT NULL AND names > {NAMELESS}
            AND COALESCE({_DAY.format(place="names")} <= {self._today}, true)"""
        self._table("listed", "SELECT n FROM person" if self._everyone else named)
        self._table("apart", f"""
            SELECT n FROM person WHERE times > 1 OR form < 0 OR late
            UNION SELECT n FROM line WHERE apart AND n IS NOT NULL
            UNION SELECT n FROM (SELECT n FROM line WHERE n IS NOT NULL
                GROUP BY n, hash(id) HAVING count(*) > 1)
            {"UNION SELECT n FROM listed" if self._all_apart else ""}""")  # fmt: skip
        self._table("plain", "SELECT n FROM listed ANTI JOIN apart USING (n)")

    def _tellings(self) -> None:
        """Find of each fact what is told last."""
        self._table("telling", f"""
            SELECT n, fact, told, date, place, stated, negative, equal, l,
                COALESCE({_DAY.format(place="date")}, {_OLDEST}) AS day
            FROM (SELECT n, form, a, b, rowid::BIGINT AS l FROM line)
            JOIN plain USING (n) JOIN told USING (form)
            UNION ALL SELECT n, fact, told, date, place, stated, negative, equal, -1, {_OLDEST}
            FROM (SELECT n, form FROM person UNION ALL SELECT n, birth FROM person)
            JOIN plain USING (n) JOIN told USING (form)""")  # fmt: skip
        self._table("group_", f"""
            SELECT *, COALESCE(CAST(TRY_CAST(last AS DATE) - {_NEAR} AS VARCHAR), '') AS near FROM (
            SELECT n, fact, count(*) AS times, bool_or(negative) AS negative, max(day) AS last,
                min(equal) = max(equal) AND min(stated) = max(stated) AND NOT bool_or(negative)
                    AS agree
            FROM telling GROUP BY n, fact)""")  # fmt: skip
        # Only what lies near in time needs more than the day: the moment, then the ids.
        self._table("newest", """
            SELECT t.n, t.fact, count(*) AS times, min(t.told) AS told, min(t.l) AS l
            FROM telling AS t JOIN group_ AS g ON t.n = g.n AND t.fact = g.fact AND t.day >= g.near
            GROUP BY t.n, t.fact""")  # fmt: skip
        self._table("close", f"""
            SELECT t.n, t.fact, COALESCE(kind, {_PATIENT}) AS kind, COALESCE(id, '') AS id, t.place,
                t.told, t.l, t.day, CASE WHEN kind IN ({_TIMED}) THEN
                    COALESCE(CASE t.date WHEN 0 THEN first WHEN 1 THEN second END, '') ELSE '' END
                    AS written
            FROM telling AS t JOIN newest AS w ON t.n = w.n AND t.fact = w.fact AND w.times > 1
            JOIN group_ AS g ON t.n = g.n AND t.fact = g.fact AND t.day >= g.near
            LEFT JOIN line ON t.l = line.rowid""")  # fmt: skip
        found = self._con.execute("SELECT DISTINCT written, day FROM close").fetchall()
        kinds = {"written": pa.string(), "day": pa.string(), "moment": pa.string()}
        self._known.put("moment", kinds, [(*one, moment_of(*one)) for one in found])
        self._table("tied", """
            SELECT n, fact, max(struct_pack(moment, kind, id, place, earlier := -told, l, day))
                AS won
            FROM close JOIN moment USING (written, day) GROUP BY n, fact""")  # fmt: skip

    def _drugs(self) -> None:
        """Find the drugs given, each with the days of its form."""
        days = {name: _DAY.format(place=f"i.{name}") for name in ("start", "stop", "stopped")}
        self._table("given", f"""
            SELECT n, kind, id, i.course, i.drug, {days["start"]} AS start, {days["stop"]} AS stop,
                {days["stopped"]} AS stopped,
                CASE WHEN i.dosed THEN COALESCE(own, '') ELSE '' END AS dose
            FROM line JOIN plain USING (n) JOIN form_info AS i ON line.form = i.form
            WHERE i.course >= 0""")  # fmt: skip

    def count(self, tally: Tally) -> None:
        """Count who was found, what stands twice and what belongs to nobody."""
        con = self._con
        ((found, again),) = con.execute(
            "SELECT count(*), COALESCE(sum(times - 1), 0) FROM person"
        ).fetchall()
        tally.patients["found"] += found
        if again:
            for pid, times in con.execute(
                "SELECT pid, times - 1 FROM person WHERE times > 1"
            ).fetchall():
                tally.skip("a Patient that stands more than once", pid, times)
        if not con.execute("SELECT 1 FROM line WHERE n IS NULL LIMIT 1").fetchall():
            return
        for pid, times in con.execute(f"""
            SELECT pid, count(*) FROM here ANTI JOIN person USING (pid)
            WHERE kind <> {_PATIENT} GROUP BY pid""").fetchall():
            tally.skip("a resource of a patient who is not in the export", pid, times)

    def write_apart(self, path: Path) -> int:
        """Write the lines of those who are put together elsewhere; give their number."""
        drugs = f"CASE WHEN kind IN ({_DRUGS}) THEN COALESCE(own, '') ELSE own END"
        ((count,),) = self._con.execute(f"""
            COPY (SELECT pid, {_KIND} AS kind, id, here.form, COALESCE(first, '') AS first,
                COALESCE(second, '') AS second, {drugs} AS own, more
            FROM here JOIN person USING (pid) SEMI JOIN apart USING (n) ORDER BY pid)
            TO {quoted(str(path))} (FORMAT parquet)""").fetchall()
        return int(count)

    def twice(self) -> list[Key]:
        """Give what stands more than once of those who are put together elsewhere."""
        found = self._con.execute(f"""
            SELECT pid, {_KIND}, id FROM here JOIN person USING (pid) SEMI JOIN apart USING (n)
            GROUP BY ALL HAVING count(*) > 1""").fetchall()
        return [(pid, kind, name) for pid, kind, name in found]

    def _table(self, name: str, sql: str) -> None:
        self._con.execute(f"CREATE OR REPLACE TABLE {name} AS {sql}")
