"""The options of one node in SQL: listed or not, the verdict, the doses, what to ask.

What rules say is packed into words first, for all nodes at once (``r…``: the rule holds; ``q…``:
a fact keeps it unknown and is worth asking for; ``t…`` and ``u…`` of the history). So a verdict
(``v…``: -1 while the option is not listed) is a few tests of masks, and so is how strict a rule
an unknown fact could still bring about (``e…``).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from myopathway.cohort import expressions as sql
from myopathway.cohort.asked import Asking, rank
from myopathway.cohort.criteria import condition, open_leaves
from myopathway.cohort.departing import BARRED, drugs_given
from myopathway.cohort.doses import KIND, doses, whole_weight
from myopathway.cohort.leaves import Atom, FactsRow, OptionRow
from myopathway.cohort.words import Mask, Words, joined, placed, tested
from myopathway.criteria import Apart, Held, Named, OptionEvent, facts_of, leaves
from myopathway.engine.dose import needs_weight
from myopathway.engine.factual import fact_truth
from myopathway.engine.menu import DOSE
from myopathway.engine.options import STRICTNESS, safety_rule
from myopathway.facts import Known
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.cohort.expressions import Sql
    from myopathway.cohort.leaves import Leaves
    from myopathway.criteria import Criterion, Leaf
    from myopathway.engine.cuts import Cuts
    from myopathway.facts import Value
    from myopathway.guideline.model import Guideline, Node, Option, Rule

VERDICT: Final = "STRUCT(option VARCHAR, verdict VARCHAR)"
HISTORY: Final = "treatments"
_NOT_LISTED: Final = -1
_ALWAYS: Final = 9  # stricter than any verdict: asked for whatever the verdict is
_ANY_DAY: Final = dt.date(2000, 1, 1)  # the leaves that are assumed read no date
_VERDICTS: Final = {place: name for name, place in STRICTNESS.items() if name}


class Seen:
    """What the rules of all nodes see: leaves, the rules that hold, the questions that are open."""

    def __init__(self, guideline: Guideline, leaves: Leaves, cuts: Cuts) -> None:
        """Begin with nothing seen."""
        self.guideline = guideline
        self.leaves = leaves
        self.cuts = cuts
        self.hold = Words("r")
        self.open = Words("q")
        self.rules = [
            *guideline.rules,
            *(safety_rule(one) for one in guideline.safety.rules if one.effect != "vaccine"),
        ]

    def columns(self) -> dict[str, Sql]:
        """Give the words."""
        return self.hold.columns() | self.open.columns()


class NodeQuery:
    """What is selected for the rows at one node; ``asking`` holds its questions on regimens."""

    def __init__(self, node: Node, seen: Seen) -> None:
        """Compile the node."""
        self.node = node
        self._seen = seen
        self._guideline = seen.guideline
        self.asking = Asking(seen.guideline, seen.leaves)
        self.options = [one for therapy in node.therapies for one in therapy.options]
        self._ids = list(dict.fromkeys(one.id for one in self.options))
        self._verdicts: dict[str, Sql] = {}
        # By fact, option and strictness: what asks for the fact, in words; and else.
        self._wanted: dict[tuple[str, int, int, int], Mask] = {}
        self._dosed: dict[tuple[str, int], list[Sql]] = {}
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
            if self._by_weight(one, drug)
        }
        first = {"adult": self._adult()} | weights | self._verdicts
        for layer in (first, self._strictness()):
            columns = [sql.named(value, name) for name, value in layer.items()]
            here = exp.select("*", *columns, copy=False).from_(here.subquery("x"), copy=False)
        return exp.select(
            sql.named(sql.col("n"), "n"),
            sql.named(self._verdict_list(), "options"),
            sql.named(self._dose_list(), "doses"),
            sql.named(self._question_list(), "plain"),
            sql.named(self._barred(), BARRED),
            *(sql.named(one, f"ask{n}") for n, one in enumerate(self.asking.asked())),
            copy=False,
        ).from_(here.subquery("x"), copy=False)

    def _option(self, place: int, option: Option) -> None:
        row = OptionRow(self._seen.leaves, option.drugs, self.node.purpose)
        number = self._ids.index(option.id)
        listed: list[tuple[Sql, Sql]] = []
        if option.listed is not None:
            plain = FactsRow(self._seen.leaves)
            bit = self._seen.hold.bit(sql.surely(condition(option.listed, plain)))
            listed = [(sql.no(tested(bit)), sql.num(_NOT_LISTED))]
            asked = OptionRow(self._seen.leaves, option.drugs, "")
            for leaf, when in open_leaves(option.listed, plain):
                self._ask(leaf, asked, place, _NOT_LISTED, when)
        rules = [one for one in self._seen.rules if self._guideline.speaks(one, self.node, option)]
        judging = [one for one in (*rules, *option.rules) if one.verdict]
        arms: dict[int, Mask] = {}
        for rule in judging:
            joined(arms.setdefault(STRICTNESS[rule.verdict], {}), self._holds(rule, row))
        levels = sorted(arms, reverse=True)
        self._verdicts[f"v{place}"] = sql.case(
            [*listed, *((tested(arms[level]), sql.num(level)) for level in levels)],
            sql.num(STRICTNESS["offered"]),
        )
        for rule in judging:
            self._ask_by(rule, row, place, number)
        for rule in judging:
            if _asks_for_the_end(rule):
                self._ask_fired(rule, row, place)
        self._ask_for_doses(place, number, option)

    def _holds(self, rule: Rule, row: OptionRow) -> Mask:
        """Give the bit that says that a rule holds."""
        atom = _atom(rule.when, row)
        if atom is not None:
            return placed("t", self._seen.leaves.place(atom))
        return self._seen.hold.bit(sql.surely(condition(rule.when, row)))

    def _ask_by(self, rule: Rule, row: OptionRow, place: int, number: int) -> None:
        """Ask for what keeps a rule unknown that would be stricter than the verdict is."""
        level = STRICTNESS[rule.verdict]
        if level <= STRICTNESS["offered"]:
            return
        worth: list[Sql] = []
        if rule.ask_unless is not None:
            worth = [sql.no(sql.surely(condition(rule.ask_unless, row)))]
        atom = _atom(rule.when, row)
        if atom is not None and not worth:
            bit = placed("u", self._seen.leaves.place(atom))
            self.asking.add(atom, number, level, bit, self._below(place, level))
            self._want(HISTORY, place, level, sql.no(sql.col("has_history")))
            return
        found = (
            [(leaf, sql.unknown(condition(rule.when, row))) for leaf in leaves(rule.when)]
            if _asks_for_the_end(rule)
            else list(open_leaves(rule.when, row))
        )
        for leaf, when in found:
            self._ask(leaf, row, place, level, sql.both([*worth, when]))

    def _ask_fired(self, rule: Rule, row: OptionRow, place: int) -> None:
        """Ask how regimens ended because of a rule that holds while nobody recorded it."""
        number, level = self._ids.index(self.options[place].id), STRICTNESS[rule.verdict]
        atom = _atom(rule.when, row)
        if atom is not None:
            bit = placed("t", self._seen.leaves.place(atom))
            self.asking.add(atom, number, level, bit, self._below(place, _ALWAYS))
            return
        holds = sql.surely(condition(rule.when, row))
        for leaf in leaves(rule.when):
            self._ask(leaf, row, place, level, holds.copy(), always=True)

    def _ask(
        self,
        leaf: Leaf,
        row: OptionRow,
        place: int,
        level: int,
        when: Sql,
        *,
        always: bool = False,
    ) -> None:
        """Ask for a leaf while something holds and the verdict is below a level."""
        limit = _ALWAYS if always else level
        level = STRICTNESS["favoured"] if level == _NOT_LISTED else level
        if isinstance(leaf, OptionEvent) and leaf.event == "allergy":
            self._want("allergies", place, level, when, limit)
        elif isinstance(leaf, OptionEvent | Held):
            number = self._ids.index(self.options[place].id)
            known = self._seen.open.bit(sql.both([sql.col("has_history"), when]))
            atom = Atom(leaf, row.drugs, row.purpose)
            self.asking.add(atom, number, level, known, self._below(place, limit))
            never = sql.both([sql.no(sql.col("has_history")), when.copy()])
            self._want(HISTORY, place, level, never, limit)
        else:
            for fact in facts_of(leaf):
                self._want(fact, place, level, when.copy(), limit)

    def _want(self, fact: str, place: int, level: int, when: Sql, limit: int | None = None) -> None:
        own = self._wanted.setdefault((fact, place, level, limit if limit is not None else level),
                                      {})  # fmt: skip
        joined(own, self._seen.open.bit(when))

    def _ask_for_doses(self, place: int, number: int, option: Option) -> None:
        shown = self._below(place, STRICTNESS["excluded"])
        if not option.drugs:
            return
        age = sql.both([shown, sql.unknown(sql.col("adult"))])
        self._dosed.setdefault((self._guideline.adult.fact, number), []).append(age)
        for drug in option.drugs:
            if self._by_weight(option, drug):
                weights = self._guideline.drugs[drug].dose_weight
                none = sql.unknown(sql.col(self._weight_name(drug)))
                weight = sql.both([shown.copy(), sql.surely(sql.col("adult")), none])
                self._dosed.setdefault((weights[-1], number), []).append(weight)

    def _below(self, place: int, limit: int) -> Sql:
        """Say that an option is listed and its verdict less strict than a limit."""
        verdict = sql.col(f"v{place}")
        if limit == _NOT_LISTED:
            return sql.equal(verdict, sql.num(_NOT_LISTED))
        parts: list[Sql] = []
        if self.options[place].listed is not None:
            parts.append(sql.compare(verdict, ">", sql.num(_NOT_LISTED)))
        if limit != _ALWAYS:
            parts.append(sql.compare(verdict.copy(), "<", sql.num(limit)))
        return sql.both(parts)

    @staticmethod
    def _by_weight(option: Option, drug: str) -> bool:
        return any(needs_weight(one) for one in option.doses if one.drug == drug)

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
        for (fact, place, level, limit), mask in self._wanted.items():
            own = found.setdefault(f"e_{fact}_{self._ids.index(self.options[place].id)}", [])
            own.append((level, sql.both([self._below(place, limit), tested(mask)])))
        for (fact, number), conditions in self._dosed.items():
            own = found.setdefault(f"e_{fact}_{number}", [])
            own.append((DOSE, sql.either(conditions)))
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
        asked: dict[str, dict[int, None]] = {}
        for fact, place, _, _ in self._wanted:
            asked.setdefault(fact, {})[self._ids.index(self.options[place].id)] = None
        for fact, number in self._dosed:
            asked.setdefault(fact, {})[number] = None
        ranks: list[Sql] = []
        for fact, numbers in asked.items():
            levels = [sql.col(f"e_{fact}_{number}") for number in numbers]
            strictest = levels[0] if len(levels) == 1 else sql.call("greatest", *levels)
            count = sql.plus([_one(sql.compare(one.copy(), ">", sql.num(0))) for one in levels])
            when = [sql.compare(strictest.copy(), ">", sql.num(0))]
            if fact in self._seen.cuts.contested:
                when.append(self._can_differ(fact))
            ranked = rank(self._guideline, fact, strictest.copy(), count)
            ranks.append(sql.case([(sql.both(when), ranked)]))
        return sql.array(ranks, "BIGINT[]")

    def _can_differ(self, fact: str) -> Sql:
        """Say whether more than one answer is left that contradicts nothing stated."""
        free: list[Sql] = []
        for value in self._seen.cuts.contested[fact]:
            row = _Assumed(self._seen.leaves, fact, value)
            against = [sql.surely(condition(one, row)) for one in self._seen.cuts.silent]
            free.append(_one(sql.no(sql.either(against))))
        return sql.compare(sql.plus(free), ">", sql.num(1))

    def _verdict_list(self) -> Sql:
        """List the options with their verdicts; null where an option is not listed."""
        found: list[Sql] = []
        words = sql.array([sql.text(_VERDICTS[n]) for n in sorted(_VERDICTS)])
        for place, option in enumerate(self.options):
            verdict = sql.plus([sql.col(f"v{place}"), sql.num(1)])
            word = sql.call("list_extract", words.copy(), verdict)
            one = sql.struct({"option": sql.text(option.id), "verdict": word})
            listed = self._below(place, _ALWAYS)
            found.append(one if option.listed is None else sql.case([(listed, one)]))
        return sql.array(found, f"{VERDICT}[]")

    def _barred(self) -> Sql:
        """Say whether a drug of an excluded option is being given: 2 yes, 1 perhaps, 0 no."""
        sure: list[Sql] = []
        perhaps: list[Sql] = []
        for place, option in enumerate(self.options):
            if not option.drugs:
                continue
            excluded = STRICTNESS["excluded"]
            barred = sql.equal(sql.col(f"v{place}"), sql.num(excluded))
            given = drugs_given(self._guideline, option.drugs)
            sure.append(sql.both([barred, sql.surely(given)]))
            perhaps.append(sql.both([barred.copy(), sql.unknown(given.copy())]))
            questions = [tested(mask) for (_, own, level, _), mask in self._wanted.items()
                         if own == place and level == excluded]  # fmt: skip
            questions += [
                sql.both([tested(one.seen), one.when.copy()])
                for one in self.asking.questions
                if one.strictness == excluded and one.atom.drugs == option.drugs
            ]
            may = [self._below(place, excluded), sql.either(questions)]
            perhaps.append(sql.both([*may, sql.no(sql.surely_not(given.copy()))]))
        return sql.case(
            [(sql.either(sure), sql.num(2)), (sql.either(perhaps), sql.num(1))], sql.num(0)
        )

    def _dose_list(self) -> Sql:
        """List the doses of options that are not excluded, for an adult."""
        lists: list[Sql] = []
        for place, option in enumerate(self.options):
            for drug in option.drugs:
                if not any(one.kind for one in option.doses if one.drug == drug):
                    continue
                some = doses(option, drug, None)
                if self._by_weight(option, drug):
                    weight = sql.col(self._weight_name(drug))
                    weighed = doses(option, drug, weight)
                    some = sql.case([(sql.known(weight.copy()), weighed)], some)
                below = self._below(place, STRICTNESS["excluded"])
                shown = sql.both([below, sql.surely(sql.col("adult"))])
                lists.append(sql.case([(shown, some)], sql.array([], f"{KIND}[]")))
        if not lists:
            return sql.array([], f"{KIND}[]")
        together = lists[0]
        for one in lists[1:]:
            together = exp.ArrayConcat(this=together, expressions=[one])
        return together


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
            # Ages that contradict each other were settled before anything was asked.
            return sql.truth(value=False)
        return super().leaf(leaf)


def _one(condition: Sql) -> Sql:
    return sql.case([(condition, sql.num(1))], sql.num(0))


def _atom(criterion: Criterion, row: OptionRow) -> Atom | None:
    """Give the leaf about the history that a criterion is, if it is no more than that."""
    match criterion:
        case Named(part=part):
            return _atom(part, row)
        case Held():
            return Atom(criterion, (), "")
        case OptionEvent(event=event) if event != "allergy":
            return Atom(criterion, row.drugs, row.purpose)
        case _:
            return None


def _asks_for_the_end(rule: Rule) -> bool:
    """Say whether a rule holds because nobody recorded how a regimen ended."""
    return any(
        isinstance(leaf, OptionEvent) and leaf.event == "no-outcome" for leaf in leaves(rule.when)
    )
