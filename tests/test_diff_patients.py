"""Whose answer changes: the comparison against brute force, patient by patient."""

import datetime as dt
import json
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from myopathway.cases import load_cases
from myopathway.diff import Comparison, Version, compare, version
from myopathway.engine.outcome import Answer
from myopathway.guideline.load import CONTENT, load, shipped
from myopathway.guideline.model import Guideline
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests.edited_content import CITATION, CONDITION, DOSE, VERDICT, edited, without_option
from tests.population import TODAY, complete_patient, patient

DAY = dt.date.fromisoformat(shipped().edition.date)
RULE = ("rules.yaml", "    groups: [severe, non-severe]\n    when: pregnant is true",
        "    groups: [severe]\n    when: pregnant is true")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = edited(tmp_path_factory.mktemp("new"), [DOSE, CONDITION, CITATION, VERDICT, RULE])
    without_option(made, "nodes/non-severe-3.yaml", "tacrolimus")
    for path in (made / "cases").glob("*.yaml"):
        path.unlink()  # vignettes may name the option that is gone
    (made / "cases").rmdir()
    return made


@pytest.fixture(scope="module")
def people() -> list[dict[str, Any]]:
    rng = Random(31)
    return [complete_patient(rng) if n % 2 else patient(rng) for n in range(120)]


@pytest.fixture(scope="module")
def found(
    folder: Path, people: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Comparison:
    file = tmp_path_factory.mktemp("cohort") / "people.ndjson"
    lines = [json.dumps(one) for one in people]
    lines[7] = '{"ild": 3}'
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return compare(version(str(CONTENT)), version(str(folder)), [file])


def told(answer: Answer) -> bytes:
    """Give everything of an answer save which content gave it."""
    same = msgspec.structs.replace(answer, guideline=None)
    return msgspec.json.encode(same)


def answer_of(document: dict[str, Any], guideline: Guideline) -> Answer:
    return recommend_on(Patient.from_facts(document, guideline=guideline), DAY, guideline)


def test_the_vignettes_that_change_are_those_of_brute_force(
    found: Comparison, folder: Path
) -> None:
    new = load(folder)
    cases = load_cases(CONTENT / "cases")
    expected = [
        one.id
        for one in cases
        if told(answer_of(one.given, shipped())) != told(answer_of(one.given, new))
    ]
    group = found.groups[0]
    assert group.patients == len(cases)
    assert [one.id for one in group.changed] == expected
    assert expected


def test_the_patients_of_a_file_that_change_are_those_of_brute_force(
    found: Comparison, people: list[dict[str, Any]], folder: Path
) -> None:
    new = load(folder)
    expected = [
        f"line {number}"
        for number, one in enumerate(people, start=1)
        if number != 8 and told(answer_of(one, shipped())) != told(answer_of(one, new))
    ]
    group = found.groups[1]
    assert group.patients == len(people) - 1
    assert [one.id for one in group.changed] == expected
    assert [name for name, _ in group.unread] == ["line 8"]
    moved = [one for one in group.changed if one.difference.place is not None]
    for one in moved:
        document = people[int(one.id.split()[1]) - 1]
        place = one.difference.place
        assert place is not None
        assert place.node == (answer_of(document, shipped()).node, answer_of(document, new).node)


REGIMENS = [
    [],
    [{"drugs": ["methotrexate"], "purpose": "induction", "outcome": "inadequate-response"}],
    [{"drugs": ["ciclosporin"], "purpose": "induction", "outcome": "intolerance"},
     {"drugs": ["azathioprine"], "purpose": "induction", "outcome": "intolerance"}],
    [{"drugs": ["rituximab"], "purpose": "induction", "outcome": "inadequate-response"}],
]  # fmt: skip


def test_the_places_that_change_are_those_of_brute_force(found: Comparison, folder: Path) -> None:
    new = load(folder)
    brute: set[tuple[str, str]] = set()
    for course, grade, severe, dysphagia, given in product(
        ("initial", "remission"), (None, "4-", 4, "4+"), (None, True, False), (True, False),
        REGIMENS,
    ):  # fmt: skip
        document = {
            "subtype": "polymyositis", "course": course, "muscle_strength_mrc": grade,
            "severe_muscle_weakness": severe, "severe_dysphagia": dysphagia,
            "myocarditis": False, "respiratory_failure_from_ild": False,
            "other_life_threatening_complication": False, "treatments": given,
        }  # fmt: skip
        old, other = (answer_of(document, one) for one in (shipped(), new))
        pair = (old.node or old.status, other.node or other.status)
        if pair[0] != pair[1]:
            brute.add(pair)
    moves = {(one.before, one.after) for one in found.places.moves}
    assert moves == brute
    assert found.places.changed == sum(one.combinations for one in found.places.moves)
    assert 0 < found.places.changed < found.places.combinations


def test_random_patients_move_only_where_the_space_says_so(found: Comparison, folder: Path) -> None:
    new = load(folder)
    moves = {(one.before, one.after) for one in found.places.moves}
    rng = Random(77)
    for _ in range(400):
        document = complete_patient(rng)
        old, other = (answer_of(document, one) for one in (shipped(), new))
        pair = (old.node or old.status, other.node or other.status)
        assert pair[0] == pair[1] or pair in moves


def test_options_are_judged_otherwise_exactly_where_brute_force_says(
    found: Comparison, folder: Path
) -> None:
    new = load(folder)
    (option,) = (one for one in found.options if (one.node, one.option) == (
        "remission.1", "methotrexate"))  # fmt: skip
    assert option.facts == ("egfr",)
    base = {"subtype": "polymyositis", "course": "remission", "treatments": []}
    pairs = set()
    for egfr in (None, 10, 29.9, 30, 37, 44.9, 45, 59, 60, 90):
        verdicts = tuple(
            next(one.verdict for part in answer_of(base | {"egfr": egfr}, guideline).therapies
                 for one in part.options if one.id == "methotrexate")
            for guideline in (shipped(), new)
        )  # fmt: skip
        if verdicts[0] != verdicts[1]:
            pairs.add(verdicts)
    assert {(one.before, one.after) for one in option.reversals} == pairs
    changed = {(one.node, one.option) for one in found.options}
    assert ("non-severe.3", "tacrolimus") in changed
    assert ("severe.2", "tacrolimus") not in changed
    assert ("non-severe.2", "ivig") in changed
    assert ("severe.2", "ivig") not in changed


def test_doses_differ_at_exactly_the_weights_of_brute_force(
    found: Comparison, folder: Path
) -> None:
    new = load(folder)
    spans = [one for one in found.doses if one.kind == "initial"]
    assert {(one.node, one.drug) for one in spans} == {("severe.1", "prednisolone")}
    base = {"subtype": "polymyositis", "course": "initial", "myocarditis": True,
            "treatments": [], "age_years": 40}  # fmt: skip
    for tenths in range(20, 3501, 35):
        weight = Decimal(tenths) / 10
        figures = [
            _figure(answer_of(base | {"weight_kg": float(weight)}, one)) for one in (shipped(), new)
        ]
        inside = any(
            one.lightest is not None and one.heaviest is not None
            and one.lightest <= weight <= one.heaviest
            for one in spans
        )  # fmt: skip
        assert inside is (figures[0] != figures[1]), weight


def _figure(answer: Answer) -> tuple[Decimal, Decimal]:
    return next(
        (dose.low, dose.high)
        for part in answer.therapies
        for option in part.options
        for drug in option.drugs
        for dose in drug.calculated
        if (drug.drug, dose.kind) == ("prednisolone", "initial")
    )


def test_a_smallest_patient_shows_it_and_nothing_can_be_left_out(
    found: Comparison, folder: Path
) -> None:
    new = load(folder)

    def places(document: dict[str, Any]) -> tuple[str, str]:
        old, other = (answer_of(document, one) for one in (shipped(), new))
        return old.node or old.status, other.node or other.status

    for move in found.places.moves:
        assert places(move.patient) == (move.before, move.after)
        for name in move.patient:
            less = {key: value for key, value in move.patient.items() if key != name}
            assert places(less) != (move.before, move.after), (name, move.patient)
    for option in found.options:
        for one in option.reversals:
            old, other = (answer_of(one.patient, each) for each in (shipped(), new))
            verdicts = [
                next((it.verdict for part in answer.therapies for it in part.options
                      if it.id == one.option), "absent")
                for answer in (old, other)
            ]  # fmt: skip
            assert old.node == other.node == one.node
            assert verdicts == [one.before, one.after]


def test_a_version_differs_from_itself_in_nothing() -> None:
    same = version(None)
    found = compare(same, Version("again", same.guideline, same.cases))
    assert not found.changes
    assert not found.places.changed
    assert not found.options
    assert not found.doses
    assert not found.groups[0].changed
    assert found.places.combinations > 10_000


def test_the_day_is_that_of_the_new_edition_where_none_is_stated(
    tmp_path: Path, found: Comparison
) -> None:
    assert TODAY != DAY
    file = tmp_path / "one.ndjson"
    file.write_text('{"birth_date": "2026-10-01"}\n', encoding="utf-8")
    old = Version("old", shipped(), ())
    group = compare(old, old, [file]).groups[1]
    assert group.patients == 1  # born after TODAY, before the edition's day
    assert found.new != found.old
