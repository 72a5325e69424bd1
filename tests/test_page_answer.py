"""What the page says: first screen, questions, what if, layers, ways out, headers, weight."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import icalendar
import pytest

from myopathway.guideline.load import shipped
from myopathway.intake import Intake
from myopathway.recommendation import recommend_on
from myopathway.render.fhir import fhir
from myopathway.render.json import json_bytes
from myopathway.web.assets import assets
from myopathway.web.marks import basis
from tests.page_site import EXAMPLES, ROOT, TODAY, Html, address, example, site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer

GUIDELINE = shipped()
WHOLE = {
    "subtype": ["dermatomyositis"],
    "course": ["initial"],
    "none_of": ["severity"],
    "treatments": ["none"],
    "age_years": ["50"],
    "weight_kg": ["92"],
}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with (
        site(local_note="Call the ILD clinic.", local_contact="bleep 4711") as base,
        httpx.Client(base_url=base) as found,
    ):
        yield found


def answer_of(name: str) -> Answer:
    path = ROOT / "examples" / f"{name}.yaml"
    patient = Intake(GUIDELINE, TODAY).patient(path.read_bytes(), path.name)
    return recommend_on(patient, TODAY)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_first_screen_holds_the_answer_and_every_dose(client: httpx.Client, name: str) -> None:
    answer = answer_of(name)
    text = client.get(address(example(name))).text
    page = Html(text)
    assert page.one("h1").text == answer.about.title
    assert page.one("title").text.startswith(answer.about.title)
    first = text[text.index("<h1") : text.index('class="acts"')]
    for therapy in answer.therapies:
        for option in therapy.options:
            for drug in option.drugs:
                for one in drug.calculated if option.verdict != "excluded" else ():
                    assert f"{one.high:g}".rstrip("0").rstrip(".") in first, (option.id, one)


def test_three_cautions_at_most_and_the_rest_below(client: httpx.Client) -> None:
    query = {**example("severe-ild-mda5"), "rapidly_progressive_ild": ["yes"]}
    query |= {"live_vaccine_planned": ["yes"], "tuberculosis": ["latent"], "hbsag": ["positive"]}
    text = client.get(address(query)).text
    first, _, below = text.partition('class="acts"')
    assert len(Html(first).all(class_="say")) == 3
    assert 'id="cautions"' in below
    # The gravest comes before the doses.
    assert first.index('class="say critical"') < first.index('class="part"')


def test_a_ceiling_shows_rule_and_inputs(client: httpx.Client) -> None:
    first = client.get(address(WHOLE)).text.partition('class="acts"')[0]
    assert "46 to 80 mg/day at first (held at the maximum)" in first
    assert "0.5 to 1 mg/kg/day × 92 kg" in first


def test_methotrexate_is_weekly_wherever_it_stands(client: httpx.Client) -> None:
    for path in ("/", "/print", "/full", "/note"):
        text = client.get(address(WHOLE, path)).text
        found = re.findall(r"7\.5 to 25 mg[^<;.]*", text)
        assert found
        assert all("WEEKLY" in one for one in found if "mg/week" not in one), path


def test_a_specialist_is_named_where_the_sources_give_no_dose(client: httpx.Client) -> None:
    first = client.get(address(example("severe-refractory"))).text.partition('class="acts"')[0]
    rituximab = first[first.index("Rituximab") : first.index("Prednisolone")]
    assert "specialist" in rituximab
    assert not re.search(r"\d+ ?(mg|g)\b", rituximab)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_basis_leads_somewhere(client: httpx.Client, name: str) -> None:
    seen: set[str] = set()
    for path in ("/", "/full"):
        page = Html(client.get(address(example(name), path)).text)
        hrefs = {one.attrs["href"] for one in page.all("a")}
        seen |= {one for one in hrefs if one.startswith("/guideline/")}
        anchors = {one[1:] for one in hrefs if one.startswith("#")}
        ids = {one.attrs["id"] for one in page.all() if "id" in one.attrs}
        assert anchors <= ids
        counted = [one.attrs["id"] for one in page.all() if "id" in one.attrs]
        assert len(counted) == len(set(counted)), "an id stands twice"
    assert seen
    for one in seen:
        found = client.get(one, follow_redirects=True)
        assert found.status_code == 200, one
        fragment = urlsplit(str(found.url)).fragment
        assert not fragment or f'id="{fragment}"' in found.text, one


def test_questions_lead_where_they_say(client: httpx.Client) -> None:
    page = Html(client.get(address(example("half-known"))).text)
    replies = [one for one in page.all("button", name="set") if page.all("small")]
    told = {one.attrs["value"]: " ".join(one.text.split()) for one in replies}
    assert told["severe_muscle_weakness:yes"] == "Severe muscle weakness leaves severe disease"
    none = page.one("button", name="none_of", form="facts")
    assert " ".join(none.text.split()) == "None of these four leaves non-severe disease"
    assert told["treatments:none"].endswith(
        "leaves severe disease, line 1; non-severe disease, line 1"
    )
    then = client.get(
        address({**example("half-known"), "set": ["severe_muscle_weakness:yes"]}, "/answer.json")
    )
    assert then.json()["possible"] == ["severe.1", "severe.2", "severe.3"]
    one_left = {**WHOLE, "set": ["severe_dysphagia:"]}
    del one_left["none_of"]
    one_left |= {
        name: ["no"]
        for name in (
            "severe_muscle_weakness",
            "respiratory_failure_from_ild",
            "myocarditis",
            "other_life_threatening_complication",
        )
    }
    words = client.get(address(one_left)).text
    assert "severe disease, first line of induction</small>" in words
    assert "non-severe disease, first line of induction</small>" in words


def test_a_question_says_which_options_its_answers_change(client: httpx.Client) -> None:
    text = client.get(address(example("severe-ild-mda5"))).text
    assert "rules out methotrexate" in text
    query = {**example("severe-ild-mda5"), "set": ["significant_liver_disease:yes"]}
    answer = client.get(address(query, "/answer.json")).json()
    verdicts = {
        one["id"]: one["verdict"] for part in answer["therapies"] for one in part["options"]
    }
    assert verdicts["methotrexate"] == "excluded"
    page = client.get(address(query)).text
    assert "Ruled out: Methotrexate" in page


def test_what_if_sets_two_answers_side_by_side(client: httpx.Client) -> None:
    query = {**WHOLE, "if": ["severe_dysphagia"], "if.to": ["yes"]}
    page = Html(client.get(address(query)).text)
    assert page.one("h1").text == "Non-severe disease, first line of induction"
    beside = page.words("div", id="compared")
    assert "Severe dysphagia: yes instead of no." in beside
    rows = [" ".join(one.text.split()) for one in page.all("td")]
    assert "Non-severe disease, first line of induction" in rows
    assert "Severe disease, first line of induction" in rows
    assert "Severe disease, any one of the five criteria: no, then yes" in beside
    taken = client.get(address({**query, "set": ["severe_dysphagia:yes"]}))
    assert Html(taken.text).one("h1").text == "Severe disease, first line of induction"
    assert 'id="compared"' not in taken.text
    assert 'id="compared"' not in client.get(address({**query, "if.off": ["1"]})).text


def test_what_if_of_nonsense_says_so(client: httpx.Client) -> None:
    text = client.get(address({**WHOLE, "if": ["weight_kg"], "if.to": ["heavy"]})).text
    assert "a number from 2 to 350 kg" in Html(text).words("div", id="compared")
    assert client.get(address({**WHOLE, "if": ["no_fact"], "if.to": ["yes"]})).status_code == 200
    same = client.get(address({**WHOLE, "if": ["severe_dysphagia"], "if.to": ["no"]})).text
    assert "Nothing changes" in same


def test_what_if_of_how_a_regimen_ended(client: httpx.Client) -> None:
    query = example("non-severe-mtx-intolerance")
    query |= {"if": ["treatments[0].outcome"], "if.to": ["adequate-response"]}
    beside = Html(client.get(address(query)).text).words("div", id="compared")
    assert "adequate response instead of intolerance" in beside
    assert "Non-severe disease, first line of induction" in beside


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_ways_out_give_the_same_answer(client: httpx.Client, name: str) -> None:
    answer, found = answer_of(name), example(name)
    sent = client.get(address(found, "/answer.json"))
    wanted = json.loads(json_bytes(answer))
    assert sent.json()["therapies"] == wanted["therapies"]
    assert sent.json()["notices"] == wanted["notices"]
    bundle = client.get(address(found, "/answer.fhir.json"))
    assert bundle.headers["content-type"] == "application/fhir+json"
    assert bundle.json()["resourceType"] == "Bundle"
    assert len(bundle.json()["entry"]) == len(fhir(answer, GUIDELINE)["entry"])
    note = client.get(address(found, "/note"))
    assert note.headers["content-type"].startswith("text/plain")
    assert note.text.startswith(answer.about.title)
    assert "iim-treatment" in note.text
    assert "<" not in note.text
    assert "**" not in note.text
    posted = client.post("/answer.json", data=found)
    assert posted.content == sent.content


def test_the_calendar_holds_days_and_refuses_what_is_ruled_out(client: httpx.Client) -> None:
    query = {**WHOLE, "plan.drugs": ["methotrexate"], "plan.start": ["2026-12-01"]}
    found = client.get(address(query, "/calendar.ics"))
    events = list(icalendar.Calendar.from_ical(found.content).walk("VEVENT"))
    assert len(events) >= 10
    assert "patient" not in found.text.lower().split("summary")[0]
    out = {**query, "allergies": ["methotrexate"]}
    refused = client.get(address(out, "/calendar.ics"))
    assert refused.status_code == 422
    assert "ruled out" in refused.text
    for start in ("soon", "0001-01-01"):
        bad = client.get(address({**query, "plan.start": [start]}, "/calendar.ics"))
        assert bad.status_code == 422
        assert "Traceback" not in bad.text


@pytest.mark.parametrize(
    "path", ["/", "/print", "/full", "/picture", "/note", "/answer.json", "/decide"]
)
def test_nothing_from_elsewhere_and_nothing_kept(client: httpx.Client, path: str) -> None:
    found = client.get(address(example("severe-ild-mda5"), path))
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["referrer-policy"] == "no-referrer"
    page = Html(found.text) if path not in {"/note", "/answer.json"} else Html("")
    for one in page.all():
        assert not [name for name in one.attrs if name == "style" or name.startswith("on")]
        loaded = one.attrs.get("src") or (one.attrs.get("href") if one.tag == "link" else "")
        assert not loaded or loaded.startswith("/assets/")
        assert one.tag != "style"
        assert one.tag != "script" or not one.text


def test_frames_are_allowed_by_name_only() -> None:
    with site(frame_ancestors=("https://ehr.example.org",)) as base:
        policy = httpx.get(base).headers["content-security-policy"]
    assert "frame-ancestors 'self' https://ehr.example.org" in policy
    with site() as base:
        assert httpx.get(base).headers["content-security-policy"].endswith("ancestors 'self'")


def test_assets_are_kept_only_under_their_own_address(client: httpx.Client) -> None:
    for one in assets().values():
        found = client.get(one.address)
        assert "immutable" in found.headers["cache-control"]
        assert found.content == one.body
    old = client.get("/assets/page.000000000000.css")
    assert old.status_code == 200
    assert old.headers["cache-control"] == "no-cache"
    assert client.get("/assets/other.css").status_code == 404
    assert client.get("/assets/..%2fpages.py").status_code == 404


@pytest.mark.parametrize("name", [*EXAMPLES, ""])
def test_a_page_weighs_less_than_80_kilobytes(client: httpx.Client, name: str) -> None:
    page = client.get(address(example(name)) if name else "/")
    loaded = [one.attrs.get("href") or one.attrs["src"] for one in Html(page.text).all()
              if one.tag in {"script", "link"}]  # fmt: skip
    assert len(page.content) + sum(len(client.get(one).content) for one in loaded) < 80_000


def test_what_is_local_is_labelled_so(client: httpx.Client) -> None:
    text = client.get("/").text
    assert "Local note" in text
    assert "Call the ILD clinic." in text
    assert "<b>Local contact:</b> bleep 4711" in text


def test_a_fragment_is_the_page_without_its_frame(client: httpx.Client) -> None:
    part = client.get(address(WHOLE), headers={"X-Fragment": "1"})
    assert part.text.lstrip().startswith("<main")
    assert part.text.strip() in client.get(address(WHOLE)).text
    assert part.headers["vary"] == "X-Fragment"


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_said_to_stand_above_does(client: httpx.Client, name: str) -> None:
    text = client.get(address(example(name), "/print")).text
    begin = re.escape('data-k="watch"')
    (watch,) = re.findall(f"<details {begin}.*?</details>", text, re.DOTALL) or ("",)
    for place in (one.start() for one in re.finditer("As above", watch)):
        before, after = watch[:place], watch[place:].partition("</li>")[0]
        for rest in re.findall(r">([A-Z]+-\d+)<", after):
            assert f">{rest}<" in before
    titles = re.findall(r"<h3>.*?</h3><ul>\s*(?=</ul>)", watch)
    assert titles == [], "a drug of which nothing is said"


def test_the_link_to_share_holds_no_fact(client: httpx.Client) -> None:
    page = Html(client.get(address(WHOLE)).text)
    link = next(one for one in page.all("a") if one.text == "Link without patient data")
    assert link.attrs["href"] == "/guideline/non-severe.1"


def test_ids_in_links_are_escaped() -> None:
    assert str(basis('"><b>')) == '<a href="/guideline/&#34;&gt;&lt;b&gt;">&#34;&gt;&lt;b&gt;</a>'


def test_a_contradiction_names_both_sides(client: httpx.Client) -> None:
    page = client.get("/?ild=no&ild_predominant=yes&subtype=dermatomyositis").text
    assert Html(page).one("h1").text == "Contradiction"
    assert 'class="say critical"' in page
    outside = client.get("/?subtype=not-iim").text
    assert Html(outside).one("h1").text == "Not covered"
