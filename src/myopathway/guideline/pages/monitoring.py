"""The page of the monitoring policies: what is tested, when, and what a finding calls for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.guideline.pages.markdown import code, table, text
from myopathway.guideline.pages.parts import framed
from myopathway.guideline.pages.safety import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline
    from myopathway.guideline.policy import Monitored, Policy

ABOUT: Final = "what is tested while a drug is taken, and what a finding calls for"
_TESTS: Final = ("Row", "Drug", "Test", "First", "Then", "What it says", "Source", "Confidence")
_FINDINGS: Final = ("Row", "Test", "Finding", "What it says", "Drugs", "Source", "Confidence")


def monitoring_page(guideline: Guideline) -> str:
    """Give the page of the monitoring policies."""
    parts = [part for one in guideline.monitoring.values() for part in _policy(guideline, one)]
    return framed(
        "Monitoring",
        "What to test while a drug is taken, how often, and what to do about a finding. None of it"
        " is a statement of the guideline: each line has a source of its own.",
        *parts,
    )


def _policy(guideline: Guideline, policy: Policy) -> Iterator[str]:
    yield f"## {text(policy.title)}"
    told = f"{code(policy.id)} · {text(policy.source)} · {CONFIDENCE[policy.confidence]}"
    yield f"{text(policy.says)}\n\n{told}"
    rows = [row for name, tests in policy.drugs.items() for row in _tests(guideline, name, tests)]
    yield table(_TESTS, rows)
    findings = [
        [
            code(one.row),
            text(one.test),
            text(one.when),
            text(one.says),
            text(", ".join(guideline.drugs[name].title for name in one.drugs)),
            text(one.source),
            CONFIDENCE[one.confidence],
        ]
        for one in policy.thresholds
    ]
    if findings:
        yield table(_FINDINGS, findings)


def _tests(guideline: Guideline, drug: str, tests: tuple[Monitored, ...]) -> Iterator[list[str]]:
    for one in tests:
        days = one.first_days
        first = one.first if days is None else f"{days} days after the first dose"
        phases = []
        for phase in one.phases:
            after = phase.until_days
            until = phase.until if after is None else f"until day {after}"
            phases.append(text(f"every {phase.every_days} days, {until} ({phase.says})"))
        yield [
            code(one.row),
            text(guideline.drugs[drug].title),
            text(one.test),
            text(first),
            "<br>".join(phases) or "no interval is stated",
            text(one.says),
            text(one.source),
            CONFIDENCE[one.confidence],
        ]
