"""Ten faults planted in copies of the content: each is found, with a smallest patient."""

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from myopathway.guideline.load import CONTENT, load
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.verify import Failure, Report, verify
from tests import population

Facts = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """One edit of the content, the properties that find it, and the patient they show."""

    name: str
    file: str
    old: str
    new: str
    found_by: tuple[str, ...]
    patient: Facts
    says: str


SEVERE = {"subtype": "dermatomyositis", "respiratory_failure_from_ild": True}
FAILED = [{"drugs": ["methotrexate"], "purpose": "induction", "outcome": "intolerance"}]

FAULTS = (
    Fault(
        name="a gap: relapses belong nowhere",
        file="terms.yaml",
        old="      - course is initial\n      - course is relapse\n",
        new="      - course is initial\n      - course is initial\n",
        found_by=("one-node", "cases-hold"),
        patient={"subtype": "dermatomyositis", "course": "relapse"},
        says="no node",
    ),
    Fault(
        name="an overlap: the second line no longer excludes the third",
        file="nodes/severe-2.yaml",
        old="  - severe_third_line is false\n",
        new="  - severe_disease is true\n",
        found_by=("one-node",),
        patient={
            "treatments": [
                {
                    "drugs": ["methotrexate", "mycophenolate"],
                    "purpose": "induction",
                    "outcome": "intolerance",
                }
            ],
            **SEVERE,
        },
        says="severe.2 and to severe.3",
    ),
    Fault(
        name="a dead option: listed only for whom the node is not",
        file="nodes/non-severe-3.yaml",
        old="      - give: [tacrolimus]\n        says: Only the approach text adds it here, where"
        " lung disease predominates.\n        cites: [non-severe.3.core.ild-choice]\n"
        "        doses:\n"
        "          - tacrolimus without dose; the approach text gives none here\n"
        "        listed: ild_predominant is true\n",
        new="      - give: [tacrolimus]\n        says: Only the approach text adds it here, where"
        " lung disease predominates.\n        cites: [non-severe.3.core.ild-choice]\n"
        "        doses:\n"
        "          - tacrolimus without dose; the approach text gives none here\n"
        "        listed: respiratory_failure_from_ild is true\n",
        found_by=("options-reached", "cases-hold"),
        patient={
            "treatments": [
                {
                    "drugs": ["rituximab"],
                    "purpose": "induction",
                    "outcome": "inadequate-response",
                }
            ],
            "subtype": "dermatomyositis",
            "course": "initial",
            **dict.fromkeys(("severe_muscle_weakness", *population.LIFE_THREATENING), False),
        },
        says="non-severe.3: tacrolimus is never listed",
    ),
    Fault(
        name="a missing citation: an option that rests on a reading alone",
        file="nodes/severe-2.yaml",
        old="        cites: [severe.2.core, D-TAPER]\n",
        new="        cites: [D-TAPER]\n",
        found_by=("sources",),
        patient={"treatments": FAILED, **SEVERE},
        says="severe.2: prednisolone cites no statement",
    ),
    Fault(
        name="a widened safety rule: worse kidneys are let through",
        file="safety/methotrexate.yaml",
        old="    when: egfr < 30\n",
        new="    when: egfr < 3\n",
        found_by=("thresholds",),
        patient={"treatments": [], **SEVERE, "egfr": 3},
        says="egfr 3 is treated more mildly",
    ),
    Fault(
        name="a wrong operator: a better grade counts as severe",
        file="terms.yaml",
        old="      - muscle_strength_mrc < 4\n",
        new="      - muscle_strength_mrc > 4\n",
        found_by=("two-ways", "cases-hold"),
        patient={"severe_muscle_weakness": True, "muscle_strength_mrc": 2},
        says="the two ways to state it disagree",
    ),
    Fault(
        name="a swapped unit: grams for milligrams",
        file="nodes/severe-1.yaml",
        old="azathioprine initial 25-50 mg/day oral, at most 2 mg/kg/day",
        new="azathioprine initial 25-50 g/day oral, at most 2 g/kg/day",
        found_by=("doses", "cases-hold"),
        patient={"treatments": [], **SEVERE, "age_years": 18, "weight_kg": 2},
        says="azathioprine at most 2 mg/kg/day",
    ),
    Fault(
        name="an unreachable node",
        file="nodes/remission-2.yaml",
        old="  - maintenance_first_line_failed is true\n",
        new="  - maintenance_first_line_failed is false\n  - first_line_failed is false\n"
        "  - maintenance_third_line is true\n",
        found_by=("nodes-reached", "one-node", "cases-hold"),
        patient={
            "treatments": [
                {
                    "drugs": ["rituximab"],
                    "purpose": "maintenance",
                    "outcome": "inadequate-response",
                }
            ],
            "subtype": "dermatomyositis",
            "course": "remission",
        },
        says="nobody belongs here",
    ),
    Fault(
        name="a criterion that is true of the patient of whom nothing is known",
        file="safety/methotrexate.yaml",
        old="    when: taken with nitrous-oxide\n",
        new="    when: taken with methotrexate\n",
        found_by=("nothing-known",),
        patient={"treatments": [], **SEVERE},
        says="MTX-11",
    ),
    Fault(
        name="a needless question: both answers say the same",
        file="safety/methotrexate.yaml",
        old="    when: bone_marrow_failure is true\n",
        new="    when:\n      any:\n        - bone_marrow_failure is true\n"
        "        - all:\n            - bone_marrow_failure is false\n"
        "            - pregnant is true\n        - not: pregnant is true\n",
        found_by=("kleene", "criteria-vary"),
        patient={},
        says="MTX-06",
    ),
)


def planted(fault: Fault, folder: Path) -> Path:
    copy = folder / "content"
    shutil.copytree(CONTENT, copy)
    file = copy / fault.file
    text = file.read_text(encoding="utf-8")
    assert text.count(fault.old) == 1, fault.name
    file.write_text(text.replace(fault.old, fault.new), encoding="utf-8")
    return copy


def failing(report: Report) -> dict[str, tuple[Failure, ...]]:
    return {one.id: one.failures for one in report.findings if not one.holds}


@pytest.mark.parametrize("fault", FAULTS, ids=[one.name for one in FAULTS])
def test_each_fault_is_found_with_a_smallest_patient(fault: Fault, tmp_path: Path) -> None:
    content = planted(fault, tmp_path)
    found = failing(verify(content, only=fault.found_by))
    assert set(found) == set(fault.found_by)
    shown = [one for one in found[fault.found_by[0]] if fault.says in one.says]
    assert fault.patient in [one.patient for one in shown]
    for failures in found.values():
        for one in failures:
            assert one.patient is not None, one.says
            Patient.from_facts(one.patient, guideline=load(content))


def test_the_patient_of_a_gap_could_not_be_smaller(tmp_path: Path) -> None:
    """Whatever is left out of it, another node is possible again."""
    gap = FAULTS[0]
    content = planted(gap, tmp_path)
    guideline = load(content)
    day = dt.date.fromisoformat(guideline.edition.date)

    def possible(facts: Facts) -> tuple[str, ...]:
        return recommend_on(Patient.from_facts(facts, guideline=guideline), day, guideline).possible

    known = {"myocarditis": False, "respiratory_failure_from_ild": False}
    assert not possible({**gap.patient, **known})
    for name in gap.patient:
        assert possible({key: gap.patient[key] for key in gap.patient if key != name})


def test_the_command_prints_a_document_and_exits_with_1(tmp_path: Path) -> None:
    content = planted(FAULTS[4], tmp_path)
    command = [sys.executable, "-m", "myopathway"]
    done = subprocess.run(
        [*command, "verify", "--content", content, "--only", "thresholds", "--only", "words"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert not done.stderr
    assert re.search(r"^holds +words ", done.stdout, re.MULTILINE)
    assert re.search(r"^FAILS +thresholds ", done.stdout, re.MULTILINE)
    assert "1 of 2 properties hold" in done.stdout
    printed = done.stdout.partition("shows it:\n")[2].partition("\n\n")[0]
    answer = subprocess.run(
        [*command, "recommend", "-", "--format", "json", "--content", content],
        input=textwrap.dedent(printed),
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(answer.stdout)["node"] == "severe.1"


def test_json_and_text_say_the_same(tmp_path: Path) -> None:
    content = planted(FAULTS[3], tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", "verify", "--content", content,
         "--only", "sources", "--only", "words", "--json"],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert not report["holds"]
    words, sources = sorted(report["findings"], key=lambda one: not one["holds"])
    assert words["holds"]
    assert words["failures"] == []
    assert sources["failures"] == [
        {"says": "severe.2: prednisolone cites no statement", "patient": FAULTS[3].patient}
    ]


def test_a_vignette_with_figures_is_printed_as_a_document(tmp_path: Path) -> None:
    """Numbers of a vignette are decimals: text and JSON must write them as numbers."""
    content = tmp_path / "content"
    shutil.copytree(CONTENT, content)
    node = content / "nodes" / "severe-1.yaml"
    lowered = node.read_text(encoding="utf-8").replace("at most 80 mg/day", "at most 60 mg/day")
    node.write_text(lowered, encoding="utf-8")
    command = [sys.executable, "-m", "myopathway", "verify", "--content", str(content),
               "--only", "cases-hold"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 1, done.stderr
    assert re.search(r"^    weight_kg: [0-9.]+$", done.stdout, re.MULTILINE)
    done = subprocess.run([*command, "--json"], capture_output=True, check=False, text=True)
    (finding,) = json.loads(done.stdout)["findings"]
    weights = [one["patient"]["weight_kg"] for one in finding["failures"]
               if "weight_kg" in one["patient"]]  # fmt: skip
    assert weights
    assert all(isinstance(one, int | float) for one in weights)


def test_content_that_cannot_be_read_fails_and_names_the_line(tmp_path: Path) -> None:
    content = planted(FAULTS[3], tmp_path)
    (content / "terms.yaml").write_text("covered: 3\n", encoding="utf-8")
    report = verify(content)
    assert [one.id for one in report.findings] == ["whole"]
    assert any("terms.yaml:1" in one.says for one in report.findings[0].failures)


def test_an_unknown_property_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", "verify", "--only", "treshold"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 2
    assert "did you mean 'thresholds'" in done.stderr
    assert not done.stdout
