"""Each of the other properties can fail: an edit of the content, or an engine that goes astray."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from myopathway.engine.clause import STRICTNESS
from myopathway.guideline.load import CONTENT, load
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.verify import Failure, becoming, choices, verify
from myopathway.verify.events import happened

EITHER = """\
    when:
      any:
        - all:
            - course is relapse
            - malignancy is true
        - all:
            - course is relapse
            - malignancy is false
"""
UNUSED_FACT = """\
shoe_size:
  type: number
  says: Size of the shoes
  question: Which size are the shoes?
  ease: 1
  section: patient
  low: 1
  high: 60
"""


def edited(folder: Path, file: str, old: str, new: str) -> Path:
    copy = folder / "content"
    shutil.copytree(CONTENT, copy)
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def failures(content: Path, name: str) -> tuple[Failure, ...]:
    (finding,) = verify(content, only=[name]).findings
    assert finding.id == name
    return finding.failures


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "says"),
    [
        ("words", "facts.yaml", "birth_date:\n", UNUSED_FACT + "birth_date:\n", "shoe_size"),
        (
            "readings",
            "interpretations.yaml",
            "",
            "X-NOBODY:\n  title: Nobody\n  says: Nothing rests on this.\n",
            "X-NOBODY",
        ),
        (
            "rules-vary",
            "nodes/severe-3.yaml",
            "            when: disease_damage is low\n",
            "            when: course is remission\n",
            "severe.3: rule 2 of rituximab: it holds for no patient there",
        ),
        (
            "criteria-vary",
            "notices.yaml",
            "    when: course is relapse\n",
            "    when:\n      - course is relapse\n      - course is initial\n",
            "relapse: it can never be true",
        ),
        (
            "criteria-asked",
            "notices.yaml",
            "    when: course is relapse\n",
            EITHER,
            "asks malignancy, which decides nothing",
        ),
    ],
)
def test_an_edit_is_seen(
    name: str, file: str, old: str, new: str, says: str, tmp_path: Path
) -> None:
    found = failures(edited(tmp_path, file, old, new), name)
    assert [says in one.says for one in found] == [True], found


def test_a_vignette_that_is_taken_away_is_missed(tmp_path: Path) -> None:
    content = edited(tmp_path, "cases/ibm.yaml", "", "")
    (content / "cases" / "ibm.yaml").unlink()
    found = failures(content, "cases-cover")
    assert "cases: ibm is shown by no vignette" in [one.says for one in found]


def test_who_loses_every_option_untold_is_shown(tmp_path: Path) -> None:
    content = edited(
        tmp_path,
        "notices.yaml",
        "    occasion: exhausted\n",
        "    groups: [severe, remission]\n    occasion: exhausted\n",
    )
    found = failures(content, "gone-is-told")
    assert {one.says.partition(":")[0] for one in found} == {
        "non-severe.1",
        "non-severe.2",
        "non-severe.3",
    }
    guideline = load(content)
    for one in found:
        assert one.patient is not None
        answer = recommend_on(
            Patient.from_facts(one.patient, guideline=guideline),
            dt.date.fromisoformat(guideline.edition.date),
            guideline,
        )
        assert one.says.startswith(f"{answer.node}:")
        assert any(
            part.options and all(own.verdict == "excluded" for own in part.options)
            for part in answer.therapies
        )


def test_safety_that_softens_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the strictest verdict were the mildest."""
    turned = {verdict: -strictness for verdict, strictness in STRICTNESS.items()}
    monkeypatch.setattr(choices, "STRICTNESS", turned)
    found = failures(CONTENT, "safety-subtracts")
    assert len(found) > 50
    assert all(one.patient for one in found)
    assert "is offered alone and excluded with them" in " ".join(one.says for one in found)


def test_another_reading_of_what_became_of_a_drug_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgiving(guideline: Any, leaf: Any, regimen: Any, *rest: Any) -> bool:
        return regimen["outcome"] != "intolerance" and happened(guideline, leaf, regimen, *rest)

    monkeypatch.setattr(becoming, "happened", forgiving)
    found = failures(CONTENT, "histories")
    assert "not-tolerated is true to the engine, false by its completions" in found[0].says
    assert found[0].patient is not None
    assert len(found[0].patient["treatments"]) == 1
