"""Places as SQL over a facts table, in the steps in which an engine runs it (decision 0030).

1. ``known``: what is known of each row, and what places it, reduced to whole numbers.
2. ``given``: the regimens, one a line; ``history``: what they say together.
3. ``keys``: the rows told apart by what places them; the engine says where they stand.
4. ``placed``: the place of each row.

Tables that the engine fills: ``shapes`` (``cohort.shapes``), ``places`` (``cohort.places``),
``marks_<fact>`` (``cohort.marks``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from myopathway.cohort import expressions as sql
from myopathway.cohort.criteria import condition
from myopathway.cohort.expressions import WORD
from myopathway.cohort.known import FactsRow, known_facts
from myopathway.cohort.leaves import HISTORY, Leaves
from myopathway.cohort.marks import Marks
from myopathway.cohort.places import Places
from myopathway.cohort.shapes import Shapes
from myopathway.cohort.sighted import sighted
from myopathway.engine.position import Positions
from myopathway.facts import Regimen

if TYPE_CHECKING:
    import datetime as dt

    from myopathway.cohort.expressions import Sql
    from myopathway.guideline.model import Guideline

SEPARATOR: Final = "\x1f"
JOINED: Final = "+"
PARTED: Final = "|"
_TRITS: Final = 37  # that many threes fit into a BIGINT


class Program:
    """One guideline for one day, compiled; prints its steps for a dialect."""

    def __init__(self, guideline: Guideline, day: dt.date) -> None:
        """Compile."""
        self.guideline = guideline
        self.day = day
        seats = Positions(self.guideline)
        cuts = seats.cuts
        leaves = Leaves(self.guideline, cuts.lines)
        row = FactsRow(leaves)
        placing, silent = sighted(cuts)
        holding = [sql.surely(condition(one, row, sql)) for one in silent]
        self._codes = self._reduced([condition(one, row, sql) for one in placing] + holding)
        self._unstated = sql.surely(condition(self.guideline.unstated_purpose.when, row, sql))
        self.marks = Marks(leaves)
        self.shapes = Shapes(leaves)
        self.places = Places(self.guideline, seats, self.shapes)

    @property
    def codes(self) -> list[str]:
        """Name the columns that say what places a row, its history aside."""
        return [f"code{n}" for n in range(len(self._codes))]

    def lists(self) -> exp.Select:
        """Select the distinct lists of every fact that is a list: fact, list_key."""
        parts = [
            exp.select(sql.named(sql.text(fact), "fact"), sql.named(list_key(fact), "list_key"))
            .from_("facts")
            .where(sql.known(sql.col(fact)), copy=False)
            .distinct()
            for fact in self.marks.facts
        ]
        return _united(parts)

    def known(self) -> exp.Select:
        """Select what is known of each row and what places it."""
        inner = known_facts(self.guideline, self.day, "facts", ("n",))
        inner = inner.select(
            sql.named(sql.known(sql.col(HISTORY)), "has_history"),
            *(sql.named(list_key(fact), f"k_{fact}") for fact in self.marks.facts),
        )
        outer = exp.select(
            exp.Column(this=exp.Star(), table=exp.to_identifier("k")),
            *(
                sql.named(sql.col(name), name)
                for fact in self.marks.facts
                for name in self.mark_columns(fact)
            ),
            copy=False,
        ).from_(inner.subquery("k"), copy=False)
        for fact in self.marks.facts:
            table = f"marks_{fact}"
            outer = outer.join(
                exp.to_table(table),
                on=sql.equal(sql.col(f"k_{fact}", "k"), sql.col(f"list_key_{fact}", table)),
                join_type="left",
                copy=False,
            )
        return exp.select(
            "*",
            *(sql.named(one, name) for one, name in zip(self._codes, self.codes, strict=True)),
            sql.named(self._unstated, "unstated"),
            copy=False,
        ).from_(outer.subquery("m"), copy=False)

    def given(self) -> exp.Select:
        """Select the regimens of ``exploded`` (n, place, regimen), each with its key."""
        part = {
            name: exp.Dot(this=sql.col("regimen"), expression=exp.to_identifier(name))
            for name in ("drugs", "purpose", "outcome", "intolerant_of")
        }

        def words(name: str) -> Sql:
            joined = sql.call("array_to_string", part[name], sql.text(JOINED))
            return sql.call("coalesce", joined, sql.text(""))

        def word(name: str) -> Sql:
            return sql.call("coalesce", part[name], sql.text(""))

        key = _text_of(
            [words("drugs"), word("purpose"), word("outcome"), words("intolerant_of")], PARTED
        )
        return exp.select("n", "place", sql.named(key, "regimen_key"), copy=False).from_("exploded")

    def shaped(self) -> exp.Select:
        """Select the regimens with what the engine said of each."""
        return (
            exp.select(
                sql.col("n", "given"), sql.col("place", "given"),
                sql.col("sure", "shapes"), sql.col("arms", "shapes"), copy=False,
            )
            .from_("given")
            .join(exp.to_table("known"), on=sql.equal(sql.col("n", "known"), sql.col("n", "given")))
            .join(
                exp.to_table("shapes"),
                on=sql.both(
                    [
                        sql.equal(sql.col("regimen", "shapes"), sql.col("regimen_key", "given")),
                        sql.equal(sql.col("unstated", "shapes"), sql.col("unstated", "known")),
                    ]
                ),
            )
        )  # fmt: skip

    def history(self) -> exp.Select:
        """Select what the regimens of each row say together."""
        sure = sql.call("bit_or", sql.col("sure"))
        return exp.select("n", sql.named(sure, "sure")).from_("shaped").group_by("n")

    def openings(self) -> exp.Select:
        """Select which regimens of a row may have added what, as one text."""
        place = exp.func("lpad", sql.cast(sql.col("place"), "VARCHAR"), sql.num(3), sql.text("0"))
        one = _text_of([place, sql.cast(sql.col("arms"), "VARCHAR")], ":")
        listed = sql.call("list_sort", exp.ArrayAgg(this=one))
        joined = sql.call("array_to_string", listed, sql.text(","))
        return (
            exp.select("n", sql.named(joined, "openings"))
            .from_("shaped")
            .where(sql.compare(sql.col("arms"), ">", sql.num(0)))
            .group_by("n")
        )

    def keyed(self) -> exp.Select:
        """Select what each row is reduced to."""
        own = [sql.col(one, "known") for one in ("n", *self.codes, "has_history")]
        broken = sql.compare(sql.col("broken", "known"), ">", sql.num(0))
        select = (
            exp.select(
                *own,
                sql.named(broken, "broken"),
                sql.named(_or(sql.col("sure", "history"), sql.num(0)), "sure"),
                sql.named(_or(sql.col("openings", "openings"), sql.text("")), "openings"),
            )
            .from_("known")
        )  # fmt: skip
        for table in ("history", "openings"):
            select = select.join(
                exp.to_table(table),
                on=sql.equal(sql.col("n", table), sql.col("n", "known")),
                join_type="left",
            )
        return select

    @property
    def key(self) -> list[str]:
        """Name the columns of a key."""
        return [*self.codes, "broken", "has_history", "sure", "openings"]

    def key_types(self) -> dict[str, str]:
        """Give the columns of a key with their DuckDB types."""
        return dict.fromkeys(self.codes, "BIGINT") | {
            "broken": "BOOLEAN", "has_history": "BOOLEAN", "sure": "BIGINT",
            "openings": "VARCHAR",
        }  # fmt: skip

    def mark_columns(self, fact: str) -> list[str]:
        """Name the columns that hold what a list shows."""
        return [f"m_{fact}_{word}" for word in range(-(-self.marks.size(fact) // WORD))]

    def keys(self) -> exp.Select:
        """Select the distinct keys, each with one of its rows."""
        return (
            exp.select(*self.key, sql.named(sql.call("min", sql.col("n")), "n"))
            .from_("keyed")
            .group_by(*self.key)
        )

    def placed(self) -> exp.Select:
        """Select the place of each row."""
        same = [sql.equal(sql.col(one, "places"), sql.col(one, "keyed")) for one in self.key]
        return (
            exp.select(sql.col("n", "keyed"), sql.col("place", "places"))
            .from_("keyed")
            .join(exp.to_table("places"), on=sql.both(same))
        )

    @staticmethod
    def _reduced(truths: list[Sql]) -> list[Sql]:
        """Fold truths into whole numbers: 0 unknown, 1 false, 2 true, to the base of three."""
        return [
            sql.plus(
                [
                    sql.times(
                        sql.case(
                            [
                                (sql.surely(one), sql.num(2)),
                                (sql.surely_not(one.copy()), sql.num(1)),
                            ],
                            sql.num(0),
                        ),
                        sql.cast(sql.num(3**place), "BIGINT"),
                    )
                    for place, one in enumerate(truths[start : start + _TRITS])
                ]
            )
            for start in range(0, len(truths), _TRITS)
        ]


def regimen_of(key: str) -> Regimen:
    """Read back what a regimen's key says."""
    drugs, purpose, outcome, blamed = key.split(PARTED)
    return Regimen(
        tuple(drugs.split(JOINED)) if drugs else (),
        purpose or None,
        outcome or None,
        tuple(blamed.split(JOINED)) if blamed else (),
    )


def list_key(fact: str) -> Sql:
    """Give a list as one text; null while it is unknown."""
    return sql.call("array_to_string", sql.col(fact), sql.text(SEPARATOR))


def _text_of(parts: list[Sql], between: str) -> Sql:
    joined: list[Sql] = []
    for part in parts:
        joined += [sql.text(between), part] if joined else [part]
    text = joined[0]
    for part in joined[1:]:
        text = exp.DPipe(this=text, expression=part, safe=True)
    return text


def _or(value: Sql, default: Sql) -> Sql:
    return sql.call("coalesce", value, default)


def _united(parts: list[exp.Select]) -> exp.Select:
    united = parts[0]
    for part in parts[1:]:
        united = exp.union(united, part, distinct=False, copy=False)
    return united


def steps(program: Program) -> dict[str, exp.Select]:
    """Give the steps of a program by name."""
    found = {
        "known": program.known(), "given": program.given(), "shaped": program.shaped(),
        "history": program.history(), "openings": program.openings(), "keyed": program.keyed(),
        "keys": program.keys(), "placed": program.placed(),
    }  # fmt: skip
    if program.marks.facts:
        found["lists"] = program.lists()
    return found
