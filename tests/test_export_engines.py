"""The exported artefacts run by engines, and held against validators, that nobody here wrote."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from myopathway.cases import Case, load_cases
from myopathway.engine.outcome import Answer
from myopathway.export import artefacts
from myopathway.export.files import files
from myopathway.guideline.load import CONTENT, shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.render.fhir import fhir
from tests import export_patients
from tests.export_patients import TODAY, Resource, plainly, shown

pytestmark = pytest.mark.needs_node

HERE = Path(__file__).parent
ROOT = HERE.parent
MODULES = Path(os.environ.get("NODE_PATH", ROOT / ".cache/node/node_modules"))
SYSTEM = ROOT / "bench/peer/system-modelinfo.xml"
CHUNK = 125
# What a translator notes beside the logic: where a definition stands in the text, and types.
NOTES = frozenset(
    {
        "annotation", "localId", "locator", "signature", "resultTypeName", "resultTypeSpecifier",
        "accessLevel", "include", "codeFilter", "dateFilter", "otherFilter",
    }
)  # fmt: skip


def node(script: str, *arguments: object) -> str:
    done = subprocess.run(
        ["node", HERE / script, MODULES, *map(str, arguments)],  # noqa: S607 - node of the PATH
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def lines(path: Path, values: Iterable[object]) -> Path:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in values), encoding="utf-8")
    return path


@cache
def cases() -> tuple[Case, ...]:
    return load_cases(CONTENT / "cases")


def recommended(bundle: Resource) -> Any:
    return recommend_on(Patient.from_fhir(bundle, today=TODAY), TODAY)


# ---- CQL


def bare(value: Any) -> Any:
    """An ELM expression without what a translator notes beside it."""
    if isinstance(value, list):
        return [bare(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: bare(one)
        for key, one in value.items()
        if key not in NOTES and not (key == "let" and one == [])
    }


def definitions(elm: str) -> dict[str, Any]:
    return {one["name"]: bare(one) for one in json.loads(elm)["library"]["statements"]["def"]}


def test_the_reference_translator_makes_our_elm_of_our_cql(tmp_path: Path) -> None:
    """No error, no warning, and definition by definition the ELM that is exported."""
    made = files(shipped())
    source, target = tmp_path / "library.cql", tmp_path / "elm.json"
    source.write_bytes(made["IIMTreatment.cql"])
    told = json.loads(node("export_translate.mjs", SYSTEM, source, target))
    assert told == {"errors": [], "warnings": []}
    ours = definitions(made["IIMTreatment.elm.json"].decode())
    theirs = definitions(target.read_text(encoding="utf-8"))
    assert ours.keys() == theirs.keys()
    assert len(ours) > 500
    assert [name for name in ours if ours[name] != theirs[name]] == []


def differences(tmp_path: Path, bundles: list[Resource]) -> Iterator[str]:
    """What the library says beside what we say; nothing where they agree."""
    elm = tmp_path / "elm.json"
    elm.write_bytes(files(shipped())["IIMTreatment.elm.json"])
    patients = lines(tmp_path / "patients.ndjson", bundles)
    told = node("export_execute.mjs", elm, patients, TODAY).splitlines()
    for bundle, line in zip(bundles, told, strict=True):
        ours, theirs = shown(recommended(bundle)), json.loads(line)
        if ours != theirs:
            parts = [name for name in ours if ours[name] != theirs[name]]
            yield f"{parts}\n ours {ours}\n theirs {theirs}\n {json.dumps(bundle)}"


@pytest.mark.parametrize("seed", range(4))
def test_random_patients_get_the_same_answer(tmp_path: Path, seed: int) -> None:
    bundles = list(export_patients.patients(CHUNK, seed))
    assert len({recommended(one).node for one in bundles}) > 8
    assert "".join(differences(tmp_path, bundles)) == ""


def test_every_case_gets_the_same_answer(tmp_path: Path) -> None:
    bundles = [plainly(f"p{place}", one.given) for place, one in enumerate(cases())]
    for bundle, one in zip(bundles, cases(), strict=True):
        direct = recommend_on(Patient.from_facts(one.given), TODAY)
        assert shown(recommended(bundle)) == shown(direct), one.id
    assert "".join(differences(tmp_path, bundles)) == ""


def test_other_records_get_the_same_answer(tmp_path: Path) -> None:
    """The examples, the benchmark's patients, and general patients without myositis."""
    made = tmp_path / "made.ndjson"
    script = [sys.executable, str(ROOT / "bench/patients.py"), "--n", "60", "--out", str(made)]
    subprocess.run(script, capture_output=True, check=True)
    bundles = [json.loads(line) for line in made.read_text(encoding="utf-8").splitlines()]
    others = (*ROOT.glob("examples/*.bundle.json"), *HERE.glob("data/fhir/general-patients/*.json"))
    bundles += [json.loads(path.read_text(encoding="utf-8")) for path in others]
    assert len(bundles) > 66
    assert "".join(differences(tmp_path, bundles)) == ""


# ---- $apply


def rows(answer: Answer) -> set[tuple[str, ...]]:
    """What an answer tries of the plan: its status, its node, its options, open or closed."""
    return {(answer.status, answer.node or "")} | {
        (answer.node or "", option.id, "closed" if option.verdict == "excluded" else "open")
        for therapy in answer.therapies
        for option in therapy.options
    }


def every_row() -> set[tuple[str, ...]]:
    return {
        (node.id, option.id, how)
        for node in shipped().nodes
        for therapy in node.therapies
        for option in therapy.options
        for how in ("open", "closed")
    }


def tree(actions: list[Resource], prefix: str) -> Any:
    """The tree of actions: therapies and options by id, the drugs of an option by title."""
    return {
        one["id"].removeprefix(prefix): sorted(
            (
                (
                    inner["id"].removeprefix(prefix),
                    sorted(part["title"] for part in inner.get("action", ())),
                )
                for inner in one.get("action", ())
            ),
        )
        for one in actions
    }


def expected(bundle: Resource) -> Any:
    answer = recommended(bundle)
    resources = [one["resource"] for one in fhir(answer, shipped())["entry"]]
    group = next((one for one in resources if one["resourceType"] == "RequestGroup"), None)
    return answer, {} if group is None else tree(group["action"], "")


def test_the_apply_engine_gives_the_same_actions(tmp_path: Path) -> None:
    """Every option of every node, open and closed, and every status."""
    bundles = [plainly(f"c{place}", one.given) for place, one in enumerate(cases())]
    wanted = every_row() - {row for one in bundles for row in rows(recommended(one))}
    for bundle in export_patients.patients(1500, 99):
        if tried := wanted & rows(recommended(bundle)):
            wanted -= tried
            bundles.append(bundle)
    assert wanted == set()
    known = lines(tmp_path / "artefacts.ndjson", artefacts(shipped()).values())
    patients = lines(tmp_path / "patients.ndjson", bundles)
    told = node("export_apply.mjs", known, patients, TODAY).splitlines()
    for bundle, line in zip(bundles, told, strict=True):
        answer, actions = expected(bundle)
        theirs = json.loads(line)
        if answer.node is None:
            asked = ["ask"] if answer.status == "needs-information" else []
            assert [one["id"] for one in theirs] == asked
            continue
        (group,) = theirs
        (place,) = group["action"]
        assert (group["id"], place["id"]) == (f"group-{answer.group}", answer.node)
        assert tree(place["action"], f"{answer.node}.") == actions, json.dumps(bundle)


# ---- validators


def invalid(path: Path, resources: Iterable[Resource]) -> list[str]:
    return node("export_validate.mjs", lines(path, resources)).splitlines()


def test_no_validator_finds_an_error_in_an_artefact(tmp_path: Path) -> None:
    resources = artefacts(shipped(), "https://example.org/site/fhir")
    assert invalid(tmp_path / "artefacts.ndjson", resources.values()) == []


def test_no_validator_finds_an_error_in_an_answer(tmp_path: Path) -> None:
    answers = [fhir(recommended(plainly("p", one.given)), shipped()) for one in cases()]
    every = [entry["resource"] for bundle in answers for entry in bundle["entry"]]
    unlike = {json.dumps(one, sort_keys=True): one for one in (*answers[:20], *every)}
    assert invalid(tmp_path / "answers.ndjson", unlike.values()) == []


def test_the_validators_see_a_planted_fault(tmp_path: Path) -> None:
    plan = dict(artefacts(shipped())["PlanDefinition/iim-treatment"])
    plan["status"] = "finished"
    plan["unheard"] = "of"
    engines = {json.loads(one)["engine"] for one in invalid(tmp_path / "plan.ndjson", [plan])}
    assert engines == {"medplum", "fhir", "schema"}
