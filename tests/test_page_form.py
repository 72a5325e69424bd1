"""The form: made from the dictionary, unknown by default, nonsense refused beside its field."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import httpx
import pytest

from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.render.json import json_bytes
from myopathway.render.words import called
from tests.page_site import Html, address, fields, site
from tests.population import TODAY, patient

if TYPE_CHECKING:
    from collections.abc import Iterator

FACTS = shipped().vocabulary.facts
FIVE = {
    "severe_muscle_weakness",
    "respiratory_failure_from_ild",
    "myocarditis",
    "severe_dysphagia",
    "other_life_threatening_complication",
}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with site() as base, httpx.Client(base_url=base) as found:
        yield found


def stated(client: httpx.Client, query: str) -> dict[str, object]:
    """Give the facts that the answer to a form used."""
    answer = client.get(f"/answer.json?{query}").json()
    return {one["fact"]: one["value"] for one in answer["facts"]}


def test_every_fact_has_a_field_and_none_is_answered(client: httpx.Client) -> None:
    page = Html(client.get("/").text)
    controls = page.controls()
    # A day of birth names a person: it has no place in an address.
    assert set(FACTS) - set(controls) == {"birth_date"}
    given = {name for name in FACTS if name in controls and controls[name].held}
    assert given == set()
    for name, fact in FACTS.items():
        if fact.type == "boolean":
            assert sorted(controls[name].values) == ["", "no", "yes"], name
        if fact.type == "choice":
            assert set(controls[name].values) == {*fact.values, ""}, name


def test_unknown_looks_different_from_no(client: httpx.Client) -> None:
    page = Html(client.get("/").text)
    assert page.words(id="f-severe_dysphagia") == "Severe dysphagiaYesNoNot known"
    checked = [one.attrs["value"] for one in page.all("input", name="severe_dysphagia", checked="")]
    assert checked == [""]
    assert {one.text for one in page.all("span", class_="un")} == {"Not known"}


def test_the_most_deciding_section_comes_first(client: httpx.Client) -> None:
    sections = [one.attrs["id"] for one in Html(client.get("/").text).all(class_="sec")]
    assert sections[:3] == ["s-disease", "s-treatments", "s-severity"]
    assert sections[-1] == "s-safety"


def test_a_closed_section_says_in_whole_words_what_it_is_about(client: httpx.Client) -> None:
    page = client.get("/").text
    assert "Pregnant, active, serious infection and active malignancy" in page
    assert "Severe muscle weakness" in called(FACTS["severe_muscle_weakness"].says)
    assert called("Active, serious infection") == "Active, serious infection"
    assert called("Severe weakness, in a judgement; by somebody") == "Severe weakness"


def test_a_blank_form_states_nothing(client: httpx.Client) -> None:
    blanks = "&".join(f"{name}=" for name in FACTS)
    assert stated(client, blanks) == {}
    assert client.get(f"/?{blanks}").status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("egfr", "abc", "a number from 0 to 250 mL/min/1.73 m2"),
        ("weight_kg", "9000", "a number from 2 to 350 kg"),
        ("weight_kg", "NaN", "a number"),
        ("weight_kg", "64,5", "a number"),
        ("weight_kg", "1e2", "a number"),
        ("muscle_strength_mrc", "7", "a grade such as 4-, 4, 4+"),
        ("subtype", "dermatomyositus", "did you mean"),
        ("severe_dysphagia", "maybe", "true or false"),
        ("as_of", "02/11/2026", "a date such as"),
        ("autoantibodies", "anti-nothing", "a list of"),
    ],
)
def test_nonsense_is_refused_beside_its_field(
    client: httpx.Client, name: str, value: str, says: str
) -> None:
    response = client.get("/", params={name: value, "sex": "female"})
    assert response.status_code == 422
    page = Html(response.text)
    assert says in page.words(id=f"e-{name}")
    assert "counts as not known" in page.words(id="faults")
    assert page.all("a", href=f"#f-{name}")
    found = stated(client, str(response.url.query, "ascii"))
    assert found == {"sex": "female"}


def test_a_field_that_was_refused_keeps_what_was_typed(client: httpx.Client) -> None:
    page = Html(client.get("/?egfr=abc").text)
    field = page.one("input", name="egfr")
    assert field.attrs["value"] == "abc"
    assert field.attrs["aria-invalid"] == "true"
    assert field.attrs["aria-describedby"] == "e-egfr"


def test_one_control_denies_the_five_and_nothing_else_does(client: httpx.Client) -> None:
    found = stated(client, "none_of=severity")
    assert found == dict.fromkeys(FIVE, False)
    page = Html(client.get("/?none_of=severity").text)
    held = {name for name, one in page.controls().items() if one.held == ["no"]}
    assert held == FIVE
    assert "None of these five" in client.get("/").text
    # Of many questions at once nobody can say "none" in one breath.
    assert stated(client, "none_of=safety") == {}
    assert stated(client, "none_of=nonsense") == {}
    assert stated(client, "severe_dysphagia=no") == {"severe_dysphagia": False}


def test_buttons_answer_in_place(client: httpx.Client) -> None:
    assert stated(client, "severe_dysphagia=no&set=severe_dysphagia:yes") == {
        "severe_dysphagia": True
    }
    assert stated(client, "set=treatments:none") == {"treatments": []}
    assert stated(client, "weight_kg=60&now.weight_kg=70") == {"weight_kg": 70}
    assert stated(client, "set=no_such_fact:yes&set=&set=x&now.=1") == {}
    regimen = "treatments=some&t1_drugs=methotrexate"
    ended = client.get(f"/answer.json?{regimen}&set=treatments[0].outcome:intolerance").json()
    assert "intolerance" in str([one["value"] for one in ended["facts"]])
    assert stated(client, f"{regimen}&set=treatments:none") == {"treatments": []}


@pytest.mark.parametrize("query", ["", "subtype=dermatomyositis&course=initial&treatments=none"])
def test_the_button_that_enter_presses_states_nothing(client: httpx.Client, query: str) -> None:
    """Browsers take the first button of a form, wherever on the page it stands."""
    first = Html(client.get(f"/?{query}").text).all("button", form="facts")[0]
    assert set(first.attrs) == {"form", "class", "tabindex", "aria-hidden"}


def test_regimens_are_rows_that_come_and_go(client: httpx.Client) -> None:
    one = "t1_drugs=prednisolone&t1_drugs=methotrexate&t1_outcome=intolerance"
    page = Html(client.get(f"/?{one}&add=regimen").text)
    assert [leg.text for leg in page.all("legend")] == ["Regimen 1", "Regimen 2"]
    assert "t1_intolerant_of" in page.controls()
    page = Html(client.get(f"/?{one}&t7_drugs=azathioprine&drop=1").text)
    assert [leg.text for leg in page.all("legend")] == ["Regimen 1"]
    assert page.controls()["t1_drugs"].held == ["azathioprine"]
    typed = stated(client, "t1_drugs=prednisone, MTX;methotrexate")
    assert typed == {}  # MTX is no name that the content knows: nothing is guessed
    typed = stated(client, "t1_drugs=Prednisone, methotrexate")
    assert "prednisolone with methotrexate" in str(typed["treatments"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("treatments=none&t1_drugs=methotrexate", "treatments"),
        ("treatments=perhaps", "treatments"),
        ("t1_outcome=intolerance", "t1_drugs"),
        ("t1_drugs=aspirin", "t1_drugs"),
        ("t1_drugs=methotrexate&t1_started=2026-02-30", "t1_drugs"),
        ("t1_drugs=methotrexate&t1_started=2026-02-03&t1_stopped=2026-01-01", "t1_drugs"),
        ("t1_drugs=methotrexate&t1_intolerant_of=azathioprine", "t1_drugs"),
    ],
)
def test_a_history_that_cannot_be_is_unknown_not_empty(
    client: httpx.Client, query: str, field: str
) -> None:
    response = client.get(f"/?{query}")
    assert response.status_code == 422
    assert Html(response.text).all("a", href=f"#f-{field}")
    assert "treatments" not in stated(client, query)


def test_none_beside_names_is_refused(client: httpx.Client) -> None:
    for query in ("allergies=none, methotrexate", "autoantibodies=none&autoantibodies=anti-srp"):
        assert client.get(f"/?{query}").status_code == 422
        assert stated(client, query) == {}
    assert stated(client, "allergies=none&autoantibodies=none") == {
        "allergies": [],
        "autoantibodies": [],
    }


def test_the_form_gives_the_answer_of_the_facts(client: httpx.Client) -> None:
    """The way through the form loses nothing: the same bytes as the Python call."""
    rng = Random(20261102)
    for _ in range(120):
        facts = {**patient(rng), "as_of": TODAY.isoformat()}
        facts.pop("birth_date", None)
        if (grade := facts.get("muscle_strength_mrc")) is not None and float(
            str(grade).rstrip("+-")
        ).is_integer():
            facts["muscle_strength_mrc"] = str(grade).replace(".0", "")  # as a form holds it
        wanted = json_bytes(recommend_on(Patient.from_facts(facts), TODAY))
        found = client.get(address(fields(facts), "/answer.json"))
        assert json.loads(found.content) == json.loads(wanted), facts


def test_the_address_of_a_page_shows_it_again(client: httpx.Client) -> None:
    query = "subtype=dermatomyositis&set=course:initial&none_of=severity&egfr=&x=1"
    page = client.get(f"/?{query}").text
    again = Html(page).one(id="main").attrs["data-address"]
    assert "set=" not in again
    assert Html(client.get(again).text).one("h1").text == Html(page).one("h1").text
    assert Html(client.get(again).text).one(id="main").attrs["data-address"] == again


def test_what_is_typed_is_never_markup(client: httpx.Client) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    for name in ("other_drugs", "egfr", "t1_drugs", "if", "if.to", "plan.start", "subtype"):
        for path in ("/", "/print", "/full", "/picture"):
            text = client.get(path, params={name: evil, "if": "ild" if name == "if.to" else evil})
            assert "<img" not in text.text
            assert "<script>alert" not in text.text


def test_long_and_many_entries_are_taken_calmly(client: httpx.Client) -> None:
    query = "&".join(f"t{n}_drugs=methotrexate&t{n}_dose={'x' * 40}" for n in range(400))
    assert client.get(f"/?{query}").status_code in {200, 414, 400}
    assert client.get("/", params={"other_drugs": "x" * 5000}).status_code == 200
