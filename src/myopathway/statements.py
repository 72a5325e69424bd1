"""Where each statement of the sources lives: the content that carries it, the cases that show it.

Nothing here is declared by hand: the content is walked, and every vignette is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myopathway.cases import answer_of
from myopathway.guideline.load import carried

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.cases import Case
    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline


def shown(answer: Answer) -> frozenset[str]:
    """Give every id that an answer shows to its reader."""
    return frozenset(_shown(answer))


def _shown(answer: Answer) -> Iterator[str]:
    yield from answer.about.statements
    yield from (one.basis for one in answer.about.evidence)
    yield from (one.basis for one in answer.trace)
    yield from (one.basis for one in answer.notices)
    for therapy in answer.therapies:
        yield from therapy.statements
        for option in therapy.options:
            yield from (one.basis for one in option.reasons)
            yield from (one.basis for one in option.evidence)
            for drug in option.drugs:
                yield drug.basis
                yield from (one.basis for one in drug.advice)
    for drug_checks in answer.before_start:
        yield from (one.basis for one in drug_checks.checks)


def report(guideline: Guideline, cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Give, for every statement of the ledger, what carries it and which cases exercise it."""
    places = carried(guideline)
    exercised: dict[str, list[Case]] = {}
    for case in cases:
        for name in shown(answer_of(case, guideline)):
            exercised.setdefault(name, []).append(case)
    return [
        {
            "id": one.id,
            "says": one.says,
            "cites": list(one.cites),
            "carried_by": places.get(one.id, []),
            "exercised_by": [case.id for case in exercised.get(one.id, [])],
            "tests": [name_of_test(case) for case in exercised.get(one.id, [])],
        }
        for one in guideline.statements.values()
    ]


def name_of_test(case: Case) -> str:
    """Name the test that answers a vignette and checks what it expects."""
    return f"tests/test_cases.py::test_case[{case.file}:{case.name}]"


def summary(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Count the statements that are carried and exercised, and name those not encoded."""
    rows = list(entries)
    return {
        "total": len(rows),
        "carried": sum(bool(one["carried_by"]) for one in rows),
        "exercised": sum(bool(one["exercised_by"]) for one in rows),
        "not_encoded": [one["id"] for one in rows if not one["carried_by"]],
    }
