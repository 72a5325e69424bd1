"""A regimen planned: checks, calendar, thresholds, warnings; nothing where a drug is ruled out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from myopathway.errors import InputError
from myopathway.guideline.load import shipped
from myopathway.plan.regimen import Plan, plan_for
from myopathway.render.plan import plan_json, plan_text
from tests.test_order_rules import DAY, FAILED, SEVERE, WOMAN, given, person

START = dt.date(2026, 12, 1)


def planned(*drugs: str, until: dt.date | None = None, **facts: Any) -> Plan:
    return plan_for(person(**facts), drugs, START, shipped(), day=DAY, until=until)


def dated(plan: Plan, drug: str, row: str) -> list[str]:
    return [
        due.date
        for test in plan.monitoring
        if (test.drug, test.basis) == (drug, row)
        for due in test.dates
    ]


def test_methotrexate_is_planned_as_the_policy_has_it() -> None:
    plan = planned("methotrexate")
    assert dated(plan, "methotrexate", "MON-01") == [
        "2026-12-01", "2026-12-15", "2026-12-29", "2027-01-12", "2027-02-09", "2027-03-09",
        "2027-04-06", "2027-06-29", "2027-09-21",
    ]  # fmt: skip
    assert dated(plan, "methotrexate", "MON-06") == ["2027-12-01"]
    assert dated(plan, "methotrexate", "MON-03") == [], "there is no combination"
    assert (plan.start, plan.until, plan.as_of) == ("2026-12-01", "2027-12-01", "2026-12-01")
    assert (plan.node, plan.excluded, plan.warnings) == ("non-severe.1", (), ())


def test_before_the_first_dose_stand_the_checks_of_the_drug() -> None:
    (checks,) = planned("methotrexate", **WOMAN).before_start
    states = {(one.basis, one.state) for one in checks.checks}
    assert ("MTX-18", "due") in states, "folic acid comes by itself"
    assert ("XR-07", "done") in states
    asked = {**WOMAN, "can_become_pregnant": None}
    (checks,) = planned("methotrexate", **asked).before_start
    unknown = {(one.basis, one.state) for one in checks.checks}
    assert ("XR-07", "if it applies") in unknown
    assert planned("methotrexate").before_start[0].drug == "methotrexate"


def test_a_drug_that_is_ruled_out_is_not_planned() -> None:
    plan = planned("methotrexate", "prednisolone", **{**WOMAN, "pregnant": True})
    (ruled_out,) = plan.excluded
    assert ruled_out.drug == "methotrexate"
    assert "MTX-01" in [one.basis for one in ruled_out.reasons]
    for part in (plan.monitoring, plan.before_start, plan.thresholds, plan.advice):
        assert part == ()
    assert "MTX-01" in [one.row for one in plan.safety]


def test_drugs_that_never_go_together_are_not_planned() -> None:
    plan = planned("ciclosporin+tacrolimus")
    assert [one.drug for one in plan.excluded] == ["ciclosporin", "tacrolimus"]
    beside = planned("tacrolimus", treatments=given("ciclosporin"))
    assert [one.drug for one in beside.excluded] == ["tacrolimus"]


def test_a_drug_of_another_place_is_planned_with_a_warning() -> None:
    plan = planned("rituximab")
    assert plan.monitoring
    assert ("warning", "non-severe.3.position") in [(one.level, one.basis) for one in plan.warnings]


def test_what_is_not_known_is_a_warning() -> None:
    plan = planned("methotrexate", egfr=None)
    (warning,) = plan.warnings
    assert (warning.level, warning.basis) == ("warning", "MTX-03")
    assert warning.text.startswith("Not known: ")
    both = planned("methotrexate", "prednisolone", egfr=None)
    assert both.warnings[0].text.startswith("Methotrexate: Not known: ")
    unsettled = planned("rituximab", treatments=None)
    assert "U-POSSIBLE" in [one.basis for one in unsettled.warnings]
    assert unsettled.node is None


def test_warnings_come_before_remarks() -> None:
    plan = planned("ivig", subtype="dermatomyositis", thrombosis_history=True)
    levels = [one.level for one in plan.warnings]
    assert levels == sorted(levels, reverse=True)
    assert set(levels) == {"warning", "info"}


def test_a_child_is_planned_with_a_warning() -> None:
    assert "S-CHILDREN" in [one.basis for one in planned("methotrexate", age_years=12).warnings]
    assert planned("methotrexate", age_years=18).warnings == ()


@pytest.mark.parametrize(
    ("drugs", "history", "monthly"),
    [
        (("methotrexate", "azathioprine"), [], ["methotrexate", "azathioprine"]),
        (("methotrexate", "prednisolone"), [], []),
        (("methotrexate",), given("azathioprine"), ["methotrexate"]),
        (("methotrexate",), given("methotrexate"), []),
        (("methotrexate",), given("rituximab"), []),
    ],
)
def test_a_combination_of_conventional_immunosuppressants_stays_monthly(
    drugs: tuple[str, ...], history: list[dict[str, Any]], monthly: list[str]
) -> None:
    plan = planned(*drugs, treatments=history)
    found = [name for name in drugs if dated(plan, name, "MON-03")]
    assert found == monthly
    for name in monthly:
        assert len(dated(plan, name, "MON-03")) == 14


def test_thresholds_are_those_of_the_drugs_in_words_and_now() -> None:
    plan = planned("azathioprine", "ivig", white_cells=2.9, neutrophils=5)
    by_row = {(one.basis, one.test): one for one in plan.thresholds}
    hold = by_row["AZA-16", "White cells"]
    assert (hold.when, hold.now, hold.drugs) == ("below 3 x10^9/L", "true", ("azathioprine",))
    assert by_row["MON-04", "Neutrophils"].now == "false"
    assert by_row["AZA-16", "Platelets"].now == "unknown"
    assert by_row["MON-04", "Creatinine"].now == "unknown", "plain words are not worked out"
    assert by_row["MON-04", "eGFR"].when == "below 60 mL/min/1.73 m2"
    assert by_row["IVIG-06", "Kidney function"].drugs == ("ivig",)
    assert ("TCZ-03", "Platelets") not in by_row


def test_advice_is_the_sources_and_the_safety_layers() -> None:
    (known,) = planned("methotrexate").advice
    bases = [one.basis for one in known.advice]
    assert "drug.methotrexate.folic-acid" in bases
    assert "MTX-25" in bases


def test_the_policy_and_the_rows_are_named() -> None:
    plan = planned("mycophenolate", **SEVERE)
    assert (plan.policy.id, plan.policy.confidence, plan.policy.verified) == ("bsr-2017", "V", True)
    rows = {one.row: one for one in plan.safety}
    assert rows["MON-01"].verified
    assert not rows["MMF-14"].verified
    assert "SmPC" in rows["MMF-14"].source
    (hold,) = [one for one in plan.thresholds if one.basis == "MMF-14"]
    assert hold.says.endswith("(Not yet verified.)")


@pytest.mark.parametrize(
    ("drugs", "policy", "found"),
    [
        (
            ["metotrexate"],
            "bsr-2017",
            "regimen: found 'metotrexate', no drug of the algorithm",
        ),
        (["folic-acid"], "bsr-2017", "regimen: found 'folic-acid', a supplement"),
        (["paracetamol"], "bsr-2017", "regimen: found 'paracetamol'"),
        ([], "bsr-2017", "regimen: no drug"),
        (["methotrexate"], "bsr-2025", "policy: found 'bsr-2025' (did you mean 'bsr-2017'?)"),
    ],
)
def test_an_unknown_drug_or_policy_is_refused(drugs: list[str], policy: str, found: str) -> None:
    with pytest.raises(InputError) as error:
        plan_for(person(), drugs, START, shipped(), day=DAY, policy=policy)
    (fault,) = error.value.faults
    assert str(fault).startswith(found)
    assert "methotrexate" in fault.accepted or fault.accepted == "bsr-2017"


def test_drugs_are_known_by_their_synonyms_and_planned_once() -> None:
    assert planned("prednisone", "Prednisolone").drugs == ("prednisolone",)


def test_the_same_plan_is_the_same_text() -> None:
    facts: dict[str, Any] = {"treatments": [{"drugs": ["methotrexate"], **FAILED}]}
    first, again = (plan_json(planned("tacrolimus", **facts)) for _ in range(2))
    assert first == again
    assert '"drugs": [' in first


@pytest.mark.parametrize("width", [60, 100])
def test_the_text_says_everything_within_its_width(width: int) -> None:
    plan = planned("methotrexate", "azathioprine", white_cells=2.9, egfr=None)
    text = plan_text(plan, shipped(), width=width)
    assert all(len(line) <= width for line in text.split("\n"))
    flat = " ".join(text.split())
    for expected in (
        "Methotrexate and azathioprine: plan from 1 December 2026",
        "WARNING: Methotrexate: Not known:",
        "[ ] Prescribe folic acid",
        "29 June 2027",
        "ALT or AST, albumin (methotrexate and azathioprine)",
        "(SO ALREADY)",
        "(bsr-2017)",
        "for as long as it is taken",
    ):
        assert expected in flat
    assert "\x1b[" in plan_text(plan, shipped(), colour=True)


def test_the_text_of_a_plan_that_is_ruled_out_says_so_first() -> None:
    plan = planned("methotrexate", egfr=20, sex="female", pregnant=None)
    lines = plan_text(plan, shipped()).split("\n")
    assert lines[4] == "Methotrexate is RULED OUT for this patient:"
    flat = " ".join(lines)
    assert "Nothing is planned." in flat
    assert "Calendar" not in flat


def test_an_unsettled_place_is_said() -> None:
    text = plan_text(planned("ivig", treatments=None), shipped())
    assert "The place is not settled; to 1 December 2027" in text
