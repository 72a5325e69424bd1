"""What the drugs that are taken already, or ordered besides, have against the one ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import evaluate
from myopathway.engine.options import safety_rule
from myopathway.orders.beside import BesideView
from myopathway.orders.judgement import partners
from myopathway.orders.outcome import Finding, Unchecked
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Rule
    from myopathway.orders.case import Case
    from myopathway.orders.judgement import Judged
    from myopathway.orders.outcome import Severity

_SEVERITY: Final[dict[str, Severity]] = {
    "excluded": "critical", "caution": "warning", "": "info",
}  # fmt: skip
_RANK: Final = {"": 0, "caution": 1, "excluded": 2}
_HISTORY: Final = "treatments"


def company(
    case: Case, names: frozenset[str], beside: frozenset[str], judged: tuple[Judged, ...]
) -> Iterator[Finding | Unchecked]:
    """Say which rules of other drugs speak of this one, known by these names, and hold.

    What the drug's own rules say of the same pair as gravely is not said again.
    """
    said = {
        (drug, rank)
        for one in judged
        if one.truth is Truth.TRUE
        for drug in partners(one.rule)
        for rank in range(_RANK.get(one.rule.verdict, 0) + 1)
    }
    rows = {one.rule.cites[0] for one in judged if one.truth is Truth.TRUE}
    rules = _rules(case, names)
    taken = case.being_given or frozenset()
    for one in rules:
        (drug,) = one.drugs
        if drug in names or drug not in taken | beside:
            continue
        if one.cites[0] in rows or (drug, _RANK[one.verdict]) in said:
            continue
        view = BesideView(case.situation, (drug,), case.purpose, beside | names)
        if evaluate(one.when, view) is Truth.TRUE:
            rows.add(one.cites[0])
            yield Finding(_SEVERITY[one.verdict], one.says, one.cites[0])
    if case.being_given is None and rules and not judged:
        facts = case.guideline.vocabulary.facts
        drugs = case.guideline.drugs
        titles = dict.fromkeys(drugs[name].title for one in rules for name in one.drugs)
        text = f"Not known: {facts[_HISTORY].question} It interacts with: {', '.join(titles)}."
        yield Unchecked(text, rules[0].cites[0], (_HISTORY,))


def _rules(case: Case, names: frozenset[str]) -> list[Rule]:
    """Give the safety rules of other drugs that look for one of the names."""
    found = [safety_rule(one) for one in case.guideline.safety.rules if one.effect != "vaccine"]
    return [one for one in found if not names.isdisjoint(partners(one))]
