"""The options of one node as planes: listed or not, the verdict, the doses shown, what to ask.

A rule that holds makes a verdict; a fact that keeps a stricter rule unknown is asked for, while
it is worth asking.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, NamedTuple

from myopathway.cohort.asked import Asking
from myopathway.cohort.circuit import ALWAYS, NEVER, Said
from myopathway.cohort.criteria import condition, open_leaves
from myopathway.cohort.leaves import HISTORY, Atom, Bounded, FactsRow, OptionRow
from myopathway.criteria import Apart, Held, OptionEvent, facts_of, leaves
from myopathway.engine.clause import STRICTNESS
from myopathway.engine.dose import needs_weight
from myopathway.engine.factual import fact_truth
from myopathway.engine.menu import DOSE
from myopathway.engine.options import safety_rule
from myopathway.facts import Known as KnownFact
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.cohort.circuit import Gate
    from myopathway.cohort.leaves import Known
    from myopathway.criteria import Leaf
    from myopathway.engine.cuts import Cuts
    from myopathway.facts import Value
    from myopathway.guideline.model import Guideline, Node, Option, Rule

_ANY_DAY: Final = dt.date(2000, 1, 1)  # the leaves that are assumed read no date
_OFFERED, _FAVOURED = STRICTNESS["offered"], STRICTNESS["favoured"]
EXCLUDED: Final = STRICTNESS["excluded"]
LEVELS: Final = tuple(range(_FAVOURED, EXCLUDED + 1))


class Judged(NamedTuple):
    """One option at its node: where it is listed, and where a rule makes it at least so strict."""

    listed: Gate
    reached: dict[int, Gate]


class Rules:
    """What all nodes share: what is known, and the rules that speak of more than one option."""

    def __init__(self, guideline: Guideline, known: Known, cuts: Cuts) -> None:
        """Gather the rules."""
        self.guideline = guideline
        self.known = known
        self.cuts = cuts
        self.shared = [
            *guideline.rules,
            *(safety_rule(one) for one in guideline.safety.rules if one.effect != "vaccine"),
        ]
        limits = guideline.adult
        self.adult = known.split(
            Bounded(limits.fact, ">=", limits.from_years), known.valued(limits.fact)
        )

    def weight(self, drug: str) -> Gate:
        """Say that a weight by which a drug is dosed is known."""
        weights = self.guideline.drugs[drug].dose_weight
        return self.known.circuit.either(self.known.valued(one) for one in weights)


class NodeGates:
    """The planes of one node; ``asking`` holds its questions on regimens."""

    def __init__(self, node: Node, rules: Rules) -> None:
        """Compile the node."""
        self.node = node
        self._rules = rules
        self._guideline = rules.guideline
        self._known = rules.known
        self._circuit = rules.known.circuit
        self._trits = rules.known.trits
        self.asking = Asking(rules.guideline)
        self.options = [one for therapy in node.therapies for one in therapy.options]
        self._ids = list(dict.fromkeys(one.id for one in self.options))
        self.judged: list[Judged] = []
        # By fact, option and strictness: where the fact is asked for.
        self._wanted: dict[tuple[str, int, int], list[Gate]] = {}
        # By option: where it is not known whether a rule holds that would exclude it.
        self._excluding: dict[int, list[Gate]] = {}
        for place, option in enumerate(self.options):
            self._option(place, option)

    def _option(self, place: int, option: Option) -> None:
        circuit = self._circuit
        row = OptionRow(self._known, option.drugs, self.node.purpose)
        plain = FactsRow(self._known)
        listed = ALWAYS
        if option.listed is not None:
            listed = condition(option.listed, plain, self._trits).true
        rules = [one for one in self._rules.shared
                 if self._guideline.speaks(one, self.node, option)]  # fmt: skip
        judging = [one for one in (*rules, *option.rules) if one.verdict]
        holds = {
            level: [
                condition(one.when, row, self._trits).true
                for one in judging
                if STRICTNESS[one.verdict] >= level
            ]
            for level in LEVELS
        }
        reached = {level: circuit.either(own) for level, own in holds.items()}
        self.judged.append(Judged(listed, reached))
        if option.listed is not None:
            asked = OptionRow(self._known, option.drugs, "")
            for leaf, when in open_leaves(option.listed, plain, self._trits):
                self._ask(leaf, asked, place, _FAVOURED, circuit.both([when, circuit.no(listed)]))
        for rule in judging:
            self._ask_by(rule, row, place)
        for rule in judging:
            if _asks_for_the_end(rule):
                self._ask_fired(rule, row, place)
        self._ask_for_doses(place, option)

    def _ask_by(self, rule: Rule, row: OptionRow, place: int) -> None:
        """Ask for what keeps a rule unknown that would be stricter than the verdict is."""
        level = STRICTNESS[rule.verdict]
        if level <= _OFFERED:
            return
        circuit = self._circuit
        worth = self.below(place, level)
        if rule.ask_unless is not None:
            unless = condition(rule.ask_unless, row, self._trits).true
            worth = circuit.both([worth, circuit.no(unless)])
        if _asks_for_the_end(rule):
            unknown = self._trits.unknown(condition(rule.when, row, self._trits))
            found = [(leaf, unknown) for leaf in leaves(rule.when)]
        else:
            found = list(open_leaves(rule.when, row, self._trits))
        for leaf, when in found:
            self._ask(leaf, row, place, level, circuit.both([worth, when]))

    def _ask_fired(self, rule: Rule, row: OptionRow, place: int) -> None:
        """Ask how regimens ended because of a rule that holds while nobody recorded it."""
        holds = condition(rule.when, row, self._trits).true
        listed = self.judged[place].listed
        for leaf in leaves(rule.when):
            when = self._circuit.both([holds, listed])
            self._ask(leaf, row, place, STRICTNESS[rule.verdict], when)

    def _ask(self, leaf: Leaf, row: OptionRow, place: int, level: int, when: Gate) -> None:
        """Ask for a leaf where something holds."""
        circuit, history = self._circuit, self._known.history
        if isinstance(leaf, OptionEvent) and leaf.event == "allergy":
            self._want("allergies", place, level, when)
        elif isinstance(leaf, OptionEvent | Held):
            number = self._ids.index(self.options[place].id)
            told = circuit.both([history, when])
            self.asking.add(Atom(leaf, row.drugs, row.purpose), number, level, told)
            if level == EXCLUDED:
                self._excluding.setdefault(place, []).append(told)
            self._want(HISTORY, place, level, circuit.both([circuit.no(history), when]))
        else:
            for fact in facts_of(leaf):
                self._want(fact, place, level, when)

    def _want(self, fact: str, place: int, level: int, when: Gate) -> None:
        number = self._ids.index(self.options[place].id)
        self._wanted.setdefault((fact, number, level), []).append(when)
        if level == EXCLUDED:
            self._excluding.setdefault(place, []).append(when)

    def _ask_for_doses(self, place: int, option: Option) -> None:
        if not option.drugs:
            return
        circuit, adult = self._circuit, self._rules.adult
        number = self._ids.index(option.id)
        shown = self.below(place, EXCLUDED)

        def want(fact: str, when: Gate) -> None:
            self._wanted.setdefault((fact, number, DOSE), []).append(circuit.both([shown, when]))

        want(self._guideline.adult.fact, self._trits.unknown(adult))
        for drug in option.drugs:
            if by_weight(option, drug):
                none = circuit.no(self._rules.weight(drug))
                weights = self._guideline.drugs[drug].dose_weight
                want(weights[-1], circuit.both([adult.true, none]))

    def below(self, place: int, limit: int) -> Gate:
        """Say that an option is listed and its verdict less strict than a limit."""
        one = self.judged[place]
        return self._circuit.both([one.listed, self._circuit.no(one.reached[limit])])

    def asked(self) -> dict[str, tuple[list[Gate], list[Gate]]]:
        """Give, for each fact, the digits of how strict a rule it could bring, and of how many.

        No digit of the first is set where the fact is not asked for.
        """
        circuit = self._circuit
        found: dict[str, tuple[list[Gate], list[Gate]]] = {}
        for fact in dict.fromkeys(fact for fact, _, _ in self._wanted):
            by_option: dict[int, list[Gate]] = {}
            by_level: dict[int, list[Gate]] = {}
            for (name, number, level), when in self._wanted.items():
                if name == fact:
                    by_option.setdefault(number, []).extend(when)
                    by_level.setdefault(level, []).extend(when)
            worth = ALWAYS
            if fact in self._rules.cuts.contested:
                worth = self._can_differ(fact)
            digits = [NEVER, NEVER, NEVER]
            higher = NEVER
            for level in sorted(by_level, reverse=True):
                own = circuit.both([circuit.either(by_level[level]), circuit.no(higher), worth])
                higher = circuit.either([higher, *by_level[level]])
                for digit in range(len(digits)):
                    if level >> digit & 1:
                        digits[digit] = circuit.either([digits[digit], own])
            options = [circuit.either(own) for own in by_option.values()]
            found[fact] = digits, circuit.counted(options, len(options).bit_length())
        return found

    def _can_differ(self, fact: str) -> Gate:
        """Say whether more than one answer is left that contradicts nothing stated."""
        free: list[Gate] = []
        for value in self._rules.cuts.contested[fact]:
            row = _Assumed(self._known, fact, value)
            against = [condition(one, row, self._trits).true for one in self._rules.cuts.silent]
            free.append(self._circuit.no(self._circuit.either(against)))
        return self._circuit.reached(2, free)

    def barred(self) -> tuple[Gate, Gate]:
        """Say where a drug of an excluded option is being given: surely, and perhaps."""
        circuit = self._circuit
        sure: list[Gate] = []
        perhaps: list[Gate] = []
        for place, option in enumerate(self.options):
            if not option.drugs:
                continue
            one = self.judged[place]
            barred = circuit.both([one.listed, one.reached[EXCLUDED]])
            given = self._known.given(option.drugs)
            sure.append(circuit.both([barred, given.true]))
            perhaps.append(circuit.both([barred, self._trits.unknown(given)]))
            open_rules = circuit.either(self._excluding.get(place, ()))
            may = [self.below(place, EXCLUDED), open_rules, circuit.no(given.false)]
            perhaps.append(circuit.both(may))
        return circuit.either(sure), circuit.either(perhaps)


def by_weight(option: Option, drug: str) -> bool:
    """Say whether a dose of a drug in an option depends on the weight."""
    return any(needs_weight(one) for one in option.doses if one.drug == drug)


class _Assumed(FactsRow):
    """A row in which one fact is assumed to have a value."""

    def __init__(self, known: Known, fact: str, value: Value) -> None:
        super().__init__(known)
        self._known = {fact: KnownFact(value)}
        self._fact = fact

    def leaf(self, leaf: Leaf) -> Said:
        if self._fact in facts_of(leaf):
            truth = fact_truth(leaf, self._known, _ANY_DAY)
            return Said(
                ALWAYS if truth is Truth.TRUE else NEVER,
                ALWAYS if truth is Truth.FALSE else NEVER,
            )
        if isinstance(leaf, Apart):
            # Ages that contradict each other were settled before anything was asked.
            return Said(NEVER, ALWAYS)
        return super().leaf(leaf)


def _asks_for_the_end(rule: Rule) -> bool:
    """Say whether a rule holds because nobody recorded how a regimen ended."""
    return any(
        isinstance(leaf, OptionEvent) and leaf.event == "no-outcome" for leaf in leaves(rule.when)
    )
