"""Where the rows behind an answer come from: drug-safety rules, limits of orders, monitoring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.engine.outcome import SafetyRowAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.guideline.model import Guideline
    from myopathway.guideline.policy import Policy

_WEAKEST: Final = {"K": 0, "V-": 1, "V": 2}


def rows_behind(
    guideline: Guideline, bases: Iterable[str], policy: Policy | None = None
) -> tuple[SafetyRowAnswer, ...]:
    """Give each row among the bases with all its sources, as well confirmed as its weakest part."""
    wanted = set(bases) - guideline.statements.keys() - guideline.interpretations.keys()
    found: dict[str, tuple[dict[str, None], list[str]]] = {}
    for row, source, confidence in _entries(guideline, policy):
        if row in wanted:
            sources, confidences = found.setdefault(row, ({}, []))
            sources.update(dict.fromkeys(source.split("; ")))
            confidences.append(confidence)
    return tuple(
        SafetyRowAnswer(row, "; ".join(sources), weakest, weakest != "K")
        for row, (sources, confidences) in sorted(found.items())
        if (weakest := min(confidences, key=_WEAKEST.__getitem__))
    )


def _entries(guideline: Guideline, policy: Policy | None) -> Iterator[tuple[str, str, str]]:
    safety = guideline.safety
    for rows in (safety.rules, safety.checks, safety.advice, safety.notices):
        yield from ((one.row, one.source, one.confidence) for one in rows)
    limits = guideline.order_limits
    for cited in (limits.limits, limits.never, limits.products):
        yield from ((id_, one.source, one.confidence) for one in cited for id_ in one.cites)
    if policy is not None:
        monitored = [test for tests in policy.drugs.values() for test in tests]
        for part in (monitored, policy.thresholds):
            yield from ((one.row, one.source, one.confidence) for one in part)
