"""The page of what holds beyond one node: shared rules, notices, limits, contradictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import ALWAYS
from myopathway.guideline.pages.markdown import anchor, code, link, spot, table, text
from myopathway.guideline.pages.node import VERDICTS
from myopathway.guideline.pages.parts import BEHIND, READS, SAYS, cited, framed, node_link, reads
from myopathway.guideline.pages.wording import said
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline, Notice, Rule

_HEAD: Final = ("Id", SAYS, READS, BEHIND)
OCCASIONS: Final = {
    "exhausted": "every option of a part that is not “to consider” is excluded",
    "works-but-not-listed": "a drug that is being given, or has worked, is no option here",
    "history-from-record": "the treatment history was read from medication entries of a record",
    "implied": "a fact followed from another that was stated",
    "unrecorded": "the outcome or the purpose of a regimen is not recorded",
    "not-counted": "a regimen that ended badly does not count for one of its drugs",
    "held": "an end of a dose is held at its maximum",
    "no-figure": "a drug that is not excluded has no figure to work with",
    "adjusted-weight": "an adjusted weight was used for a dose",
    "lower-age": "the stated age and the age by date of birth differ within what is no conflict",
    "unknown-drugs": "another drug is taken of which no rule speaks",
}


def rules_page(guideline: Guideline) -> str:
    """Give the page of shared rules and everything else that is not of one node."""
    return framed(
        "Shared rules",
        "What speaks for or against an option wherever it is listed, the messages that go with an"
        " answer, and what limits or contradicts a patient's facts. The strictest verdict counts:"
        " excluded before caution before favoured. Words in {braces} are filled in.",
        "## Rules",
        table(_HEAD, _rules(guideline)),
        "## Notices",
        table(_HEAD, _notices(guideline)),
        "## Old measurements",
        table(_HEAD, _old(guideline)),
        "## Limits",
        table(_HEAD, _limits(guideline)),
        "## What follows from what",
        table(_HEAD, _implications(guideline)),
        "## Contradictions",
        table(_HEAD, _conflicts(guideline)),
        "## Readings of the engine",
        "Where a rule of the engine itself rests on an interpretation, this is the one.",
        table(["Rule of the engine", BEHIND], _readings(guideline)),
    )


def _rules(guideline: Guideline) -> Iterator[list[str]]:
    for rule in guideline.rules:
        reading = f"{VERDICTS[rule.verdict]}: {reads(guideline, rule.when)}"
        limits = "".join(f"<br>{limit}" for limit in _limits_of(guideline, rule))
        yield [_id(rule.id), text(rule.says), reading + limits, cited(guideline, rule.cites)]


def _limits_of(guideline: Guideline, rule: Rule) -> Iterator[str]:
    if rule.drugs:
        drugs = ", ".join(guideline.drugs[name].title for name in rule.drugs)
        yield f"Only for options with: {text(drugs)}."
    if rule.not_classes:
        titles = ", ".join(guideline.drug_classes[name].title for name in rule.not_classes)
        yield f"Not for options of nothing but: {text(titles)}."
    yield from _bound(guideline, rule)


def _bound(guideline: Guideline, one: Rule | Notice) -> Iterator[str]:
    if one.groups:
        titles = [group.title for group in guideline.groups if group.id in one.groups]
        yield f"Only in: {text(', '.join(titles))}."
    if one.nodes:
        yield f"Only in: {', '.join(node_link(guideline, name) for name in one.nodes)}."


def _notices(guideline: Guideline) -> Iterator[list[str]]:
    for notice in guideline.notices:
        reading = f"**{notice.level.capitalize()}**, "
        if notice.occasion:
            reading += f"when the engine finds: {text(OCCASIONS[notice.occasion])}."
        if notice.when != ALWAYS:
            reading += f"while: {reads(guideline, notice.when)}"
        elif not notice.occasion:
            reading += "with every answer there."
        limits = "".join(f"<br>{limit}" for limit in _bound(guideline, notice))
        if notice.while_possible:
            limits += " Told as soon as one of these places is possible."
        yield [_id(notice.id), text(notice.says), reading + limits, cited(guideline, notice.cites)]


def _old(guideline: Guideline) -> Iterator[list[str]]:
    for one in guideline.old_measurements:
        fact = said(guideline.vocabulary.facts[one.fact])
        reading = f"**Warning**, when this is dated more than {one.days} days back: {text(fact)}."
        yield [_id(one.fact), text(one.says), reading, cited(guideline, one.cites)]


def _limits(guideline: Guideline) -> Iterator[list[str]]:
    scope, adult, unstated = guideline.scope, guideline.adult, guideline.unstated_purpose
    yield [
        _id("not_covered"),
        text(scope.says),
        f"Not covered while: {reads(guideline, scope.when)}",
        cited(guideline, scope.cites),
    ]
    age = text(said(guideline.vocabulary.facts[adult.fact]))
    yield [
        _id("adult"),
        f"{text(adult.child)}<br>{text(adult.unknown)}",
        f"No dose below this, or while it is not known: {age} {plain(adult.from_years)}.",
        cited(guideline, adult.cites),
    ]
    yield [
        _id("unstated_purpose"),
        "A regimen whose purpose was not recorded.",
        f"Read as {unstated.purpose} while: {reads(guideline, unstated.when)}",
        cited(guideline, unstated.cites),
    ]


def _implications(guideline: Guideline) -> Iterator[list[str]]:
    facts = guideline.vocabulary.facts
    for one in guideline.implications:
        given, then = text(said(facts[one.given])), text(said(facts[one.then]))
        reading = (
            f"{given}: yes makes {then}: yes.<br>{then}: no makes {given}: no."
            "<br>Stated otherwise, it is a contradiction."
        )
        yield [_id(one.id), text(one.says), reading, cited(guideline, one.cites)]


def _conflicts(guideline: Guideline) -> Iterator[list[str]]:
    facts = guideline.vocabulary.facts
    for one in guideline.conflicts:
        reading = f"A contradiction while: {reads(guideline, one.when)}"
        if one.asks:
            asked = ", ".join(link(said(facts[name]), f"facts.md#{anchor(name)}")
                              for name in one.asks)  # fmt: skip
            reading += f"<br>Worth asking for: {asked}."
        yield [_id(one.id), text(one.says), reading, cited(guideline, one.cites)]


def _readings(guideline: Guideline) -> Iterator[list[str]]:
    for name, cites in guideline.readings.items():
        yield [text(name), cited(guideline, cites)]


def _id(name: str) -> str:
    return f"{spot(name)}{code(name)}"
