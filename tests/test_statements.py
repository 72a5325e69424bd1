"""The statements report: computed from content and vignettes, and true."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from myopathway.cases import Case, answer_of, load_cases
from myopathway.guideline.load import CONTENT, carried, shipped
from myopathway.statements import report, shown, summary

GUIDELINE = shipped()
CASES = load_cases(CONTENT / "cases")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def entries() -> list[dict[str, Any]]:
    return report(GUIDELINE, CASES)


def by_id(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in entries}


def test_every_statement_of_the_ledger_has_its_row_in_order(entries: list[dict[str, Any]]) -> None:
    assert [one["id"] for one in entries] == list(GUIDELINE.statements)
    for one in entries:
        statement = GUIDELINE.statements[one["id"]]
        assert set(one) == {"id", "says", "cites", "carried_by", "exercised_by", "tests"}
        assert (one["says"], tuple(one["cites"])) == (statement.says, statement.cites)


def test_what_carries_a_statement_is_what_cites_it(entries: list[dict[str, Any]]) -> None:
    places = carried(GUIDELINE)
    for one in entries:
        assert one["carried_by"] == places[one["id"]]
    ivig = by_id(entries)["severe.1.consider.ivig-monotherapy"]["carried_by"]
    assert "nodes/severe.1/consider/ivig" in ivig
    assert "rules/ivig-pregnancy" in ivig


def test_what_exercises_a_statement_shows_its_id(entries: list[dict[str, Any]]) -> None:
    """The written answer of each named vignette holds the id, and that of no other does."""
    written = {case.id: msgspec.json.encode(answer_of(case, GUIDELINE)).decode() for case in CASES}
    for one in entries:
        holding = [name for name, text in written.items() if f'"{one["id"]}"' in text]
        assert one["exercised_by"] == holding


def test_a_single_vignette_exercises_what_its_answer_says_and_no_more() -> None:
    (case,) = [one for one in CASES if one.name == "Inclusion body myositis, nothing else known"]
    found = by_id(report(GUIDELINE, [case]))
    exercised = {name for name, one in found.items() if one["exercised_by"]}
    assert exercised == {
        *("topic.ibm-no-immunosuppression", "topic.ibm-exercise"),
        *("topic.aim", "topic.evidence-base", "topic.observational"),
    }
    assert found["topic.ibm-exercise"]["exercised_by"] == [case.id]
    assert exercised == shown(answer_of(case, GUIDELINE)) & set(GUIDELINE.statements)


def test_without_vignettes_nothing_is_exercised() -> None:
    none: list[Case] = []
    counts = summary(report(GUIDELINE, none))
    assert counts == {"total": 111, "carried": 111, "exercised": 0, "not_encoded": []}


def test_a_statement_that_nothing_carries_is_named() -> None:
    orphan = msgspec.structs.replace(GUIDELINE.statements["topic.aim"], id="topic.orphan")
    more = {**GUIDELINE.statements, "topic.orphan": orphan}
    counts = summary(report(msgspec.structs.replace(GUIDELINE, statements=more), CASES[:1]))
    assert counts["total"] == 112
    assert counts["not_encoded"] == ["topic.orphan"]


def test_the_tests_it_names_exist(entries: list[dict[str, Any]]) -> None:
    named = {test for one in entries for test in one["tests"]}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/test_cases.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    collected = set(done.stdout.splitlines())
    assert named
    assert named <= collected
    cases = {one for one in collected if "::test_case[" in one}
    assert cases == named | {f"tests/test_cases.py::test_case[{c.file}:{c.name}]" for c in CASES}


def test_tests_and_vignettes_are_named_alike(entries: list[dict[str, Any]]) -> None:
    for one in entries:
        names = [test.partition("[")[2].removesuffix("]") for test in one["tests"]]
        assert names == [name.replace(": ", ":", 1) for name in one["exercised_by"]]


def test_the_summary_counts_the_rows(entries: list[dict[str, Any]]) -> None:
    counts = summary(entries)
    assert counts["total"] == len(entries) == 111
    assert counts["exercised"] == sum(1 for one in entries if one["exercised_by"])
    assert msgspec.json.decode(msgspec.json.encode(entries)) == entries
