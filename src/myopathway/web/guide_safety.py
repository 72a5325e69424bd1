"""The drug-safety layer and the monitoring policies for readers, row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import ALWAYS
from myopathway.guideline.pages.safety import CONFIDENCE
from myopathway.render.words import titles_listed
from myopathway.web.guide_links import anchor
from myopathway.web.guide_markup import Html, html, items, joined, table, tag
from myopathway.web.guide_reads import reads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import Criterion
    from myopathway.guideline.drugsafety import SafetyRule
    from myopathway.guideline.policy import Monitored, Policy
    from myopathway.web.guide_links import Links

_EFFECTS: Final = {
    "block": "Excluded while",
    "hold": "Caution while",
    "warn": "Said, without a verdict, while",
    "vaccine": "Said of the vaccine while",
}
ABOUT: Final = (
    "What the two source texts do not say and a prescriber has to know. Nothing here is a"
    " statement of the guideline: each line has a source of its own and says how well it was"
    " confirmed. It only ever subtracts: it excludes, cautions or says something, adds no option"
    " and moves nobody to another place."
)


def drug_safety(links: Links, drug: str) -> Html:
    """Give every row about a drug, rules first; a row has its anchor here if this is its home."""
    rows: dict[str, list[Html]] = {}
    for row, told in _of_drug(links, drug):
        rows.setdefault(row, []).append(told)
    return html(*(_row(links, row, told, f"safety/{drug}") for row, told in rows.items()))


def shared_safety(links: Links) -> Html:
    """Give the rows about the whole patient or several drugs, and those left out."""
    safety = links.guideline.safety
    found: dict[str, list[Html]] = {
        row: [] for row in safety.ledger if links.homes.get(row) == "safety"
    }
    for one in safety.notices:
        climbing = ", before a treatment is called failed" if one.climbing else ""
        who = html(f"{one.level.capitalize()} for the whole patient{climbing}, ")
        told = html(one.says, _when(who, _for(links, one.when)), _from(one))
        found.setdefault(one.row, []).append(told)
    for row, told in _shared(links):
        if links.homes.get(row) == "safety":
            found.setdefault(row, []).append(told)
    for row, said in found.items():
        entry = safety.ledger.get(row)
        if not said and entry is not None:
            said.append(html(f"Used as: {entry.used_as}. {entry.reason}".strip()))
    return html(*(_row(links, row, told, "safety") for row, told in found.items()))


def ledger(links: Links) -> Html:
    """Link every row to where it stands."""
    found: dict[str, list[Html]] = {}
    for row in links.guideline.safety.ledger:
        found.setdefault(row.partition("-")[0], []).append(links.link(row))
    return items([joined(one) for one in found.values()])


def monitoring(links: Links, policy: Policy) -> Html:
    """Give a policy: its tests by drug, then the findings that call for something."""
    titles = {name: one.title for name, one in links.guideline.drugs.items()}
    seen: set[str] = set()
    tests: list[tuple[str, ...]] = [
        (html(_spot(links, one.row, seen), titles[name]), one.test, _first(one), _phases(one),
         html(one.says, _from(one)))
        for name, found in policy.drugs.items()
        for one in found
    ]  # fmt: skip
    findings: list[tuple[str, ...]] = [
        (html(_spot(links, one.row, seen), one.test), one.when, one.says,
         html(", ".join(titles[name] for name in one.drugs), _from(one)))
        for one in policy.thresholds
    ]  # fmt: skip
    return html(
        tag("p", policy.says),
        tag("p", f"Source: {policy.source} ({CONFIDENCE[policy.confidence]}).", class_="quiet"),
        table(("Drug", "Test", "First", "Then", "Said"), tests, "Tests while a drug is taken"),
        table(("Test", "Finding", "What to do", "Drugs"), findings, "What a finding calls for"),
    )


def _of_drug(links: Links, drug: str) -> Iterator[tuple[str, Html]]:
    safety = links.guideline.safety
    for rule in safety.rules:
        if rule.drug == drug:
            yield rule.row, _rule(links, rule)
    for check in safety.checks:
        if check.drug == drug:
            told = _when("Before the first dose, ", _for(links, check.when))
            if check.done is not None:
                told += _when("Answered by: ", reads(links, check.done))
            yield check.row, html(check.says, told, _from(check))
    for one in safety.advice:
        if one.drug == drug:
            told = tag("p", f"{one.kind.capitalize()}; said wherever it is offered.",
                       class_="reads")  # fmt: skip
            yield one.row, html(one.says, told, _from(one))


def _shared(links: Links) -> Iterator[tuple[str, Html]]:
    """Give each sentence about several drugs once, with the drugs that it is said of."""
    found: dict[tuple[str, Html], list[str]] = {}
    for drug in links.guideline.drugs:
        for row, told in _of_drug(links, drug):
            found.setdefault((row, told), []).append(links.guideline.drugs[drug].title)
    for (row, told), titles in found.items():
        yield row, html(tag("strong", f"{titles_listed(titles)}: "), told)


def _rule(links: Links, rule: SafetyRule) -> Html:
    told = _when(f"{_EFFECTS[rule.effect]}: ", reads(links, rule.when))
    places = [one.title for one in links.guideline.groups if one.id in rule.groups]
    places += [one.title for one in links.guideline.nodes if one.id in rule.nodes]
    if places:
        told += tag("p", f"Only in: {', '.join(places)}.", class_="reads")
    if rule.ask:
        told += tag("p", f"Asks: {rule.ask}", class_="reads")
    return html(rule.says, told, _from(rule))


def _row(links: Links, row: str, told: list[Html], home: str) -> Html:
    own = links.homes.get(row) == home
    name = tag("h3", row if own else links.link(row))
    body = told[0] if len(told) == 1 else items(told)
    return tag("section", name, tag("div", body), id=anchor(row) if own else "", class_="entry")


def _spot(links: Links, row: str, seen: set[str]) -> Html:
    """Give the id of a row: its anchor the first time it stands on its own page, else a link."""
    if links.homes.get(row) != "monitoring":
        return html(links.link(row), " ")
    name = tag("span", row, id="" if row in seen else anchor(row), class_="cites")
    seen.add(row)
    return html(name, " ")


def _when(what: str, criterion: Html) -> Html:
    return tag("p", what, criterion, class_="reads")


def _for(links: Links, when: Criterion) -> Html:
    return Html("for everyone") if when == ALWAYS else html("while: ", reads(links, when))


def _from(one: object) -> Html:
    source, confidence = str(getattr(one, "source", "")), str(getattr(one, "confidence", ""))
    return tag("p", f"Source: {source} ({CONFIDENCE.get(confidence, confidence)}).",
               class_="quiet")  # fmt: skip


def _first(one: Monitored) -> str:
    return one.first if one.first_days is None else f"{one.first_days} days after the first dose"


def _phases(one: Monitored) -> Html:
    told = [
        html(f"{phase.says}, {phase.until}" if phase.until_days is None
             else f"{phase.says}, to day {phase.until_days}")
        for phase in one.phases
    ]  # fmt: skip
    return items(told) if told else html("no interval is stated")
