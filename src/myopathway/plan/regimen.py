"""A plan for a regimen: checks before the first dose, a calendar of tests, what to do then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from myopathway.orders.case import case_of
from myopathway.orders.rows import rows_behind
from myopathway.plan.findings import Findings
from myopathway.plan.monitoring import advice, tests, thresholds
from myopathway.plan.outcome import Plan, PolicyShown
from myopathway.plan.request import asked, horizon

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from myopathway.engine.outcome import DrugChecks
    from myopathway.guideline.model import Guideline
    from myopathway.guideline.policy import Policy
    from myopathway.orders.case import Case
    from myopathway.patient import Patient

__all__ = ["POLICY", "Plan", "plan_for"]

POLICY: Final = "bsr-2017"


def plan_for(
    patient: Patient,
    drugs: Sequence[str],
    start: dt.date,
    guideline: Guideline,
    *,
    day: dt.date,
    policy: str = POLICY,
    until: dt.date | None = None,
) -> Plan:
    """Plan a regimen from the day of its first dose on, by default for a year.

    ``day`` counts where the patient states no ``as_of``. A drug that is ruled out for the patient
    is not planned, nor is anything beside it: the plan then says why and is empty. Raises
    ``InputError`` for an unknown drug or policy and for days that cannot be planned.
    """
    wanted = asked(drugs, policy, guideline)
    end = horizon(start, until)
    case = case_of(patient, day, guideline)
    findings = Findings(case, wanted.drugs)
    excluded = findings.excluded()
    planned = () if excluded else wanted.drugs
    answer = case.answer
    plan = Plan(
        drugs=wanted.drugs,
        start=start.isoformat(),
        until=end.isoformat(),
        as_of=answer.as_of,
        node=answer.node,
        possible=answer.possible,
        excluded=excluded,
        warnings=findings.warnings(),
        before_start=_before_start(case, planned),
        monitoring=tuple(tests(case, wanted.policy, planned, start, end)),
        thresholds=tuple(thresholds(case, wanted.policy, planned)),
        advice=tuple(advice(case, planned)),
        policy=_shown(wanted.policy),
        safety=(),
        guideline=answer.guideline,
        unread=answer.unread,
    )
    return structs.replace(plan, safety=rows_behind(guideline, _bases(plan), wanted.policy))


def _before_start(case: Case, drugs: tuple[str, ...]) -> tuple[DrugChecks, ...]:
    layer = case.engine.safety
    found = [layer.checks(case.situation, name) for name in drugs] if layer else []
    return tuple(one for one in found if one.checks)


def _shown(policy: Policy) -> PolicyShown:
    verified = policy.confidence != "K"
    return PolicyShown(policy.id, policy.title, policy.source, policy.confidence, verified,
                       policy.says)  # fmt: skip


def _bases(plan: Plan) -> Iterator[str]:
    for ruled_out in plan.excluded:
        yield from (one.basis for one in ruled_out.reasons)
    for parts in (plan.warnings, plan.monitoring, plan.thresholds):
        yield from (one.basis for one in parts)
    for before in plan.before_start:
        yield from (one.basis for one in before.checks)
    for known in plan.advice:
        yield from (one.basis for one in known.advice)
