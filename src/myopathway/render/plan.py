"""A plan for a terminal, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.render.order import brackets, closing, message, rows
from myopathway.render.paper import NARROWEST, Paper
from myopathway.render.words import capital, day, drug_title, node_title, titles_listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from myopathway.guideline.model import Guideline
    from myopathway.plan.outcome import Plan

_LEGEND: Final = "[ ] to be done; [?] to be done if it applies; [x] done, by what is known"
_BOXES: Final = {"done": "[x] ", "due": "[ ] ", "if it applies": "[?] "}
_NOW: Final = {"true": " (SO ALREADY)"}
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def plan_text(plan: Plan, guideline: Guideline, *, width: int = 80, colour: bool = False) -> str:
    """Write a plan within ``width`` columns."""
    sheet = _Sheet(Paper(max(width, NARROWEST), colour), plan, guideline)
    sections: tuple[tuple[str, Callable[[], Iterator[str]]], ...] = (
        ("Before the first dose", sheet.before),
        ("Calendar", sheet.calendar),
        ("Tests and intervals", sheet.tests),
        ("What to do about a finding", sheet.thresholds),
        ("To know while it is given", sheet.advice),
        ("The monitoring policy", sheet.policy),
        ("Sources of the drug-safety rules", sheet.sources),
    )
    done = list(sheet.head())
    for title, write in sections:
        if lines := list(write()):
            done += ["", *sheet.paper.rule(title, "-"), *lines]
    closed = closing(sheet.paper, plan.guideline, plan.as_of, guideline, plan.unread)
    return "\n".join([*done, "", *closed]) + "\n"


def plan_json(plan: Plan) -> str:
    """Give a plan indented, for people and programs: the same plan gives the same text."""
    return msgspec.json.format(_ENCODER.encode(plan), indent=2).decode()


class _Sheet:
    """One plan on one sheet of paper."""

    def __init__(self, paper: Paper, plan: Plan, guideline: Guideline) -> None:
        self.paper = paper
        self._plan = plan
        self._guideline = guideline

    def head(self) -> Iterator[str]:
        """Write what is planned, and first of all what must not be."""
        plan = self._plan
        names = self._titles(plan.drugs)
        yield from self.paper.rule(f"{names}: plan from {day(plan.start)}", "=")
        place = node_title(self._guideline, plan.node) if plan.node else "The place is not settled"
        yield from self.paper.lines((f"{place}; to {day(plan.until)}", "dim"))
        yield ""
        for drug in plan.excluded:
            title = drug_title(self._guideline, drug.drug)
            yield from self.paper.lines((f"{title} is RULED OUT for this patient:", "red"))
            for one in drug.reasons:
                yield from self._said(one.text, one.basis, first="!! ")
        if plan.excluded:
            yield from self.paper.lines(("Nothing is planned.", "bold"))
        for notice in plan.warnings:
            yield from message(self.paper, self._guideline, notice.level, notice.text, notice.basis)

    def before(self) -> Iterator[str]:
        """Write what is to be done first, each drug by itself."""
        if self._plan.before_start:
            yield from self.paper.lines((_LEGEND, "dim"))
        for drug in self._plan.before_start:
            yield from self._named(drug.drug)
            for one in drug.checks:
                yield from self._said(one.text, one.basis, first=_BOXES[one.state])

    def calendar(self) -> Iterator[str]:
        """Write the days in order, each test once with the drugs that call for it."""
        found: dict[str, dict[str, list[str]]] = {}
        for test in self._plan.monitoring:
            for due in test.dates:
                found.setdefault(due.date, {}).setdefault(test.test, []).append(test.drug)
        for date, tests in sorted(found.items()):
            yield from self.paper.lines((day(date), "bold"))
            for name, drugs in tests.items():
                yield from self._said(f"{name} ({self._titles(drugs).lower()})", first="  - ")

    def tests(self) -> Iterator[str]:
        """Write each test with its intervals in words."""
        for name in self._plan.drugs:
            own = [one for one in self._plan.monitoring if one.drug == name]
            if own:
                yield from self._named(name)
            for one in own:
                when = "; then ".join((one.first, *one.intervals))
                yield from self._said(f"{one.test}: {when}. {one.says}", one.basis, first="  - ")

    def thresholds(self) -> Iterator[str]:
        """Write which finding calls for what."""
        for one in self._plan.thresholds:
            text = f"{one.test} {one.when}{_NOW.get(one.now, '')}: {one.says}"
            drugs = "" if len(self._plan.drugs) == 1 else f" ({self._titles(one.drugs).lower()})"
            yield from self._said(f"{text}{drugs}", one.basis, first="- ")

    def advice(self) -> Iterator[str]:
        """Write what is to be known of each drug."""
        for drug in self._plan.advice:
            yield from self._named(drug.drug)
            for one in drug.advice:
                kind = capital(one.kind.replace("-", " "))
                yield from self._said(f"{kind}: {one.text}", one.basis, first="  - ")

    def policy(self) -> Iterator[str]:
        """Write which policy it is and how well it is confirmed."""
        policy = self._plan.policy
        word = "" if policy.verified else " (Not yet verified.)"
        yield from self._said(f"{policy.title} ({policy.id}). {policy.text}{word}")
        yield from self._said(f"Source: {policy.source}")

    def sources(self) -> Iterator[str]:
        """Write where the rows come from."""
        yield from rows(self.paper, self._plan.safety)

    def _named(self, drug: str) -> list[str]:
        return self.paper.lines((drug_title(self._guideline, drug), "bold"))

    def _said(self, text: str, basis: str = "", *, first: str = "") -> list[str]:
        return self.paper.lines((text, ""), *brackets(self._guideline, basis), first=first)

    def _titles(self, drugs: tuple[str, ...] | list[str]) -> str:
        return titles_listed(drug_title(self._guideline, name) for name in drugs)
