"""The page in real Chromium: journeys, places on the screen, keyboard, no script, paper, frames."""

from __future__ import annotations

import http.server
import json
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.page_site import EXAMPLES, ROOT, address, example, site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.needs_browser
sync_api = pytest.importorskip("playwright.sync_api", reason="needs the group check")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
WHOLE = {
    "subtype": ["dermatomyositis"],
    "course": ["initial"],
    "none_of": ["severity"],
    "treatments": ["none"],
    "age_years": ["50"],
    "weight_kg": ["92"],
}
NON_SEVERE = "Non-severe disease, first line of induction"


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    with site() as base:
        yield base


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as tools:
        sync_api.expect.set_options(timeout=20_000)  # the machine may be busy
        found = tools.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def open_page(browser: Any, home: str) -> Iterator[Callable[..., Any]]:
    """Open pages that may ask nobody but us, and whose script may not fail."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def opened(where: str = "/", size: dict[str, int] = DESKTOP, **more: Any) -> Any:
        context = browser.new_context(viewport=size, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda one: wrong.append(one.url) if not one.url.startswith(home) else 0)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda one: wrong.append(one.text) if _bad(one) else None)
        page.goto(home + where)
        return page

    yield opened
    for one in contexts:
        one.close()
    assert wrong == []


def _bad(message: Any) -> bool:
    # A refused entry is an answer with status 422, which Chromium logs as a failed load.
    return message.type == "error" and "422" not in message.text


def heading(page: Any, text: str) -> None:
    sync_api.expect(page.locator("h1")).to_have_text(text)


def answered(page: Any) -> None:
    """Wait, as a reader does, until the answer to the last choice is there."""
    sync_api.expect(page.locator("#answer:not([aria-busy])")).to_be_visible()


def caught(page: Any, held: list[Any]) -> Any:
    """Give a request that is held back: it may be told a little later than the page is busy."""
    for _ in range(10_000):
        if held:
            return held.pop()
        page.evaluate("0")  # a way there and back, on which it is told
    raise AssertionError("nothing was asked for")


class Choices:
    """Counts what a reader chooses or types."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.count = 0

    def pick(self, name: str, value: str) -> None:
        self.count += 1
        self.page.locator(f'#facts input[name={name}][value="{value}"]').check(force=True)
        self.answered()

    def choose(self, name: str, value: str) -> None:
        self.count += 1
        self.page.locator(f"#facts select[name={name}]").select_option(value)
        self.answered()

    def write(self, name: str, text: str) -> None:
        self.count += 1
        field = self.page.locator(f"#facts input[name={name}]")
        field.fill(text)
        field.press("Tab")
        self.answered()

    def press(self, text: str) -> None:
        self.count += 1
        self.page.get_by_role("button", name=text, exact=True).first.click()
        self.answered()

    def answered(self) -> None:
        answered(self.page)


# ---- journeys


def test_a_common_case_needs_six_choices_from_a_blank_page(open_page: Callable[..., Any]) -> None:
    page = open_page()
    heading(page, "More has to be known")
    choices = Choices(page)
    choices.choose("subtype", "dermatomyositis")
    choices.pick("course", "initial")
    choices.press("None of these five")
    choices.pick("treatments", "none")
    heading(page, NON_SEVERE)
    choices.write("age_years", "50")
    choices.write("weight_kg", "92")
    sync_api.expect(page.locator(".dose").first).to_contain_text("46 to 80 mg/day")
    assert choices.count <= 6
    severe = open_page()
    choices = Choices(severe)
    choices.choose("subtype", "polymyositis")
    choices.pick("course", "relapse")
    choices.pick("severe_dysphagia", "yes")
    choices.pick("treatments", "none")
    choices.write("age_years", "61")
    choices.write("weight_kg", "70")
    heading(severe, "Severe disease, first line of induction")
    sync_api.expect(severe.locator(".part").first).to_contain_text("35 to 70 mg/day")
    assert choices.count <= 6


def test_a_common_case_needs_three_choices_from_a_record(
    open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page()
    _hand_in(page, tmp_path)
    choices = Choices(page)
    choices.pick("course", "initial")
    choices.press("None of these five")
    choices.pick("treatments", "none")
    heading(page, NON_SEVERE)
    assert choices.count <= 3
    sync_api.expect(page.locator(".dose").first).to_contain_text("35 to 70 mg/day")
    # What the record gave still says so, and nothing of it stands in the address.
    sync_api.expect(page.locator("#f-weight_kg .src")).to_contain_text("Observation/w")
    assert "?" not in page.url


def _hand_in(page: Any, folder: Path) -> None:
    """Upload a record as a hospital keeps it: a diagnosis, a birth date, a weight."""
    resources = [
        {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1980-05-04"},
        {
            "resourceType": "Condition",
            "id": "c",
            "clinicalStatus": {"coding": [{"code": "active"}]},
            "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "M33.2"}]},
        },
        {
            "resourceType": "Observation",
            "id": "w",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
            "effectiveDateTime": "2026-10-30",
            "valueQuantity": {
                "value": 70,
                "unit": "kg",
                "system": "http://unitsofmeasure.org",
                "code": "kg",
            },
        },
    ]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    }
    path = folder / "record.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    page.locator("#open summary").click()
    page.locator("input[name=bundle]").set_input_files(path)
    page.get_by_role("button", name="Open", exact=True).click()
    sync_api.expect(page.locator("#facts .fhir")).to_be_visible()


def test_questions_are_answered_in_place(open_page: Callable[..., Any]) -> None:
    page = open_page(address(example("half-known")), PHONE)
    page.evaluate("window.kept = true")
    page.get_by_role("button", name=re.compile("None yet")).first.click()
    sync_api.expect(page.locator("#facts input[value=none][name=treatments]")).to_be_checked()
    asks = page.locator(".asks")
    asks.get_by_role("button", name=re.compile("^Severe dysphagia severe disease")).click()
    heading(page, "Severe disease, first line of induction")
    assert page.evaluate("window.kept") is True  # no reload
    sync_api.expect(page).to_have_title(re.compile("^Severe disease"))
    sync_api.expect(page.locator("#live")).to_contain_text("Severe disease, first line")
    sync_api.expect(page.locator("h1")).to_be_focused()


def test_the_answer_follows_without_losing_the_place(open_page: Callable[..., Any]) -> None:
    page = open_page(address(WHOLE))
    page.evaluate("window.kept = true")
    field = page.locator("#facts input[name=egfr]")
    page.locator("#s-safety summary").click()
    field.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 500
    field.fill("25")
    field.press("Tab")
    sync_api.expect(page.locator("#s-safety summary small")).to_contain_text("1 of")
    assert abs(page.evaluate("scrollY") - before) < 60
    # The next field has the focus, the section is still open.
    sync_api.expect(page.locator("#facts input[name=ivig_dose_weight_kg]")).to_be_focused()
    assert page.evaluate("window.kept") is True
    field.fill("nonsense")
    field.press("Enter")
    sync_api.expect(page.locator("#e-egfr")).to_be_visible()
    sync_api.expect(page.locator("#facts input[name=egfr]")).to_have_value("nonsense")


def test_an_answer_on_its_way_is_told_to_be_so(open_page: Callable[..., Any]) -> None:
    page = open_page()
    held: list[Any] = []
    page.route("**/?*", lambda one: held.append(one))  # noqa: PLW0108 - no method
    page.locator("#facts select[name=subtype]").select_option("inclusion-body-myositis")
    sync_api.expect(page.locator("#answer")).to_have_attribute("aria-busy", "true")
    # Nobody shall read the answer to what stood there before as the answer to what stands now.
    sync_api.expect(page.locator("#answer")).to_have_css("opacity", "0.5")
    caught(page, held).continue_()
    heading(page, "Inclusion body myositis")
    sync_api.expect(page.locator("#answer")).not_to_have_attribute("aria-busy", "true")
    page.locator("#facts select[name=subtype]").select_option("not-iim")
    sync_api.expect(page.locator("#answer")).to_have_attribute("aria-busy", "true")
    caught(page, held).fulfill(body="not a page of ours")
    sync_api.expect(page.locator("#live")).to_contain_text("could not be refreshed")
    sync_api.expect(page.locator("#answer")).not_to_have_attribute("aria-busy", "true")


def test_back_forward_and_reload(open_page: Callable[..., Any]) -> None:
    page = open_page()
    choices = Choices(page)
    choices.choose("subtype", "inclusion-body-myositis")
    heading(page, "Inclusion body myositis")
    choices.choose("subtype", "not-iim")
    heading(page, "Not covered")
    page.go_back()
    heading(page, "Inclusion body myositis")
    sync_api.expect(page.locator("select[name=subtype]")).to_have_value("inclusion-body-myositis")
    page.go_back()
    heading(page, "More has to be known")
    page.go_forward()
    heading(page, "Inclusion body myositis")
    page.reload()
    heading(page, "Inclusion body myositis")
    sync_api.expect(page.locator("select[name=subtype]")).to_have_value("inclusion-body-myositis")
    page.goto(page.url.split("?")[0] + "guideline")
    page.go_back()
    heading(page, "Inclusion body myositis")


def test_back_in_a_session_holds_nothing_in_the_address(
    open_page: Callable[..., Any], tmp_path: Path
) -> None:
    page = open_page()
    _hand_in(page, tmp_path)
    choices = Choices(page)
    choices.pick("course", "remission")
    sync_api.expect(page.locator("#facts input[name=course][value=remission]")).to_be_checked()
    choices.pick("course", "initial")
    sync_api.expect(page.locator("#facts input[name=course][value=initial]")).to_be_checked()
    page.go_back()
    sync_api.expect(page.locator("#facts input[name=course][value=remission]")).to_be_checked()
    assert "?" not in page.url
    assert page.evaluate("JSON.stringify(history.state)") in {'{"state":0}', '{"state":1}'}


def test_keyboard_alone(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    sync_api.expect(page.locator(".skip")).to_be_focused()
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.locator("select[name=subtype]").focus()
    page.keyboard.press("P")  # one key: a second one that comes late would begin another word
    answered(page)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # from "not known" round to the first course
    sync_api.expect(page.locator("input[name=course][value=initial]")).to_be_checked()
    sync_api.expect(page.locator("input[name=course][value=initial]")).to_be_focused()
    sync_api.expect(page.locator("select[name=subtype]")).to_have_value("polymyositis")
    answered(page)
    page.keyboard.press("Tab")  # the heading of the next section
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    sync_api.expect(page.locator("input[name=treatments][value=none]")).to_be_checked()
    answered(page)
    page.locator("#facts button[name=none_of][value=severity]").focus()
    page.keyboard.press("Space")
    heading(page, NON_SEVERE)
    sync_api.expect(page.locator("#facts button[name=none_of][value=severity]")).to_be_focused()
    # Every control shows where the focus is.
    for _ in range(25):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "(() => { const e = document.activeElement, n = e.nextElementSibling;"
            " const o = (x) => x && getComputedStyle(x).outlineStyle !== 'none';"
            " return e === document.body || o(e) || o(n); })()"
        )
        assert shown, page.evaluate("document.activeElement.outerHTML")


def test_enter_shows_the_answer_and_moves_there(open_page: Callable[..., Any]) -> None:
    page = open_page(address(WHOLE))
    page.locator("#facts input[name=weight_kg]").fill("60")
    page.keyboard.press("Enter")
    sync_api.expect(page.locator(".dose").first).to_contain_text("30 to 60 mg/day")
    sync_api.expect(page.locator("h1")).to_be_focused()


@pytest.mark.parametrize("script", [True, False])
def test_enter_answers_no_question(browser: Any, home: str, script: bool) -> None:
    """Enter presses the first button of a form: no fact may come of it that nobody stated."""
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=script)
    page = context.new_page()
    page.goto(home + address(WHOLE))
    sync_api.expect(page.locator(".asks button").first).to_have_text(re.compile("^Yes"))
    page.locator("#facts input[name=weight_kg]").fill("60")
    with page.expect_request(re.compile("weight_kg=60")) as asked:
        page.keyboard.press("Enter")
    sync_api.expect(page.locator(".dose").first).to_contain_text("30 to 60 mg/day")
    assert "set=" not in asked.value.url
    held = page.locator("#facts input:checked:not([value='']):not([value=no])")
    assert [one.get_attribute("name") for one in held.all()] == ["course", "treatments"]
    context.close()


def test_regimens_are_entered_step_by_step(open_page: Callable[..., Any]) -> None:
    page = open_page(address({"subtype": ["polymyositis"], "course": ["initial"],
                              "none_of": ["severity"]}))  # fmt: skip
    page.locator("#facts input[name=treatments][value=some]").check(force=True)
    answered(page)
    page.locator("#facts input[name=t1_drugs][value=prednisolone]").check(force=True)
    answered(page)
    sync_api.expect(page.locator("legend")).to_have_count(1)
    page.locator("#facts input[name=t1_drugs][value=methotrexate]").check(force=True)
    answered(page)
    page.locator("#facts select[name=t1_outcome]").select_option("intolerance")
    answered(page)
    blamed = page.locator("#facts input[name=t1_intolerant_of][value=methotrexate]")
    blamed.check(force=True)
    heading(page, "Non-severe disease, second line of induction")
    page.get_by_role("button", name="Add a regimen").click()
    sync_api.expect(page.locator("legend")).to_have_count(2)
    page.locator("#facts input[name=t2_drugs][value=tacrolimus]").check(force=True)
    answered(page)
    page.locator("#facts select[name=t2_outcome]").select_option("inadequate-response")
    heading(page, "Non-severe disease, third line of induction")
    page.get_by_role("button", name="Remove regimen 1").click()
    heading(page, "Non-severe disease, second line of induction")
    page.locator("#facts input[name=treatments][value=none]").check(force=True)
    sync_api.expect(page.locator("#faults")).to_contain_text("Every regimen")


def test_none_found_and_a_finding_exclude_each_other(open_page: Callable[..., Any]) -> None:
    page = open_page()
    page.locator("#s-markers summary").click()
    none = page.locator("#facts input[name=autoantibodies][value=none]")
    jo1 = page.locator("#facts input[name=autoantibodies][value=anti-jo-1]")
    jo1.check(force=True)
    sync_api.expect(page.locator("#s-markers summary small")).to_contain_text("1 of")
    none.check(force=True)
    sync_api.expect(jo1).not_to_be_checked()
    sync_api.expect(none).to_be_checked()
    sync_api.expect(page.locator("#faults")).to_have_count(0)


def test_what_if_stays_beside_the_present_answer(open_page: Callable[..., Any]) -> None:
    page = open_page(address(WHOLE))
    page.locator("#whatif summary").click()
    page.locator("select[name='if']").select_option("severe_dysphagia")
    answered(page)
    page.locator("select[name='if.to']").select_option("yes")
    sync_api.expect(page.locator("#compared")).to_contain_text(
        "Severe disease, first line of induction"
    )
    heading(page, NON_SEVERE)
    page.get_by_role("button", name="Take it over").click()
    heading(page, "Severe disease, first line of induction")
    sync_api.expect(page.locator("#compared")).to_have_count(0)


def test_a_quick_reader_loses_no_answer(open_page: Callable[..., Any]) -> None:
    """What is pressed while an earlier answer is still on its way is said again."""
    page = open_page(address({"subtype": ["polymyositis"], "course": ["initial"]}))
    page.route("**/*", lambda route: None if "set=treatments" in route.request.url
               and "myocarditis=yes" not in route.request.url else route.continue_())  # fmt: skip
    page.get_by_role("button", name=re.compile("^None yet")).first.click()
    page.locator("#facts input[name=myocarditis][value=yes]").check(force=True)
    heading(page, "Severe disease, first line of induction")
    page.unroute("**/*")
    sync_api.expect(page.locator("#facts input[name=treatments][value=none]")).to_be_checked()


def test_a_slow_answer_never_overtakes_a_later_one(open_page: Callable[..., Any]) -> None:
    page = open_page()
    held: list[Any] = []

    def hold(route: Any) -> None:
        if "inclusion-body" in route.request.url:
            held.append(route)
        else:
            route.continue_()

    page.route("**/*", hold)
    page.locator("select[name=subtype]").select_option("inclusion-body-myositis")
    page.locator("select[name=subtype]").select_option("not-iim")
    heading(page, "Not covered")
    for one in held:
        one.abort()
    page.unroute("**/*")
    heading(page, "Not covered")


def test_a_lost_server_is_said_and_the_form_stays(open_page: Callable[..., Any], home: str) -> None:
    page = open_page(address(WHOLE))
    page.route(f"{home}/**", lambda route: route.fulfill(status=200, body="nothing of ours"))
    page.locator("#facts input[name=sex][value=female]").check(force=True)
    sync_api.expect(page.locator("#live")).to_contain_text("could not be refreshed")
    heading(page, NON_SEVERE)


# ---- places on the screen


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_answer_doses_and_cautions_lie_on_the_first_screen(
    open_page: Callable[..., Any], name: str, size: dict[str, int]
) -> None:
    page = open_page(address(example(name)), size)
    acts = ", .acts button, .acts a" if size is DESKTOP else ""
    found = page.evaluate(
        "[...document.querySelectorAll(document.querySelector('.part') ? 'h1, .who, .dose, .text,"
        f" .offers li, .say{acts}' : 'h1, .who, .asks li:first-child')]"
        ".filter((e) => !e.closest('#cautions')).map((e) => { const b = e.getBoundingClientRect();"
        " return [e.textContent.trim().slice(0, 40), b.left, b.top, b.right, b.bottom]; })"
    )
    assert len(found) >= 2
    for text, left, top, right, bottom in found:
        assert left >= 0, text
        assert top >= 0, text
        assert right <= size["width"], text
        assert bottom <= size["height"], (text, bottom)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_text_of_the_pathway_lies_inside_its_box(
    open_page: Callable[..., Any], home: str, size: dict[str, int]
) -> None:
    page = open_page("/", size)
    for name in EXAMPLES:
        page.goto(home + address(example(name)))
        outside = page.evaluate(
            "[...document.querySelectorAll('.way li')].filter((box) => {"
            " const range = document.createRange(); range.selectNodeContents(box);"
            " const b = box.getBoundingClientRect();"
            " return [...range.getClientRects()].some((r) => r.width && (r.left < b.left - 1 ||"
            " r.right > b.right + 1 || r.top < b.top - 1 || r.bottom > b.bottom + 1)); })"
            ".map((box) => box.textContent)"
        )
        assert outside == []
    sync_api.expect(page.locator(".way li")).to_have_count(10)


def test_the_picture_is_drawn_for_the_screen(open_page: Callable[..., Any]) -> None:
    for size in (DESKTOP, PHONE):
        page = open_page(address(example("severe-ild-mda5")), size)
        page.get_by_role("button", name="The pathway with its options").click()
        drawn = page.locator("#drawn svg")
        sync_api.expect(drawn).to_be_visible()
        sync_api.expect(drawn).to_contain_text("patient is here")
        box = drawn.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["width"]
        assert (box["height"] > box["width"]) is (size is PHONE)


def test_everything_shows_the_pathway_once(open_page: Callable[..., Any]) -> None:
    for size in (DESKTOP, PHONE):
        page = open_page(address(example("severe-refractory"), "/full"), size)
        shown = (page.locator(".way figure svg"), page.locator(".way .group").first)
        drawn, listed = (one.is_visible() for one in shown)
        assert (drawn, listed) == ((True, False) if size is DESKTOP else (False, True))


@pytest.mark.parametrize("wide", [320, 640, 1024, 1280])
def test_nothing_scrolls_sideways(open_page: Callable[..., Any], home: str, wide: int) -> None:
    """320 px is a small phone, 640 px a desktop of 1280 px zoomed to 200 %."""
    page = open_page("/", {"width": wide, "height": 700})
    for name in ("", *EXAMPLES):
        page.goto(home + address(example(name) if name else {}))
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= wide, name
        inner = "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)"
        assert page.evaluate(f"{inner}(document.getElementById('answer'))") <= 0, name


def test_what_is_pressed_is_high_enough(open_page: Callable[..., Any]) -> None:
    for size in (DESKTOP, PHONE):
        page = open_page(address(example("non-severe-mtx-intolerance")), size)
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        low = page.evaluate(
            "[...document.querySelectorAll('main button, main select, main input, .seg span,"
            " main summary')].filter((e) => e.type !== 'hidden' && !e.closest('.say')"
            " && e.offsetParent && Math.max(e.getBoundingClientRect().height,"
            " (e.closest('label') || e).getBoundingClientRect().height) < 43.5)"
            ".map((e) => e.outerHTML.slice(0, 120))"
        )
        assert low == []


def test_themes(open_page: Callable[..., Any]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = open_page("/", color_scheme="dark")
    assert dark.evaluate(ground) == "rgb(18, 24, 29)"
    page = open_page("/")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    switch = page.get_by_role("button", name=re.compile("Theme"))
    switch.click()
    switch.click()
    sync_api.expect(switch).to_have_text("Theme: dark")
    assert page.evaluate(ground) == "rgb(18, 24, 29)"
    page.reload()
    assert page.evaluate(ground) == "rgb(18, 24, 29)"
    forced = open_page(address(WHOLE), forced_colors="active")
    chosen = forced.locator("#f-severe_dysphagia input[value=no] + span")
    assert chosen.evaluate("(e) => getComputedStyle(e).outlineStyle") == "solid"
    assert chosen.evaluate("(e) => getComputedStyle(e, '::before').content").startswith('"✓')


# ---- without a script, on paper, in frames


def test_everything_works_without_a_script(browser: Any, home: str, tmp_path: Path) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(home)
    page.locator("#facts select[name=subtype]").select_option("polymyositis")
    page.locator("#facts input[name=course][value=initial]").check(force=True)
    for name in ("Show the answer", "None of these five", re.compile("^None yet")):
        # The page before has buttons of the same names: wait for the next.
        with page.expect_navigation():
            page.get_by_role("button", name=name).first.click()
    heading(page, NON_SEVERE)
    page.locator("input[name='now.age_years']").fill("44")
    page.locator("input[name='now.age_years']").press("Enter")
    sync_api.expect(page.locator("#facts input[name=age_years]")).to_have_value("44")
    page.locator("#whatif summary").click()
    page.locator("select[name='if']").select_option("severe_dysphagia")
    with page.expect_navigation():
        page.get_by_role("button", name="Compare").click()
    page.locator("select[name='if.to']").select_option("yes")
    page.get_by_role("button", name="Compare").click()
    sync_api.expect(page.locator("#compared")).to_contain_text("Severe disease")
    page.get_by_role("button", name="Printable page").click()
    heading(page, NON_SEVERE)
    page.go_back()
    sync_api.expect(page.locator("#compared")).to_contain_text("Severe disease")
    page.get_by_role("button", name="Copy as note").click()
    sync_api.expect(page.locator("body")).to_contain_text(NON_SEVERE)
    page.goto(home)
    _hand_in(page, tmp_path)
    with page.expect_navigation():
        page.get_by_role("button", name="None of these five").first.click()
    sync_api.expect(page.locator("#facts .fhir")).to_be_visible()
    sync_api.expect(page.locator("#facts input[name=myocarditis][value=no]")).to_be_checked()
    context.close()


@pytest.mark.parametrize("name", EXAMPLES)
def test_two_sheets_of_paper_at_most(open_page: Callable[..., Any], name: str) -> None:
    page = open_page(address(example(name), "/print"))
    for paper in ("A4", "Letter"):
        sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper)))
        assert 1 <= sheets <= 2, (paper, sheets)
    page.emulate_media(media="print")
    hidden = page.evaluate(
        "[...document.querySelectorAll('details')].filter((d) => !d.open).length"
    )
    assert hidden == 0
    sync_api.expect(page.locator("#facts")).to_have_count(0)


def test_printing_the_page_itself_opens_what_is_folded(open_page: Callable[..., Any]) -> None:
    page = open_page(address(example("severe-ild-mda5")))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#why ol").is_visible()
    for gone in ("#facts", "#open", ".acts", ".asks", "#whatif"):
        assert not page.locator(gone).is_visible(), gone


def test_the_note_is_copied(open_page: Callable[..., Any], home: str) -> None:
    page = open_page(address(WHOLE))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=home)
    page.get_by_role("button", name="Copy as note").click()
    sync_api.expect(page.locator("#told")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(NON_SEVERE)
    assert "46 to 80 mg/day" in copied
    assert "once WEEKLY" in copied


@contextmanager
def _ehr(frame: str) -> Iterator[str]:
    """Serve the page of another site that shows ours in a frame."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(frame.encode())

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_in_a_frame_of_another_site(browser: Any) -> None:
    """Refused unless listed; without clipboard the text is selected; without scripts it works."""
    with _ehr("<p>EHR</p>") as ehr, site(frame_ancestors=(ehr,)) as listed, site() as closed:
        context = browser.new_context(viewport=DESKTOP)
        page = context.new_page()
        where = address(WHOLE)
        for kind in (
            "",
            'sandbox="allow-scripts allow-forms allow-same-origin"',
            'sandbox="allow-forms"',
        ):
            page.goto(ehr)
            page.set_content(
                f'<iframe id="f" {kind} src="{listed}{where}" width="1200" height="850">'
            )
            frame = page.frame_locator("#f")
            sync_api.expect(frame.locator("h1")).to_have_text(NON_SEVERE)
            if kind[-12:] == 'allow-forms"':  # no script: the form is a plain one
                frame.locator("#facts input[name=severe_dysphagia][value=yes]").check(force=True)
                frame.get_by_role("button", name="Show the answer").click()
                sync_api.expect(frame.locator("h1")).to_contain_text("Severe disease")
                continue
            frame.get_by_role("button", name="Copy as note").click()
            sync_api.expect(frame.locator("#told")).to_contain_text("Ctrl+C")
            chosen = frame.locator("#note").evaluate(
                "(e) => e.value.slice(e.selectionStart, e.selectionEnd)"
            )
            assert chosen.startswith(NON_SEVERE)
            # Printing may be ignored by the frame: the plain page is always there.
            sync_api.expect(frame.get_by_role("button", name="Printable page")).to_be_visible()
        page.goto(ehr)
        page.set_content(f'<iframe id="f" src="{closed}{where}" width="900" height="600">')
        page.wait_for_load_state()
        assert page.frame_locator("#f").get_by_text(NON_SEVERE).count() == 0
        context.close()


def test_the_examples_are_there() -> None:
    assert all((ROOT / "examples" / f"{name}.yaml").is_file() for name in EXAMPLES)
