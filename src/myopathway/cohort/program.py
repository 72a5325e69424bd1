"""The whole guideline as SQL over a facts table, in the steps in which an engine runs it.

1. ``known``: what is known of each row, and what places it, reduced to whole numbers.
2. ``given``: the regimens, one a line; ``history``: what they say together.
3. ``keys``: the rows told apart by what places them; the engine says where they stand.
4. ``base``: all of it side by side; ``judged``: options, doses and questions, node by node.
5. ``answers``: the columns that are put out.

Tables that the engine fills: ``shapes`` and ``questions`` (``cohort.shapes``), ``places`` and
``spots`` (``cohort.places``), ``marks_<fact>`` (``cohort.marks``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from myopathway.cohort import expressions as sql
from myopathway.cohort.asked import asked_for
from myopathway.cohort.criteria import condition
from myopathway.cohort.departing import departing, limits
from myopathway.cohort.given import ONGOING
from myopathway.cohort.known import DAY, known_facts
from myopathway.cohort.leaves import FactsRow, Leaves
from myopathway.cohort.marks import SEPARATOR, Marks
from myopathway.cohort.options import VERDICT, NodeQuery, Seen
from myopathway.cohort.places import Places, Seats
from myopathway.cohort.shapes import JOINED, PARTED, Shapes
from myopathway.cohort.sighted import sighted

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from myopathway.cohort.expressions import Sql
    from myopathway.guideline.model import Guideline

HISTORY: Final = "treatments"

DECIDING: Final = "STRUCT(fact VARCHAR, source VARCHAR, date VARCHAR)"
_TRITS: Final = 37  # that many threes fit into a BIGINT


class Program:
    """One guideline for one day, compiled; prints its steps for a dialect."""

    def __init__(self, guideline: Guideline, day: dt.date, *, whole: bool = True) -> None:
        """Compile; without ``whole``, status and place alone."""
        self.guideline = guideline
        self.day = day
        self.whole = whole
        seats = Seats(self.guideline)
        cuts = seats.cuts
        self.leaves = Leaves(self.guideline, cuts.lines)
        row = FactsRow(self.leaves)
        placing, silent = sighted(cuts)
        holding = [sql.surely(condition(one, row)) for one in silent]
        self._codes = self._reduced([condition(one, row) for one in placing] + holding)
        self._unstated = sql.surely(condition(self.guideline.unstated_purpose.when, row))
        self._deciding = [
            name
            for name in self.guideline.vocabulary.facts
            if whole and name in {HISTORY, *cuts.facts}
        ]
        self._seen = Seen(self.guideline, self.leaves, cuts)
        self._nodes = [NodeQuery(node, self._seen) for node in self.guideline.nodes if whole]
        if whole:
            departing(self.guideline, self.leaves)  # so that every leaf has its place
        self.marks = Marks(self.leaves)
        self.shapes = Shapes(self.leaves, {one.node.id: one.asking for one in self._nodes})
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
            sql.named(sql.col("on_record"), "on_record"),
            sql.named(sql.col("sources"), "sources"),
            *(sql.named(sql.known(sql.col(one)), f"p_{one}") for one in self._deciding),
            *(sql.named(list_key(fact), f"k_{fact}") for fact in self.marks.facts),
        )
        outer = exp.select(
            exp.Column(this=exp.Star(), table=exp.to_identifier("k")),
            *(sql.named(sql.col(name), name) for name in self.marks.columns()),
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
            for name in ("drugs", "purpose", "outcome", "intolerant_of", "stopped", "dose")
        }

        def words(name: str) -> Sql:
            joined = sql.call("array_to_string", part[name], sql.text(JOINED))
            return sql.call("coalesce", joined, sql.text(""))

        def word(name: str) -> Sql:
            return sql.call("coalesce", part[name], sql.text(""))

        # The day does not matter, but that there is one; the dose only where a departure looks.
        stopped = sql.case([(sql.known(part["stopped"]), sql.text("x"))], sql.text(""))
        looked_at = [one.above[0] for one in limits(self.guideline) if one.above]
        held = sql.either(
            [sql.surely(sql.within(part["drugs"].copy(), sql.text(one))) for one in looked_at]
        )
        goes_on = sql.either(
            [
                sql.surely(sql.equal(part["outcome"].copy(), sql.text(ONGOING))),
                sql.unknown(part["outcome"].copy()),
            ]
        )
        dose = sql.call("replace", word("dose"), sql.text(PARTED), sql.text("/"))
        key = _text_of(
            [
                words("drugs"),
                word("purpose"),
                word("outcome"),
                words("intolerant_of"),
                stopped,
                sql.case([(sql.both([held, goes_on]), dose)], sql.text("")),
            ],
            PARTED,
        )
        return exp.select("n", "place", sql.named(key, "regimen_key"), copy=False).from_("exploded")

    def shaped(self) -> exp.Select:
        """Select the regimens with what the engine said of each."""
        columns = ["sure", "arms", "open", "shape", *(self.shapes.bits() if self.whole else ())]
        return (
            exp.select(
                sql.col("n", "given"), sql.col("place", "given"),
                *(sql.col(one, "shapes") for one in columns), copy=False,
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
        bits = ["sure", *(self.shapes.bits() if self.whole else ())]
        return (
            exp.select("n", *(sql.named(sql.call("bit_or", sql.col(one)), one) for one in bits))
            .from_("shaped")
            .group_by("n")
        )

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

    def base(self) -> exp.Select:
        """Select all that the nodes look at."""
        bits = self.shapes.bits()
        columns = [sql.named(self._bits(one), one) for one in bits]
        marks = self.marks.columns()
        facts = [f"f_{name}" for name, fact in self.guideline.vocabulary.facts.items()
                 if name != DAY and fact.type not in ("set", "names", "treatments")]  # fmt: skip
        inner = (
            exp.select(
                *(sql.col(one, "known") for one in ("n", "has_history", *facts, *marks)),
                *columns,
                sql.col("node", "spots"),
                copy=False,
            )
            .from_("known")
            .join(exp.to_table("placed"), on=_same_row("placed"))
            .join(
                exp.to_table("spots"),
                on=sql.equal(sql.col("place", "spots"), sql.col("place", "placed")),
            )
            .join(exp.to_table("history"), on=_same_row("history"), join_type="left")
            .where(sql.known(sql.col("node", "spots")))
        )
        words = [sql.named(value, name) for name, value in self._seen.columns().items()]
        return exp.select("*", *words, copy=False).from_(inner.subquery("b"), copy=False)

    @staticmethod
    def _bits(name: str) -> Sql:
        """Give bits of the history: none without regimens, any while the history is not known."""
        default: Sql = sql.num(0)
        if name[0] == "u" or name in ("most", "maybe", "perhaps"):
            default = sql.case([(sql.col("has_history", "known"), default)], sql.num(-1))
        return _or(sql.col(name, "history"), default)

    def departed(self) -> exp.Select:
        """Select the departures of each row: those that there are, those that there may be."""
        bits = ("now", "maybe", "over", "perhaps")
        inner = (
            exp.select(
                exp.Column(this=exp.Star(), table=exp.to_identifier("known")),
                sql.col("node", "spots"),
                sql.col("possible", "spots"),
                sql.col("reads", "spots"),
                sql.named(_or(sql.col("barred", "judged"), sql.case(
                    [(sql.known(sql.col("node", "spots")), sql.num(0))], sql.num(1))), "barred"),
                *(sql.named(self._bits(one), one) for one in bits),
            )
            .from_("known")
            .join(exp.to_table("placed"), on=_same_row("placed"))
            .join(exp.to_table("spots"),
                  on=sql.equal(sql.col("place", "spots"), sql.col("place", "placed")))
            .join(exp.to_table("history"), on=_same_row("history"), join_type="left")
            .join(exp.to_table("judged"), on=_same_row("judged"), join_type="left")
        )  # fmt: skip
        found = departing(self.guideline, self.leaves)
        columns = [sql.named(when, f"d{n}") for n, when in enumerate(found.values())]
        each = exp.select("n", sql.named(self._sources(), "deciding"), *columns, copy=False).from_(
            inner.subquery("x"), copy=False
        )

        def those(said: Callable[[Sql], Sql]) -> Sql:
            names = [
                sql.case([(said(sql.col(f"d{n}")), sql.text(name))]) for n, name in enumerate(found)
            ]
            return sql.those(sql.array(names, "VARCHAR[]"), "x", sql.known(sql.col("x")))

        return exp.select(
            "n",
            "deciding",
            sql.named(those(sql.surely), "departures"),
            sql.named(those(sql.unknown), "departures_open"),
        ).from_(each.subquery("y"), copy=False)

    def _sources(self) -> Sql:
        """List the facts that decided the place, each with where and when it was found."""
        own: list[Sql] = []
        for fact in self._deciding:
            known = sql.col(f"p_{fact}")
            if fact != HISTORY:
                known = sql.either([known, sql.known(sql.col(f"f_{fact}"))])
            words = sql.case([(sql.col(f"p_{fact}"), sql.text("stated"))], sql.text("derived"))
            parts = {"fact": sql.text(fact), "source": words, "date": sql.text("")}
            own.append(sql.case([(known, sql.struct(parts))]))
        stated = sql.those(
            sql.array(own, f"{DECIDING}[]"),
            "s",
            sql.both([sql.known(sql.col("s")), sql.within(sql.col("reads"), _part("s", "fact"))]),
        )
        name = exp.SplitPart(
            this=_part("s", "fact"), delimiter=sql.text("["), part_index=sql.num(1)
        )
        where = sql.case(
            [(sql.equal(_part("s", "kind"), sql.text("fhir")), _part("s", "reference"))],
            _part("s", "kind"),
        )
        told = {"fact": _part("s", "fact"), "source": where, "date": _part("s", "date")}
        found = sql.those(sql.col("sources"), "s", sql.within(sql.col("reads"), name))
        recorded = sql.cast(sql.each(found, "s", sql.struct(told)), f"{DECIDING}[]")
        return sql.case([(sql.known(sql.col("sources")), recorded)], stated)

    def judged(self) -> exp.Select:
        """Select options, doses and questions of the rows that stand at a node."""
        most = max((one.asking.words for one in self._nodes), default=0)
        parts: list[exp.Select] = []
        for one in self._nodes:
            part = one.select("base")
            for word in range(one.asking.words, most):
                part = part.select(sql.named(sql.num(0), f"ask{word}"))
            parts.append(part.select(sql.named(sql.text(one.node.id), "node")))
        return _united(parts)

    def regimen_ranks(self) -> exp.Select:
        """Select the ranks of the questions about regimens: n, ranks."""
        parts: list[exp.Select] = []
        for one in self._nodes:
            words = range(one.asking.words)
            if not words:
                continue
            crossed = [
                sql.named(
                    exp.BitwiseAnd(
                        this=sql.col(f"ask{word}", "judged"),
                        expression=sql.col(f"{kind}{word}", "questions"),
                    ),
                    f"x_{kind}{word}",
                )
                for kind in ("outcome", "purpose")
                for word in words
            ]
            inner = (
                exp.select(sql.col("n", "shaped"), sql.col("place", "shaped"), *crossed)
                .from_("shaped")
                .join(
                    exp.to_table("judged"),
                    on=sql.both(
                        [
                            sql.equal(sql.col("n", "judged"), sql.col("n", "shaped")),
                            sql.equal(sql.col("node", "judged"), sql.text(one.node.id)),
                        ]
                    ),
                )
                .join(
                    exp.to_table("questions"),
                    on=sql.both(
                        [
                            sql.equal(sql.col("shape", "questions"), sql.col("shape", "shaped")),
                            sql.equal(sql.col("node", "questions"), sql.text(one.node.id)),
                        ]
                    ),
                )
                .where(sql.col("open", "shaped"))
            )
            parts += [
                exp.select("n", sql.named(one.asking.rank(kind, sql.col("place")), "ranked")).from_(
                    inner.subquery("x")
                )
                for kind in ("outcome", "purpose")
            ]
        ranked = _united(parts).subquery("r")
        return (
            exp.select("n", sql.named(exp.ArrayAgg(this=sql.col("ranked")), "ranks"))
            .from_(ranked)
            .where(sql.known(sql.col("ranked")))
            .group_by("n")
        )

    def answers(self) -> exp.Select:
        """Select the answers: n, place, options, doses, missing."""
        if not self.whole:
            return exp.select("n", "place").from_("placed")
        ranks = exp.ArrayConcat(
            this=sql.those(sql.col("plain", "judged"), "x", sql.known(sql.col("x"))),
            expressions=[_or(sql.col("ranks", "regimen_ranks"), sql.array([], "BIGINT[]"))],
        )
        asked = sql.each(sql.call("list_sort", ranks), "y", asked_for(self.guideline, sql.col("y")))
        asks = sql.col("asks", "spots")
        fresh = sql.those(asked, "z", sql.no(sql.within(asks.copy(), sql.col("z"))))
        none = sql.array([], "VARCHAR[]")
        missing = exp.ArrayConcat(this=asks.copy(), expressions=[_or(fresh, none)])
        listed = sql.those(sql.col("options", "judged"), "o", sql.known(sql.col("o")))
        return (
            exp.select(
                sql.col("n", "placed"),
                sql.col("place", "placed"),
                sql.named(_or(listed, sql.array([], f"{VERDICT}[]")), "options"),
                sql.named(sql.col("doses", "judged"), "doses"),
                sql.named(missing, "missing"),
                sql.col("deciding", "departed"),
                sql.col("departures", "departed"),
                sql.col("departures_open", "departed"),
            )
            .from_("placed")
            .join(
                exp.to_table("spots"),
                on=sql.equal(sql.col("place", "spots"), sql.col("place", "placed")),
            )
            .join(exp.to_table("judged"), join_type="left",
                  on=sql.equal(sql.col("n", "judged"), sql.col("n", "placed")))
            .join(exp.to_table("departed"),
                  on=sql.equal(sql.col("n", "departed"), sql.col("n", "placed")))
            .join(exp.to_table("regimen_ranks"), join_type="left",
                  on=sql.equal(sql.col("n", "regimen_ranks"), sql.col("n", "placed")))
        )  # fmt: skip

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


def _part(name: str, part: str) -> Sql:
    return exp.Dot(this=exp.column(name), expression=exp.to_identifier(part))


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


def _same_row(table: str) -> Sql:
    return sql.equal(sql.col("n", table), sql.col("n", "known"))


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
        "keys": program.keys(), "placed": program.placed(), "answers": program.answers(),
    }  # fmt: skip
    if program.marks.facts:
        found["lists"] = program.lists()
    if program.whole:
        found |= {
            "base": program.base(), "judged": program.judged(), "departed": program.departed(),
            "regimen_ranks": program.regimen_ranks(),
        }  # fmt: skip
    return found
