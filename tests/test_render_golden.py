"""Named patients whose text was read by eye; `MYOPATHWAY_GOLDEN=write pytest` writes them anew."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import myopathway
from myopathway.facts import Known, Record, Regimen, Source, Unread
from myopathway.guideline.load import shipped
from myopathway.render.markdown import markdown
from myopathway.render.text import BELOW, text

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer

TODAY = dt.date(2026, 3, 1)
FOLDER = Path(__file__).parent / "data" / "golden"
MOST_LINES = 47
NO_COMPLICATION = {
    "respiratory_failure_from_ild": False,
    "myocarditis": False,
    "severe_dysphagia": False,
    "other_life_threatening_complication": False,
}
FACTS: dict[str, dict[str, Any]] = {
    "severe-with-lung-disease": {
        "age_years": 45, "sex": "female", "weight_kg": 70, "subtype": "dermatomyositis",
        "course": "initial", "severe_dysphagia": True, "ild": True, "ild_relapse": False,
        "refractory_rash": False, "autoantibodies": ["anti-mda5"], "pregnant": False,
        "infection": False, "malignancy": False, "treatments": [], "allergies": ["azathioprine"],
    },
    "not-severe-all-known": {
        "age_years": 58, "sex": "male", "weight_kg": 62.25, "subtype": "overlap-myositis",
        "course": "initial", "severe_muscle_weakness": False, **NO_COMPLICATION, "treatments": [],
        "ild": False, "refractory_rash": False, "autoantibodies": [], "disease_damage": "low",
        "infection": False, "malignancy": False, "allergies": [], "other_drugs": ["ramipril"],
        "egfr": 45, "significant_liver_disease": False, "alcohol_dependence": False,
        "bone_marrow_failure": False, "tuberculosis": "none", "peptic_ulcer_active": False,
        "tpmt": "normal", "nudt15": "normal", "iga_deficiency_with_anti_iga": False,
        "immunoglobulin_anaphylaxis": False,
    },
    "not-severe-weight-unknown": {
        "age_years": 33, "subtype": "polymyositis", "course": "initial",
        "muscle_strength_mrc": "4+", **NO_COMPLICATION, "ild": True, "treatments": [],
    },
    "severe-third-line": {
        "age_years": 52, "weight_kg": 101.5, "subtype": "dermatomyositis", "course": "relapse",
        "severe_muscle_weakness": True, "rapidly_progressive_ild": True,
        "autoantibodies": ["anti-jo-1"], "allergies": ["ivig"],
        "treatments": [
            {"drugs": ["methotrexate", "prednisolone"], "purpose": "induction",
             "outcome": "intolerance", "intolerant_of": ["methotrexate"]},
            {"drugs": ["mycophenolate"], "purpose": "induction", "outcome": "inadequate-response"},
            {"drugs": ["rituximab"], "purpose": "maintenance", "outcome": "inadequate-response"},
        ],
    },
    "remission-pairs": {
        "age_years": 60, "weight_kg": 82, "subtype": "antisynthetase-syndrome",
        "course": "remission", "ild_predominant": True, "allergies": [],
        "treatments": [
            {"drugs": ["prednisolone", "azathioprine"], "purpose": "induction",
             "outcome": "adequate-response", "stopped": "2025-02-01"},
            {"drugs": ["methotrexate", "prednisolone"], "purpose": "maintenance",
             "outcome": "inadequate-response"},
            {"drugs": ["mycophenolate"]},
        ],
    },
    "half-known": {"age_years": 45, "subtype": "polymyositis", "course": "initial"},
    "everything-ruled-out": {
        "age_years": 60, "weight_kg": 180, "subtype": "polymyositis", "course": "initial",
        "severe_muscle_weakness": True, "treatments": [],
        "allergies": ["methotrexate", "azathioprine", "mycophenolate", "prednisolone", "ivig"],
    },
    "contradiction": {"sex": "male", "pregnant": True, "subtype": "polymyositis"},
}  # fmt: skip


def from_a_record() -> myopathway.Patient:
    """A patient as the FHIR reader hands one in: every fact with its resource, some not read."""

    def found(value: Any, reference: str, date: str = "2026-01-05") -> Known:
        return Known(value, Source("fhir", reference, date))

    regimen = Regimen(
        ("azathioprine",), "induction", "inadequate-response",
        source=Source("fhir", "MedicationRequest/m1", "2025-06-01"),
    )  # fmt: skip
    record = Record(
        {
            "birth_date": found(dt.date(1970, 5, 17), "Patient/p1", ""),
            "sex": found("male", "Patient/p1", ""),
            "weight_kg": found(Decimal("91.4"), "Observation/weight-1", "2024-11-02"),
            "subtype": found("immune-mediated-necrotising-myopathy", "Condition/c1"),
            "course": found("initial", "Observation/o2"),
            "severe_muscle_weakness": found(value=False, reference="Observation/o3"),
            **{name: found(value=False, reference="Condition") for name in NO_COMPLICATION},
            "allergies": found(("<b>penicillin</b>",), "AllergyIntolerance/a1"),
            "treatments": found((regimen,), "MedicationRequest/m1", ""),
        }
    )
    unread = (
        Unread("Observation/o9", "no unit [click](https://example.com) <script>x</script>"),
        Unread("Encounter", "12 resources that no fact reads"),
    )
    return myopathway.Patient(record, unread, ("history-from-record",))


def patients() -> dict[str, myopathway.Patient]:
    named = {name: myopathway.Patient.from_facts(facts) for name, facts in FACTS.items()}
    return {**named, "from-a-record": from_a_record()}


NAMES = [*FACTS, "from-a-record"]


def answer_for(name: str) -> Answer:
    return myopathway.recommend(patients()[name], today=TODAY)


def settled(written: str, answer: Answer) -> str:
    """The digest of the content changes with every edit of it, and says nothing to a reader."""
    return written.replace(answer.guideline.content_hash[:12], "digest")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["txt", "md"])
def test_the_text_is_the_one_that_was_read(name: str, kind: str) -> None:
    answer = answer_for(name)
    write = markdown if kind == "md" else text
    found = settled(write(answer, shipped()), answer)
    file = FOLDER / f"{name}.{kind}"
    if os.environ.get("MYOPATHWAY_GOLDEN") == "write":
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_first_screen_is_a_screen(name: str) -> None:
    first = text(answer_for(name), shipped()).partition(f"\n{BELOW}")[0]
    assert first.count("\n") < MOST_LINES
