"""What may be chosen at a node: every option with its verdict, its reasons and its dose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.criteria import Held, Leaf, OptionEvent, evaluate, facts_of, leaves, unsettled
from myopathway.engine.outcome import OptionAnswer, Reason, TherapyAnswer, Verdict
from myopathway.engine.words import regimen_words
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Guideline, Node, Option, Rule

STRICTNESS: Final[dict[str, int]] = {
    "": -1, "offered": 0, "favoured": 1, "caution": 2, "excluded": 3,
}  # fmt: skip


class Wanted(msgspec.Struct, frozen=True):
    """A fact that could make an option's verdict stricter, and how strict."""

    fact: str
    option: str
    strictness: int


class Judged(msgspec.Struct, frozen=True):
    """An option's verdict with its reasons, before its dose is worked out."""

    option: Option
    verdict: Verdict
    reasons: tuple[Reason, ...]


class OptionView:
    """The situation as seen from one option: leaves about the option's drugs have an answer."""

    def __init__(self, situation: Situation, drugs: tuple[str, ...], purpose: str) -> None:
        """See the situation from an option of these drugs in a node of this purpose."""
        self._situation = situation
        self.drugs = drugs
        self.purpose = purpose
        self.terms = situation.terms

    def truth(self, leaf: Leaf) -> Truth:
        """Give the truth of a leaf."""
        if not isinstance(leaf, OptionEvent):
            return self._situation.truth(leaf)
        if leaf.event == "allergy":
            allergies = self._situation.value("allergies")
            if not isinstance(allergies, tuple):
                return Truth.UNKNOWN
            return Truth.of(not set(self.drugs).isdisjoint(allergies))  # type: ignore[arg-type]
        history = self._situation.history
        if history is None:
            return Truth.UNKNOWN
        return history.event(leaf, self.drugs, self.purpose)

    def questions(self, leaf: Leaf) -> Iterator[str]:
        """Name what is not known and keeps a leaf unknown."""
        history = self._situation.history
        if isinstance(leaf, OptionEvent) and leaf.event == "allergy":
            yield "allergies"
        elif isinstance(leaf, OptionEvent | Held) and history is not None:
            yield from history.open_questions(leaf, self.drugs, self.purpose)
        else:
            yield from facts_of(leaf)


class Judge:
    """Judges the options of one guideline."""

    def __init__(self, guideline: Guideline) -> None:
        """Gather, for each option of each node, the rules that speak of it."""
        self._guideline = guideline
        self._rules: dict[tuple[str, str], tuple[Rule, ...]] = {}
        for node in guideline.nodes:
            for therapy in node.therapies:
                for option in therapy.options:
                    shared = [
                        one for one in guideline.rules if _speaks(guideline, one, node, option)
                    ]
                    self._rules[node.id, option.id] = (*shared, *option.rules)

    def listed(self, option: Option, situation: Situation) -> Truth:
        """Say whether an option is listed for this patient."""
        return Truth.TRUE if option.listed is None else evaluate(option.listed, situation)

    def unlisted(self, option: Option, situation: Situation) -> Iterator[Wanted]:
        """Say what keeps it open whether an option is listed."""
        view = OptionView(situation, option.drugs, "")
        if option.listed is not None:
            for leaf in unsettled(option.listed, view):
                for fact in view.questions(leaf):
                    yield Wanted(fact, option.id, STRICTNESS["favoured"])

    def judge(
        self, node: Node, option: Option, situation: Situation
    ) -> tuple[Judged, tuple[Wanted, ...]]:
        """Give the verdict of an option with its reasons, and what could make it stricter."""
        view = OptionView(situation, option.drugs, node.purpose)
        verdict: Verdict = "offered"
        fired: list[Rule] = []
        open_rules: list[Rule] = []
        for rule in self._rules[node.id, option.id]:
            truth = evaluate(rule.when, view)
            if truth is Truth.TRUE:
                fired.append(rule)
                if STRICTNESS[rule.verdict] > STRICTNESS[verdict]:
                    verdict = rule.verdict  # type: ignore[assignment] - stricter, so not empty
            elif truth is Truth.UNKNOWN:
                open_rules.append(rule)
        reasons = self._reasons(option, verdict, fired, view, situation)
        wanted = tuple(
            Wanted(fact, option.id, STRICTNESS[rule.verdict])
            for rule in open_rules
            if STRICTNESS[rule.verdict] > STRICTNESS[verdict]
            for leaf in unsettled(rule.when, view)
            for fact in view.questions(leaf)
        )
        return Judged(option, verdict, reasons), wanted

    def _reasons(
        self,
        option: Option,
        verdict: Verdict,
        fired: list[Rule],
        view: OptionView,
        situation: Situation,
    ) -> tuple[Reason, ...]:
        """Say first what is being given or has worked, then the verdict's rules, then the rest."""
        found: list[Reason] = []
        own = set(option.rules)
        first = [one for one in fired if not one.verdict and one not in own]
        last = [one for one in fired if not one.verdict and one in own]
        judging = [one for one in fired if one.verdict]
        judging.sort(key=lambda one: -STRICTNESS[one.verdict])
        for rule in (*first, *judging, *last):
            if verdict == "excluded" and (rule.verdict == "favoured" or rule in last):
                continue
            found.append(Reason(self._text(rule, view, situation), rule.cites[0]))
            found.extend(self._readings(rule.cites[1:], found))
        found.append(Reason(option.says, option.cites[0]))
        found.extend(self._readings(option.cites[1:], found))
        return tuple(found)

    def _readings(self, cites: tuple[str, ...], found: list[Reason]) -> Iterator[Reason]:
        """Show the interpretations behind a reason, each once."""
        for one in cites:
            reading = self._guideline.interpretations.get(one)
            if reading is not None and all(reason.basis != one for reason in found):
                yield Reason(f"As we read it: {reading.says}", one)

    def _text(self, rule: Rule, view: OptionView, situation: Situation) -> str:
        if "{" not in rule.says:
            return rule.says
        names: list[str] = []
        told: list[str] = []
        for leaf in leaves(rule.when):
            if isinstance(leaf, OptionEvent) and leaf.event == "allergy":
                allergies = situation.value("allergies")
                names += [one for one in view.drugs if one in (allergies or ())]  # type: ignore[operator]
            elif isinstance(leaf, OptionEvent | Held) and situation.history is not None:
                for one in situation.history.regimens_for(leaf, view.drugs, view.purpose):
                    names += [drug for drug in view.drugs if drug in one.drugs]
                    told.append(regimen_words(self._guideline, one.regimen))
        titles = [self._guideline.drugs[name].title for name in dict.fromkeys(names)]
        return rule.says.replace("{drugs}", " with ".join(titles)).replace(
            "{regimen}", "; ".join(dict.fromkeys(told))
        )


def _speaks(guideline: Guideline, rule: Rule, node: Node, option: Option) -> bool:
    """Say whether a shared rule speaks of an option of a node."""
    if rule.groups and node.group not in rule.groups:
        return False
    if rule.nodes and node.id not in rule.nodes:
        return False
    if rule.drugs and set(rule.drugs).isdisjoint(option.drugs):
        return False
    return not any(
        guideline.drugs_of(name).issuperset(option.drugs) for name in rule.not_classes
    )


def exhausted(therapy: TherapyAnswer) -> bool:
    """Say whether a therapy that is meant for all has options, and all are excluded."""
    return (
        therapy.role != "consider"
        and len(therapy.options) > 0
        and all(option.verdict == "excluded" for option in therapy.options)
    )


__all__ = ["Judge", "Judged", "OptionAnswer", "OptionView", "Wanted", "exhausted"]
