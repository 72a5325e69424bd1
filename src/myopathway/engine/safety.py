"""The drug-safety layer in an answer: checks before the first dose, messages, where rows come from.

What excludes or cautions an option is judged with the other rules (``engine.options``); nothing
here adds an option or moves a node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import ALWAYS
from myopathway.engine.outcome import (
    Advice,
    CheckAnswer,
    DrugChecks,
    NoticeAnswer,
)
from myopathway.engine.sight import Sight
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.criteria import Criterion
    from myopathway.engine.marks import Marks
    from myopathway.engine.outcome import CheckState, DrugDose
    from myopathway.engine.situation import Situation
    from myopathway.guideline.drugsafety import Check, SafetyRule
    from myopathway.guideline.model import Guideline, Node

MOST_KEPT: Final = 20_000
NOT_VERIFIED: Final = " (Not yet verified.)"


class SafetyLayer:
    """What the drug-safety rules of one guideline add to an answer."""

    def __init__(self, guideline: Guideline, marks: Marks) -> None:
        """Sort checks and advice by drug, and note which facts they read."""
        self._guideline = guideline
        safety = guideline.safety
        self._checks: dict[str, tuple[Check, ...]] = {}
        self._sights: dict[str, Sight] = {}
        self.advice: dict[str, tuple[Advice, ...]] = {}
        for name in guideline.drugs:
            checks = tuple(one for one in safety.checks if one.drug == name)
            self._checks[name] = checks
            parts = [part for one in checks for part in _parts(one)]
            self._sights[name] = Sight(marks, parts, (name,))
            self.advice[name] = tuple(
                Advice(one.kind, one.says + remark(one.confidence), one.row)
                for one in safety.advice
                if one.drug == name
            )
        self._vaccine = tuple(one for one in safety.rules if one.effect == "vaccine")
        self._vaccine_when = [
            marks.test(one) for one in dict.fromkeys(one.when for one in self._vaccine)
        ]
        self._seen = Sight(marks, [one.when for one in safety.notices])
        self._test = marks.test
        self._told: dict[tuple[bool, int], tuple[NoticeAnswer, ...]] = {}
        self._kept: dict[tuple[str, int], DrugChecks] = {}

    def before_start(
        self, situation: Situation, drugs: tuple[DrugDose, ...]
    ) -> tuple[DrugChecks, ...]:
        """Give, for each of these drugs, what is to be done before its first dose."""
        return tuple(
            [
                found
                for name in _names(drugs)
                if self._checks[name] and (found := self.checks(situation, name)).checks
            ]
        )

    def checks(self, situation: Situation, name: str) -> DrugChecks:
        """Give the checks before the first dose of a drug that concern this patient."""
        seen = self._sights[name].seen(situation)
        key = (name, seen)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = DrugChecks(
                name, tuple(self._states(self._checks[name], seen))
            )
        return found

    def _states(self, checks: Iterable[Check], seen: int) -> Iterator[CheckAnswer]:
        for one in checks:
            wanted = self._test(one.when)(seen)
            if wanted is Truth.FALSE:
                continue
            state: CheckState = "due" if wanted is Truth.TRUE else "if it applies"
            if one.done is not None and self._test(one.done)(seen) is Truth.TRUE:
                state = "done"
            yield CheckAnswer(one.says + remark(one.confidence), state, one.row)

    def notices(
        self, situation: Situation, node: Node | None, drugs: tuple[DrugDose, ...]
    ) -> tuple[NoticeAnswer, ...]:
        """Give the messages about the whole patient and about planned live vaccines."""
        climbing = node is not None and (node.line or 0) > 1
        key = (climbing, self._seen.seen(situation))
        told = self._told.get(key)
        if told is None:
            if len(self._told) >= MOST_KEPT:
                self._told.clear()
            told = self._told[key] = tuple(self._texts(situation, climbing=climbing))
        marks = situation.marks
        if Truth.TRUE not in [test(marks) for test in self._vaccine_when]:
            return told
        names = set(_names(drugs))
        vaccine = [
            one
            for one in self._vaccine
            if one.drug in names and self._test(one.when)(marks) is Truth.TRUE
        ]
        return (*told, self._about_vaccine(vaccine)) if vaccine else told

    def _texts(self, situation: Situation, *, climbing: bool) -> Iterator[NoticeAnswer]:
        for one in self._guideline.safety.notices:
            holds = self._test(one.when)(situation.marks)
            if (climbing or not one.climbing) and holds is Truth.TRUE:
                yield NoticeAnswer(one.level, one.says + remark(one.confidence), one.row)

    def _about_vaccine(self, rules: list[SafetyRule]) -> NoticeAnswer:
        names = dict.fromkeys(
            f"{self._guideline.drugs[one.drug].title.lower()} ({one.row})" for one in rules
        )
        text = f"{rules[0].says} This concerns {', '.join(names)}."
        return NoticeAnswer("critical", text, rules[0].row)


def remark(confidence: str) -> str:
    """Say of a row that nobody has verified it yet."""
    return NOT_VERIFIED if confidence == "K" else ""


def _parts(one: Check) -> tuple[Criterion, ...]:
    return (one.when, one.done or ALWAYS)


def _names(drugs: tuple[DrugDose, ...]) -> list[str]:
    """Give the drugs, each once, in the order of the answer."""
    return list(dict.fromkeys([one.drug for one in drugs]))
