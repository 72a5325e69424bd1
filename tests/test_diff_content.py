"""What changed, in clinical words: exactly what was edited, each once."""

from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from myopathway.diff import Change, content_changes
from myopathway.diff.content import WITHIN
from myopathway.guideline.load import CONTENT, load, shipped
from tests.edited_content import (
    CITATION,
    CONDITION,
    DOSE,
    VERDICT,
    Edit,
    edited,
    without_option,
)
from tests.small_guideline import FILES, written

TWO = (
    "at least 2 of the conventional immunosuppressants failed, by an inadequate response or by"
    " intolerance"
)


def changes(folder: Path, *edits: Edit) -> tuple[Change, ...]:
    return content_changes(shipped(), load(edited(folder, edits)))


def test_five_known_edits_are_listed_and_nothing_else(tmp_path: Path) -> None:
    folder = edited(tmp_path, [DOSE, CONDITION, CITATION, VERDICT])
    without_option(folder, "nodes/non-severe-3.yaml", "tacrolimus")
    grade = "Global muscle strength on the MRC scale, of proximal limbs and neck, not of the"
    assert content_changes(shipped(), load(folder)) == (
        Change(
            "option",
            f"Non-severe disease, third line of induction (non-severe.3){WITHIN}Core",
            "option",
            "Tacrolimus: tacrolimus without dose; the approach text gives none here",
            None,
        ),
        Change(
            "dose",
            f"Severe disease, first line of induction (severe.1){WITHIN}Core{WITHIN}"
            f"Methylprednisolone and prednisolone{WITHIN}Prednisolone, dose initial",
            "maximum",
            "80 mg/day",
            "60 mg/day",
        ),
        Change(
            "condition",
            "term severe_weakness (“Severe muscle weakness, by judgement or by a grade worse than"
            " 4”)",
            "condition",
            f"one of several: {grade} weakest single muscle: below 4",
            f"one of several: {grade} weakest single muscle: at most 4",
        ),
        Change(
            "condition",
            "Methotrexate, drug safety MTX-03",
            "condition",
            "Estimated glomerular filtration rate: below 30 mL/min/1.73 m2",
            "Estimated glomerular filtration rate: below 45 mL/min/1.73 m2",
        ),
        Change(
            "citation",
            "rule ivig-ild-relapse",
            "citation",
            "severe.1.consider.ivig-evidence, V-IVIG",
            "severe.1.consider.ivig-evidence",
        ),
    )


def test_comments_layout_and_the_order_of_rules_are_no_change(tmp_path: Path) -> None:
    folder = edited(tmp_path, [])
    for path in folder.rglob("*.yaml"):
        if "cases" not in path.parts:
            text = path.read_text(encoding="utf-8")
            path.write_text(f"# A remark.\n{text}\n# Another.\n", encoding="utf-8")
    path = folder / "nodes" / "severe-1.yaml"
    text = path.read_text(encoding="utf-8")
    first = text.index("          - says: With interstitial lung disease mycophenolate may come")
    second = text.index("          - says: Mycophenolate has worked above all where a")
    end = text.index("        evidence:", second)
    turned = text[:first] + text[second:end] + text[first:second] + text[end:]
    path.write_text(turned, encoding="utf-8")
    assert load(folder).content_hash != shipped().content_hash
    assert content_changes(shipped(), load(folder)) == ()


@pytest.mark.parametrize(
    ("edit", "kind", "what", "before", "after"),
    [
        (("nodes/severe-1.yaml", "        tier: secondary\n", "        tier: primary\n"),
         "option", "rank", "secondary", "primary"),
        (("position.yaml", "          - myocarditis is true\n", ""),
         "condition", "condition", "one of several: Myocarditis: yes", None),
        (("terms.yaml", "when: at least 1 conventional-immunosuppressants failed",
          "when: at least 2 conventional-immunosuppressants failed"),
         "condition", "condition", TWO.replace("2", "1"), TWO),
        (("orders.yaml", "methotrexate at most 25 mg/week", "methotrexate at most 20 mg/week"),
         "order", "limit", "methotrexate at most 25 mg/week", "methotrexate at most 20 mg/week"),
        (("facts.yaml", "question: Is the patient pregnant?", "question: Pregnant?"),
         "wording", "question", "Is the patient pregnant?", "Pregnant?"),
        (("facts.yaml", "    female: Female\n", "    female: Woman\n"),
         "fact", "values: female", "Female", "Woman"),
        (("edition.yaml", "version: 1.0.0", "version: 1.1.0"),
         "content", "version", "1.0.0", "1.1.0"),
        (("position.yaml", "from_years: 18", "from_years: 16"),
         "dose", "least age", "18", "16"),
    ],
)  # fmt: skip
def test_each_kind_of_edit_is_one_change_in_words(
    tmp_path: Path, edit: Edit, kind: str, what: str, before: str | None, after: str | None
) -> None:
    (found,) = changes(tmp_path, edit)
    assert (found.kind, found.what, found.before, found.after) == (kind, what, before, after)
    assert found.where


def test_turned_round_every_change_turns_round(tmp_path: Path) -> None:
    folder = edited(tmp_path, [DOSE, CONDITION, CITATION, VERDICT])
    without_option(folder, "nodes/non-severe-3.yaml", "tacrolimus")
    there, back = (
        content_changes(*pair) for pair in ((shipped(), load(folder)), (load(folder), shipped()))
    )
    turned = {(one.kind, one.where, one.what, one.after, one.before) for one in back}
    assert {(one.kind, one.where, one.what, one.before, one.after) for one in there} == turned


def _structs(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """Every part of a guideline with the way to it."""
    found: list[tuple[tuple[Any, ...], Any]] = []
    if isinstance(value, msgspec.Struct):
        found.append((path, value))
        for field in value.__struct_fields__:
            found += _structs(getattr(value, field), (*path, field))
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            found += _structs(one, (*path, place))
    elif isinstance(value, dict):
        for key, one in value.items():
            found += _structs(one, (*path, key))
    return found


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, msgspec.Struct):
        inner = _put(getattr(value, step), rest, new)
        return msgspec.structs.replace(value, **{step: inner})
    if isinstance(value, tuple):
        return (*value[:step], _put(value[step], rest, new), *value[step + 1 :])
    return {**value, step: _put(value[step], rest, new)}


DERIVED = {"content_hash", "id", "sentence", "cite", "line", "drug_names", "amount", "days", "low",
           "high", "unit", "per", "kind", "drug", "drugs", "name", "row", "fact",
           "role", "test", "given", "then", "citation"}  # fmt: skip


def test_no_text_of_the_content_can_change_unseen() -> None:
    guideline = shipped()
    parts = [
        (path, field)
        for path, part in _structs(guideline)
        if not path or path[-1] != "vocabulary"
        for field in part.__struct_fields__
        if isinstance(getattr(part, field), str)
        and field not in DERIVED
        and not type(part).__module__.endswith("criteria")
    ]
    assert len(parts) > 2000
    for path, field in Random(4).sample(parts, 150):
        part = _at(guideline, path)
        other = _put(guideline, path, msgspec.structs.replace(part, **{field: "Another text"}))
        found = content_changes(guideline, other)
        assert len(found) == 1, (path, field, found)
        assert found[0].after == "Another text" or "Another text" in str(found[0]), (path, field)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = getattr(value, step) if isinstance(value, msgspec.Struct) else value[step]
    return value


def test_another_guideline_altogether_is_compared_too(tmp_path: Path) -> None:
    small = load(written(tmp_path, FILES))
    found = content_changes(load(CONTENT), small)
    assert len(found) > 300
    assert any(one.after is None and "Severe disease" in one.where for one in found)
