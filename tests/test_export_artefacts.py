"""The exported artefacts as they are: whole, consistent, read back, the same bytes each time."""

import base64
import io
import json
import re
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from myopathway.cases import load_cases
from myopathway.errors import InputError
from myopathway.export import artefacts
from myopathway.export.files import files, write
from myopathway.facts import Vocabulary
from myopathway.guideline.load import CONTENT, load, shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.render.fhir import BASE, fhir
from tests.export_checks import Resource, faults, walk
from tests.export_patients import TODAY, plainly, shown

FACTS = "https://myopathway.example/fhir/CodeSystem/facts"


@cache
def made() -> dict[str, Resource]:
    return artefacts(shipped())


@cache
def cql() -> str:
    return files(shipped())["IIMTreatment.cql"].decode()


@cache
def definitions() -> dict[str, str]:
    """The comment above each definition, by its name."""
    found = re.findall(r'((?:^//[^\n]*\n)*)^define (?:function )?"([^"\n]+)"', cql(), re.MULTILINE)
    return {name: remark for remark, name in found}


def plan() -> Resource:
    return made()["PlanDefinition/iim-treatment"]


def actions(resource: Resource) -> list[Resource]:
    return [value for at, value in walk(resource, "") if re.search(r"\.action\[\d+\]$", at)]


# ---- what validators do not see


def planted(**change: Any) -> Resource:
    changed: Resource = json.loads(json.dumps({**plan(), **change}))
    return changed


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("dom-3", planted(contained=[{"resourceType": "Patient", "id": "x"}])),
        ("ref-1", planted(subjectReference={"reference": "#nowhere"})),
        ("exp-1", planted(action=[{"id": "a", "condition": [
            {"kind": "applicability", "expression": {"language": "text/cql"}}]}])),
        ("empty", planted(topic=[])),
        ("txt-1", planted(text={"status": "generated", "div": "<div><script>x</script></div>"})),
        ("relatedAction", planted(action=[{"id": "a", "relatedAction": [{"actionId": "b"}]}])),
        ("name", planted(name="no machine name")),
    ],
)  # fmt: skip
def test_a_planted_fault_is_seen(kind: str, resource: Resource) -> None:
    known = frozenset(made())
    assert faults(plan(), known) == []
    (found,) = faults(resource, known)
    assert found.startswith(kind)


def test_no_artefact_has_a_fault() -> None:
    known = frozenset(made())
    assert {name: found for name, one in made().items() if (found := faults(one, known))} == {}


def test_no_answer_has_a_fault() -> None:
    for place, case in enumerate(load_cases(CONTENT / "cases")):
        answer = recommend_on(Patient.from_facts(case.given), TODAY)
        bundle = fhir(answer, shipped())
        known = frozenset(one["fullUrl"] for one in bundle["entry"])
        for entry in bundle["entry"]:
            assert faults(entry["resource"], known) == [], (place, case.id)


# ---- all of it hangs together


def test_canonicals_lead_to_exported_artefacts() -> None:
    version = shipped().edition.version
    addresses = {f"{one['url']}|{version}" for one in made().values()}
    for resource in made().values():
        for at, value in walk(resource, ""):
            key = re.sub(r"\[\d+\]$", "", at).rpartition(".")[2]
            if key in {"definitionCanonical", "library", "resource"} and isinstance(value, str):
                assert value in addresses, at


def test_every_condition_is_a_definition() -> None:
    names = {one["condition"][0]["expression"]["expression"] for one in actions(plan())
             if "condition" in one}  # fmt: skip
    assert len(names) > 90
    assert names <= definitions().keys()


def test_every_fact_and_criterion_is_defined_with_its_ids() -> None:
    guideline = shipped()
    for name, fact in guideline.vocabulary.facts.items():
        assert f"Fact {name}" in definitions()
        recorded = definitions().get(f"Fact {name} as recorded", definitions()[f"Fact {name}"])
        assert fact.type == "treatments" or fact.says.split()[0] in recorded
    for name, term in guideline.terms.items():
        remark = definitions().get(f"Term {name}", "") + definitions().get(
            f"Term {name} by history", ""
        )
        assert term.cites[0] in remark, name
    for node in guideline.nodes:
        assert node.title in definitions()[f"May be {node.id}"]
        for therapy in node.therapies:
            for option in therapy.options:
                remark = re.sub(r"\s*\n//\s*", " ", definitions()[f"Verdict {node.id} {option.id}"])
                for cite in option.cites:
                    assert cite in remark


def test_the_library_holds_the_logic_that_is_exported() -> None:
    content = {one["contentType"]: base64.b64decode(one["data"])
               for one in made()["Library/IIMTreatment"]["content"]}  # fmt: skip
    assert content["text/cql"].decode() == cql()
    elm = files(shipped())["IIMTreatment.elm.json"]
    assert json.loads(content["application/elm+json"]) == json.loads(elm)
    assert content["application/elm+json"].isascii()  # engines differ in how they decode the rest


def test_every_option_of_every_node_is_an_action() -> None:
    found = {one["id"]: one for one in actions(plan())}
    for node in shipped().nodes:
        for place, therapy in enumerate(node.therapies, 1):
            name = f"{node.id}.{therapy.role}-{place}"
            if len(therapy.options) > 1:
                some = "at-most-one" if therapy.role == "consider" else "exactly-one"
                assert found[name]["selectionBehavior"] == some
            labels = {one["label"] for one in found[name]["documentation"]}
            assert set(therapy.cites) & shipped().statements.keys() <= labels
            for option in therapy.options:
                action = found[f"{name}.{option.id.replace('+', '-')}"]
                if len(option.drugs) > 1:
                    assert action["selectionBehavior"] == "all"
                    assert len(action["action"]) == len(option.drugs)


def test_the_oral_dose_follows_the_pulse() -> None:
    (action,) = (one for one in actions(plan()) if "relatedAction" in one)
    (related,) = action["relatedAction"]
    before = next(one for one in actions(plan()) if one["id"] == related["actionId"])
    assert (before["title"], action["title"]) == ("Methylprednisolone", "Prednisolone")
    assert related["relationship"] == "after-end"


def test_an_activity_states_its_dose_and_no_invented_one() -> None:
    for name, resource in made().items():
        if not name.startswith("ActivityDefinition/") or resource["kind"] != "MedicationRequest":
            continue
        for one in resource["dosage"]:
            assert one["text"]
            told = re.search(r"\d", one["text"].split("; ")[0])
            assert bool(told) == ("doseAndRate" in one or "maxDosePerPeriod" in one), name
    weekly = made()["ActivityDefinition/severe.1.plus-2.methotrexate.methotrexate"]["dosage"][0]
    assert weekly["timing"] == {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}
    assert "WEEKLY" in weekly["text"]


def test_every_coded_answer_is_in_the_code_system() -> None:
    codes = [one["code"] for one in made()["CodeSystem/facts"]["concept"]]
    assert len(codes) == len(set(codes))
    assert set(shipped().vocabulary.facts) <= set(codes)
    for resource in made().values():
        for at, value in walk(resource, ""):
            if isinstance(value, dict) and value.get("system") == FACTS and "code" in value:
                assert value["code"] in codes, at
            if isinstance(value, dict) and value.get("system") == FACTS and "concept" in value:
                assert {one["code"] for one in value["concept"]} <= set(codes), at


def test_every_statement_is_evidence_with_its_works() -> None:
    for name, statement in shipped().statements.items():
        cited = [one["label"] for one in made()[f"Evidence/{name}"].get("relatedArtifact", ())
                 if one["type"] == "citation"]  # fmt: skip
        assert cited == [str(number) for number in statement.cites]


# ---- the questionnaire is read back


def links(items: list[Resource]) -> list[str]:
    return [link for one in items for link in (one["linkId"], *links(one.get("item", [])))]


def test_the_questionnaire_asks_for_every_fact() -> None:
    form = made()["Questionnaire/iim-facts"]
    found = links(form["item"])
    assert len(found) == len(set(found))
    assert set(shipped().vocabulary.facts) <= set(found)


@pytest.mark.parametrize("base", [BASE, "https://example.org/fhir"])
def test_a_response_to_the_questionnaire_says_what_was_answered(base: str) -> None:
    form = artefacts(shipped(), base)["Questionnaire/iim-facts"]
    for case in load_cases(CONTENT / "cases"):
        bundle = plainly("p", case.given)
        for entry in bundle["entry"]:
            if entry["resource"]["resourceType"] == "QuestionnaireResponse":
                entry["resource"]["questionnaire"] = f"{form['url']}|{form['version']}"
                given = links(entry["resource"]["item"])
                asked = links(form["item"])
                assert {one for one in given if not one.startswith("section-")} <= set(asked)
        answer = recommend_on(Patient.from_fhir(bundle, today=TODAY), TODAY)
        direct = recommend_on(Patient.from_facts(case.given), TODAY)
        assert shown(answer) == shown(direct), case.id


def test_that_no_treatment_was_given_can_be_answered() -> None:
    bundle = plainly("p", {"treatments": []})
    read = Patient.from_fhir(bundle, today=TODAY)
    assert read.record.value("treatments") == ()
    assert read.unread == ()
    (response,) = (one["resource"] for one in bundle["entry"] if "item" in one["resource"])
    response["item"][0]["item"][0]["answer"] = [{"valueBoolean": False}]
    assert Patient.from_fhir(bundle, today=TODAY).record.value("treatments") is None


# ---- files, package, command


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    script = (
        "import hashlib, sys; from myopathway.export.files import files;"
        " from myopathway.guideline.load import shipped;"
        " made = files(shipped());"
        " print(hashlib.sha256(b''.join(n.encode() + made[n] for n in sorted(made))).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "MYOPATHWAY_CACHE_DIR": str(tmp_path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1


def test_the_package_is_an_npm_package_of_fhir() -> None:
    raw = files(shipped())["package.tgz"]
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        members = {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]
        assert {one.mtime for one in archive.getmembers()} == {0}
    described = json.loads(members["package/package.json"])
    assert described["name"] == "myopathway.iim-treatment"
    assert described["version"] == shipped().edition.version
    assert described["fhirVersions"] == ["4.0.1"]
    index = json.loads(members["package/.index.json"])["files"]
    assert len(index) == len(made()) == len(members) - 2
    for one in index:
        resource = json.loads(members[f"package/{one['filename']}"])
        assert (resource["resourceType"], resource["id"]) == (one["resourceType"], one["id"])
    guide = made()["ImplementationGuide/myopathway.iim-treatment"]
    listed = {one["reference"]["reference"] for one in guide["definition"]["resource"]}
    assert listed == made().keys() - {"ImplementationGuide/myopathway.iim-treatment"}


def test_the_base_moves_everything_but_what_the_reader_knows() -> None:
    moved = artefacts(shipped(), "https://example.org/fhir/")
    kept = {"CodeSystem/facts", "Questionnaire/iim-facts"}
    for name, resource in moved.items():
        start = BASE if name in kept else "https://example.org/fhir"
        assert resource["url"] == f"{start}/{name}"


@pytest.mark.parametrize(
    "base", ["", "here", "ftp://example.org", "https://", "https://a b", 'https://a"']
)
def test_what_is_no_address_is_refused(base: str) -> None:
    with pytest.raises(InputError, match="canonical base"):
        artefacts(shipped(), base)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "myopathway", "export", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_writes_and_clears_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    folder.mkdir(parents=True)
    (folder / "ValueSet-gone.json").write_text("{}")
    (folder / "notes-mine.json").write_text("{}")
    done = run(folder, "--canonical-base", "https://example.org/fhir")
    assert done.returncode == 0, done.stderr
    names = {one.name for one in folder.iterdir()}
    assert names == {*files(shipped(), "https://example.org/fhir"), "notes-mine.json"}
    plan_file = json.loads((folder / "PlanDefinition-iim-treatment.json").read_text())
    assert plan_file["url"] == "https://example.org/fhir/PlanDefinition/iim-treatment"


def test_the_command_refuses_in_one_line(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    for arguments in ((taken / "in",), (tmp_path, "--canonical-base", "nowhere")):
        done = run(*arguments)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "Traceback" not in done.stderr


def test_other_content_is_exported_as_it_says(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    for path in CONTENT.rglob("*.yaml"):
        target = folder / path.relative_to(CONTENT)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        target.write_text(text.replace("at most 80 mg/day", "at most 60 mg/day"), encoding="utf-8")
    other = load(folder)
    changed = write(other, tmp_path / "out")
    assert changed
    text = (tmp_path / "out" / "IIMTreatment.cql").read_text(encoding="utf-8")
    assert "60.0" in text
    assert isinstance(other.vocabulary, Vocabulary)
