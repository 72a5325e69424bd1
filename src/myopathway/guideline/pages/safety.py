"""The page of the drug-safety layer: what each rule says beside what the machine reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import ALWAYS
from myopathway.guideline.pages.markdown import code, spot, table, text
from myopathway.guideline.pages.parts import READS, SAYS, framed, node_link, reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import Criterion
    from myopathway.guideline.drugsafety import Check, SafetyNotice, SafetyRule
    from myopathway.guideline.model import Guideline

ABOUT: Final = "the drug-safety rules, with sources of their own"
_HEAD: Final = ("Row", "Kind", SAYS, READS, "Source", "Confidence")
_EFFECTS: Final = {
    "block": "**Excluded** while",
    "hold": "**Caution** while",
    "warn": "No verdict; said while",
    "vaccine": "No verdict; said of the vaccine while",
}
CONFIDENCE: Final = {
    "V": "read in the source",
    "V-": "found in a weak source",
    "K": "well known; the document was not seen",
}


def safety_page(guideline: Guideline) -> str:
    """Give the page of the drug-safety layer."""
    safety = guideline.safety
    parts = []
    for name, drug in guideline.drugs.items():
        rows = [*_of_drug(guideline, name)]
        if rows:
            parts += [f"## {text(drug.title)}", table(_HEAD, rows)]
    notices = [_notice(guideline, one) for one in safety.notices]
    return framed(
        "Drug safety",
        "What the two source texts do not say and a prescriber has to know. Nothing here is a"
        " statement of the guideline: each line has a source of its own and says how well it was"
        " confirmed. It only ever subtracts: it excludes, cautions or says something, adds no"
        " option and moves nobody to another place.",
        *parts,
        "## The whole patient" if notices else "",
        table(_HEAD, notices) if notices else "",
        "## The ledger" if safety.ledger else "",
        "Every row of the fact sheet, and what became of it." if safety.ledger else "",
        table(("Row", "Used as", "Reason"), _ledger(guideline)) if safety.ledger else "",
    )


def _ledger(guideline: Guideline) -> Iterator[list[str]]:
    for one in guideline.safety.ledger.values():
        yield [f"{spot(one.row)}{code(one.row)}", text(one.used_as), text(one.reason)]


def _of_drug(guideline: Guideline, drug: str) -> Iterator[list[str]]:
    safety = guideline.safety
    for rule in safety.rules:
        if rule.drug == drug:
            yield _rule(guideline, rule)
    for check in safety.checks:
        if check.drug == drug:
            yield _check(guideline, check)
    for one in safety.advice:
        if one.drug == drug:
            told = "Said wherever it is offered; nothing is computed."
            yield [code(one.row), text(one.kind), text(one.says), told, *_basis(one)]


def _rule(guideline: Guideline, rule: SafetyRule) -> list[str]:
    told = f"{_EFFECTS[rule.effect]}: {reads(guideline, rule.when)}"
    if rule.groups:
        titles = [group.title for group in guideline.groups if group.id in rule.groups]
        told += f"<br>Only in: {text(', '.join(titles))}."
    if rule.nodes:
        told += f"<br>Only in: {', '.join(node_link(guideline, name) for name in rule.nodes)}."
    if rule.ask:
        told += f"<br>Asks: {text(rule.ask)}"
    if rule.ask_unless is not None:
        told += f"<br>Asks nothing while: {reads(guideline, rule.ask_unless)}"
    return [code(rule.row), text(rule.kind), text(rule.says), told, *_basis(rule)]


def _check(guideline: Guideline, check: Check) -> list[str]:
    told = f"Before the first dose, {_for(guideline, check.when)}."
    if check.done is not None:
        told += f"<br>Answered by: {reads(guideline, check.done)}"
    return [code(check.row), "check", text(check.says), told, *_basis(check)]


def _notice(guideline: Guideline, notice: SafetyNotice) -> list[str]:
    when = _for(guideline, notice.when)
    climbing = ", before a treatment is called failed" if notice.climbing else ""
    told = f"**{notice.level.capitalize()}**{climbing}, {when}."
    return [code(notice.row), "notice", text(notice.says), told, *_basis(notice)]


def _for(guideline: Guideline, when: Criterion) -> str:
    return "for everyone" if when == ALWAYS else f"while: {reads(guideline, when)}"


def _basis(one: object) -> tuple[str, str]:
    source, confidence = str(getattr(one, "source", "")), str(getattr(one, "confidence", ""))
    return text(source), text(CONFIDENCE.get(confidence, confidence))
