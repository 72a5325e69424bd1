"""The strict loader: whatever is wrong with content is an error with the right file and line."""

from __future__ import annotations

import datetime as dt
import shutil
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

import myopathway
from myopathway.criteria import All, Named, Not, leaves
from myopathway.errors import ContentError
from myopathway.guideline import build as building
from myopathway.guideline import cache
from myopathway.guideline.load import CONTENT, carried, content_files, content_hash, load, shipped
from tests.small_guideline import FILES, changed, written

if TYPE_CHECKING:
    from pathlib import Path

    from myopathway.engine.outcome import Answer, Calculated
    from myopathway.errors import Fault
    from myopathway.guideline.model import Guideline

NODE = "nodes/one-1.yaml"
DAY = dt.date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYOPATHWAY_CACHE_DIR", str(tmp_path / "cache"))


def faults_of(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(ContentError) as caught:
        load(folder)
    return caught.value.faults


def line_of(text: str, at: str) -> int:
    found = [number for number, line in enumerate(text.splitlines(), start=1) if at in line]
    assert found, f"{at!r} is on no line"
    return found[0]


class Broken(NamedTuple):
    """One change to the small guideline, and the one fault that it has to give."""

    name: str
    file: str
    old: str
    new: str
    at: str  # what the faulty line holds
    found: str  # what the fault says was found
    accepted: str = ""  # and what it says would be right


BROKEN = [
    # ---- YAML and its traps
    Broken("duplicate key", "rules.yaml", "    verdict: excluded\n",
           "    verdict: excluded\n    verdict: caution\n", "verdict: caution", "stands twice",
           "each key once"),
    Broken("duplicate key at the top", NODE, "line: 1\n", "line: 1\nline: 2\n", "line: 2",
           "'line' stands twice"),
    Broken("duplicate name", "terms.yaml", "weak_or_lung:\n",
           "weak:\n  says: Again\nweak_or_lung:\n",
           "weak:", "'weak' stands twice"),
    Broken("plain text over lines", NODE, "title: The one node\n",
           "title: The one\n  node\n", "title:", "plain text over several lines", "one line"),
    Broken("mis-indented list item", NODE, "  - course is initial\n  - weak_or_lung is true\n",
           "  - course is initial\n   - weak_or_lung is true\n", "- course is initial",
           "plain text over several lines", "begins with >-"),
    Broken("anchor", NODE, "group: one\n", "group: &here one\n", "group:", "an anchor or alias"),
    Broken("anchored key", NODE, "group: one\n", "&here group: one\n", "group:",
           "a key that is no plain word"),
    Broken("merge key", NODE, "group: one\n", "group: one\n<<: {line: 1}\n", "<<",
           "no such key '<<'"),
    Broken("tag on a word", NODE, "group: one\n", "group: !of one\n", "group:", "the tag '!of'",
           "without tags"),
    Broken("tag on a word that fits it", NODE, "group: one\n", "group: !!str one\n", "group:",
           "the tag 'str'", "without tags"),
    Broken("tag on a key", NODE, "group: one\n", "!!str group: one\n", "group:",
           "a key that is no plain word"),
    Broken("tag on a list", NODE, "give: [methotrexate]", "give: !!set [methotrexate]",
           "give:", "set'", "without tags"),
    Broken("tag on a mapping", "drugs.yaml", "codes: {row: RX-01,", "codes: !x {row: RX-01,",
           "RX-01", "the tag '!x'"),
    Broken("directive", NODE, "id: one.1\n", "%YAML 1.1\n---\nid: one.1\n", "%YAML", "a directive"),
    Broken("key that is no word", NODE, "line: 1\n", "line: 1\n? [a]\n: 2\n", "? [a]",
           "a key that is no plain word"),
    Broken("two documents", NODE, "line: 1\n", "line: 1\n---\nline: 2\n", "---",
           "another document"),
    Broken("tab", NODE, "line: 1\n", "line: 1\n\tpurpose: x\n", "\tpurpose",
           "cannot start any token"),
    Broken("a word that only old YAML takes for true", NODE, "wins: false", "wins: yes", "wins:",
           "wins: found 'yes'"),
    # ---- keys
    Broken("unknown key at the top", NODE, "title: The", "tittle: The", "tittle:",
           "no such key 'tittle' (did you mean 'title'?)"),
    Broken("unknown key inside", NODE, "listed: weak", "listed_if: weak", "listed_if:",
           "no such key 'listed_if' (did you mean 'listed'?)"),
    Broken("unknown key in a list of codes", "facts.yaml", "icd10: [X1]", "icd11: [X1]", "icd11",
           "no such key 'icd11'"),
    Broken("missing key", NODE, "title: The one node\n", "", "id: one.1", "'title' is missing"),
    Broken("missing key inside", NODE, "    says: One drug.\n", "", "- role: core",
           "'says' is missing"),
    Broken("missing citation", NODE, "    cites: [one.core]\n    options:", "    options:",
           "- role: core", "'cites' is missing", "one id or more"),
    Broken("keys in another order", NODE, "group: one\nline: 1\n", "line: 1\ngroup: one\n",
           "line: 1",
           "keys in another order", "id, title, says, cites, group, line"),
    Broken("keys in another order inside", NODE,
           "            verdict: favoured\n            when: ild is true\n",
           "            when: ild is true\n            verdict: favoured\n", "when: ild",
           "keys in another order", "says, cites, verdict, when"),
    Broken("key inside the text above it", NODE, "  and that is all.\ncites: [topic.small]\n",
           "  and that is all.\n  wins: true\ncites: [topic.small]\n", "says: >-",
           "the key 'wins' inside a text", "on a line of its own"),
    # ---- kinds of value
    Broken("number for a text", NODE, "title: The one node", "title: 12", "title:",
           "title: found 12"),
    Broken("text for a number", NODE, "line: 1", "line: first", "line:", "line: found 'first'"),
    Broken("nothing at all", NODE, "title: The one node", "title:", "title:",
           "title: found nothing"),
    Broken("empty text", NODE, "title: The one node", "title: ' '", "title:", "title: found ' '"),
    Broken("flag for a text", NODE, "title: The one node", "title: true", "title:",
           "title: found true"),
    Broken("entry for a list", NODE, "therapies:\n  - role: core\n", "therapies:\n    role: core\n",
           "therapies:", "therapies: found {"),
    Broken("text for an entry", "position.yaml",
           "adult:\n  fact: age_years\n  from_years: 18\n  child: No dose for children.\n"
           "  unknown: No dose without an age.\n  cites: [R-1]\n", "adult: 18\n", "adult: 18",
           "found 18", "an entry with the keys fact, from_years"),
    Broken("no therapy at all", NODE, FILES[NODE][FILES[NODE].index("therapies:"):],
           "therapies: []\n", "therapies: []", "therapies: nothing in it", "its parts"),
    Broken("a number that is none", "notices.yaml", "days: 365", "days: .nan", "days:",
           "days: found '.nan'"),
    Broken("number in a list of texts", "drugs.yaml", "rxnorm: ['8638']", "rxnorm: [8638]", "8638",
           "found 8638", "RxNorm ingredients"),
    Broken("text in a list of numbers", "sources.yaml", "says: The topic is small.\n    cites: [4]",
           "says: The topic is small.\n    cites: [four]", "[four]", "found 'four'"),
    Broken("decimal for an integer", NODE, "line: 1", "line: 1.5", "line:", "line: found 1.5"),
    Broken("list for labels", "facts.yaml", "values:\n    anti-a: anti-A\n    anti-b: anti-B\n",
           "values: [anti-a]\n", "values: [anti-a]", "values: found ['anti-a']"),
    Broken("number as label", "facts.yaml", "anti-a: anti-A", "anti-a: 7", "anti-a: 7", "found 7"),
    Broken("placeholder text", NODE, "title: The one node", "title: TODO", "title:",
           "placeholder text", "the finished text"),
    Broken("placeholder in a label", "facts.yaml", "relapse: Relapse", "relapse: 'TODO'",
           "relapse: 'TODO'", "placeholder text"),
    Broken("placeholder of a template", NODE, "says: It works.", "says: '{{evidence}}'",
           "{{evidence}}", "placeholder text"),
    Broken("word that nothing fills in", "rules.yaml", "allergic to {drugs}.",
           "allergic to {drug}.",
           "{drug}", "nothing fills in {drug}", "{drugs}, {regimen}"),
    Broken("word to fill in by a rule that is not about the option", "rules.yaml",
           "Of two agents, not", "Of {drugs}, not", "Of {drugs}", "nothing fills in {...} here",
           "a sentence about the option"),
    Broken("word to fill in by a notice without occasion", "notices.yaml",
           "    occasion: exhausted\n", "", "{therapy}", "nothing fills in {therapy}"),
    Broken("word to fill in where nothing does", NODE, "says: It works.",
           "says: It works on {drugs}.",
           "on {drugs}", "nothing fills in {drugs}", "without {...}"),
    Broken("date of another form", "edition.yaml", "'2026-01-31'", "'31.1.2026'", "date:",
           "date: found '31.1.2026'", "2026-03-31"),
    # ---- words of the closed vocabulary
    Broken("verdict", "rules.yaml", "verdict: excluded", "verdict: exclude", "verdict: exclude",
           "found 'exclude' (did you mean 'excluded'?)", "excluded, caution, favoured"),
    Broken("tier", NODE, "tier: primary", "tier: first", "tier:", "tier: found 'first'"),
    Broken("role", NODE, "role: core", "role: cor", "role:", "did you mean 'core'?"),
    Broken("purpose", NODE, "purpose: induction", "purpose: inductio", "purpose:",
           "did you mean 'induction'?", "induction, maintenance"),
    Broken("level", "notices.yaml", "level: warning", "level: alarm", "level: alarm",
           "level: found 'alarm'", "info, warning, critical"),
    Broken("occasion", "notices.yaml", "occasion: exhausted", "occasion: exhaustion", "occasion:",
           "did you mean 'exhausted'?"),
    Broken("type of a fact", "facts.yaml", "type: grade", "type: score", "type: score",
           "type: found 'score'"),
    Broken("group of a node", NODE, "group: one", "group: two", "group:",
           "'two' resolves to nothing"),
    Broken("group of a rule", "rules.yaml", "groups: [one]", "groups: [onee]", "groups:",
           "'onee' resolves to nothing (did you mean 'one'?)"),
    Broken("node of a rule", "rules.yaml", "nodes: [one.1]", "nodes: [one.2]", "nodes:",
           "'one.2' resolves to nothing"),
    Broken("drug of a rule", "rules.yaml", "drugs: [methotrexate]", "drugs: [metotrexate]",
           "drugs:",
           "did you mean 'methotrexate'?"),
    Broken("class of a rule", "rules.yaml", "not_classes: [agents]", "not_classes: [agent]",
           "not_classes:", "did you mean 'agents'?"),
    Broken("class of a drug", "drugs.yaml", "classes: [agents]", "classes: [agent]",
           "classes: [agent]", "'agent' resolves to nothing"),
    Broken("drug of an option", NODE, "give: [prednisolone]", "give: [prednisolon]", "give:",
           "did you mean 'prednisolone'?"),
    Broken("drug twice in an option", NODE, "give: [prednisolone]",
           "give: [prednisolone, prednisolone]", "give:", "'prednisolone' stands twice"),
    Broken("weight to dose by", "drugs.yaml", "dose_weight: [weight_kg]", "dose_weight: [weight]",
           "dose_weight:", "'weight' resolves to nothing"),
    Broken("fact of an implication", "position.yaml", "given: lung_failure", "given: failure",
           "given:", "'failure' resolves to nothing"),
    Broken("fact that is asked for", "position.yaml", "asks: [age_years]", "asks: [age]", "asks:",
           "'age' resolves to nothing"),
    Broken("fact of an old measurement", "notices.yaml", "fact: weight_kg", "fact: weight",
           "fact: weight", "did you mean 'weight_kg'?"),
    Broken("date of an age", "facts.yaml", "from_date: birth_date", "from_date: birth_day",
           "from_date:", "did you mean 'birth_date'?"),
    Broken("interpretation of a reading", "position.yaml", "implied-conflict: R-1",
           "implied-conflict: R-2", "implied-conflict:", "'R-2' resolves to nothing"),
    Broken("reading that is missing", "position.yaml", "  implied-conflict: R-1\n", "", "readings:",
           "the key 'implied-conflict' is missing"),
    # ---- citations
    Broken("empty cites", NODE, "cites: [one.core]\n    options:", "cites: []\n    options:",
           "cites: []", "cites: nothing in the list", "one id or more"),
    Broken("id that resolves to nothing", NODE, "cites: [one.core.methotrexate-dose]",
           "cites: [one.core.metotrexate-dose]", "metotrexate-dose",
           "resolves to nothing (did you mean 'one.core.methotrexate-dose'?)"),
    Broken("work that resolves to nothing", "sources.yaml",
           "says: Methotrexate once a week.\n    cites: [4]",
           "says: Methotrexate once a week.\n    cites: [5]", "[5]", "5 resolves to nothing", "4"),
    Broken("statement that nothing carries", "sources.yaml", "references:\n",
           "  one.left:\n    src: A\n    kind: therapy\n    says: Forgotten.\n    cites: []\n"
           "references:\n", "one.left:", "no content carries one.left", "not_encoded"),
    Broken("statement carried and said not to be", "sources.yaml",
           "says: One drug for everyone.\n    cites: []",
           "says: One drug for everyone.\n    cites: []\n    not_encoded: No reason.", "one.core:",
           "one.core is carried by nodes/one.1/core and said not to be"),
    # ---- sentences (test_sentences.py has the grammar itself)
    Broken("unknown fact", NODE, "when: ild is true", "when: ils is true", "ils is true",
           "not understood: 'ils is true'", "a fact or a term (did you mean 'ild'?)"),
    Broken("unknown value", NODE, "- course is initial", "- course is inital", "inital",
           "not understood", "(did you mean 'initial'?)"),
    Broken("unknown term", NODE, "weak_or_lung is true", "weak_and_lung is true", "weak_and_lung",
           "not understood", "(did you mean 'weak_or_lung'?)"),
    Broken("unknown class", "rules.yaml", "at least 1 agents failed", "at least 1 agent failed",
           "agent failed", "not understood", "(did you mean 'agents'?)"),
    Broken("term that uses a later one", "terms.yaml", "when: strength < 4",
           "when: weak_or_lung is true", "when: weak_or_lung", "not understood",
           "a fact or a term"),
    Broken("term that uses itself", "terms.yaml", "when: strength < 4", "when: weak is true",
           "when: weak is", "not understood", "a fact or a term"),
    Broken("criterion without lines", NODE,
           "when:\n  - course is initial\n  - weak_or_lung is true\n",
           "when: []\n", "when: []", "found []", "a sentence, a list"),
    Broken("criterion of two structures", NODE, "when: ild is true",
           "when: {any: [ild is true], all: [weak is true]}", "when: {any", "found {'any'"),
    Broken("the option in a node", NODE, "  - course is initial\n",
           "  - course is initial\n  - a drug of the option was not tolerated\n",
           "was not tolerated", "not understood", "only a rule may speak of the option"),
    Broken("the option in a listing", NODE, "listed: weak is true",
           "listed: a drug of the option worked", "listed:", "not understood", "only a rule"),
    Broken("the option in a term", "terms.yaml", "when: strength < 4",
           "when: the patient is allergic to a drug of the option", "when: the", "not understood",
           "only a rule"),
    Broken("the option in a notice", "notices.yaml", "when: age_years < 18",
           "when: a drug of the option is being given", "when: a", "not understood", "only a rule"),
    Broken("the option in a contradiction", "position.yaml",
           "when: age_years and birth_date differ by more than 1 year",
           "when: a drug of the option worked", "when: a drug", "not understood", "only a rule"),
    # ---- doses (test_sentences.py has the grammar itself)
    Broken("dose of another drug", NODE, "- methotrexate weekly", "- prednisolone weekly", "doses:",
           "doses for other drugs than are given", "methotrexate"),
    Broken("dose of no drug", NODE, "- methotrexate weekly", "- metotrexate weekly",
           "- metotrexate",
           "unknown drug (did you mean 'methotrexate'?)"),
    Broken("no dose", NODE, "          - methotrexate weekly 7.5-25 mg/week oral or subcutaneous\n",
           "          []\n", "doses:", "doses: nothing in the list"),
    Broken("unit of a dose", NODE, "7.5-25 mg/week", "7.5-25 ml/week", "ml/week", "not a dose",
           "for example: prednisolone initial"),
    Broken("kind of a dose", NODE, "methotrexate weekly", "methotrexate wekly", "wekly",
           "unknown kind 'wekly' (did you mean 'weekly'?)"),
    Broken("period of a dose", NODE, "mg/week oral", "mg/day oral", "mg/day oral or",
           "weekly per day", "per week"),
    Broken("route of a dose", NODE, "oral or subcutaneous", "oral or subcutaneus", "subcutaneus",
           "unknown route 'subcutaneus' (did you mean 'subcutaneous'?)"),
    Broken("figure after the semicolon", NODE, "; tapered by response", "; 5 mg later",
           "5 mg later",
           "a figure after the semicolon"),
    # ---- what stands once
    Broken("second rule of one id", "rules.yaml", "id: lung", "id: allergy",
           "id: allergy", "a second 'allergy'", "each id once"),
    Broken("second notice of one id", "notices.yaml", "id: exhausted", "id: child", "id: child",
           "a second 'child'"),
    Broken("second option of a node", NODE,
           "give: [prednisolone]\n        says: Beside it.\n        cites: [one.core]\n"
           "        doses:\n          - prednisolone initial 0.5-1 mg/kg/day oral, at most 80 mg"
           "/day; tapered by response\n",
           "give: [methotrexate]\n        says: Again.\n        cites: [one.core]\n"
           "        doses:\n          - methotrexate without dose; as before\n",
           "give: [methotrexate]", "a second option 'methotrexate'"),
    Broken("synonym of two drugs", "drugs.yaml", "synonyms: [prednisone]", "synonyms: [MTX]",
           "synonyms: [MTX]", "'MTX' names methotrexate too"),
    Broken("term with the name of a fact", "terms.yaml", "weak_or_lung:", "course:", "course:",
           "'course' is the name of a fact"),
    Broken("interpretation with the id of a statement", "interpretations.yaml",
           "  says: Everything is read as it stands.\n",
           "  says: Everything is read as it stands.\none.core:\n  title: It\n  says: It.\n",
           "one.core:", "'one.core' is the id of a statement"),
    # ---- facts and drugs as such
    Broken("name that no sentence can use", "facts.yaml", "lung_failure:", "Lung failure:",
           "Lung failure:", "is no name here"),
    Broken("ease beyond the scale", "facts.yaml", "ease: 3", "ease: 7", "ease: 7", "ease: found 7",
           "1 to 4"),
    Broken("fact that the engine reads", "facts.yaml", "other_drugs:", "more_drugs:", "as_of:",
           "no fact 'other_drugs' of type names"),
    Broken("kind of a statement", "sources.yaml", "kind: dose", "kind: dosis", "kind: dosis",
           "kind: found 'dosis' (did you mean 'dose'?)"),
    Broken("number without a range", "facts.yaml", "  low: 2\n  high: 350\n", "  low: 2\n",
           "weight_kg:", "a number without a range"),
    Broken("range that is none", "facts.yaml", "  low: 2\n  high: 350\n",
           "  low: 400\n  high: 350\n",
           "low: 400", "400 is above 350"),
    Broken("choice without values", "facts.yaml",
           "  values:\n    anti-a: anti-A\n    anti-b: anti-B\n",
           "", "antibodies:", "a set without values"),
    Broken("code for no value", "facts.yaml", "value: relapse", "value: relaps", "value: relaps",
           "'relaps' is no value of course", "initial, relapse"),
    Broken("implication of a number", "position.yaml", "given: lung_failure", "given: weight_kg",
           "given:", "weight_kg is a number", "a fact of type boolean"),
    Broken("age that is none", "position.yaml", "fact: age_years", "fact: birth_date",
           "fact: birth_date", "birth_date is a date", "a fact of type number"),
]  # fmt: skip


@pytest.mark.parametrize("case", BROKEN, ids=[case.name for case in BROKEN])
def test_a_fault_names_file_and_line(case: Broken, tmp_path: Path) -> None:
    files = changed(case.file, case.old, case.new)
    faults = faults_of(written(tmp_path / "content", files))
    text = files[case.file]
    change = FILES[case.file][: FILES[case.file].index(case.old)].count("\n") + 1
    lines = [number for number, line in enumerate(text.splitlines(), 1) if case.at in line]
    line = min(lines, key=lambda number: abs(number - change))
    found = [
        fault
        for fault in faults
        if fault.where == f"{case.file}:{line}"
        and case.found in fault.found
        and case.accepted in fault.accepted
    ]
    assert found, "\n".join(str(fault) for fault in faults)


def test_the_small_guideline_itself_loads(tmp_path: Path) -> None:
    guideline = load(written(tmp_path / "content"))
    assert [node.id for node in guideline.nodes] == ["one.1"]
    assert guideline.content_hash == content_hash(FILES)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if name != "rules.yaml"}
    [fault] = faults_of(written(tmp_path / "content", files))
    assert (fault.where, fault.found) == ("rules.yaml", "missing")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("rule.yaml", "(did you mean 'rules.yaml'?)"),
        ("nodes/one-2.yml", ""),
        ("more/rules.yaml", ""),
        ("nodes.yaml", ""),
    ],
)
def test_an_unknown_file_is_named(name: str, hint: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "content", {**FILES, name: "rules: []\n"})
    faults = [fault for fault in faults_of(folder) if fault.where == f"{name}:1"]
    assert faults
    assert hint in faults[0].found


def test_vignettes_and_other_files_are_no_content(tmp_path: Path) -> None:
    more = {"cases/one.yaml": "- anything\n", "notes.txt": "anything"}
    folder = written(tmp_path / "content", {**FILES, **more})
    assert load(folder).content_hash == content_hash(FILES)


@pytest.mark.parametrize("name", ["rules.yaml", "facts.yaml", "edition.yaml", NODE])
@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n", "word\n"])
def test_a_file_without_its_content_is_refused(name: str, text: str, tmp_path: Path) -> None:
    faults = faults_of(written(tmp_path / "content", {**FILES, name: text}))
    own = [fault for fault in faults if fault.where == f"{name}:1"]
    assert own
    assert "found" in own[0].found
    assert "no file of this name" not in own[0].found


def test_a_file_that_is_no_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = written(tmp_path / "content")
    (folder / "terms.yaml").write_bytes(FILES["terms.yaml"].encode() + b"# caf\xe9\n")
    (folder / "rules.yaml").write_bytes(b"\xff" + FILES["rules.yaml"].encode())
    line = FILES["terms.yaml"].count("\n") + 1
    found = [(fault.where, fault.accepted) for fault in faults_of(folder)]
    assert found == [("rules.yaml:1", "a UTF-8 text"), (f"terms.yaml:{line}", "a UTF-8 text")]


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    folder = written(tmp_path / "content")
    (folder / "terms.yaml").unlink()
    (folder / "terms.yaml").mkdir()
    [fault] = faults_of(folder)
    assert fault.where == "terms.yaml"


@pytest.mark.parametrize("make", [True, False])
def test_a_folder_without_content_is_refused(make: bool, tmp_path: Path) -> None:
    folder = tmp_path / "content"
    if make:
        folder.mkdir()
    [fault] = faults_of(folder)
    assert fault.found == "no content here"


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    folder = written(tmp_path / "content")
    text = FILES["rules.yaml"]
    (folder / "rules.yaml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load(folder).rules == load(written(tmp_path / "plain")).rules


def test_what_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    deep = "[" * 60 + "]" * 60
    files = changed("terms.yaml", "when: strength < 4", f"when: {deep}")
    faults = faults_of(written(tmp_path / "content", files))
    assert faults[0].where == f"terms.yaml:{line_of(files['terms.yaml'], deep)}"
    assert faults[0].found == "nested too deeply"


@pytest.mark.parametrize("text", ["[" * 900_000, "{a: " * 200_000, "- " * 400_000])
def test_what_exhausts_the_reader_is_refused_at_once(text: str, tmp_path: Path) -> None:
    started = time.perf_counter()
    [fault] = faults_of(written(tmp_path / "content", {**FILES, "rules.yaml": f"a: 1\nb: {text}"}))
    assert fault.where.startswith("rules.yaml:")
    assert time.perf_counter() - started < 10


def test_what_no_text_may_hold_is_refused(tmp_path: Path) -> None:
    files = changed("rules.yaml", "id: lung", "id: l\x00ung")
    [fault] = faults_of(written(tmp_path / "content", files))
    assert fault.where == f"rules.yaml:{line_of(files['rules.yaml'], 'id: l')}"
    assert "not YAML" in fault.found


def test_a_second_node_of_one_id_is_refused(tmp_path: Path) -> None:
    files = {**FILES, "nodes/one-2.yaml": FILES[NODE]}
    found = {(fault.where, fault.found) for fault in faults_of(written(tmp_path / "c", files))}
    assert ("nodes/one-2.yaml:1", "a second node 'one.1'") in found


def test_a_node_lies_in_the_file_of_its_name(tmp_path: Path) -> None:
    files = changed("rules.yaml", "    nodes: [one.1]\n", "")
    files[NODE] = FILES[NODE].replace("id: one.1", "id: one.2")
    [fault] = faults_of(written(tmp_path / "content", files))
    assert fault.where == f"{NODE}:1"
    assert fault.accepted == "the file name one-2.yaml"


def test_several_faults_are_reported_together(tmp_path: Path) -> None:
    files = {
        **FILES,
        "rules.yaml": FILES["rules.yaml"].replace("verdict: excluded", "verdict: out"),
        "terms.yaml": FILES["terms.yaml"].replace(
            "cites: [R-1]\n  when: strength", "when: strength"
        ),
        NODE: FILES[NODE].replace("title: The", "tittle: The").replace("line: 1", "line: one"),
    }
    places = [fault.where for fault in faults_of(written(tmp_path / "content", files))]
    assert places == [
        f"{NODE}:1",
        f"{NODE}:{line_of(files[NODE], 'tittle')}",
        f"{NODE}:{line_of(files[NODE], 'line: one')}",
        f"rules.yaml:{line_of(files['rules.yaml'], 'verdict: out')}",
        f"terms.yaml:{line_of(files['terms.yaml'], 'weak:')}",
    ]


def test_faulty_sentences_are_reported_together(tmp_path: Path) -> None:
    files = {
        **FILES,
        "rules.yaml": FILES["rules.yaml"].replace("- ild is true", "- ild is unsure"),
        NODE: FILES[NODE].replace("- course is initial", "- course is over")
        .replace("weekly 7.5-25 mg/week", "weekly 7.5-25 mg/day"),
    }  # fmt: skip
    places = [fault.where for fault in faults_of(written(tmp_path / "content", files))]
    assert places == [
        f"{NODE}:{line_of(files[NODE], 'course is over')}",
        f"{NODE}:{line_of(files[NODE], 'mg/day oral or')}",
        f"rules.yaml:{line_of(files['rules.yaml'], 'ild is unsure')}",
    ]


def test_a_broken_file_makes_no_false_alarm_in_another(tmp_path: Path) -> None:
    """The ids of a file that cannot be read are not known: nobody is told that they are wrong."""
    files = {**FILES, "sources.yaml": "statements: [\n"}
    places = {fault.where.partition(":")[0] for fault in faults_of(written(tmp_path / "c", files))}
    assert places == {"sources.yaml"}


def test_an_error_reads_as_one_line_for_each_fault(tmp_path: Path) -> None:
    files = changed("rules.yaml", "verdict: excluded", "verdict: exclude")
    with pytest.raises(ContentError) as caught:
        load(written(tmp_path / "content", files))
    line = line_of(files["rules.yaml"], "verdict: exclude")
    assert str(caught.value) == (
        f"rules.yaml:{line}: verdict: found 'exclude' (did you mean 'excluded'?);"
        " accepted: excluded, caution, favoured"
    )


# ---- the shipped content


def test_the_shipped_content_is_complete() -> None:
    guideline = shipped()
    assert len(guideline.statements) == 111
    assert len(guideline.nodes) == 10
    cited = carried(guideline)
    left = {name for name, one in guideline.statements.items() if one.not_encoded}
    assert guideline.statements.keys() - left <= cited.keys()
    assert not left & cited.keys()
    # An interpretation that nothing rests on is one that no answer can cite.
    assert guideline.interpretations.keys() <= cited.keys()


def test_every_reference_is_cited_by_a_statement() -> None:
    guideline = shipped()
    cited = {number for one in guideline.statements.values() for number in one.cites}
    assert {one.number for one in guideline.references.values()} == cited


def test_a_dose_rests_on_the_statement_of_its_drug() -> None:
    for node in shipped().nodes:
        for therapy in node.therapies:
            for option in therapy.options:
                for dose in option.doses:
                    assert dose.cite in option.cites
                    own = [one for one in option.cites if one.endswith(f"{dose.drug}-dose")]
                    assert dose.cite in (own or option.cites)


# ---- one number changed, and no Python


def test_another_number_is_another_answer(tmp_path: Path) -> None:
    for name, old, new, patient, of, before, after in _NUMBERS:
        folder = tmp_path / name
        shutil.copytree(CONTENT, folder)
        path = folder / of.file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        one, other = shipped(), myopathway.load(folder)
        assert one.content_hash != other.content_hash
        assert of.look(_answer(patient, one)) == before, name
        assert of.look(_answer(patient, other)) == after, name


def _answer(patient: dict[str, Any], guideline: Guideline) -> Answer:
    return myopathway.recommend(
        myopathway.Patient.from_facts(patient, guideline=guideline),
        today=DAY,
        guideline=guideline,
    )


def _calculated(answer: Answer, option: str, drug: str, kind: str) -> list[str]:
    def shown(one: Calculated) -> str:
        return f"{one.low}-{one.high} {one.unit}{' capped' if one.capped else ''}"

    return [
        shown(figure)
        for therapy in answer.therapies
        for listed in therapy.options
        if listed.id == option
        for one in listed.drugs
        if one.drug == drug
        for figure in one.calculated
        if figure.kind == kind
    ]


class Look(NamedTuple):
    """What of an answer shows that a number counts, and the file that holds it."""

    file: str
    option: str = ""
    drug: str = ""
    kind: str = ""

    def look(self, answer: Answer) -> object:
        if not self.option:
            return answer.node
        return _calculated(answer, self.option, self.drug or self.option, self.kind)


SEVERE: dict[str, Any] = {
    "age_years": 40,
    "sex": "female",
    "weight_kg": 93.5,
    "subtype": "dermatomyositis",
    "course": "initial",
    "severe_muscle_weakness": True,
    "treatments": [],
    "allergies": [],
    "infection": False,
    "pregnant": False,
}
BY_GRADE = {
    **{name: value for name, value in SEVERE.items() if name != "severe_muscle_weakness"},
    "muscle_strength_mrc": "4-",
    "respiratory_failure_from_ild": False,
    "myocarditis": False,
    "severe_dysphagia": False,
    "other_life_threatening_complication": False,
}
PULSE = "methylprednisolone+prednisolone"
_NUMBERS: list[tuple[str, str, str, dict[str, Any], Look, object, object]] = [
    (
        "prednisolone at most 60 mg",
        "at most 80 mg/day",
        "at most 60 mg/day",
        SEVERE,
        Look("nodes/severe-1.yaml", PULSE, "prednisolone", "initial"),
        ["46.8-80 mg/day capped"],
        ["46.8-60 mg/day capped"],
    ),
    (
        "azathioprine at most 1.5 mg/kg",
        "at most 2 mg/kg/day",
        "at most 1.5 mg/kg/day",
        SEVERE,
        Look("nodes/severe-1.yaml", "azathioprine", kind="maximum"),
        ["187-187 mg/day"],
        ["140.2-140.2 mg/day"],
    ),
    (
        "methotrexate to 20 mg",
        "7.5-25 mg/week",
        "7.5-20 mg/week",
        SEVERE,
        Look("nodes/severe-1.yaml", "methotrexate", kind="weekly"),
        ["7.5-25 mg/week"],
        ["7.5-20 mg/week"],
    ),
    (
        "adult from 16 years",
        "from_years: 18",
        "from_years: 16",
        {**SEVERE, "age_years": 17},
        Look("position.yaml", "methotrexate", kind="weekly"),
        [],
        ["7.5-25 mg/week"],
    ),
    (
        "severe below grade 3",
        "muscle_strength_mrc < 4",
        "muscle_strength_mrc < 3",
        BY_GRADE,
        Look("terms.yaml"),
        "severe.1",
        "non-severe.1",
    ),
]


# ---- the compiled form


def _files_of(folder: Path) -> list[Path]:
    return sorted((folder / "cache").glob("*"))


def _never(*_: object) -> Guideline:
    raise AssertionError("the content was read again")


def test_what_was_kept_is_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path / "content")
    read = load(folder)
    assert len(_files_of(tmp_path)) == 1
    monkeypatch.setattr(building, "build", _never)
    kept = load(folder)
    assert kept == read
    assert kept is not read
    encode = msgspec.json.Encoder(order="deterministic").encode
    assert encode(kept) == encode(read)


def test_the_shipped_content_survives_being_kept() -> None:
    files = content_files(CONTENT)
    read = building.build(files, content_hash(files))
    cache.keep(read)
    assert cache.kept(read.content_hash) == read


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda raw: raw[:100],
        lambda raw: raw[:-1],
        lambda raw: b"\x00" * len(raw),
        lambda raw: raw.replace(b"80", b"90"),
        lambda raw: raw[32:],
        lambda raw: raw + b"x",
    ],
    ids=[
        "empty",
        "cut short",
        "one byte short",
        "zeros",
        "another figure",
        "no checksum",
        "longer",
    ],
)
def test_a_damaged_compiled_form_is_ignored(spoil: Any, tmp_path: Path) -> None:
    folder = written(tmp_path / "content")
    read = load(folder)
    [path] = _files_of(tmp_path)
    raw = path.read_bytes()
    damaged = spoil(raw)
    assert damaged != raw
    path.write_bytes(damaged)
    assert cache.kept(read.content_hash) is None
    assert load(folder) == read
    assert path.read_bytes() == raw  # and it is whole again


def test_a_compiled_form_of_another_content_is_ignored(tmp_path: Path) -> None:
    folder = written(tmp_path / "content")
    read = load(folder)
    [path] = _files_of(tmp_path)
    other = written(tmp_path / "other", changed(NODE, "title: The one node", "title: Another"))
    load(other)
    [foreign] = [one for one in _files_of(tmp_path) if one != path]
    path.write_bytes(foreign.read_bytes())
    assert load(folder) == read


def test_faulty_content_is_never_kept(tmp_path: Path) -> None:
    folder = written(tmp_path / "content", changed(NODE, "line: 1", "line: x"))
    for _ in range(2):
        faults_of(folder)
    assert not _files_of(tmp_path)


def test_a_folder_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("MYOPATHWAY_CACHE_DIR", str(tmp_path / "file" / "cache"))
    folder = written(tmp_path / "content")
    assert load(folder) == load(folder)


def test_a_full_disk_is_no_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", full)
    load(written(tmp_path / "content"))
    assert not _files_of(tmp_path)


def test_no_home_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(self: Path) -> Path:
        raise RuntimeError(f"Could not determine home directory of {self}")

    for name in ("MYOPATHWAY_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("pathlib.Path.expanduser", nowhere)
    folder = written(tmp_path / "content")
    assert load(folder) == load(folder)


@pytest.mark.parametrize(
    ("platform", "environment", "wanted"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x/myopathway"),
        ("linux", {"HOME": "/h"}, "/h/.cache/myopathway"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Caches/myopathway"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/myopathway"),
        ("linux", {"MYOPATHWAY_CACHE_DIR": "/m"}, "/m"),
    ],
)
def test_the_compiled_form_lies_in_the_users_cache(
    platform: str, environment: dict[str, str], wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MYOPATHWAY_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", platform)
    assert cache.folder().as_posix() == wanted


def test_structure_is_kept_as_it_was_written(tmp_path: Path) -> None:
    """A bare list means all; a term keeps its name; `is false` of a term is its opposite."""
    files = changed(NODE, "weak_or_lung is true", "weak_or_lung is false")
    guideline = load(written(tmp_path / "content", files))
    first, second = guideline.nodes[0].when
    assert isinstance(second, Not)
    assert isinstance(second.part, Named)
    assert second.part.term == "weak_or_lung"
    assert [*leaves(first)] == [first]
    assert isinstance(guideline.rules[1].when, All)
    assert guideline.adult.from_years == Decimal(18)
