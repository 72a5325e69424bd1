"""Everything that is said of a drug for a patient, whatever its dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.orders.company import company
from myopathway.orders.judgement import against, barred, judge, questions, vaccines
from myopathway.orders.place import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.orders.case import Case
    from myopathway.orders.outcome import Finding, Unchecked


def said_of(case: Case, drug: str, beside: frozenset[str]) -> Iterator[Finding | Unchecked]:
    """Say what rules it out, what calls for caution, what is not known, where it stands.

    ``beside`` are the drugs given with it. Of what is ruled out nothing more is asked.
    """
    judged = judge(case, drug, beside - {drug})
    bars = tuple(barred(case, drug))
    yield from bars
    yield from against(case, judged)
    yield from company(case, frozenset({drug}), beside, judged)
    if not any(one.severity == "critical" for one in bars):
        yield from questions(case, judged)
    yield from vaccines(case, drug)
    yield from place_of(case, drug)
