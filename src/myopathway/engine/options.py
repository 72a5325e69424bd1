"""What may be chosen at a node: every option with its verdict, its reasons and its dose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.criteria import (
    Held,
    OptionEvent,
    leaves,
    unsettled,
)
from myopathway.engine.marks import Test
from myopathway.engine.outcome import Reason, TherapyAnswer, Verdict
from myopathway.engine.sight import Sight
from myopathway.engine.view import OptionView
from myopathway.guideline.model import Rule
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.engine.bibliography import Bibliography
    from myopathway.engine.marks import Marks
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Guideline, Node, Option, SafetyRule

STRICTNESS: Final[dict[str, int]] = {
    "": -1, "offered": 0, "favoured": 1, "caution": 2, "excluded": 3,
}  # fmt: skip

MOST_KEPT: Final = 2_000  # of each option


class Wanted(msgspec.Struct, frozen=True, cache_hash=True):
    """A fact that could make an option's verdict stricter, and how strict."""

    fact: str
    option: str
    strictness: int


class Judged(msgspec.Struct, frozen=True, eq=False):
    """An option's verdict, the reasons behind it, and what could make it stricter.

    ``parts`` are the reasons in order, a rule where its words depend on the history; where they
    depend on none, ``reasons`` holds them ready. ``cites`` are bits of the bibliography.
    """

    verdict: Verdict
    cites: int
    parts: tuple[Rule | Reason, ...]
    reasons: tuple[Reason, ...] | None
    wanted: tuple[Wanted, ...]
    history_rules: tuple[Rule, ...]


class Sheet(msgspec.Struct, frozen=True, eq=False):
    """What is fixed for one option of one node: the rules that speak of it, what they see.

    ``kept`` remembers the judgement of what was seen before.
    """

    rules: tuple[tuple[Rule, Test], ...]
    sight: Sight
    listed: Test | None
    kept: dict[int, Judged]


class Judge:
    """Judges the options of one guideline; remembers the judgements of patients that look alike."""

    def __init__(
        self, guideline: Guideline, marks: Marks, bibliography: Bibliography, *, safety: bool = True
    ) -> None:
        """Gather, for each option of each node, the rules that speak of it."""
        self.guideline = guideline
        self.bibliography = bibliography
        self._told: dict[int, tuple[OptionEvent | Held, ...]] = {}
        self._marks = marks
        rules = list(guideline.rules)
        if safety:
            rules += [safety_rule(one) for one in guideline.safety.rules if one.effect != "vaccine"]
        self._sheets: dict[tuple[str, str], Sheet] = {}
        for node in guideline.nodes:
            for therapy in node.therapies:
                for option in therapy.options:
                    shared = [one for one in rules if guideline.speaks(one, node, option)]
                    own = (*shared, *option.rules)
                    self._sheets[node.id, option.id] = _sheet(own, node, option, marks)

    def sheet(self, node: Node, option: Option) -> Sheet:
        """Give what is fixed for an option of a node."""
        return self._sheets[node.id, option.id]

    def unlisted(self, option: Option, situation: Situation) -> Iterator[Wanted]:
        """Say what keeps it open whether an option is listed."""
        view = OptionView(situation, option.drugs, "")
        if option.listed is not None:
            for leaf in unsettled(option.listed, view):
                for fact in view.questions(leaf):
                    yield Wanted(fact, option.id, STRICTNESS["favoured"])

    def judge(
        self, sheet: Sheet, node: Node, option: Option, situation: Situation
    ) -> tuple[Judged, tuple[Reason, ...], tuple[Wanted, ...]]:
        """Give an option's judgement, its reasons, and what could make the verdict stricter."""
        seen = sheet.sight.seen(situation)
        judged = sheet.kept.get(seen)
        if judged is None:
            judged = self._judged(node, option, sheet, seen, situation)
            if len(sheet.kept) >= MOST_KEPT:
                sheet.kept.clear()
            sheet.kept[seen] = judged
        reasons, wanted = judged.reasons, judged.wanted
        if reasons is None or judged.history_rules:
            view = OptionView(situation, option.drugs, node.purpose)
            if reasons is None:
                reasons = self._reasons(judged.parts, view, situation)
            if judged.history_rules:
                wanted += self._wanted(option, judged.history_rules, view, seen)
        return judged, reasons, wanted

    def _judged(
        self, node: Node, option: Option, sheet: Sheet, seen: int, situation: Situation
    ) -> Judged:
        view = OptionView(situation, option.drugs, node.purpose)
        verdict: Verdict = "offered"
        fired: list[Rule] = []
        open_rules: list[Rule] = []
        for rule, test in sheet.rules:
            truth = test(seen)
            if truth is Truth.TRUE:
                fired.append(rule)
                if rule.verdict and STRICTNESS[rule.verdict] > STRICTNESS[verdict]:
                    verdict = rule.verdict
            elif truth is Truth.UNKNOWN:
                open_rules.append(rule)
        told = tuple(fired)
        stricter = tuple(
            rule
            for rule in open_rules
            if STRICTNESS[rule.verdict] > STRICTNESS[verdict] and self._worth_asking(rule, seen)
        )
        unanswered = () if verdict == "excluded" else tuple(self._unanswered(stricter, view, seen))
        asking = (*stricter, *(one for one in told if _asks_for_the_end(one)))
        said = [rule for rules in _shown(option, verdict, told) for rule in rules]
        cites = [cite for rule in said for cite in rule.cites]
        parts = tuple(self._parts(option, verdict, told, unanswered))
        ready = tuple([one for one in parts if isinstance(one, Reason)])
        return Judged(
            verdict,
            self.bibliography.bits([*cites, *(one.basis for one in unanswered)]),
            parts,
            tuple(dict.fromkeys(ready)) if len(ready) == len(parts) else None,
            self._wanted(option, [one for one in stricter if not _of_history(one)], view, seen),
            tuple(one for one in asking if _of_history(one)),
        )

    def _wanted(
        self, option: Option, open_rules: Iterable[Rule], view: OptionView, seen: int
    ) -> tuple[Wanted, ...]:
        """Give the unknown facts of rules that would be stricter than the verdict is."""
        return tuple(
            [
                Wanted(fact, option.id, STRICTNESS[rule.verdict])
                for rule in open_rules
                for leaf in (
                    leaves(rule.when)
                    if _asks_for_the_end(rule)
                    else self._marks.unsettled(rule.when, seen)
                )
                for fact in view.questions(leaf)
            ]
        )

    def _worth_asking(self, rule: Rule, seen: int) -> bool:
        """Say whether the answer could matter: no question of pregnancy to a man."""
        unless = rule.ask_unless
        return unless is None or self._marks.test(unless)(seen) is not Truth.TRUE

    def _parts(
        self,
        option: Option,
        verdict: Verdict,
        fired: tuple[Rule, ...],
        unanswered: tuple[Reason, ...],
    ) -> Iterator[Rule | Reason]:
        """Say first what is being given or has worked, then the verdict's rules, then the rest."""
        first, last = _shown(option, verdict, fired)
        bases: set[str] = set()
        for rule in first:
            yield rule if "{" in rule.says else Reason(rule.says, rule.cites[0])
            bases.add(rule.cites[0])
            yield from self._readings(rule.cites[1:], bases)
        for asked in unanswered:
            yield asked
            bases.add(asked.basis)
        for rule in last:
            yield Reason(rule.says, rule.cites[0])
            bases.add(rule.cites[0])
        yield Reason(option.says, option.cites[0])
        bases.add(option.cites[0])
        yield from self._readings(option.cites[1:], bases)

    def _reasons(
        self, parts: tuple[Rule | Reason, ...], view: OptionView, situation: Situation
    ) -> tuple[Reason, ...]:
        """Word what depends on the history."""
        found = [
            one
            if isinstance(one, Reason)
            else Reason(self._text(one, view, situation), one.cites[0])
            for one in parts
        ]
        # Both drugs of a pair may bring the same sentence.
        return tuple(dict.fromkeys(found))

    def _unanswered(
        self, open_rules: tuple[Rule, ...], view: OptionView, seen: int
    ) -> Iterator[Reason]:
        """Say which questions are open that could exclude the option: unknown is never safe."""
        facts = self.guideline.vocabulary.facts
        grouped: dict[str, list[Rule]] = {}
        for rule in open_rules:
            if rule.verdict != "excluded":
                continue
            names = dict.fromkeys(
                name
                for leaf in self._marks.unsettled(rule.when, seen)
                if not isinstance(leaf, OptionEvent) or leaf.event == "allergy"
                for name in view.questions(leaf)
                if name in facts
            )
            questions = [facts[name].question for name in names]
            asked = rule.question or " ".join(questions)
            if asked:
                grouped.setdefault(asked, []).append(rule)
        for asked, rules in grouped.items():
            rows = ", ".join(dict.fromkeys(rule.cites[0] for rule in rules))
            text = f"Not known: {asked} The answer may exclude this option ({rows})."
            yield Reason(text, rules[0].cites[0])

    def _readings(self, cites: tuple[str, ...], bases: set[str]) -> Iterator[Reason]:
        """Show the interpretations behind a reason, each once."""
        for one in cites:
            reading = self.guideline.interpretations.get(one)
            if reading is not None and one not in bases:
                bases.add(one)
                yield Reason(f"As we read it: {reading.says}", one)

    def _tells(self, rule: Rule) -> tuple[OptionEvent | Held, ...]:
        """Give the leaves of a rule that regimens or allergies make true."""
        found = self._told.get(id(rule))
        if found is None:
            found = self._told[id(rule)] = tuple(
                leaf for leaf in leaves(rule.when) if isinstance(leaf, OptionEvent | Held)
            )
        return found

    def _text(self, rule: Rule, view: OptionView, situation: Situation) -> str:
        names: list[str] = []
        told: list[str] = []
        for leaf in self._tells(rule):
            if isinstance(leaf, OptionEvent) and leaf.event == "allergy":
                allergies = situation.value("allergies")
                names += [one for one in view.drugs if one in (allergies or ())]  # type: ignore[operator]
            elif situation.history is not None:
                for one in situation.history.regimens_for(leaf, view.drugs, view.purpose):
                    names += [drug for drug in view.drugs if drug in one.drugs]
                    told.append(situation.told(one.regimen))
        titles = [self.guideline.drugs[name].title for name in dict.fromkeys(names)]
        return rule.says.replace("{drugs}", " with ".join(titles)).replace(
            "{regimen}", "; ".join(dict.fromkeys(told))
        )


def exhausted(therapy: TherapyAnswer) -> bool:
    """Say whether a therapy that is meant for all has options, and all are excluded."""
    return (
        therapy.role != "consider"
        and len(therapy.options) > 0
        and all(option.verdict == "excluded" for option in therapy.options)
    )


def _shown(
    option: Option, verdict: Verdict, fired: tuple[Rule, ...]
) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Sort the rules that are said: what is given or worked and what judges, then what remarks.

    Of an excluded option nothing is said in its favour.
    """
    own = set(option.rules)
    said = [one for one in fired if not one.verdict]
    last = tuple(one for one in said if one in own or one.safety)
    judging = sorted(
        (one for one in fired if one.verdict), key=lambda one: -STRICTNESS[one.verdict]
    )
    if verdict == "excluded":
        judging = [one for one in judging if one.verdict != "favoured"]
    first = (*(one for one in said if one not in last), *judging)
    return first, () if verdict == "excluded" else last


def _asks_for_the_end(rule: Rule) -> bool:
    """Say whether a rule holds because nobody recorded how a regimen ended."""
    return any(
        isinstance(leaf, OptionEvent) and leaf.event == "no-outcome" for leaf in leaves(rule.when)
    )


def _of_history(rule: Rule) -> bool:
    """Say whether a rule looks into the history, regimen by regimen."""
    return any(
        isinstance(leaf, Held) or (isinstance(leaf, OptionEvent) and leaf.event != "allergy")
        for leaf in leaves(rule.when)
    )


def _sheet(rules: tuple[Rule, ...], node: Node, option: Option, marks: Marks) -> Sheet:
    """Note what the rules of an option see."""
    criteria = [rule.when for rule in rules]
    criteria += [one.ask_unless for one in rules if one.ask_unless]
    return Sheet(
        tuple((one, marks.test(one.when)) for one in rules),
        Sight(marks, criteria, option.drugs, node.purpose),
        None if option.listed is None else marks.test(option.listed),
        {},
    )


def safety_rule(one: SafetyRule) -> Rule:
    """Turn a drug-safety rule into a rule for options; it never favours."""
    verdicts: dict[str, Any] = {"block": "excluded", "hold": "caution", "warn": ""}
    remark = "" if one.confidence != "K" else " (Not yet verified.)"
    return Rule(
        id=f"{one.row}:{one.drug}",
        verdict=verdicts[one.effect],
        when=one.when,
        says=f"{one.says}{remark}",
        cites=(one.row,),
        drugs=(one.drug,),
        groups=one.groups,
        nodes=one.nodes,
        question=one.ask,
        ask_unless=one.ask_unless,
        safety=True,
    )
