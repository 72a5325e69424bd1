"""``fact=value`` is read like a facts document, and the difference between two answers is whole."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from myopathway.errors import InputError
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.whatif import changed, difference, read_changes
from tests.population import TODAY, patient

ROOT = Path(__file__).parent.parent
VOCABULARY = shipped().vocabulary
MTX = {"drugs": ["methotrexate"], "purpose": "induction", "outcome": "ongoing"}


def after(document: dict[str, Any], *asked: str) -> Patient:
    return changed(Patient.from_facts(document), read_changes(asked), VOCABULARY)


@pytest.mark.parametrize(
    ("given", "asked", "same"),
    [
        ({}, ["ild=true"], {"ild": True}),
        ({"ild": True}, ["ild=unknown"], {}),
        ({"ild": True}, ["ild="], {}),
        ({}, ["weight_kg=62.5", "muscle_strength_mrc=4-"],
         {"weight_kg": 62.5, "muscle_strength_mrc": "4-"}),
        ({}, ["birth_date=1980-02-03"], {"birth_date": "1980-02-03"}),
        ({"autoantibodies": ["anti-srp"]}, ["autoantibodies+=anti-jo-1"],
         {"autoantibodies": ["anti-jo-1", "anti-srp"]}),
        ({"autoantibodies": ["anti-srp"]}, ["autoantibodies-=[anti-srp]"], {"autoantibodies": []}),
        ({}, ["other_drugs+=Allopurinol"], {"other_drugs": ["allopurinol"]}),
        ({"treatments": [MTX]}, ["treatments[0].outcome=intolerance"],
         {"treatments": [MTX | {"outcome": "intolerance"}]}),
        ({"treatments": [MTX]}, ["treatments[0].purpose=unknown"],
         {"treatments": [{"drugs": ["methotrexate"], "outcome": "ongoing"}]}),
        ({"treatments": [MTX]}, ["treatments+={drugs: [prednisone], outcome: completed}"],
         {"treatments": [MTX, {"drugs": ["prednisolone"], "outcome": "completed"}]}),
    ],
)  # fmt: skip
def test_a_change_gives_the_patient_as_if_it_had_been_stated_so(
    given: dict[str, Any], asked: list[str], same: dict[str, Any]
) -> None:
    assert after(given, *asked).record == Patient.from_facts(same).record


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("wieght=3", "wieght: no such fact; did you mean"),
        ("weight_kg=three", "weight_kg: found 'three'"),
        ("weight_kg=3000", "a number from 2 to 350"),
        ("ild", "no change of a fact"),
        ("ild+=true", "+= on a boolean"),
        ("autoantibodies+=anti-foo", "anti-foo"),
        ("treatments[3].outcome=intolerance", "there is 1 regimen"),
        ("treatments[0].outcome=cured", "cured"),
        ("treatments[0].drugs=[ivig]", "no change of a fact"),
        ("treatments-=methotrexate", "treatments-="),
        ("treatments+={drug: ivig}", "treatments"),
        ("ild=[", "ild=["),
        ("birth_date=2030-01-01", "after as_of"),
        ("allergies-=ivig", "allergies: not known"),
        ("other_drugs-=allopurinol", "allopurinol is not in the list"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_named(asked: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        after({"treatments": [MTX], "as_of": "2026-03-01", "other_drugs": ["aliskiren"]}, asked)
    assert told.partition(";")[0] in str(caught.value)


def test_a_fact_has_one_value() -> None:
    with pytest.raises(InputError, match="weight_kg: it stands twice"):
        read_changes(["weight_kg=60", "ild=true", "weight_kg=70"])
    assert len(read_changes(["other_drugs+=aliskiren", "other_drugs+=allopurinol"])) == 2


def test_an_answer_does_not_differ_from_itself_and_any_other_does() -> None:
    rng = Random(11)
    answers = [recommend_on(Patient.from_facts(patient(rng)), TODAY) for _ in range(60)]
    for one in answers:
        elsewhere = msgspec.structs.replace(one.guideline, content_hash="another")
        same = msgspec.structs.replace(one, guideline=elsewhere)
        assert difference(one, same).empty
    for one, other in pairwise(answers):
        assert difference(one, other).empty is (
            msgspec.structs.replace(other, guideline=one.guideline) == one
        )


def test_every_part_of_a_difference_says_what_it_was_and_why() -> None:
    given = {"subtype": "dermatomyositis", "course": "initial", "severe_dysphagia": True,
             "treatments": [], "age_years": 50, "weight_kg": 60, "ild": False}  # fmt: skip
    person = Patient.from_facts(given)
    before = recommend_on(person, TODAY)
    found = difference(before, recommend_on(after(given, "ild=true", "weight_kg=90"), TODAY))
    assert found.place is None
    verdicts = {one.option: one for one in found.verdicts}
    assert (verdicts["mycophenolate"].before, verdicts["mycophenolate"].after) == (
        "offered", "favoured")  # fmt: skip
    assert verdicts["mycophenolate"].reasons[0].basis == "severe.1.plus.mmf-first-if-ild"
    doses = {(one.drug, one.kind): (one.before, one.after) for one in found.doses}
    assert doses["prednisolone", "initial"] == (
        "30 to 60 mg/day", "45 to 80 mg/day, held at the maximum")  # fmt: skip
    moved = difference(
        before, recommend_on(after(given, "severe_dysphagia=false", "myocarditis=false",
                                   "other_life_threatening_complication=false",
                                   "severe_muscle_weakness=false",
                                   "respiratory_failure_from_ild=false"), TODAY))  # fmt: skip
    assert moved.place is not None
    assert moved.place.node == ("severe.1", "non-severe.1")
    assert any(one.basis == "severe.definition" for one in moved.place.reasons)
    assert {one.option for one in moved.verdicts} >= {"mycophenolate", "prednisolone"}


def run(*arguments: str, handed: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "myopathway", "whatif", *arguments], input=handed, cwd=ROOT,
        capture_output=True, check=False,
    )  # fmt: skip


def test_the_command_shows_the_difference_and_the_suggestions() -> None:
    example = "examples/severe-ild-mda5.bundle.json"
    done = run(example, "ild=false", "--as-of", "2026-11-02", "--no-color")
    assert done.returncode == 0, done.stderr
    assert "Mycophenolate mofetil: favoured -> offered" in done.stdout.decode()
    done = run(example, "--format", "json", "--as-of", "2026-11-02")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["node"] == "severe.1"
    assert {one["after"] for one in told["places"]} >= {"severe.2"}
    done = run("-", "--width", "60", handed=b"subtype: dermatomyositis\ncourse: remission\n")
    assert done.returncode == 0, done.stderr
    assert "remission.1" in done.stdout.decode()
    assert all(len(line) <= 60 for line in done.stdout.decode().splitlines())


def test_of_an_unknown_history_no_more_is_claimed_than_was_tried() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", "whatif", "examples/half-known.yaml",
         "--width", "200"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert "; and every regimen given for the myositis so far: none" in done.stdout
    assert "Of a history that is not known only “none” was tried." in done.stdout
    assert "--all shows every set." in done.stdout


def test_bad_input_is_one_clear_line_and_status_2() -> None:
    done = run("examples/half-known.yaml", "ild=perhaps", "nothing")
    assert done.returncode == 2
    assert not done.stdout
    assert done.stderr.decode().count("\n") == 1
    assert "Traceback" not in done.stderr.decode()
