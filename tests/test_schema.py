"""The JSON Schemas: they take every shipped file and refuse what the loader refuses."""

from __future__ import annotations

import json
from decimal import Decimal
from fnmatch import fnmatch
from random import Random
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from myopathway import cases
from myopathway.errors import ContentError, InputError
from myopathway.guideline.generate import DOCS
from myopathway.guideline.load import CONTENT, load, shipped
from myopathway.guideline.schema import DIALECT, FILES, schemas
from myopathway.guideline.sentences import EVENTS, Reader, Words
from myopathway.guideline.shapes import EXPECTATION
from myopathway.yamltext import YamlText
from tests import population
from tests.small_guideline import FILES as SMALL
from tests.small_guideline import changed, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMAS = {name.removesuffix(".schema.json"): text for name, text in schemas(shipped()).items()}
YAMLS = sorted(path.relative_to(CONTENT).as_posix() for path in CONTENT.rglob("*.yaml"))


def validator(kind: str, text: str | None = None) -> Any:
    schema = json.loads(text or SCHEMAS[kind])
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


VALIDATORS = {kind: validator(kind) for kind in SCHEMAS}


def complaints(kind: str, value: object) -> list[str]:
    return [error.message for error in VALIDATORS[kind].iter_errors(value)]


def kind_of(name: str) -> str:
    """Give the first kind whose files this is (a drug's safety file is named after the drug)."""
    for kind, (files, _) in FILES.items():
        if fnmatch(name, files.replace("<drug>", "*")):
            return kind
    raise AssertionError(name)


@pytest.mark.as_written
@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_is_one(kind: str) -> None:
    schema = json.loads(SCHEMAS[kind])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert (DOCS / "schema" / f"{kind}.schema.json").is_file()


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_is_closed_and_says_what_each_key_is(kind: str) -> None:
    for part in _objects(json.loads(SCHEMAS[kind])):
        assert part.get("additionalProperties", True) is not True
        for key, value in part.get("properties", {}).items():
            structure = {"all", "any", "not", "first_known", "at_least"}
            assert value.get("description") or key in structure, key


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from _objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _objects(part)


@pytest.mark.parametrize("name", YAMLS)
def test_every_shipped_file_is_valid(name: str) -> None:
    text = YamlText((CONTENT / name).read_text(encoding="utf-8"), name)
    assert not text.faults
    assert complaints(kind_of(name), text.value) == []


@pytest.mark.parametrize("name", sorted(SMALL))
def test_the_schemas_of_another_guideline_take_its_own_files(name: str, tmp_path: Path) -> None:
    """Nothing of the shipped guideline is built into the making of schemas."""
    guideline = load(written(tmp_path / "content"))
    kind = kind_of(name)
    text = schemas(guideline)[f"{kind}.schema.json"]
    value = YamlText(SMALL[name], name).value
    assert [error.message for error in validator(kind, text).iter_errors(value)] == []


# What an editor can see while one types ...
BY_SCHEMA = [
    ("nodes/one-1.yaml", "title: The", "tittle: The"),
    ("nodes/one-1.yaml", "title: The one node\n", ""),
    ("nodes/one-1.yaml", "title: The one node", "title: 12"),
    ("nodes/one-1.yaml", "title: The one node", "title: ' '"),
    ("nodes/one-1.yaml", "listed: weak", "listed_if: weak"),
    ("nodes/one-1.yaml", "line: 1", "line: first"),
    ("nodes/one-1.yaml", "wins: false", "wins: yes"),
    ("nodes/one-1.yaml", "group: one", "group: two"),
    ("nodes/one-1.yaml", "role: core", "role: cor"),
    ("nodes/one-1.yaml", "tier: primary", "tier: first"),
    ("nodes/one-1.yaml", "cites: [one.core]\n    options:", "cites: []\n    options:"),
    ("nodes/one-1.yaml", "cites: [one.core]\n    options:", "options:"),
    ("nodes/one-1.yaml", "[one.core.methotrexate-dose]", "[one.core.dose]"),
    ("nodes/one-1.yaml", "give: [prednisolone]", "give: [prednisolon]"),
    ("nodes/one-1.yaml", "when: ild is true", "when: ild is maybe"),
    ("nodes/one-1.yaml", "when: ild is true", "when: ils is true"),
    ("nodes/one-1.yaml", "when: ild is true", "when: {either: [ild is true]}"),
    ("nodes/one-1.yaml", "when: ild is true", "when: {any: [ild is maybe]}"),
    ("nodes/one-1.yaml", "weak_or_lung is true", "weak_and_lung is true"),
    ("nodes/one-1.yaml", "  - course is initial\n", "  - a drug of the option worked\n"),
    ("nodes/one-1.yaml", "weekly 7.5-25 mg/week", "wekly 7.5-25 mg/week"),
    ("nodes/one-1.yaml", "7.5-25 mg/week", "7.5-25 ml/week"),
    ("nodes/one-1.yaml", "or subcutaneous", "or subcutaneus"),
    ("nodes/one-1.yaml", "- methotrexate weekly", "- metotrexate weekly"),
    ("rules.yaml", "verdict: excluded", "verdict: exclude"),
    ("rules.yaml", "at least 1 agents failed", "at least 1 agent failed"),
    ("rules.yaml", "at least 1 agents failed", "at least 0 agents failed"),
    ("rules.yaml", "nodes: [one.1]", "nodes: [one.2]"),
    ("notices.yaml", "level: warning", "level: alarm"),
    ("notices.yaml", "occasion: exhausted", "occasion: exhaustion"),
    ("notices.yaml", "when: age_years < 18", "when: age_years is 18"),
    ("facts.yaml", "type: grade", "type: score"),
    ("facts.yaml", "lung_failure:", "Lung failure:"),
    ("facts.yaml", "anti-a: anti-A", "anti-a: 7"),
    ("sources.yaml", "src: AT", "src: X"),
    ("sources.yaml", "says: The topic is small.\n    cites: [4]",
     "says: The topic is small.\n    cites: [5]"),
    ("sources.yaml", "pmid: '12345'", "pmid: PMC12345"),
    ("drugs.yaml", "classes: [agents]", "classes: [agent]"),
    ("drugs.yaml", "rxnorm: ['8638']", "rxnorm: [8638]"),
    ("position.yaml", "given: lung_failure", "given: failure"),
    ("position.yaml", "from_years: 18", "from_years: grown-up"),
    ("edition.yaml", "'2026-01-31'", "'31.1.2026'"),
    ("terms.yaml", "when: strength < 4", "when: strength is 4"),
    ("interpretations.yaml", "title: A reading", "titel: A reading"),
]  # fmt: skip
# ... and what only the loader knows.
BY_LOADER = [
    ("nodes/one-1.yaml", "group: one\nline: 1\n", "line: 1\ngroup: one\n"),
    ("nodes/one-1.yaml", "line: 1\n", "line: 1\nline: 1\n"),
    ("nodes/one-1.yaml", "title: The one node", "title: TODO"),
    ("nodes/one-1.yaml", "mg/week oral", "mg/day oral"),
    ("nodes/one-1.yaml", "; tapered by response", "; 5 mg later"),
    ("sources.yaml", "references:\n",
     "  left:\n    src: A\n    kind: dose\n    says: It.\n    cites: []\nreferences:\n"),
    ("terms.yaml", "when: strength < 4", "when: weak is true"),
    ("facts.yaml", "value: relapse", "value: relaps"),
    ("rules.yaml", "id: lung", "id: allergy"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new"), BY_SCHEMA)
def test_what_the_schema_refuses_the_loader_refuses_too(
    name: str, old: str, new: str, tmp_path: Path
) -> None:
    guideline = load(written(tmp_path / "content"))
    files = changed(name, old, new)
    kind = kind_of(name)
    check = validator(kind, schemas(guideline)[f"{kind}.schema.json"])
    assert not check.is_valid(YamlText(files[name], name).value)
    with pytest.raises(ContentError):
        load(written(tmp_path / "changed", files))


@pytest.mark.parametrize(("name", "old", "new"), BY_LOADER)
def test_what_a_schema_cannot_see_the_loader_refuses(
    name: str, old: str, new: str, tmp_path: Path
) -> None:
    with pytest.raises(ContentError):
        load(written(tmp_path / "content", changed(name, old, new)))


# ---- sentences


def _words() -> Words:
    one = shipped()
    return Words(one.vocabulary.facts, one.terms, one.drug_classes, one.drugs, ("induction",))


def test_every_sentence_that_an_editor_offers_is_read() -> None:
    branches = json.loads(SCHEMAS["rules"])["$defs"]["rule-criterion-sentence"]["anyOf"]
    offered = [sentence for branch in branches for sentence in branch.get("enum", ())]
    assert len(offered) > 200
    assert set(EVENTS) <= set(offered)
    text = YamlText("when: here\n", "some.yaml")
    reader = Reader(_words(), text, of_option=True)
    for sentence in offered:
        reader.criterion((), sentence)
    assert text.faults == []


@pytest.mark.parametrize(
    "sentence",
    [
        "at least 3 conventional-immunosuppressants had an inadequate response",
        "a maintenance regimen with at least 2 second-line-agents failed",
        "an induction regimen held ivig",
        "a regimen without a stated purpose held tacrolimus",
        "age_years <= 17.5",
        "age_years and birth_date differ by more than 1 year",
        "other_drugs includes allopurinol",
        "subtype is not inclusion-body-myositis",
        "severe_disease is false",
        "autoantibodies is not empty",
    ],
)
def test_a_sentence_is_valid_in_a_term(sentence: str) -> None:
    term = {"says": "It.", "cites": ["G-GRADE"], "when": sentence}
    assert complaints("terms", {"one": term}) == []


@pytest.mark.parametrize(
    "when",
    [
        ["ild is true", {"any": ["course is initial", {"not": "ild is true"}]}],
        {"at_least": {"2": ["ild is true", "pregnant is true"]}},
        {"first_known": ["severe_muscle_weakness is true", "muscle_strength_mrc < 4"]},
    ],
)
def test_a_structure_is_valid_in_a_term(when: object) -> None:
    term = {"says": "It.", "cites": ["G-GRADE"], "when": when}
    assert complaints("terms", {"one": term}) == []


@pytest.mark.parametrize(
    "when",
    [
        [],
        {},
        {"any": []},
        {"any": ["ild is true"], "all": ["ild is true"]},
        {"at_least": {"0": ["ild is true"]}},
        {"at_least": {"1": ["ild is true"], "2": ["ild is true"]}},
        4,
        None,
        "a drug of the option worked",
        "taken with allopurinol",
    ],
)
def test_a_structure_is_invalid_in_a_term(when: object) -> None:
    term = {"says": "It.", "cites": ["G-GRADE"], "when": when}
    assert complaints("terms", {"one": term})


def test_a_vignette_expects_what_the_vignettes_know() -> None:
    """The shape is written twice, since vignettes stand above the guideline: the same twice."""
    ours = [(key.name, key.required) for key in EXPECTATION.keys]
    theirs = [(key.name, key.required) for key in cases.EXPECT.keys]
    assert ours == theirs
    statuses = {key.name: key.words for key in EXPECTATION.keys}["status"]
    assert statuses == {key.name: key.words for key in cases.EXPECT.keys}["status"]


# ---- a patient's facts document


@pytest.mark.parametrize("seed", range(4))
def test_facts_documents_are_valid(seed: int) -> None:
    rng = Random(seed)
    for _ in range(100):
        document = population.patient(rng)
        assert complaints("facts-document", document) == [], document


def test_an_empty_document_and_nulls_are_valid() -> None:
    assert complaints("facts-document", {}) == []
    nothing = dict.fromkeys(shipped().vocabulary.facts)
    assert complaints("facts-document", nothing) == []
    assert shipped().vocabulary.read(nothing).facts == {}


def test_every_fact_is_in_the_schema_in_its_order() -> None:
    properties = json.loads(SCHEMAS["facts-document"])["properties"]
    assert list(properties) == list(shipped().vocabulary.facts)


BAD_DOCUMENTS: list[object] = [
    [],
    "facts",
    None,
    {"weight": 70},
    {"Weight_kg": 70},
    {"weight_kg": "70 kg"},
    {"weight_kg": 1},
    {"weight_kg": 351},
    {"weight_kg": True},
    {"age_years": -1},
    {"age_years": 121},
    {"birth_date": "1980-6-1"},
    {"birth_date": "1.6.1980"},
    {"birth_date": "1980-02-30"},
    {"birth_date": 1980},
    {"as_of": "today"},
    {"ild": "yes"},
    {"ild": 1},
    {"ild": "true"},
    {"course": "Initial"},
    {"course": "acute"},
    {"course": ["initial"]},
    {"sex": "f"},
    {"muscle_strength_mrc": 5.5},
    {"muscle_strength_mrc": "6"},
    {"muscle_strength_mrc": "5+"},
    {"muscle_strength_mrc": "0-"},
    {"muscle_strength_mrc": "4 minus"},
    {"muscle_strength_mrc": True},
    {"autoantibodies": "anti-jo-1"},
    {"autoantibodies": ["anti-jo1"]},
    {"autoantibodies": [None]},
    {"allergies": [""]},
    {"allergies": [7]},
    {"allergies": "penicillin"},
    {"treatments": {}},
    {"treatments": ["methotrexate"]},
    {"treatments": [{}]},
    {"treatments": [{"drugs": []}]},
    {"treatments": [{"drugs": "methotrexate"}]},
    {"treatments": [{"drugs": ["metotrexate"]}]},
    {"treatments": [{"drugs": [["methotrexate"]]}]},
    {"treatments": [{"drugs": ["methotrexate"], "purpose": "rescue"}]},
    {"treatments": [{"drugs": ["methotrexate"], "outcome": "failed"}]},
    {"treatments": [{"drugs": ["methotrexate"], "intolerant_of": ["aspirin"]}]},
    {"treatments": [{"drugs": ["methotrexate"], "started": "2020"}]},
    {"treatments": [{"drugs": ["methotrexate"], "stopped": "2020-13-01"}]},
    {"treatments": [{"drugs": ["methotrexate"], "dose": 15}]},
    {"treatments": [{"drugs": ["methotrexate"], "reason": "none"}]},
    {"treatments": [{"drugs": ["methotrexate"]}] * 501},
]


@pytest.mark.parametrize("document", BAD_DOCUMENTS)
def test_a_bad_document_is_refused_by_schema_and_reader(document: object) -> None:
    assert complaints("facts-document", document)
    with pytest.raises(InputError):
        shipped().vocabulary.read(document)


GOOD_DOCUMENTS: list[dict[str, Any]] = [
    {"weight_kg": 2},
    {"weight_kg": 350},
    {"weight_kg": 70.5},
    {"muscle_strength_mrc": "4-"},
    {"muscle_strength_mrc": "4+"},
    {"muscle_strength_mrc": "5-"},
    {"muscle_strength_mrc": 3.5},
    {"muscle_strength_mrc": 0},
    {"birth_date": "2000-02-29"},
    {"autoantibodies": []},
    {"autoantibodies": ["anti-jo-1", "anti-mda5"]},
    {"allergies": ["penicillin"]},
    {"other_drugs": []},
    {"treatments": []},
    {"treatments": [{"drugs": ["prednisone", "cyclosporine", "mycophenolate-mofetil"]}]},
    {
        "treatments": [
            {
                "drugs": ["methotrexate", "folic-acid"],
                "purpose": "induction",
                "outcome": "intolerance",
                "intolerant_of": ["methotrexate"],
                "started": "2020-01-01",
                "stopped": "2020-06-01",
                "dose": "15 mg a week",
            }
        ]
    },
]


@pytest.mark.parametrize("document", GOOD_DOCUMENTS)
def test_a_good_document_is_taken_by_schema_and_reader(document: dict[str, Any]) -> None:
    assert complaints("facts-document", document) == []
    assert shipped().vocabulary.read(document).facts.keys() == document.keys()


def test_numbers_keep_their_range_from_the_dictionary() -> None:
    properties = json.loads(SCHEMAS["facts-document"])["properties"]
    for name, fact in shipped().vocabulary.facts.items():
        if fact.type == "number":
            own = properties[name]
            assert (Decimal(str(own["minimum"])), Decimal(str(own["maximum"]))) == (
                fact.low,
                fact.high,
            )
