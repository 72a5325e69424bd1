"""What is told of what is not known: a danger does not wait, and silence is no clearance."""

from typing import Any

import pytest

import myopathway
from tests.population import TODAY

BASE = {"age_years": 50, "subtype": "dermatomyositis", "treatments": []}


def told(**facts: Any) -> dict[str, str]:
    patient = myopathway.Patient.from_facts({**BASE, **facts})
    answer = myopathway.recommend(patient, today=TODAY)
    assert answer.status == "needs-information"
    return {one.basis: one.level for one in answer.notices}


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ({"rapidly_progressive_ild": True}, "critical"),
        ({"rapidly_progressive_ild": True, "course": "initial"}, "critical"),
        ({"rapidly_progressive_ild": True, "course": "initial", "severe_dysphagia": True,
          "subtype": None}, "critical"),
        ({"autoantibodies": ["anti-mda5"], "ild": True}, "warning"),
    ],
)  # fmt: skip
def test_a_danger_is_told_while_induction_is_possible(facts: dict[str, Any], level: str) -> None:
    assert told(**facts)["AMB-40"] == level


def test_a_danger_of_induction_is_not_told_in_remission() -> None:
    found = told(rapidly_progressive_ild=True, course="remission", subtype=None)
    assert "AMB-40" not in found


def test_a_remark_waits_until_it_goes_with_every_place() -> None:
    assert "G-RELAPSE" in told(course="relapse")
    assert "G-RELAPSE" not in told(course="relapse", subtype=None)
    assert "topic.formulary-caveat" not in told()


def test_drugs_of_which_no_rule_speaks_are_said_not_to_be_checked() -> None:
    facts = {
        **BASE, "course": "initial", "severe_dysphagia": True,
        "other_drugs": ["Ramipril", "allopurinol", "St. John's wort", "methotrexate", "septrin"],
    }  # fmt: skip
    answer = myopathway.recommend(myopathway.Patient.from_facts(facts), today=TODAY)
    (told,) = [one.text for one in answer.notices if one.basis == "X-OTHER-DRUG"]
    assert told.startswith("No rule here speaks of ramipril, septrin:")
    known = {**facts, "other_drugs": ["allopurinol"]}
    answer = myopathway.recommend(myopathway.Patient.from_facts(known), today=TODAY)
    assert "X-OTHER-DRUG" not in {one.basis for one in answer.notices}
