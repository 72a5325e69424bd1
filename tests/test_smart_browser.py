"""A SMART launch in a real browser: in a window, in a frame, and where cookies are barred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI, Response
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from myopathway.settings import Settings
from myopathway.web import guideline_pages, pages, smart
from tests.guide_browser import bound, chromium, serving
from tests.smart_server import CLIENT, RecordSystem

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.needs_browser
TITLE = "Severe disease, first line of induction"


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, str, RecordSystem]]:
    """Our service, a record system and a page of it that shows us in a frame."""
    ours, theirs = bound(), bound()
    service = f"http://127.0.0.1:{ours.getsockname()[1]}"
    # localhost is another site than 127.0.0.1: what it frames is a third party.
    frame = f"http://localhost:{theirs.getsockname()[1]}"
    ehr = RecordSystem(f"http://127.0.0.1:{theirs.getsockname()[1]}/fhir")
    settings = Settings(public_url=service, smart_client_id=CLIENT, smart_issuers=(ehr.base,),
                        frame_ancestors=(frame,))  # fmt: skip
    app = FastAPI()
    for one in (smart, pages, guideline_pages):
        app.include_router(one.router(settings))
    launch = f"{service}/smart/launch?{urlencode({'iss': ehr.base, 'launch': 'launch-1'})}"

    async def chart(_: Any) -> Response:
        return HTMLResponse(f'<title>Chart</title><iframe src="{launch}" width=900 height=700>')

    system = Starlette(routes=[Route("/chart", chart), *ehr.app.routes])
    with serving(app, ours), serving(system, theirs):
        yield launch, f"{frame}/chart", ehr


def test_a_launch_in_a_window_opens_the_record(site: tuple[str, str, RecordSystem]) -> None:
    launch, _, ehr = site
    ehr.asks = False
    with chromium() as browser:
        page = browser.new_page()
        page.goto(launch)
        page.locator("h1", has_text=TITLE).wait_for()
        assert page.url.endswith("/smart/page")
        page.reload()
        page.locator("h1", has_text=TITLE).wait_for()
        assert "code=" not in page.evaluate("JSON.stringify([location.href, document.referrer])")


def test_a_launch_in_a_frame_opens_the_record(site: tuple[str, str, RecordSystem]) -> None:
    _, chart, ehr = site
    ehr.asks = True
    with chromium("--test-third-party-cookie-phaseout") as browser:
        page = browser.new_page()
        page.goto(chart)
        framed = page.frame_locator("iframe")
        framed.get_by_text("Agree").click()
        framed.locator("h1", has_text=TITLE).wait_for()


def test_a_launch_goes_on_where_cookies_are_barred(site: tuple[str, str, RecordSystem]) -> None:
    _, chart, ehr = site
    ehr.asks = True
    with chromium() as browser:
        context = browser.new_context()
        page = context.new_page()
        page.goto(chart)
        framed = page.frame_locator("iframe")
        framed.get_by_text("Agree").wait_for()
        context.clear_cookies()
        framed.get_by_text("Agree").click()
        framed.locator("h1", has_text=TITLE).wait_for()
        assert context.cookies() == []
        page.frames[1].evaluate("location.reload()")
        framed.locator("h1", has_text=TITLE).wait_for()


def test_the_name_of_a_window_is_no_sign_of_a_launch(site: tuple[str, str, RecordSystem]) -> None:
    """An attacker names the window in which a launch of the attacker's would be finished."""
    launch, _, ehr = site
    ehr.asks = True
    with chromium() as browser:
        own = browser.new_page()
        own.goto(launch)
        own.get_by_text("Agree").wait_for()
        address = own.get_by_text("Agree").get_attribute("href")
        victim = browser.new_page()
        victim.goto("about:blank")
        victim.evaluate(
            "window.name = JSON.stringify({'smart-binder': 'any', 'smart-session': 'x'})"
        )
        victim.goto(str(address))
        victim.get_by_text("keeps neither cookies nor storage").wait_for()


def test_without_a_script_a_link_leads_on(site: tuple[str, str, RecordSystem]) -> None:
    launch, _, ehr = site
    ehr.asks = True
    with chromium() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(launch)
        page.get_by_text("Go on to the record system").click()
        page.get_by_text("Agree").click()
        page.locator("h1", has_text=TITLE).wait_for()
