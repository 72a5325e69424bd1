"""What the rules say of one drug for one patient, option of the node or not.

The drug is judged by itself, so that a partner's contraindication is no reason against it. Only
lack of effect is judged as the node's options have it: one of a pair that failed alone does not
close the pair; and what is no option here is not excluded by it, but cautioned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.criteria import Held, OptionEvent, TakenWith, evaluate, leaves, unsettled
from myopathway.engine.options import safety_rule
from myopathway.engine.safety import remark
from myopathway.guideline.model import Option
from myopathway.orders.beside import BesideView
from myopathway.orders.outcome import Finding
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.guideline.model import Rule
    from myopathway.guideline.orderlimits import OrderBar
    from myopathway.orders.case import Case
    from myopathway.orders.outcome import Severity

_SEVERITY: Final[dict[str, Severity]] = {
    "excluded": "critical", "caution": "warning", "": "info",
}  # fmt: skip
_ORDER: Final = {Truth.FALSE: 0, Truth.UNKNOWN: 1, Truth.TRUE: 2}
_LOWERED: Final[dict[str, str]] = {"excluded": "caution"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule with its truth for the drug, seen from the view that decided it."""

    rule: Rule
    truth: Truth
    view: BesideView

    @property
    def excludes(self) -> bool:
        """Say whether the rule rules the drug out."""
        return self.truth is Truth.TRUE and self.rule.verdict == "excluded"


def judge(case: Case, drug: str, beside: frozenset[str]) -> tuple[Judged, ...]:
    """Judge a drug by every rule that speaks of it; what does not hold is left out."""
    guideline = case.guideline
    lone = _lone(drug)
    safety = [
        safety_rule(one)
        for one in guideline.safety.rules
        if one.drug == drug and one.effect != "vaccine"
    ]
    speaking = [
        rule
        for rule in (*guideline.rules, *safety)
        if any(guideline.speaks(rule, node, lone) for node in case.nodes)
    ]
    own = BesideView(case.situation, (drug,), case.purpose, beside)
    options = _options(case, drug)
    found = []
    for rule in (*speaking, *(rule for option in options for rule in option.rules)):
        if _of_effect(rule):
            found.append(_effect(case, rule, options, own))
        else:
            found.append(Judged(rule, evaluate(rule.when, own), own))
    return tuple(one for one in found if one.truth is not Truth.FALSE)


def against(case: Case, judged: Iterable[Judged]) -> Iterator[Finding]:
    """Say each rule that holds; what favours the drug is no finding."""
    for one in judged:
        if one.truth is Truth.TRUE and one.rule.verdict in _SEVERITY:
            severity = _SEVERITY[one.rule.verdict]
            yield Finding(severity, _text(case, one), one.rule.cites[0])


def questions(case: Case, judged: tuple[Judged, ...]) -> Iterator[Finding]:
    """Say what is not known and might rule the drug out: unknown is never safe."""
    if any(one.excludes for one in judged):
        return
    facts = case.guideline.vocabulary.facts
    grouped: dict[str, tuple[list[str], dict[str, None]]] = {}
    for one in judged:
        rule = one.rule
        if one.truth is not Truth.UNKNOWN or rule.verdict != "excluded":
            continue
        if rule.ask_unless is not None and evaluate(rule.ask_unless, one.view) is Truth.TRUE:
            continue
        # How a single regimen ended is asked by a rule of its own.
        names = dict.fromkeys(
            name
            for leaf in unsettled(rule.when, one.view)
            for name in one.view.questions(leaf)
            if name in facts
        )
        asked = rule.question or " ".join(facts[name].question for name in names)
        if not asked:
            continue
        rows, wanted = grouped.setdefault(asked, ([], {}))
        rows.append(rule.cites[0])
        wanted.update(names)
    for asked, (rows, wanted) in grouped.items():
        told = ", ".join(dict.fromkeys(rows))
        text = f"Not known: {asked} The answer may rule the drug out ({told})."
        yield Finding("warning", text, rows[0], asks=tuple(wanted))


def barred(case: Case, drug: str) -> Iterator[Finding]:
    """Say where the drug's class is not ordered at all, or where that is not known."""
    classes = case.guideline.drugs[drug].classes
    facts = case.guideline.vocabulary.facts
    for one in case.guideline.order_limits.never:
        if set(one.classes).isdisjoint(classes):
            continue
        truth = evaluate(one.when, case.situation)
        if truth is Truth.TRUE:
            yield Finding(one.severity, one.says + remark(one.confidence), one.cites[0])
        elif truth is Truth.UNKNOWN:
            yield _open_bar(case, one, facts[_asked(case, one)[0]].question)


def vaccines(case: Case, drug: str) -> Iterator[Finding]:
    """Warn of a live vaccine that is planned; it is the vaccine that must not be given."""
    for one in case.guideline.safety.rules:
        if one.drug != drug or one.effect != "vaccine":
            continue
        if evaluate(one.when, case.situation) is Truth.TRUE:
            yield Finding("warning", one.says + remark(one.confidence), one.row)


def _open_bar(case: Case, one: OrderBar, question: str) -> Finding:
    text = f"Not known: {question} The answer may rule the drug out ({one.cites[0]})."
    return Finding("warning", text, one.cites[0], asks=_asked(case, one))


def _asked(case: Case, one: OrderBar) -> tuple[str, ...]:
    view = BesideView(case.situation, (), "", frozenset())
    names = (name for leaf in unsettled(one.when, view) for name in view.questions(leaf))
    return tuple(dict.fromkeys(names))


def _lone(drug: str) -> Option:
    return Option(
        id=drug, drugs=(drug,), tier=None, says="", cites=(), doses=(), listed=None, rules=(),
        evidence=(),
    )  # fmt: skip


def _options(case: Case, drug: str) -> tuple[Option, ...]:
    """Give the options of the patient's node that hold the drug, as far as they are listed."""
    node = case.node
    if node is None:
        return ()
    listed = {option.id for therapy in case.answer.therapies for option in therapy.options}
    return tuple(
        option
        for therapy in node.therapies
        for option in therapy.options
        if drug in option.drugs and option.id in listed
    )


def _of_effect(rule: Rule) -> bool:
    return any(
        isinstance(leaf, OptionEvent) and leaf.event.startswith("inadequate")
        for leaf in leaves(rule.when)
    )


def _effect(case: Case, rule: Rule, options: tuple[Option, ...], own: BesideView) -> Judged:
    """Judge lack of effect: the option that holds the drug and stands best counts."""
    if not options:
        lowered = _LOWERED.get(rule.verdict, rule.verdict)
        softer = msgspec.structs.replace(rule, verdict=lowered)
        return Judged(softer, evaluate(rule.when, own), own)
    views = [BesideView(case.situation, one.drugs, case.purpose, frozenset()) for one in options]
    seen = [Judged(rule, evaluate(rule.when, view), view) for view in views]
    return min(seen, key=lambda one: _ORDER[one.truth])


def _text(case: Case, judged: Judged) -> str:
    """Fill in which drug and which regimen a rule speaks of."""
    says = judged.rule.says
    history = case.situation.history
    if "{" not in says:
        return says
    drugs = judged.view.drugs
    told = [
        case.situation.told(one.regimen)
        for leaf in leaves(judged.rule.when)
        if history is not None and isinstance(leaf, OptionEvent | Held)
        for one in history.regimens_for(leaf, drugs, judged.view.purpose)
    ]
    titles = " with ".join(case.guideline.drugs[name].title for name in drugs)
    return says.replace("{drugs}", titles).replace("{regimen}", "; ".join(dict.fromkeys(told)))


def partners(rule: Rule) -> frozenset[str]:
    """Give the drugs beside which a rule speaks."""
    return frozenset(leaf.drug for leaf in leaves(rule.when) if isinstance(leaf, TakenWith))
