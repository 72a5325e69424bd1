"""
The safety documents: every link leads to a test, every rating follows, every table is fresh.

`REFRESH=1 .venv/bin/pytest tests/test_safety_docs.py` rewrites what is generated.
"""

import ast
import json
import os
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import myopathway
from myopathway.cli import cli
from tests.safety_pages import DOCS, PARTS, ROOT, Hazard, hazards, matrix, pages
from tests.safety_patients import GUIDELINE, patient

HAZARDS = list(hazards())
each = pytest.mark.parametrize("one", HAZARDS, ids=lambda one: one.id)
FORMATS = ("text", "json", "fhir", "markdown")


@cache
def names_in(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        one.name
        for one in tree.body
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")
    )


def test_the_log_is_long_enough_and_in_order() -> None:
    assert len(HAZARDS) >= 25
    assert [one.id for one in HAZARDS] == [f"H-{place:02}" for place in range(1, len(HAZARDS) + 1)]


@each
def test_a_hazard_is_whole(one: Hazard) -> None:
    assert tuple(one.parts) == PARTS
    assert all(one.parts.values())
    assert one.tests


@each
def test_every_control_is_shown_by_a_test_that_is_there(one: Hazard) -> None:
    for file, name in one.tests:
        assert name in names_in(file), f"{one.id}: no test {file}::{name}"


@each
def test_a_control_lowers_the_risk(one: Hazard) -> None:
    risks = matrix()
    assert one.residual[0] == one.before[0], "a control changes how likely harm is, not the harm"
    assert risks[one.residual] < risks[one.before]
    assert risks[one.residual] <= 3
    if risks[one.residual] == 3:
        assert len(one.parts["Residual"]) > 10 + len(", ".join(one.residual)), "say why it stays"


@pytest.mark.parametrize("name", pages())
def test_generated_tables_are_fresh(name: str) -> None:
    path, fresh = DOCS / name, pages()[name]
    if os.environ.get("REFRESH"):
        path.write_text(fresh, encoding="utf-8")
    assert path.is_file()
    assert path.read_text(encoding="utf-8") == fresh, (
        f"{name} is stale: REFRESH=1 .venv/bin/pytest tests/test_safety_docs.py"
    )


def test_every_page_stands_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    for path in DOCS.glob("*.md"):
        assert path.name == "README.md" or f"({path.name})" in index


def test_every_row_is_in_the_ledger_table() -> None:
    table = pages()["rows.md"]
    for row in GUIDELINE.safety.ledger:
        assert f"| {row} |" in table


def test_every_unverified_rule_is_in_its_table() -> None:
    table = pages()["unverified.md"]
    for one in GUIDELINE.safety.rules:
        assert (f"| {one.row} | {one.drug} |" in table) >= (one.confidence != "V")


# ------------------------------------------------------------------------------------------------
# The ways out


def shown(facts: dict[str, Any], form: str, tmp_path: Path) -> str:
    """What the command prints for a patient."""
    file = tmp_path / "patient.json"
    file.write_text(json.dumps(facts), encoding="utf-8")
    done = CliRunner().invoke(cli, ["recommend", str(file), "--format", form])
    assert done.exit_code == 0, done.output
    return done.output


def plain(text: str) -> str:
    """Words alone: no line ends, no quotes of Markdown, no JSON escapes."""
    return " ".join(text.replace("\\", "").replace("\n", " ").replace(">", " ").split())


@pytest.mark.parametrize("form", ["text", "markdown", "fhir"])
@pytest.mark.parametrize("node", ["severe.1", "remission.2"])
def test_the_intended_use_is_on_every_surface(form: str, node: str, tmp_path: Path) -> None:
    assert GUIDELINE.edition.intended_use in plain(shown(patient(node), form, tmp_path))


@pytest.mark.parametrize("form", ["text", "markdown", "fhir"])
@pytest.mark.parametrize(
    "facts", [{}, {"subtype": "not-iim"}, {"sex": "male", "pregnant": True}], ids=str
)
def test_the_intended_use_stands_under_answers_without_a_place(
    form: str, facts: dict[str, Any], tmp_path: Path
) -> None:
    assert GUIDELINE.edition.intended_use in plain(shown(facts, form, tmp_path))


@pytest.mark.parametrize("form", FORMATS)
def test_every_way_out_has_the_safety_layer(form: str, tmp_path: Path) -> None:
    """A pregnant patient, asked for in each format: the row that excludes methotrexate is there."""
    facts = patient("remission.1", {"pregnant": True})
    assert "MTX-01" in shown(facts, form, tmp_path)
    answer = myopathway.recommend(myopathway.Patient.from_facts(facts), today=date(2026, 3, 1))
    verdicts = {x.id: x.verdict for therapy in answer.therapies for x in therapy.options}
    assert verdicts["methotrexate"] == verdicts["mycophenolate"] == "excluded"
