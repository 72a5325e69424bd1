"""The reading page of one node: what it says beside what the machine reads from it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.guideline.pages.dosage import in_words, worked
from myopathway.guideline.pages.markdown import anchor, code, link, table, text
from myopathway.guideline.pages.parts import (
    BEHIND,
    READS,
    SAYS,
    behind,
    cited,
    framed,
    listed,
    reads,
)
from myopathway.guideline.pages.wording import Wording, worded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Basis, Dose, Guideline, Node, Option, Rule, Therapy

WEIGHT: Final = Decimal(70)
ROLES: Final = {
    "core": "core",
    "plus": "plus, for everyone",
    "consider": "to consider, for some",
}
VERDICTS: Final = {
    "excluded": "**Excluded** while",
    "caution": "**Caution** while",
    "favoured": "**Favoured** while",
    "": "No verdict; said while",
}
_EVIDENCE: Final = "Shown beside it; it decides nothing."


def node_page(guideline: Guideline, node: Node) -> str:
    """Give the page of a node."""
    parts = [
        part
        for number, therapy in enumerate(node.therapies, start=1)
        for part in _therapy(guideline, node, number, therapy)
    ]
    return framed(node.title, _about(guideline, node), "## Where it applies",
                  _where(guideline, node), *parts, _evidence(guideline, node),
                  behind(guideline, _cites(node)))  # fmt: skip


def _about(guideline: Guideline, node: Node) -> str:
    group = next(group for group in guideline.groups if group.id == node.group)
    about = [code(node.id), f"group {link(group.title, 'README.md#groups')}"]
    if node.line is not None:
        about.append(f"line {node.line}")
    if node.purpose:
        about.append(f"its regimens are for {node.purpose}")
    about.append(f"[its file]({_source(node)})")
    review = f"Review: {text(node.reviewed)}." if node.reviewed else "Review: none is noted."
    return f"{' · '.join(about)}\n\n{review}"


def _source(node: Node) -> str:
    name = f"{node.id.replace('.', '-')}.yaml"
    return f"../../src/myopathway/content/nodes/{name}"


def _where(guideline: Guideline, node: Node) -> str:
    parts = tuple(worded(guideline, part) for part in node.when)
    reading = listed(Wording("all of these:", parts))
    if node.wins:
        reading += "It stands whatever else is stated, contradictions too."
    row = [text(node.says), reading, cited(guideline, node.cites, here=True)]
    return table([SAYS, READS, BEHIND], [row])


def _therapy(guideline: Guideline, node: Node, number: int, therapy: Therapy) -> Iterator[str]:
    yield f"## Part {number}: {ROLES[therapy.role]}"
    chosen = f"{len(therapy.options)} options" if len(therapy.options) > 1 else "One option"
    reading = f"Role: {therapy.role}. {chosen if therapy.options else 'No drug'}."
    row = [text(therapy.says), reading, cited(guideline, therapy.cites, here=True)]
    yield table([SAYS, READS, BEHIND], [row])
    for option in therapy.options:
        yield f"### {' with '.join(guideline.drugs[name].title for name in option.drugs)}"
        yield table(["", SAYS, READS, BEHIND], _option(guideline, option))
        yield _elsewhere(guideline, node, option)


def _option(guideline: Guideline, option: Option) -> Iterator[list[str]]:
    drugs = " and ".join(guideline.drugs[name].title for name in option.drugs)
    tier = f"{option.tier} choice" if option.tier else "no tier"
    listing = "Listed for everyone here."
    if option.listed is not None:
        listing = f"Listed only while: {reads(guideline, option.listed)}"
    reading = (
        f"Give {text(drugs)}{', together' if len(option.drugs) > 1 else ''}; {tier}. {listing}"
    )
    yield ["Option", text(option.says), reading, cited(guideline, option.cites, here=True)]
    for dose in option.doses:
        title = guideline.drugs[dose.drug].title
        cite = cited(guideline, [dose.cite], here=True)
        yield [f"Dose of {text(title)}", code(dose.sentence), _dose(dose), cite]
    for rule in option.rules:
        yield ["Rule", text(rule.says), _rule(guideline, rule),
               cited(guideline, rule.cites, here=True)]  # fmt: skip
    for basis in option.evidence:
        yield ["Evidence", text(basis.text), _EVIDENCE, cited(guideline, basis.cites, here=True)]


def _dose(dose: Dose) -> str:
    told = in_words(dose)
    told = f"{told[:1].upper()}{told[1:]}."
    figures = worked(dose, WEIGHT)
    if not figures:
        return text(told)
    numbers = "; ".join(str(figure) for figure in figures)
    return f"{text(told)}<br>**An adult of {WEIGHT} kg:** {text(numbers)}."


def _rule(guideline: Guideline, rule: Rule) -> str:
    return f"{VERDICTS[rule.verdict]}: {reads(guideline, rule.when)}"


def _elsewhere(guideline: Guideline, node: Node, option: Option) -> str:
    """Point to what other pages say of an option: shared rules, and its drugs."""
    rules = [rule for rule in guideline.rules if guideline.speaks(rule, node, option)]
    shared = ", ".join(link(rule.id, f"rules.md#{anchor(rule.id)}") for rule in rules)
    drugs = ", ".join(
        link(guideline.drugs[name].title, f"drugs.md#{anchor(name)}") for name in option.drugs
    )
    return f"Shared rules that look at it: {shared}. Its drugs: {drugs}."


def _evidence(guideline: Guideline, node: Node) -> str:
    if not node.evidence:
        return ""
    rows = [
        [text(basis.text), _EVIDENCE, cited(guideline, basis.cites, here=True)]
        for basis in node.evidence
    ]
    return f"## Evidence for the whole place\n\n{table([SAYS, READS, BEHIND], rows)}"


def _cites(node: Node) -> Iterator[str]:
    """Walk all ids that the page of a node rests on, in the page's order."""
    yield from node.cites
    for therapy in node.therapies:
        yield from therapy.cites
        for option in therapy.options:
            yield from option.cites
            for dose in option.doses:
                yield dose.cite
            for rule in option.rules:
                yield from rule.cites
            yield from _of(option.evidence)
    yield from _of(node.evidence)


def _of(bases: tuple[Basis, ...]) -> Iterator[str]:
    for basis in bases:
        yield from basis.cites
