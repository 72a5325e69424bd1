"""``myopathway ask``: answers typed or piped in, the recommendation at the end."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from myopathway.intake import document

HALF = """\
age_years: 39
sex: female
weight_kg: 71
subtype: polymyositis
course: initial
muscle_strength_mrc: 4
respiratory_failure_from_ild: false
myocarditis: false
severe_dysphagia: false
"""


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    path = tmp_path / "patient.yaml"
    path.write_text(HALF, encoding="utf-8")
    return path


def run(*arguments: object, typed: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "myopathway", "ask", *map(str, arguments)],
        input=typed,
        capture_output=True,
        check=False,
        text=True,
    )


def test_piped_answers_settle_the_place_and_are_written_down(patient: Path) -> None:
    out = patient.parent / "asked.yaml"
    typed = "n\nmtx, prednisone\nmethotrexate, prednisone, folic-acid\nind\nintol\nmeth\n\n"
    done = run(patient, "--place-only", "--format", "json", "-o", out, typed=typed)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["node"] == "non-severe.2"
    assert "treatments[0].drugs[0]" in done.stderr  # mtx is no name of the dictionary
    written = document(out.read_bytes(), "asked.yaml")
    assert written["treatments"] == [
        {
            "drugs": ["prednisolone", "methotrexate", "folic-acid"],
            "purpose": "induction",
            "outcome": "intolerance",
            "intolerant_of": ["methotrexate"],
        }
    ]
    assert written["other_life_threatening_complication"] is False
    assert list(written)[:3] == ["age_years", "sex", "weight_kg"]
    again = subprocess.run(
        [sys.executable, "-m", "myopathway", "recommend", out, "--format", "json"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(again.stdout)["node"] == "non-severe.2"


def test_the_end_of_the_input_and_a_dot_stop_the_questions(patient: Path) -> None:
    for typed in ("", ".\n", "no\nstop\n"):
        done = run(patient, typed=typed)
        assert done.returncode == 0, done.stderr
        assert "More has to be known" in done.stdout
        assert "Traceback" not in done.stderr


def test_not_known_is_accepted_and_not_asked_again(patient: Path) -> None:
    done = run(patient, typed="?\n" * 40)
    assert done.returncode == 0, done.stderr
    asked = [line for line in done.stderr.splitlines() if line[:1].isdigit()]
    assert 2 <= len(asked) == len(set(asked))
    assert "More has to be known" in done.stdout


def test_after_the_place_come_options_and_doses_and_questions_stay_beside(patient: Path) -> None:
    typed = "no\nnone\nciclosporin\n" + "?\n" * 60
    done = run(patient, "--width", 80, typed=typed)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Non-severe disease, first line of induction\n")
    assert "allergic" in done.stderr
    assert "not known; . to stop" not in done.stdout


def test_a_wrong_answer_is_asked_for_again(patient: Path) -> None:
    done = run(patient, "--place-only", "--format", "json", typed="perhaps\n\nnone\n")
    assert done.returncode == 0
    assert "found 'perhaps'; accepted: yes, no, ? for not known" in done.stderr


def test_nothing_known_is_a_beginning_too(tmp_path: Path) -> None:
    out = tmp_path / "asked.json"
    done = run("-o", out, "--format", "json", typed="inclusion\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["node"] == "ibm"
    assert json.loads(out.read_text(encoding="utf-8")) == {"subtype": "inclusion-body-myositis"}


def test_answers_come_from_standard_input_and_the_patient_does_not(tmp_path: Path) -> None:
    for arguments in (["-"], [tmp_path / "nobody.yaml"], ["-o", tmp_path / "no" / "where.yaml"]):
        done = run(*arguments, typed="no\n")
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert not done.stdout


def test_a_record_can_be_asked_about_too() -> None:
    example = Path(__file__).parent.parent / "examples" / "severe-ild-mda5.bundle.json"
    done = run(example, "--place-only", "--format", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["node"] == "severe.1"
    assert "unread" in answer
