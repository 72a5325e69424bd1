"""The monitoring policy as the fact sheet has it: what is tested, when, what is acted on."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from myopathway.guideline.load import shipped
from myopathway.plan.regimen import POLICY, Plan, plan_for
from tests.test_order_rules import DAY, person

if TYPE_CHECKING:
    from myopathway.guideline.policy import Monitored

START = dt.date(2026, 12, 1)
ALWAYS = "before the first dose"
TOGETHER = "when the combination begins"
CONVENTIONAL = ("methotrexate", "azathioprine", "mycophenolate", "ciclosporin", "tacrolimus")
# Every 2 weeks for 6 weeks, monthly for 3 months of 30 days, then every 12 weeks.
BLOOD = ("MON-01", "V", ALWAYS, ((14, 42), (28, 132), (84, None)))
COMBINED = ("MON-03", "V-", TOGETHER, ((28, None),))
YEARLY = ("MON-06", "V", 365, ((365, None),))
# Every 2 weeks for 3 months, then monthly.
CALCINEURIN = ((14, 90), (28, None))

TESTS: dict[str, list[tuple[str, str, str | int, tuple[tuple[int, int | None], ...]]]] = {
    "methylprednisolone": [("GC-13", "K", "while it is given", ())],
    "prednisolone": [("GC-13", "K", "while it is taken", ())],
    "methotrexate": [BLOOD, COMBINED, YEARLY],
    "azathioprine": [BLOOD, COMBINED, YEARLY],
    "mycophenolate": [BLOOD, COMBINED, YEARLY],
    "ciclosporin": [
        ("CSA-13", "V", ALWAYS, CALCINEURIN),
        ("MON-02", "V", ALWAYS, CALCINEURIN),
        ("CSA-14", "V", "while it is taken", ()),
        COMBINED,
        YEARLY,
    ],
    "tacrolimus": [
        ("TAC-11", "V-", ALWAYS, CALCINEURIN),
        ("MON-02", "V", ALWAYS, CALCINEURIN),
        COMBINED,
        YEARLY,
    ],
    "ivig": [
        ("IVIG-07", "V", "before the first course, and before later ones", ()),
        ("IVIG-07", "V", 2, ()),
        ("IVIG-07", "V", "with every course", ()),
        ("IVIG-06", "V", "before and after every course", ()),
        ("IVIG-13", "V", 84, ((84, 168),)),
    ],
    "rituximab": [("RTX-09", "V-", "before every cycle", ())],
    "cyclophosphamide": [("CYC-10", "V-", "before every pulse", ())],
    "abatacept": [("MON-07", "V", ALWAYS, ((90, None),))],
    "tocilizumab": [
        ("TCZ-06", "V", ALWAYS, ((28, 180), (84, None))),
        ("TCZ-06", "V", 28, ()),
        ("TCZ-06", "V", 28, ()),
    ],
}

# What is acted on: row, finding, drugs, confidence.
THRESHOLDS = [
    *(
        ("MON-04", finding, CONVENTIONAL, "V")
        for finding in (
            "white_cells < 3.5",
            "neutrophils < 1.6",
            "platelets < 140",
            "above 105 fL",
            "a rise of more than 30 % within 12 months",
            "egfr < 60",
            "above 100 U/L",
            "below 30 g/L without another cause",
            "above 0.5 x10^9/L without another cause",
        )
    ),
    ("MON-08", "above 100 U/L in active myositis", CONVENTIONAL, "K"),
    ("MON-05", "neutrophils < 2.0", CONVENTIONAL, "V"),
    ("MON-05", "platelets < 150", CONVENTIONAL, "V"),
    ("MON-05", "above 2 times the upper limit of normal", CONVENTIONAL, "V"),
    ("AZA-16", "white_cells < 3", ("azathioprine",), "V"),
    ("AZA-16", "platelets < 100", ("azathioprine",), "V"),
    ("MMF-14", "neutrophils < 1.3", ("mycophenolate",), "K"),
    ("CSA-11", "25 % or more above the baseline", ("ciclosporin",), "V"),
    ("CSA-11", "25 % or more above the baseline", ("ciclosporin",), "K"),
    ("IVIG-06", "falling", ("ivig",), "V"),
    ("RTX-09", "low (the row gives no number)", ("rituximab",), "V-"),
    ("CYC-10", "neutrophils < 1.5", ("cyclophosphamide",), "K"),
    ("CYC-10", "platelets < 50", ("cyclophosphamide",), "K"),
    ("TCZ-03", "neutrophils < 0.5", ("tocilizumab",), "V"),
    ("TCZ-03", "platelets < 50", ("tocilizumab",), "V"),
    ("TCZ-03", "above 5 times the upper limit of normal", ("tocilizumab",), "V"),
]
# With counts so low tocilizumab is not begun, and nothing is planned.
COMPARED = [one for one in THRESHOLDS if " < " in one[1] and one[0] != "TCZ-03"]


def row(one: Monitored) -> tuple[Any, ...]:
    phases = tuple((phase.every_days, phase.until_days) for phase in one.phases)
    return one.row, one.confidence, one.first or one.first_days, phases


def test_the_policy_is_the_one_of_the_fact_sheet() -> None:
    policy = shipped().monitoring[POLICY]
    assert {name: [row(one) for one in tests] for name, tests in policy.drugs.items()} == TESTS
    thresholds = [(one.row, one.when, one.drugs, one.confidence) for one in policy.thresholds]
    assert sorted(thresholds) == sorted(THRESHOLDS)


def planned(drug: str, **facts: Any) -> Plan:
    until = dt.date(2028, 12, 1)
    plan = plan_for(person(**facts), [drug], START, shipped(), day=DAY, until=until)
    assert not plan.excluded
    return plan


def due(first: str | int, phases: tuple[tuple[int, int | None], ...]) -> list[int]:
    """Work out the days of two years from the table alone."""
    if isinstance(first, str) and first != ALWAYS:
        return []
    days = [0 if isinstance(first, str) else first]
    for every, until in phases:
        while days[-1] + every <= (731 if until is None else until):
            days.append(days[-1] + every)
    return [day for day in days if day <= 731]


@pytest.mark.parametrize("drug", TESTS)
def test_each_drug_is_planned_by_its_rows(drug: str) -> None:
    plan = planned(drug)
    found = [
        (one.basis, [(dt.date.fromisoformat(day.date) - START).days for day in one.dates])
        for one in plan.monitoring
    ]
    assert found == [(name, due(first, phases)) for name, _, first, phases in TESTS[drug]]
    rows = sorted(name for name, _, drugs, _ in THRESHOLDS if drug in drugs)
    assert sorted(one.basis for one in plan.thresholds) == rows
    assert all(one.drugs == (drug,) for one in plan.thresholds)


@pytest.mark.parametrize("one", COMPARED, ids=lambda one: f"{one[0]} {one[1]}")
def test_a_threshold_with_a_fact_says_whether_it_holds_now(one: Any) -> None:
    name, finding, drugs, _ = one
    fact, _, bound = finding.split()
    unit = {"egfr": "mL/min/1.73 m2"}.get(fact, "x10^9/L")
    words = f"below {Decimal(bound).normalize():f} {unit}"
    test = {"white_cells": "White cells", "egfr": "eGFR"}.get(fact, fact.capitalize())
    for value, now in (
        (Decimal(bound) - Decimal("0.1"), "true"),
        (Decimal(bound), "false"),
        (None, "unknown"),
    ):
        plan = planned(drugs[0], **{fact: None if value is None else float(value)})
        assert [
            each.now
            for each in plan.thresholds
            if (each.basis, each.test, each.when) == (name, test, words)
        ] == [now]
