"""axe, WCAG 2.2 AA: every route, state, theme and size; and a planted fault that it must find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.page_site import EXAMPLES, ROOT, address, example, site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.needs_browser
sync_api = pytest.importorskip("playwright.sync_api", reason="needs the group check")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the group check")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    # A banner within a fragment of this page is none; everything else of best practice holds.
    "resultTypes": ["violations"],
}
CONFLICT = "/?ild=no&ild_predominant=yes&subtype=dermatomyositis&course=initial"
FAULTY = "/?egfr=abc&weight_kg=9000&t1_outcome=intolerance&treatments=none"
STATES = {
    "blank": "/",
    **{name: address(example(name)) for name in EXAMPLES},
    "conflict": CONFLICT,
    "not covered": "/?subtype=not-iim",
    "faulty": FAULTY,
    "what if": address(example("non-severe-mtx-intolerance"))
    + "&if=treatments%5B0%5D.outcome&if.to=adequate-response",
    "new regimen": "/?treatments=some&add=regimen&autoantibodies=anti-srp",
    "printable": address(example("severe-ild-mda5"), "/print"),
    "everything": address(example("remission-predominant-ild"), "/full"),
    "picture": address(example("severe-refractory"), "/picture"),
    "decision": address(example("severe-ild-mda5"), "/decide"),
    "no such page": "/nowhere",
}


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    with site(local_note="Ask the ILD team.", local_contact="bleep 1", site_name="X") as base:
        yield base


@pytest.fixture(scope="module")
def look(home: str) -> Iterator[Callable[..., Any]]:
    """Open a page in a size, everything on it unfolded."""
    with sync_api.sync_playwright() as tools:
        sync_api.expect.set_options(timeout=20_000)  # the machine may be busy
        browser = tools.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        pages = {size: browser.new_page(viewport=view) for size, view in SIZES.items()}

        def looked(where: str, size: str = "desktop") -> Any:
            page = pages[size]
            page.emulate_media(color_scheme="light")
            page.goto(home + where)
            _unfold(page)
            return page

        yield looked
        browser.close()


def _unfold(page: Any) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")


def violations(page: Any, options: dict[str, Any] = RULES) -> list[str]:
    found = axe.Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found
        for node in one["nodes"]
    ]


def in_both_themes(page: Any) -> list[str]:
    """Look with every rule in the light; in the dark only colours differ."""
    found = violations(page)
    page.emulate_media(color_scheme="dark")
    return found + violations(page, {"runOnly": ["color-contrast"]})


@pytest.mark.parametrize("state", STATES)
def test_no_violation(look: Callable[..., Any], state: str) -> None:
    assert in_both_themes(look(STATES[state])) == []
    assert in_both_themes(look(STATES[state], "phone")) == []


def test_no_violation_in_an_opened_record(look: Callable[..., Any]) -> None:
    page = look("/")
    page.locator("input[name=bundle]").set_input_files(
        ROOT / "examples" / "severe-refractory.bundle.json"
    )
    page.get_by_role("button", name="Open", exact=True).click()
    sync_api.expect(page.locator("#facts .fhir")).to_be_visible()
    _unfold(page)
    assert in_both_themes(page) == []
    page.locator("textarea[name=paste]").fill("{")
    page.get_by_role("button", name="Open", exact=True).click()
    sync_api.expect(page.locator("#e-bundle")).to_be_visible()
    assert in_both_themes(page) == []


def test_no_violation_after_the_script_has_changed_the_page(look: Callable[..., Any]) -> None:
    page = look(address(example("half-known")), "phone")
    page.locator("#facts input[name=severe_dysphagia][value=yes]").check(force=True)
    page.locator("#facts input[name=treatments][value=none]").check(force=True)
    sync_api.expect(page.locator("h1")).to_have_text("Severe disease, first line of induction")
    page.get_by_role("button", name="The pathway with its options").click()
    sync_api.expect(page.locator("#drawn svg")).to_be_visible()
    page.get_by_role("button", name="Copy as note").click()
    sync_api.expect(page.locator("#told")).not_to_be_empty()
    _unfold(page)
    assert in_both_themes(page) == []


def test_no_violation_while_a_decision_is_recorded(look: Callable[..., Any]) -> None:
    page = look(address(example("inclusion-body-myositis"), "/decide"), "phone")
    page.get_by_label("Decline", exact=True).check()
    page.get_by_label("Another reason").check()
    page.get_by_role("button", name="Record", exact=True).click()
    sync_api.expect(page.locator(".fault")).to_have_text("Say which reason.")
    assert in_both_themes(page) == []
    page.locator("textarea").fill("A trial.")
    page.get_by_role("button", name="Record", exact=True).click()
    sync_api.expect(page.locator("h1")).to_have_text("The decision is recorded")
    assert in_both_themes(page) == []


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("find('.who').style.color = '#ccc'", "color-contrast"),
        (
            "find('[name=weight_kg]').closest('label').replaceWith(find('[name=weight_kg]'))",
            "label",
        ),
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
        ("find('#f-severe_dysphagia').setAttribute('role', 'buton')", "aria-roles"),
    ],
)
def test_a_planted_fault_is_found(look: Callable[..., Any], fault: str, rule: str) -> None:
    page = look(address(example("severe-ild-mda5")))
    page.evaluate(f"(() => {{ const find = (w) => document.querySelector(w); {fault} }})()")
    assert any(one.startswith(f"{rule}:") for one in violations(page))
