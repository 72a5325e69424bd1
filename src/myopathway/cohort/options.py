"""The options of one node in SQL: listed or not, the verdict, the doses, what to ask.

Layer upon layer, so that nothing is worked out twice: the truth of each rule (``r…``) and of each
listing (``l…``), the verdict of each option (``v…``: -1 while it is not listed), how strict a
rule each unknown fact could bring about (``e…``), and the lists that are made of them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from myopathway.cohort import expressions as sql
from myopathway.cohort.asked import Asking, Question, rank
from myopathway.cohort.criteria import condition, open_leaves
from myopathway.cohort.doses import KIND, doses, whole_weight
from myopathway.cohort.leaves import Atom, FactsRow, OptionRow
from myopathway.criteria import Apart, Held, Leaf, OptionEvent, facts_of, leaves
from myopathway.engine.dose import needs_weight
from myopathway.engine.factual import fact_truth
from myopathway.engine.menu import DOSE
from myopathway.engine.options import STRICTNESS, safety_rule
from myopathway.facts import Known
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.cohort.expressions import Sql
    from myopathway.cohort.leaves import Leaves
    from myopathway.engine.cuts import Cuts
    from myopathway.facts import Value
    from myopathway.guideline.model import Guideline, Node, Option, Rule

VERDICT: Final = "STRUCT(option VARCHAR, verdict VARCHAR)"
HISTORY: Final = "treatments"
_NOT_LISTED: Final = -1
_ANY_DAY: Final = dt.date(2000, 1, 1)  # the leaves that are assumed read no date
_VERDICTS: Final = {place: name for name, place in STRICTNESS.items() if name}


class NodeQuery:
    """What is selected for the rows at one node; ``asking`` holds its questions on regimens."""

    def __init__(self, guideline: Guideline, node: Node, leaves: Leaves, cuts: Cuts) -> None:
        """Compile the node."""
        self.node = node
        self.asking = Asking(guideline)
        self._guideline = guideline
        self._leaves = leaves
        self._cuts = cuts
        self._rules = [
            *guideline.rules,
            *(safety_rule(one) for one in guideline.safety.rules if one.effect != "vaccine"),
        ]
        self.options = [one for therapy in node.therapies for one in therapy.options]
        self._ids = list(dict.fromkeys(one.id for one in self.options))
        self._truths: dict[str, str] = {}
        self._first: dict[str, Sql] = {}
        self._verdicts: dict[str, Sql] = {}
        self._wanted: dict[tuple[str, int, int], list[Sql]] = {}
        for place, option in enumerate(self.options):
            self._option(place, option)

    def select(self, table: str) -> exp.Select:
        """Select the node's rows: n, options, doses, plain (ranks of questions), ask words."""
        here = exp.select("*").from_(exp.to_table(table)).where(
            sql.equal(sql.col("node"), sql.text(self.node.id)), copy=False
        )  # fmt: skip
        weights = {
            self._weight_name(drug): whole_weight(self._weight(drug))
            for one in self.options
            for drug in one.drugs
        }
        layers = [
            self._first | {"adult": self._adult()} | weights,
            self._verdicts,
            self._strictness(),
        ]
        for layer in layers:
            columns = [sql.named(value, name) for name, value in layer.items()]
            here = exp.select("*", *columns, copy=False).from_(here.subquery("x"), copy=False)
        return exp.select(
            sql.named(sql.col("n"), "n"),
            sql.named(self._verdict_list(), "options"),
            sql.named(self._dose_list(), "doses"),
            sql.named(self._question_list(), "plain"),
            *(sql.named(one, f"ask{n}") for n, one in enumerate(self.asking.asked())),
            copy=False,
        ).from_(here.subquery("x"), copy=False)

    def _option(self, place: int, option: Option) -> None:
        row = OptionRow(self._leaves, option.drugs, self.node.purpose)
        number = self._ids.index(option.id)
        listed: Sql = sql.truth(value=True)
        if option.listed is not None:
            asked = OptionRow(self._leaves, option.drugs, "")
            plain = FactsRow(self._leaves)
            listed = self._column(condition(option.listed, plain))
            for leaf, when in open_leaves(option.listed, plain):
                self._ask(leaf, asked, number, STRICTNESS["favoured"], when)
        rules = [one for one in self._rules if self._guideline.speaks(one, self.node, option)]
        arms: dict[int, list[Sql]] = {}
        judged = [(one, self._column(condition(one.when, row))) for one in (*rules, *option.rules)]
        for rule, truth in judged:
            if rule.verdict:
                arms.setdefault(STRICTNESS[rule.verdict], []).append(sql.surely(truth))
        self._verdicts[f"v{place}"] = sql.case(
            [
                (sql.no(sql.surely(listed)), sql.num(_NOT_LISTED)),
                *(
                    (sql.either(arms[level]), sql.num(level))
                    for level in sorted(arms, reverse=True)
                ),
            ],
            sql.num(STRICTNESS["offered"]),
        )
        for rule, truth in judged:
            self._stricter(place, number, rule, truth, row)
        for rule, truth in judged:
            if _asks_for_the_end(rule):
                fired = sql.both([sql.surely(truth.copy()), self._is_listed(place)])
                self._ask_all(rule, row, number, fired)
        self._ask_for_doses(place, number, option)

    def _stricter(self, place: int, number: int, rule: Rule, truth: Sql, row: OptionRow) -> None:
        """Ask for what keeps a rule unknown that would be stricter than the verdict is."""
        level = STRICTNESS[rule.verdict]
        if level <= STRICTNESS["offered"]:
            return
        verdict = sql.col(f"v{place}")
        conditions = [
            sql.unknown(truth.copy()),
            self._is_listed(place),
            sql.compare(verdict, "<", sql.num(level)),
        ]
        if rule.ask_unless is not None:
            pointless = self._column(condition(rule.ask_unless, row))
            conditions.append(sql.no(sql.surely(pointless)))
        stricter = sql.both(conditions)
        if _asks_for_the_end(rule):
            self._ask_all(rule, row, number, stricter)
            return
        for leaf, when in open_leaves(rule.when, row):
            self._ask(leaf, row, number, level, sql.both([stricter.copy(), when]))

    def _ask_all(self, rule: Rule, row: OptionRow, number: int, when: Sql) -> None:
        for leaf in leaves(rule.when):
            self._ask(leaf, row, number, STRICTNESS[rule.verdict], when.copy())

    def _ask(self, leaf: Leaf, row: OptionRow, number: int, level: int, when: Sql) -> None:
        """Note a question while something holds."""
        if isinstance(leaf, OptionEvent) and leaf.event == "allergy":
            self._want("allergies", number, level, when)
        elif isinstance(leaf, OptionEvent | Held):
            known = sql.both([sql.col("has_history"), when])
            self.asking.add(Question(Atom(leaf, row.drugs, row.purpose), number, level), known)
            never = sql.both([sql.no(sql.col("has_history")), when.copy()])
            self._want(HISTORY, number, level, never)
        else:
            for fact in facts_of(leaf):
                self._want(fact, number, level, when.copy())

    def _want(self, fact: str, number: int, level: int, when: Sql) -> None:
        self._wanted.setdefault((fact, number, level), []).append(when)

    def _ask_for_doses(self, place: int, number: int, option: Option) -> None:
        shown = sql.both(
            [
                self._is_listed(place),
                sql.compare(sql.col(f"v{place}"), "<", sql.num(STRICTNESS["excluded"])),
            ]
        )
        for drug in option.drugs:
            age = sql.both([shown.copy(), sql.unknown(sql.col("adult"))])
            self._want(self._guideline.adult.fact, number, DOSE, age)
            if any(needs_weight(one) for one in option.doses if one.drug == drug):
                weights = self._guideline.drugs[drug].dose_weight
                weight = sql.both(
                    [
                        shown.copy(),
                        sql.surely(sql.col("adult")),
                        sql.unknown(sql.col(self._weight_name(drug))),
                    ]
                )
                self._want(weights[-1], number, DOSE, weight)

    @staticmethod
    def _is_listed(place: int) -> Sql:
        return sql.compare(sql.col(f"v{place}"), ">", sql.num(_NOT_LISTED))

    def _column(self, truth: Sql) -> Sql:
        """Work a condition out once, whoever needs it."""
        printed = truth.sql(dialect="duckdb")
        if printed not in self._truths:
            name = self._truths[printed] = f"r{len(self._truths)}"
            self._first[name] = truth
        return sql.col(self._truths[printed])

    def _adult(self) -> Sql:
        limits = self._guideline.adult
        since = sql.cast(sql.num(str(limits.from_years)), "DOUBLE")
        return sql.compare(sql.col(f"f_{limits.fact}"), ">=", since)

    def _weight(self, drug: str) -> Sql:
        weights = self._guideline.drugs[drug].dose_weight
        return sql.first_of([sql.col(f"f_{one}") for one in weights])

    def _weight_name(self, drug: str) -> str:
        return "_".join(("w", *self._guideline.drugs[drug].dose_weight))

    def _strictness(self) -> dict[str, Sql]:
        """Say, for each fact and option, how strict a rule could become."""
        found: dict[str, list[tuple[int, Sql]]] = {}
        for (fact, number, level), conditions in self._wanted.items():
            own = found.setdefault(f"e_{fact}_{number}", [])
            own.append((level, sql.either(conditions)))
        return {
            name: sql.case(
                [
                    (when, sql.num(level))
                    for level, when in sorted(own, key=lambda one: one[0], reverse=True)
                ],
                sql.num(0),
            )
            for name, own in found.items()
        }

    def _question_list(self) -> Sql:
        """Rank the facts that are asked for; null where one is not asked for."""
        ranks: list[Sql] = []
        facts = dict.fromkeys(fact for fact, _, _ in self._wanted)
        for fact in facts:
            numbers = dict.fromkeys(number for one, number, _ in self._wanted if one == fact)
            levels = [sql.col(f"e_{fact}_{number}") for number in numbers]
            strictest = levels[0] if len(levels) == 1 else sql.call("greatest", *levels)
            count = sql.plus(
                [
                    sql.case([(sql.compare(one.copy(), ">", sql.num(0)), sql.num(1))], sql.num(0))
                    for one in levels
                ]
            )
            asked = [sql.compare(strictest.copy(), ">", sql.num(0))]
            if fact in self._cuts.contested:
                asked.append(self._can_differ(fact))
            ranked = rank(self._guideline, fact, strictest, count)
            ranks.append(sql.case([(sql.both(asked), ranked)]))
        return sql.array(ranks, "BIGINT[]")

    def _can_differ(self, fact: str) -> Sql:
        """Say whether more than one answer is left that contradicts nothing stated."""
        free = [
            sql.case(
                [
                    (
                        sql.both(
                            [
                                sql.no(
                                    sql.surely(condition(one, _Assumed(self._leaves, fact, value)))
                                )
                                for one in self._cuts.silent
                            ]
                        ),
                        sql.num(1),
                    )
                ],
                sql.num(0),
            )
            for value in self._cuts.contested[fact]
        ]
        return sql.compare(sql.plus(free), ">", sql.num(1))

    def _verdict_list(self) -> Sql:
        """List the options with their verdicts; null where an option is not listed."""
        found: list[Sql] = []
        for place, option in enumerate(self.options):
            verdict = sql.col(f"v{place}")
            words = sql.case(
                [(sql.equal(verdict.copy(), sql.num(n)), sql.text(one))
                 for n, one in _VERDICTS.items()]
            )  # fmt: skip
            one = sql.struct({"option": sql.text(option.id), "verdict": words})
            found.append(
                one if option.listed is None else sql.case([(self._is_listed(place), one)])
            )
        return sql.array(found, f"{VERDICT}[]")

    def _dose_list(self) -> Sql:
        """List the doses of options that are not excluded, for an adult."""
        lists: list[Sql] = []
        for place, option in enumerate(self.options):
            for drug in option.drugs:
                fixed = doses(option, drug, None)
                by_weight = any(needs_weight(one) for one in option.doses if one.drug == drug)
                weight = sql.col(self._weight_name(drug))
                some = (
                    sql.case([(sql.known(weight.copy()), doses(option, drug, weight))], fixed)
                    if by_weight
                    else fixed
                )
                if not any(one.kind for one in option.doses if one.drug == drug):
                    continue
                shown = sql.both(
                    [
                        self._is_listed(place),
                        sql.compare(sql.col(f"v{place}"), "<", sql.num(STRICTNESS["excluded"])),
                        sql.surely(sql.col("adult")),
                    ]
                )
                lists.append(sql.case([(shown, some)], sql.array([], f"{KIND}[]")))
        if not lists:
            return sql.array([], f"{KIND}[]")
        joined = lists[0]
        for one in lists[1:]:
            joined = exp.ArrayConcat(this=joined, expressions=[one])
        return joined


class _Assumed(FactsRow):
    """A row in which one fact is assumed to have a value."""

    def __init__(self, leaves: Leaves, fact: str, value: Value) -> None:
        super().__init__(leaves)
        self._known = {fact: Known(value)}
        self._fact = fact

    def leaf(self, leaf: Leaf) -> Sql:
        if self._fact in facts_of(leaf):
            truth = fact_truth(leaf, self._known, _ANY_DAY)
            return sql.truth(None if truth is Truth.UNKNOWN else truth is Truth.TRUE)
        if isinstance(leaf, Apart):
            # What is known, not what was stated, is what an assumption is added to.
            return sql.truth(value=False)
        return super().leaf(leaf)


def _asks_for_the_end(rule: Rule) -> bool:
    """Say whether a rule holds because nobody recorded how a regimen ended."""
    return any(
        isinstance(leaf, OptionEvent) and leaf.event == "no-outcome" for leaf in leaves(rule.when)
    )
