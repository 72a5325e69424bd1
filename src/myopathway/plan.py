"""A plan for a regimen: checks before the first dose, a calendar of tests, what to do then."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.criteria import Compare
from myopathway.engine.outcome import Advice, NoticeAnswer, Reason
from myopathway.engine.safety import remark
from myopathway.engine.situation import fact_truth
from myopathway.errors import Fault, InputError, nearest, shown
from myopathway.orders.case import case_of
from myopathway.orders.company import company
from myopathway.orders.judgement import against, barred, judge, questions, vaccines
from myopathway.orders.outcome import Finding
from myopathway.orders.place import place_of
from myopathway.orders.rows import rows_behind
from myopathway.plan_dates import dates, months_after
from myopathway.plan_outcome import (
    DrugAdvice,
    ExcludedDrug,
    Plan,
    PlannedTest,
    PlannedThreshold,
    PolicyShown,
)
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from myopathway.engine.outcome import TruthWord
    from myopathway.guideline.model import Guideline, Policy, Threshold
    from myopathway.orders.case import Case
    from myopathway.orders.outcome import Unchecked
    from myopathway.patient import Patient

POLICY: Final = "bsr-2017"
MONTHS: Final = 12
MOST_YEARS: Final = 10
_YEARS: Final = (1900, 2200)
_CONVENTIONAL: Final = "conventional-immunosuppressants"
_FEWEST_COMBINED: Final = 2
_COMPARED: Final = re.compile(r"(?P<fact>[a-z_]+) (?P<sign><=|>=|<|>) (?P<bound>\d+(?:\.\d+)?)")
_SIGNS: Final = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
_UNITS: Final = {"10*9/L": "x10^9/L", "mL/min/{1.73_m2}": "mL/min/1.73 m2"}


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
    ``InputError`` for an unknown drug or policy and for dates that cannot be planned.
    """
    names, chosen, end = _asked(drugs, start, guideline, policy, until)
    case = case_of(patient, day, guideline)
    findings = {name: list(dict.fromkeys(_findings(case, name, names))) for name in names}
    excluded = tuple(
        ExcludedDrug(name, reasons) for name, found in findings.items()
        if (reasons := tuple(_reasons(found)))
    )  # fmt: skip
    planned = () if excluded else names
    warnings = tuple(_warnings(case, findings))
    before = _before_start(case, planned)
    tests = tuple(_tests(case, chosen, planned, start, end))
    thresholds = tuple(_thresholds(case, chosen, planned))
    advice = tuple(_advice(case, planned))
    bases = [
        *(one.basis for drug in excluded for one in drug.reasons),
        *(one.basis for one in (*warnings, *tests, *thresholds)),
        *(one.basis for drug in before for one in drug.checks),
        *(one.basis for drug in advice for one in drug.advice),
    ]
    answer = case.answer
    return Plan(
        drugs=names,
        start=start.isoformat(),
        until=end.isoformat(),
        as_of=answer.as_of,
        node=answer.node,
        possible=answer.possible,
        excluded=excluded,
        warnings=warnings,
        before_start=before,
        monitoring=tests,
        thresholds=thresholds,
        advice=advice,
        policy=PolicyShown(chosen.id, chosen.title, chosen.source, chosen.confidence,
                           chosen.confidence != "K", chosen.says),
        safety=rows_behind(guideline, bases, chosen),
        guideline=answer.guideline,
        unread=answer.unread,
    )  # fmt: skip
