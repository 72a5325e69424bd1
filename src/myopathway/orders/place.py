"""How a drug stands to the patient's place in the pathway: an option there, later, nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.orders.outcome import Finding, Unchecked
from myopathway.orders.say import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Node
    from myopathway.orders.case import Case


def place_of(case: Case, drug: str) -> Iterator[Finding | Unchecked]:
    """Say what there is to say of the place; nothing where the drug is an option there."""
    answer = case.answer
    match answer.status:
        case "recommended":
            if not _is_option(case, drug):
                yield _not_here(case, drug)
        case "needs-information":
            yield from _open(case, drug)
        case "conflict":
            yield from (Finding("warning", one.text, one.basis) for one in answer.notices)
        case _:
            scope = case.guideline.scope
            yield Finding("warning", scope.says, scope.cites[0])


def _is_option(case: Case, drug: str) -> bool:
    """Say whether an option that is listed for the patient holds the drug."""
    return any(
        dose.drug == drug
        for therapy in case.answer.therapies
        for option in therapy.options
        for dose in option.drugs
    )


def _not_here(case: Case, drug: str) -> Finding | Unchecked:
    here = case.nodes[0]
    group = [one for one in case.guideline.nodes if one.group == here.group and one.line]
    earlier = [one for one in group if (one.line or 0) <= (here.line or 0) and _holds(one, drug)]
    later = [one for one in group if (one.line or 0) > (here.line or 0) and _holds(one, drug)]
    if later and not earlier:
        return say(case, "later-line", later[0].cites[0], drug=drug, node=here.title,
                   later=later[0].title)  # fmt: skip
    return say(case, "no-option", here.cites[0], drug=drug, node=here.title)


def _open(case: Case, drug: str) -> Iterator[Finding | Unchecked]:
    titles = "; ".join(one.title for one in case.nodes)
    holding = [one for one in case.nodes if _holds(one, drug)]
    if not holding:
        yield say(case, "no-option", case.nodes[0].cites[0], drug=drug, node=titles)
    elif len(holding) < len(case.nodes):
        asks = tuple(one.fact for one in case.answer.missing)
        yield say(case, "unsettled", holding[0].cites[0], asks=asks, drug=drug, node=titles)


def _holds(node: Node, drug: str) -> bool:
    return any(drug in option.drugs for therapy in node.therapies for option in therapy.options)
