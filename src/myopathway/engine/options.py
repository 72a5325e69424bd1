"""What may be chosen at a node: every option with its verdict, its reasons and its dose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.criteria import leaves, unsettled
from myopathway.engine.asked import Asked, Wanted
from myopathway.engine.clause import STRICTNESS, Clause, readings
from myopathway.engine.judged import Judged, Sheet
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
    from myopathway.guideline.drugsafety import SafetyRule
    from myopathway.guideline.model import Guideline, Node, Option

MOST_KEPT: Final = 2_000  # of each option


class Judge:
    """Judges the options of one guideline; remembers the judgements of patients that look alike."""

    def __init__(
        self, guideline: Guideline, marks: Marks, bibliography: Bibliography, *, safety: bool = True
    ) -> None:
        """Gather, for each option of each node, the rules that speak of it."""
        self.guideline = guideline
        self.bibliography = bibliography
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
                    self._sheets[node.id, option.id] = self._sheet(own, node, option)

    def sheet(self, node: Node, option: Option) -> Sheet:
        """Give what is fixed for an option of a node."""
        return self._sheets[node.id, option.id]

    def _sheet(self, rules: tuple[Rule, ...], node: Node, option: Option) -> Sheet:
        """Note what the rules of an option see."""
        criteria = [rule.when for rule in rules]
        criteria += [one.ask_unless for one in rules if one.ask_unless]
        clauses = [
            Clause(self.guideline, self._marks, self.bibliography, rule, (node, option))
            for rule in rules
        ]
        return Sheet(
            tuple(clauses),
            Sight(self._marks, criteria, option.drugs, node.purpose),
            None if option.listed is None else self._marks.test(option.listed),
            (Reason(option.says, option.cites[0]), *readings(self.guideline, option.cites[1:])),
            {},
        )

    def unlisted(self, option: Option, situation: Situation) -> Iterator[Wanted]:
        """Say what keeps it open whether an option is listed."""
        view = OptionView(situation, option.drugs, "")
        if option.listed is not None:
            for leaf in unsettled(option.listed, view):
                for fact in view.questions(leaf):
                    yield Wanted(fact, option.id, STRICTNESS["favoured"])

    def judge(
        self, sheet: Sheet, situation: Situation
    ) -> tuple[Judged, tuple[Reason, ...], tuple[Wanted, ...]]:
        """Give an option's judgement, its reasons, and what could make the verdict stricter."""
        seen = sheet.sight.seen(situation)
        judged = sheet.kept.get(seen)
        if judged is None:
            judged = self._judged(sheet, seen, situation)
            if len(sheet.kept) >= MOST_KEPT:
                sheet.kept.clear()
            sheet.kept[seen] = judged
        reasons, wanted = judged.reasons, judged.wanted
        if reasons is None:
            # Both drugs of a pair may bring the same sentence.
            reasons = tuple(
                dict.fromkeys(
                    [
                        one if isinstance(one, Reason) else one.said(situation)
                        for one in judged.parts
                    ]
                )
            )
        if judged.of_history:
            wanted += self._wanted(judged.of_history, seen, situation)
        return judged, reasons, wanted

    def _judged(self, sheet: Sheet, seen: int, situation: Situation) -> Judged:
        verdict: Verdict = "offered"
        least = STRICTNESS[verdict]
        fired: list[Clause] = []
        unsettled_ones: list[Clause] = []
        for clause in sheet.clauses:
            truth = clause.test(seen)
            if truth is Truth.TRUE:
                fired.append(clause)
                if clause.strictness > least:
                    least = clause.strictness
                    verdict = clause.rule.verdict or verdict
            elif truth is Truth.UNKNOWN:
                unsettled_ones.append(clause)
        asking = [
            (clause, asked)
            for clause in unsettled_ones
            if clause.strictness > least and (asked := clause.asked(seen, situation)).worth
        ]
        unanswered = () if verdict == "excluded" else _unanswered(asking)
        first, last = _shown(verdict, fired)
        parts = tuple(self._parts(sheet, first, unanswered, last))
        ready = tuple([one for one in parts if isinstance(one, Reason)])
        cites = self.bibliography.bits([one.basis for one in unanswered])
        for clause in (*first, *last):
            cites |= clause.cites
        ends = [clause for clause in fired if clause.asks_for_the_end]
        return Judged(
            verdict,
            cites,
            parts,
            tuple(dict.fromkeys(ready)) if len(ready) == len(parts) else None,
            tuple([one for _, asked in asking for one in asked.wanted]),
            tuple([one for one in (*(clause for clause, _ in asking), *ends) if one.of_history]),
        )

    def _wanted(
        self, clauses: tuple[Clause, ...], seen: int, situation: Situation
    ) -> tuple[Wanted, ...]:
        """Give what is not recorded of the history and would make the verdict stricter."""
        view = OptionView(situation, clauses[0].drugs, clauses[0].purpose)
        return tuple(
            [
                Wanted(fact, one.option, one.strictness)
                for one in clauses
                for leaf in (
                    leaves(one.rule.when)
                    if one.asks_for_the_end
                    else self._marks.unsettled(one.rule.when, seen)
                )
                for fact in view.questions(leaf)
            ]
        )

    def _parts(
        self,
        sheet: Sheet,
        first: tuple[Clause, ...],
        unanswered: tuple[Reason, ...],
        last: tuple[Clause, ...],
    ) -> Iterator[Clause | Reason]:
        """Say first what is being given or has worked, then the verdict's rules, then the rest.

        The interpretations behind a reason are shown once.
        """
        bases: set[str] = set()
        for clause in first:
            yield clause if clause.worded else clause.reason
            bases.add(clause.reason.basis)
            yield from _new(clause.readings, bases)
        for asked in unanswered:
            yield asked
            bases.add(asked.basis)
        for clause in last:
            yield clause.reason
            bases.add(clause.reason.basis)
        own, *more = sheet.own
        yield own
        bases.add(own.basis)
        yield from _new(more, bases)


def exhausted(therapy: TherapyAnswer) -> bool:
    """Say whether a therapy that is meant for all has options, and all are excluded."""
    return (
        therapy.role != "consider"
        and len(therapy.options) > 0
        and all(option.verdict == "excluded" for option in therapy.options)
    )


def _new(found: Iterable[Reason], bases: set[str]) -> Iterator[Reason]:
    """Give the reasons on a basis that was not named before."""
    for one in found:
        if one.basis not in bases:
            bases.add(one.basis)
            yield one


def _unanswered(asking: list[tuple[Clause, Asked]]) -> tuple[Reason, ...]:
    """Say which questions are open that could exclude the option: unknown is never safe."""
    grouped: dict[str, list[str]] = {}
    for clause, asked in asking:
        if clause.rule.verdict == "excluded" and asked.words:
            grouped.setdefault(asked.words, []).append(clause.reason.basis)
    return tuple(
        [
            Reason(
                f"Not known: {words} The answer may exclude this option"
                f" ({', '.join(dict.fromkeys(rows))}).",
                rows[0],
            )
            for words, rows in grouped.items()
        ]
    )


def _shown(verdict: Verdict, fired: list[Clause]) -> tuple[tuple[Clause, ...], tuple[Clause, ...]]:
    """Sort the rules that are said: what is given or worked and what judges, then what remarks.

    Of an excluded option nothing is said in its favour.
    """
    said = [one for one in fired if not one.rule.verdict]
    judging = sorted([one for one in fired if one.rule.verdict], key=lambda one: -one.strictness)
    first = [one for one in said if not one.remarks]
    if verdict == "excluded":
        return (*first, *(one for one in judging if one.rule.verdict != "favoured")), ()
    return (*first, *judging), tuple([one for one in said if one.remarks])


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
