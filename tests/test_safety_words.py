"""What the safety layer says: its numbers, its names, what is verified and what is not."""

import re
from collections import Counter
from typing import Any

import pytest

from tests.safety_numbers import NUMBERS
from tests.safety_patients import GUIDELINE, NODES, WHERE, ask, options, patient, whole

SAFETY = GUIDELINE.safety
NUMBER = re.compile(r"(?<![A-Za-z\d.\-])\d+(?:\.\d+)?")


def entries(kind: str) -> dict[str, Any]:
    """The entries of the content by drug, row, and which of that row it is."""
    seen: Counter[str] = Counter()
    found = {}
    for one in getattr(SAFETY, kind):
        name = f"{getattr(one, 'drug', '')} {one.row}".strip()
        seen[name] += 1
        found[name + (f" #{seen[name]}" if seen[name] > 1 else "")] = one
    return found


@pytest.mark.parametrize("kind", NUMBERS)
def test_the_numbers_are_those_of_the_fact_sheet(kind: str) -> None:
    said = {
        name: " ".join(NUMBER.findall(one.says.replace("x10^9/L", "")))
        for name, one in entries(kind).items()
    }
    assert {name: numbers for name, numbers in said.items() if numbers} == NUMBERS[kind]


@pytest.mark.parametrize("kind", NUMBERS)
def test_every_entry_says_something_and_names_its_source(kind: str) -> None:
    for name, one in entries(kind).items():
        assert one.says.strip(), name
        assert one.source.strip(), name
        assert one.confidence in ("V", "V-", "K"), name
        assert not re.search(r"[{}]", one.says), name


def test_the_dose_of_methotrexate_is_never_named_without_its_week() -> None:
    for kind in NUMBERS:
        for name, one in entries(kind).items():
            if getattr(one, "drug", "") == "methotrexate" and " mg" in one.says:
                folic = "folic acid" in one.says.lower()
                assert "WEEKLY" in one.says or folic, name


@pytest.mark.parametrize("node", NODES)
def test_an_answer_says_which_of_its_rows_are_not_verified(node: str) -> None:
    """Every row that is shown stands among the sources, with its confidence."""
    answer = ask(whole(), patient(node))
    told = {one.row: one for one in answer.safety}
    shown = {check.basis for drug in answer.before_start for check in drug.checks}
    shown |= {x.basis for option in options(answer) for drug in option.drugs for x in drug.advice}
    rows = {one.row for kind in NUMBERS for one in getattr(SAFETY, kind)}
    assert rows & shown <= set(told)
    for row, one in told.items():
        confidences = {
            x.confidence for kind in NUMBERS for x in getattr(SAFETY, kind) if x.row == row
        }
        assert one.confidence in confidences
        assert one.verified == (one.confidence != "K")
        assert one.source


def test_every_drug_of_the_algorithm_has_its_safety() -> None:
    """No drug of an option without rules: a missing file would be a missing contraindication."""
    listed = {
        drug
        for node in GUIDELINE.nodes
        for therapy in node.therapies
        for option in therapy.options
        for drug in option.drugs
    }
    assert listed == set(WHERE) == {one.drug for one in SAFETY.rules}
    assert {one.drug for one in SAFETY.checks} == listed
