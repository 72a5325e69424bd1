"""A site's own rules: laid over the guideline, marked as local, never wider than it."""

import datetime as dt
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

import myopathway
from myopathway.engine.clause import STRICTNESS
from myopathway.engine.outcome import Answer
from myopathway.errors import ContentError
from myopathway.guideline.load import CONTENT, load, shipped
from myopathway.guideline.model import Guideline
from myopathway.orders import check_orders
from myopathway.orders.read import orders_in
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.verify import OF_OVERLAYS, PROPERTIES, verify
from tests.population import TODAY, complete_patient, patient

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "overlay"
TEXT = (EXAMPLE / "overlay.yaml").read_text(encoding="utf-8")
HEAD = """\
id: ward
guideline: iim-treatment
title: The Ward
date: '2026-11-22'
url: https://ward.example
"""


def local(tmp_path: Path, text: str) -> Guideline:
    (tmp_path / "overlay.yaml").write_text(text, encoding="utf-8")
    return load(CONTENT, overlay=tmp_path)


def answer_of(document: dict[str, Any], guideline: Guideline) -> Answer:
    return recommend_on(Patient.from_facts(document, guideline=guideline), TODAY, guideline)


@pytest.fixture(scope="module")
def example() -> Guideline:
    return myopathway.load(CONTENT, overlay=EXAMPLE)


def test_an_overlay_only_takes_away_and_says_more(example: Guideline) -> None:
    rng = Random(5)
    stricter = lower = 0
    for number in range(250):
        document = complete_patient(rng) if number % 2 else patient(rng)
        plain, over = answer_of(document, shipped()), answer_of(document, example)
        assert (plain.status, plain.node, plain.possible) == (over.status, over.node, over.possible)
        assert plain.trace == over.trace
        assert len(plain.therapies) == len(over.therapies)
        for before, after in zip(plain.therapies, over.therapies, strict=True):
            assert [one.id for one in before.options] == [one.id for one in after.options]
            for old, new in zip(before.options, after.options, strict=True):
                assert STRICTNESS[new.verdict] >= STRICTNESS[old.verdict]
                stricter += new.verdict != old.verdict
                if new.verdict != "excluded":
                    assert set(old.reasons) <= set(new.reasons)
                lower += _held_lower(old, new)
        if over.status in {"recommended", "needs-information"}:
            exhausted = {one for one in over.notices if one.basis.startswith("LOCAL-")}
            assert exhausted
            told = {one.text for one in over.notices}
            assert {one.text for one in plain.notices} <= told | _of_excluded(plain, over)
    assert stricter > 20
    assert lower > 10


def _held_lower(old: Any, new: Any) -> int:
    """Count the doses that are lower; none may be higher, and none may come from nowhere."""
    count = 0
    for was, now in zip(old.drugs, new.drugs, strict=True):
        figures = {one.kind: one for one in was.calculated}
        assert set(now.route) == set(was.route)
        for one in now.calculated:
            assert one.low <= figures[one.kind].low
            assert one.high <= figures[one.kind].high
            count += one.high < figures[one.kind].high
    return count


def _of_excluded(plain: Answer, over: Answer) -> set[str]:
    """Messages that go with figures or drugs of options which are gone now."""
    verdicts = [
        {option.id: option.verdict for part in one.therapies for option in part.options}
        for one in (plain, over)
    ]
    if verdicts[0] == verdicts[1]:
        return {one.text for one in plain.notices if "maximum" in one.text.lower()}
    return {one.text for one in plain.notices}


SEVERE = {
    "subtype": "polymyositis", "course": "initial", "severe_dysphagia": True, "age_years": 50,
    "weight_kg": 70, "treatments": [], "ild": True,
}  # fmt: skip
SECOND = SEVERE | {
    "treatments": [
        {"drugs": ["methotrexate"], "purpose": "induction", "outcome": "inadequate-response"}
    ]
}


def test_every_kind_of_rule_is_in_the_answer_and_marked(example: Guideline) -> None:
    answer = answer_of(SEVERE, example)
    options = {one.id: one for part in answer.therapies for one in part.options}
    said = {one.basis: one.text for one in options["methotrexate"].reasons}
    assert said["LOCAL-MTX-1"].startswith("Local (Example Hospital): preferred here: subcutaneous.")
    assert any(one.basis == "LOCAL-IVIG-1" for one in options["ivig"].reasons)
    steroid = options["methylprednisolone+prednisolone"]
    assert any(one.basis == "LOCAL-PRED-1" for one in steroid.reasons)
    figures = {one.kind: one for drug in steroid.drugs[1:] for one in drug.calculated}
    assert figures["initial"].high == figures["maximum"].high == Decimal(60)
    assert figures["initial"].capped
    assert "local maximum of Example Hospital [LOCAL-PRED-1]" in steroid.drugs[1].dose
    told = {(one.level, one.basis) for one in answer.notices}
    assert ("warning", "LOCAL-LUNG-1") in told
    assert ("info", "LOCAL-EXAMPLE-HOSPITAL") in told
    assert any("switchboard" in one.text for one in answer.notices)
    assert answer.guideline.version == "1.0.0+example-hospital.2026-11-22"
    assert answer.guideline.sources[-1].title == "Local rules: Example Hospital"
    rows = {one.row: one.source for one in answer.safety}
    assert rows["LOCAL-MTX-1"].startswith("Example Hospital, 2026-11-22")
    second = answer_of(SECOND, example)
    options = {one.id: one for part in second.therapies for one in part.options}
    assert options["tacrolimus"].verdict == "excluded"
    assert options["tacrolimus"].reasons[0].text == (
        "Local (Example Hospital): Not on the formulary; ciclosporin is."
    )
    assert not options["tacrolimus"].drugs[0].calculated


def test_a_note_for_a_group_stays_out_of_the_others(example: Guideline) -> None:
    remission = {"subtype": "polymyositis", "course": "remission", "treatments": [], "ild": True}
    for document in (remission, SEVERE | {"ild": False}, {"ild": True}):
        assert all(one.basis != "LOCAL-LUNG-1" for one in answer_of(document, example).notices)


def test_every_answer_names_the_overlay_even_where_nothing_is_recommended(
    example: Guideline,
) -> None:
    for document in ({}, {"subtype": "not-iim"}, {"sex": "male", "pregnant": True}, SEVERE):
        answer = answer_of(document, example)
        assert "Example Hospital" in answer.guideline.sources[-1].title
        assert "+example-hospital" in answer.guideline.version
        assert answer.guideline.content_hash != shipped().content_hash


def test_orders_are_held_to_the_lower_maximum_and_the_formulary(example: Guideline) -> None:
    person = Patient.from_facts(SEVERE, guideline=example)
    order = b"drug: prednisolone\ndose: 70\nunit: mg\nfrequency: daily\nroute: oral\n"
    for guideline, found in ((shipped(), False), (example, True)):
        orders, _ = orders_in(order, "order", guideline)
        (answer,) = check_orders(person, orders, TODAY, guideline)
        bases = json.dumps([str(one) for one in answer.findings])
        assert ("LOCAL-PRED-1" in bases) is found
    orders, _ = orders_in(b"drug: tacrolimus\n", "order", example)
    (answer,) = check_orders(person, orders, TODAY, example)
    assert any(one.basis == "LOCAL-TAC-1" for one in answer.findings)


def test_the_hash_covers_the_overlay_and_the_content(tmp_path: Path) -> None:
    one = local(tmp_path, TEXT)
    other = local(tmp_path, TEXT.replace("Not on the formulary", "Not in the formulary"))
    assert len({one.content_hash, other.content_hash, shipped().content_hash}) == 3
    assert local(tmp_path, TEXT) == one


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        (HEAD.replace("iim-treatment", "gout"), 2, "iim-treatment"),
        (HEAD + "offers: []\n", 6, "no such key 'offers'"),
        (HEAD + "unavailable:\n  - id: LOCAL-1\n    drug: tacrolimuss\n    says: No.\n"
         "    verdict: excluded\n", 8, "tacrolimus"),
        (HEAD + "unavailable:\n  - id: LOCAL-1\n    drug: tacrolimus\n    says: Yes.\n"
         "    verdict: favoured\n", 10, "excluded, caution"),
        (HEAD + "unavailable:\n  - id: MTX-01\n    drug: tacrolimus\n    says: No.\n"
         "    verdict: excluded\n", 7, "LOCAL-"),
        (HEAD + "routes:\n  - id: LOCAL-1\n    drug: azathioprine\n    says: No.\n"
         "    prefer: [intravenous]\n", 10, "oral"),
        (HEAD + "maxima:\n  - id: LOCAL-1\n    says: More.\n"
         "    limit: prednisolone at most 100 mg/day\n", 9, "not below what the guideline"),
        (HEAD + "maxima:\n  - id: LOCAL-1\n    says: The same.\n"
         "    limit: prednisolone at most 80 mg/day\n", 9, "not below what the guideline"),
        (HEAD + "maxima:\n  - id: LOCAL-1\n    says: Less than any.\n"
         "    limit: methotrexate at most 5 mg/week\n", 9, "below the lowest dose"),
        (HEAD + "maxima:\n  - id: LOCAL-1\n    says: By weight.\n"
         "    limit: azathioprine at most 150 mg/day\n", 9, "by weight"),
        (HEAD + "maxima:\n  - id: LOCAL-1\n    says: In a course.\n"
         "    limit: ivig at most 100 g/cycle\n", 9, "several days"),
        (HEAD + "maxima:\n  - id: LOCAL-1\n    says: No dose.\n"
         "    limit: rituximab at most 1 g/day\n", 9, "not below"),
        (HEAD + "maxima:\n  - id: LOCAL-1\n    says: No.\n    limit: prednisolone 60\n", 9,
         "not a maximum"),
        (HEAD + "notes:\n  - id: LOCAL-1\n    says: Hm.\n    level: info\n"
         "    when: idl is true\n", 10, "a fact or a term"),
        (HEAD + "notes:\n  - id: LOCAL-1\n    says: Hm.\n    level: info\n    groups: [mild]\n", 10,
         "resolves to nothing"),
        (HEAD + "notes:\n  - id: LOCAL-1\n    says: Hm.\n    level: info\n"
         "  - id: LOCAL-1\n    says: Hm.\n    level: info\n", 10, "a second 'LOCAL-1'"),
        (HEAD + HEAD, 6, "stands twice"),
        ("- a list\n", 1, "overlay"),
    ],
)  # fmt: skip
def test_what_goes_too_far_or_is_not_understood_is_refused_at_its_line(
    tmp_path: Path, text: str, where: int, told: str
) -> None:
    with pytest.raises(ContentError) as caught:
        local(tmp_path, text)
    assert f"overlay.yaml:{where}:" in str(caught.value)
    assert told in str(caught.value)


def test_a_folder_with_other_files_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no content here"):
        load(CONTENT, overlay=tmp_path)
    (tmp_path / "rules.yaml").write_text("rules: []\n", encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load(CONTENT, overlay=tmp_path)
    assert "rules.yaml: no file of this name belongs to an overlay" in str(caught.value)
    assert "overlay.yaml: missing" in str(caught.value)


@pytest.mark.parametrize(
    ("limit", "drug", "kind", "high"),
    [
        ("methotrexate at most 20 mg/week", "methotrexate", "weekly", "20"),
        ("azathioprine at most 1.5 mg/kg/day", "azathioprine", "maximum", "105"),
        ("mycophenolate at most 2 g/day", "mycophenolate", "maximum", "2000"),
        ("prednisolone at most 45.5 mg/day", "prednisolone", "initial", "45.5"),
    ],
)
def test_maxima_of_every_form_of_dose(
    tmp_path: Path, limit: str, drug: str, kind: str, high: str
) -> None:
    text = f"{HEAD}maxima:\n  - id: LOCAL-1\n    says: Less.\n    limit: {limit}\n"
    answer = answer_of(SEVERE, local(tmp_path, text))
    found = [
        one.high
        for part in answer.therapies
        for option in part.options
        for given in option.drugs
        for one in given.calculated
        if (given.drug, one.kind) == (drug, kind)
    ]
    assert found == [Decimal(high)]


def test_an_overlay_stands_the_proofs_of_the_guideline() -> None:
    quick = ("whole", "one-node", "nodes-reached", "gone-is-told", "safety-subtracts", "doses")
    report = verify(only=quick, workers=1, overlay=EXAMPLE)
    assert {one.id for one in report.findings} == set(quick)
    assert report.holds, [one.failures for one in report.findings]
    assert set(quick) <= set(OF_OVERLAYS) <= set(PROPERTIES)


def test_the_commands_take_an_overlay() -> None:
    done = [
        subprocess.run(
            [sys.executable, "-m", "myopathway", *arguments, "--overlay", "examples/overlay"],
            cwd=ROOT, capture_output=True, check=False, encoding="utf-8",
        )
        for arguments in (
            ["recommend", "examples/severe-ild-mda5.yaml", "--no-color"],
            ["check", "examples/severe-ild-mda5.yaml", "examples/order-methotrexate-daily.yaml"],
            ["whatif", "examples/severe-ild-mda5.yaml", "ild=false"],
            ["plan", "examples/severe-ild-mda5.yaml", "--regimen", "methotrexate",
             "--start", "2026-12-01"],
        )
    ]  # fmt: skip
    for one in done:
        assert one.returncode == 0, one.stderr
        assert "LOCAL-" in one.stdout
    assert "local LOCAL-LUNG-1" in " ".join(done[0].stdout.split())
    assert dt.date.fromisoformat("2026-11-22").isoformat() in done[0].stdout
