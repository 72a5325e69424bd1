"""The guideline in a real browser: accessible in every theme and size, whole without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI

from myopathway.guideline.load import shipped
from myopathway.settings import Settings
from myopathway.web import figure_pages, guideline_pages, pages, smart
from myopathway.web.guide_file import guide_file
from tests.guide_browser import bound, chromium, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.needs_browser
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 320, "height": 740}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": TAGS, "resultTypes": ["violations"]}
EVERY = (
    *("", "/severe.1", "/non-severe.3", "/doses", "/rules", "/drugs", "/safety"),
    *("/safety/methotrexate", "/monitoring", "/orders", "/interpretations", "/statements"),
    "/references",
)
CHARTS = (
    "/figures/taper?steps=60+for+14+days%0A900+for+2+days&weight_kg=70&level=5",
    "/figures/taper?steps=x",
    "/figures/ivig?weight_kg=64.5&days=5&cycles=6&start=2026-11-23",
    "/figures/monitoring?plan.drugs=methotrexate&plan.start=2026-12-01&age_years=50",
    "/smart",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    app = FastAPI()
    settings = Settings(smart_client_id="us", smart_issuers=("https://ehr.example/fhir",))
    for one in (guideline_pages, figure_pages, smart, pages):
        app.include_router(one.router(settings))
    ours = bound()
    with serving(app, ours):
        yield f"http://127.0.0.1:{ours.getsockname()[1]}"


def faults(page: Any, **less: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - only `make check`

    found = Axe().run(page, options={**RULES, **less}).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(
    "addresses", [[f"/guideline{one}" for one in EVERY], list(CHARTS)], ids=["guideline", "charts"]
)
def test_every_page_is_accessible(
    browser: Any, site: str, size: dict[str, int], scheme: str, addresses: list[str]
) -> None:
    page = browser.new_page(viewport=size, color_scheme=scheme)
    for one in addresses:
        page.goto(f"{site}{one}")
        assert faults(page) == [], one
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{one} scrolls sideways: {wide}"
    page.close()


def test_a_planted_fault_would_be_found(browser: Any, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/guideline/severe.1")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x>')")
    assert any(one.startswith("image-alt") for one in faults(page))
    page.close()


def test_pages_ask_nobody_else_and_break_no_policy(browser: Any, site: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: said.append(one.text))
    for one in ("", "/severe.1", "/safety"):
        page.goto(f"{site}/guideline{one}")
    assert asked
    assert all(one.startswith(site) for one in asked)
    assert said == []
    page.close()


def test_an_id_leads_to_its_entry_which_stands_out(browser: Any, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/guideline/MTX-01")
    entry = page.locator(":target")
    assert entry.locator("h2, h3").first.inner_text() == "MTX-01"
    assert entry.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    assert entry.is_visible()
    page.close()


def test_the_switch_of_the_theme_works_here_too(browser: Any, site: str) -> None:
    page = browser.new_page(color_scheme="light")
    page.goto(f"{site}/guideline")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    switch = page.locator("#theme")
    while page.evaluate("document.documentElement.dataset.theme") != "dark":
        switch.click()
    assert page.evaluate(ground) != light
    page.close()


def test_the_guide_opens_with_the_network_off(browser: Any, tmp_path: Path) -> None:
    target = tmp_path / "guide.html"
    target.write_text(guide_file(shipped()), encoding="utf-8")
    context = browser.new_context(offline=True, viewport=DESK)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: said.append(one.text))
    page.goto(target.as_uri())
    assert asked == [target.as_uri()]
    assert said == []
    assert page.locator("h1").inner_text() == shipped().edition.title
    assert page.evaluate("getComputedStyle(document.querySelector('.option')).borderTopStyle") == (
        "solid"
    )
    page.locator("a[href='#severe.1']").first.click()
    assert page.locator(":target").get_attribute("id") == "severe.1"
    context.close()


def test_the_guide_is_accessible(browser: Any, tmp_path: Path) -> None:
    target = tmp_path / "guide.html"
    target.write_text(guide_file(shipped()), encoding="utf-8")
    page = browser.new_context(bypass_csp=True, viewport=PHONE).new_page()
    page.goto(target.as_uri())
    # Its colours are those of the pages, which are measured there: here it would take minutes.
    assert faults(page, rules={"color-contrast": {"enabled": False}}) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()
