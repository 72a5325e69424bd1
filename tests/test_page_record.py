"""A FHIR record opened in the page: filled in with its sources, changed facts are stated."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.render.json import json_bytes
from myopathway.render.words import age_words
from myopathway.settings import Settings
from myopathway.web.carried import carry, packed, patient_of, typed, unpacked
from myopathway.web.filled import filled
from myopathway.web.pages import opened
from tests.page_site import ROOT, TODAY, Html, site

if TYPE_CHECKING:
    from collections.abc import Iterator

BUNDLES = sorted((ROOT / "examples").glob("*.bundle.json"))
SEVERE = ROOT / "examples" / "severe-refractory.bundle.json"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with site() as base, httpx.Client(base_url=base) as found:
        yield found


def sent(page: Html) -> dict[str, list[str]]:
    """Give what the form sends as it stands, its hidden record too."""
    found = {name: one.held for name, one in page.controls().items() if one.held}
    found["record"] = [page.one("input", name="record").attrs["value"]]
    return found


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.name)
def test_an_opened_record_gives_its_own_answer(client: httpx.Client, path: Any) -> None:
    page = client.post("/", files={"bundle": path.read_bytes()})
    assert page.status_code == 200
    read = Html(page.text)
    today = date.today()  # noqa: DTZ011 - the service goes by the clock
    answer = recommend_on(Patient.from_fhir(json.loads(path.read_bytes()), today=today), today)
    assert read.one("h1").text == answer.about.title
    again = client.post("/answer.json", data=sent(read))
    ours, wanted = again.json(), json.loads(json_bytes(answer))
    for key in ("node", "possible", "therapies", "notices", "missing", "unread", "trace"):
        assert ours[key] == wanted[key], key
    assert ours["facts"] == wanted["facts"]


def test_pasted_is_as_good_as_uploaded(client: httpx.Client) -> None:
    uploaded = client.post("/", files={"bundle": SEVERE.read_bytes()})
    pasted = client.post("/", data={"paste": SEVERE.read_text(encoding="utf-8")})
    assert pasted.text == uploaded.text


def test_sources_stand_beside_the_fields(client: httpx.Client) -> None:
    page = Html(client.post("/", files={"bundle": SEVERE.read_bytes()}).text)
    sources = [one.text for one in page.all("small", class_="src")]
    assert any("Observation/" in one and "2026" in one for one in sources)
    assert "From a FHIR record" in page.words("form", id="facts")
    assert page.one("form", id="facts").attrs["method"] == "post"
    assert page.one(id="main").attrs["data-address"] == ""


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("2026-11-02", "of the same day"), ("2026-11-01", "1 day old"),
        ("2026-10-13", "20 days old"), ("2026-10-12", "3 weeks old"),
        ("2026-09-03", "8 weeks old"), ("2026-09-02T08:00:00Z", "2 months old"),
        ("2025-11-02", "12 months old"), ("2024-11-03", "23 months old"),
        ("2024-11-02", "2 years old"), ("2026-11-03", ""), ("2026", ""), ("", ""),
    ],
)  # fmt: skip
def test_how_old_a_value_is(then: str, told: str) -> None:
    assert age_words(then, "2026-11-02") == told


def test_a_fact_of_a_record_says_how_old_it_is(client: httpx.Client) -> None:
    page = Html(client.post("/", files={"bundle": SEVERE.read_bytes()}).text)
    (weight,) = (one.text for one in page.all("li") if one.text.startswith("Body weight"))
    assert re.search(
        r"Observation/\S+, \d+ \w+ \d{4}.*; (\d+ (days|weeks|months|years) old)", weight
    )


def test_what_the_reader_changes_is_stated_and_the_rest_keeps_its_source(
    client: httpx.Client,
) -> None:
    page = Html(client.post("/", files={"bundle": SEVERE.read_bytes()}).text)
    form = {**sent(page), "weight_kg": ["70"]}
    facts = {one["fact"]: one for one in client.post("/answer.json", data=form).json()["facts"]}
    assert facts["weight_kg"]["value"] == 70
    assert facts["weight_kg"]["source"] == {"kind": "stated"}
    assert facts["subtype"]["source"]["kind"] == "fhir"
    form["t1_outcome"] = ["intolerance"]
    form["disease_damage"] = []
    answer = client.post("/answer.json", data=form).json()
    facts = {one["fact"]: one for one in answer["facts"]}
    assert "disease_damage" not in facts
    assert facts["treatments"]["source"] == {"kind": "stated"}
    used = [
        one for step in answer["trace"] for one in step["facts"] if "treatments[" in one["name"]
    ]
    kinds = {one["name"]: one["source"]["kind"] for one in used}
    assert kinds["treatments[0]"] == "stated"
    assert kinds["treatments[2]"] == "fhir"


def test_what_was_not_read_is_listed(client: httpx.Client) -> None:
    bundle = json.loads(SEVERE.read_bytes())
    bundle["entry"].append({"resource": {"resourceType": "Immunization", "id": "i1"}})
    bundle["entry"].append({"resource": {"resourceType": "Observation", "id": "<b>o</b>"}})
    page = client.post("/", data={"paste": json.dumps(bundle)})
    section = page.text[page.text.index('data-k="unread"') :]
    assert "Immunization" in section[:2000]
    assert "<b>o</b>" not in page.text


def test_complete_lists_count_only_when_said(client: httpx.Client) -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Patient", "id": "p", "gender": "female"}}],
    }
    paste = {"paste": json.dumps(bundle)}
    page = Html(client.post("/", data=paste).text)
    assert page.controls()["myocarditis"].held == []
    page = Html(client.post("/", data={**paste, "complete_problem_list": "yes"}).text)
    assert page.controls()["myocarditis"].held == ["no"]
    page = Html(client.post("/", data={**paste, "complete_medication_list": "yes"}).text)
    assert page.controls()["treatments"].held == ["none"]


@pytest.mark.parametrize(
    ("paste", "says"),
    [
        ("", "empty"),
        ("{", "JSON"),
        ("[" * 100_000, "Nested"),
        ('{"resourceType": "Patient"}', "Bundle"),
        ('{"a": 1, "a": 2}', "twice"),
        ("sex: female", "Bundle"),
        ('{"resourceType": "Bundle", "entry": []}', "Patient"),
    ],
)
def test_what_is_no_record_is_said_beside_the_field(
    client: httpx.Client, paste: str, says: str
) -> None:
    page = client.post("/", data={"paste": paste})
    assert page.status_code == 422
    assert says in Html(page.text).words(id="e-bundle")
    # On a phone the form lies far below: what is wrong stands above the answer too.
    assert says in Html(page.text).words(id="not-opened")


def test_a_broken_hidden_record_is_refused(client: httpx.Client) -> None:
    for record in ("{", "[]", '{"facts": {"sex": 1}}', "[" * 5000):
        page = client.post("/", data={"record": record, "sex": "female"})
        assert page.status_code == 422
        assert "open the record anew" in Html(page.text).words(id="e-bundle")
        assert client.post("/answer.json", data={"record": record}).status_code == 422
    # Facts that no dictionary knows are left out, not trusted.
    strange = '{"facts": {"no_such": ["x", {"kind": "stated"}], "sex": [["a"], {"kind": "fhir"}]}}'
    assert client.post("/", data={"record": strange}).status_code == 200


def test_a_record_survives_being_carried() -> None:
    vocabulary = shipped().vocabulary
    for path in BUNDLES:
        patient = Patient.from_fhir(json.loads(path.read_bytes()), today=TODAY)
        carried = unpacked(packed(carry(patient)))
        again = patient_of(filled(vocabulary, typed(carried)), carried, vocabulary)
        assert recommend_on(again, TODAY) == recommend_on(patient, TODAY)


def test_a_launch_opens_the_same_page() -> None:
    patient = Patient.from_fhir(json.loads(SEVERE.read_bytes()), today=TODAY)
    page = bytes(opened(Settings(), patient).body).decode()
    assert "From a FHIR record" in page
    assert Html(page).one("h1").text == "Severe disease, third line of induction"
