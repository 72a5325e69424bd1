"""A guideline on another subject goes every way that the shipped one goes, without a change here.

It is the choice of antibiotics in community-acquired pneumonia by the CURB-65 score: other facts,
groups, drugs and lines, a score that counts points, and no word of myositis.
"""

import datetime as dt
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from myopathway.cases import failures, load_cases
from myopathway.diff import compare, content_changes, version
from myopathway.guideline.load import CONTENT, load
from myopathway.guideline.model import Guideline
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.render.markdown import markdown
from myopathway.render.text import text
from myopathway.verify import verify
from myopathway.whatif import suggestions

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests" / "data" / "second-guideline"
DAY = dt.date(2026, 11, 22)
# Words of the shipped subject that an answer on another one may not hold.
FOREIGN = ("myositis", "immunosuppress", "corticosteroid", "remission", "mrc", "inclusion body")
WELL: dict[str, Any] = {
    "age_years": 40, "pneumonia": "community-acquired", "confusion": False, "urea": 5,
    "respiratory_rate": 20, "systolic": 120, "diastolic": 75, "treatments": [],
    "judged_severe": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def guideline() -> Guideline:
    return load(FOLDER)


def run(*arguments: str, handed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "myopathway", *arguments], input=handed, cwd=ROOT,
        capture_output=True, check=False, encoding="utf-8",
    )  # fmt: skip


def test_every_vignette_is_answered_as_it_expects(guideline: Guideline) -> None:
    cases = load_cases(FOLDER / "cases")
    assert len(cases) >= 10
    assert [failures(one, guideline) for one in cases] == [()] * len(cases)


@pytest.mark.parametrize(
    ("points", "node"),
    [
        ({}, "low.1"),
        ({"confusion": True}, "low.1"),
        ({"confusion": True, "age_years": 65}, "moderate.1"),
        ({"urea": 7.1, "respiratory_rate": 30}, "moderate.1"),
        ({"urea": 7, "respiratory_rate": 30}, "low.1"),
        ({"systolic": 89, "diastolic": 60, "age_years": 64}, "low.1"),
        ({"diastolic": 60, "urea": 8, "confusion": True}, "high.1"),
        ({"judged_severe": True}, "high.1"),
    ],
)
def test_points_are_counted_as_the_score_has_it(
    guideline: Guideline, points: dict[str, Any], node: str
) -> None:
    person = Patient.from_facts(WELL | points, guideline=guideline)
    answer = recommend_on(person, DAY, guideline)
    assert answer.node == node


def test_an_answer_in_every_form_speaks_of_its_own_subject(guideline: Guideline) -> None:
    for document in ({}, WELL, WELL | {"confusion": True, "age_years": 70}):
        person = Patient.from_facts(document, guideline=guideline)
        answer = recommend_on(person, DAY, guideline)
        for shown in (text(answer, guideline), markdown(answer, guideline)):
            assert "cap-antibiotics 1.0.0" in shown
            assert not [word for word in FOREIGN if word in shown.lower()]


def test_the_proofs_hold() -> None:
    report = verify(
        FOLDER, workers=1,
        only=("whole", "readings", "words", "sources", "histories", "cases-hold", "cases-cover",
              "one-node", "nodes-reached", "rules-vary", "options-reached", "gone-is-told",
              "safety-subtracts", "thresholds", "two-ways", "doses"),
    )  # fmt: skip
    assert report.guideline == "cap-antibiotics"
    assert report.holds, [failure for one in report.findings for failure in one.failures]


def test_two_versions_of_it_are_compared(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "terms.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("urea > 7", "urea > 8"), "utf-8")
    found = compare(version(str(FOLDER)), version(str(tmp_path)))
    assert [(one.before, one.after) for one in found.changes] == [
        ("one of several: Blood urea: above 7 mmol/L", "one of several: Blood urea: above 8 mmol/L")
    ] * 2
    moves = {(one.before, one.after) for one in found.places.moves}
    assert moves == {("moderate.1", "low.1"), ("high.1", "moderate.1")}
    for move in found.places.moves:
        assert 7 < move.patient["urea"] <= 8
    assert content_changes(load(CONTENT), load(FOLDER))


def test_what_would_change_it_is_found(guideline: Guideline) -> None:
    found = suggestions(Patient.from_facts(WELL, guideline=guideline), DAY, guideline)
    aims = {one.after: [len(it.alter) for it in one.suggestions] for one in found.places}
    assert aims["high.1"][0] == 1  # by judgement
    assert aims["moderate.1"][0] == 2  # two points
    assert aims["review"][0] == 1
    offered = {part.fact for one in found.places for it in one.suggestions for part in it.alter}
    assert "age_years" not in offered
    assert "urea" in offered


def test_it_is_exported_and_read_from_a_record(tmp_path: Path, guideline: Guideline) -> None:
    done = run("export", str(tmp_path / "out"), "--content", str(FOLDER))
    assert done.returncode == 0, done.stderr
    written = [path for path in (tmp_path / "out").rglob("*") if path.suffix in (".json", ".cql")]
    assert any("low" in path.name.lower() or "plan" in path.name.lower() for path in written)
    bundle = {
        "resourceType": "Bundle", "type": "collection",
        "entry": [
            {"resource": {"resourceType": "Patient", "id": "p", "birthDate": "1950-01-01"}},
            {"resource": {"resourceType": "Condition", "id": "c",
                          "code": {"coding": [{"system": "http://snomed.info/sct",
                                               "code": "385093006"}]}}},
        ],
    }  # fmt: skip
    person = Patient.from_fhir(bundle, today=DAY, guideline=guideline)
    assert person.record.value("pneumonia") == "community-acquired"
    answer = recommend_on(person, DAY, guideline)
    assert answer.possible == ("low.1", "moderate.1", "high.1", "review")


def test_the_commands_take_it(tmp_path: Path) -> None:
    patient = tmp_path / "patient.json"
    patient.write_text(json.dumps(WELL), encoding="utf-8")
    for arguments in (
        ["recommend", str(patient), "--format", "json"],
        ["recommend", str(patient), "--format", "fhir"],
        ["whatif", str(patient), "urea=9", "confusion=true"],
        ["statements"],
    ):
        done = run(*arguments, "--content", str(FOLDER))
        assert done.returncode == 0, done.stderr
        assert not [word for word in FOREIGN if word in done.stdout.lower()], arguments
