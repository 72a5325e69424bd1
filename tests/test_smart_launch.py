"""SMART launches against a strict record system, and the attacks that they withstand."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from myopathway.settings import Limits, Settings
from myopathway.web import smart
from myopathway.web.smart_kept import Kept
from myopathway.web.smart_record import queries
from myopathway.web.smart_server import challenge, secure, verifier
from tests.guide_client import Client
from tests.smart_server import CLIENT, ISSUER, PATIENT, RecordSystem

PUBLIC = "https://cds.example"
LAUNCH = f"/smart/launch?{urlencode({'iss': ISSUER, 'launch': 'launch-1'})}"


class Site:
    """Our service, a record system, and a browser that goes between the two."""

    def __init__(self, **config: Any) -> None:
        self.ehr = RecordSystem(**config)
        limits = Limits(fhir_pages=2)
        self.settings = Settings(public_url=PUBLIC, smart_client_id=CLIENT,
                                 smart_issuers=(ISSUER,), limits=limits)  # fmt: skip
        self.app = FastAPI()
        self.app.include_router(smart.router(self.settings, httpx.ASGITransport(app=self.ehr.app)))
        self.browser = Client(self.app, PUBLIC)

    def agreed(self, address: str = LAUNCH) -> str:
        """Begin a launch and agree; give the address to which the browser is sent back."""
        page = self.browser.get(address)
        assert page.status_code == 200, page.text
        found = re.search(r'<a href="([^"]+)" id="go"', page.text)
        assert found is not None
        answer = Client(self.ehr.app, self.ehr.origin).get(unescape(found[1]))
        assert answer.status_code == 302, answer.text
        return answer.headers["location"].removeprefix(PUBLIC)

    def opened(self, address: str = LAUNCH) -> httpx.Response:
        """Go through a whole launch; give the page."""
        back = self.browser.get(self.agreed(address))
        assert back.status_code == 303, back.text
        assert back.headers["location"] == "/smart/page"
        return self.browser.get("/smart/page")


def cookie(response: httpx.Response, name: str) -> str:
    found = [one for one in response.headers.get_list("set-cookie") if one.startswith(f"{name}=")]
    return found[0] if found else ""


@pytest.mark.parametrize("address", [LAUNCH, "/smart/standalone?server=0"])
def test_a_launch_opens_the_page_with_the_record(address: str) -> None:
    page = Site().opened(address)
    assert page.status_code == 200
    assert "Severe disease, first line of induction" in page.text
    assert "anti-MDA5" in page.text
    assert "Observation/severe-ild-mda5-7" in page.text


def test_a_reload_reads_the_record_afresh() -> None:
    site = Site()
    site.opened()
    before = len(site.ehr.asked)
    assert site.browser.get("/smart/page").status_code == 200
    assert len(site.ehr.asked) > before


def test_nothing_but_one_patients_record_is_asked_for() -> None:
    site = Site()
    page = site.browser.get(LAUNCH)
    found = re.search(r'<a href="([^"]+)" id="go"', page.text)
    assert found is not None
    asked = {key: one[0] for key, one in parse_qs(urlsplit(unescape(found[1])).query).items()}
    assert asked["aud"] == ISSUER
    assert asked["redirect_uri"] == f"{PUBLIC}/smart/callback"
    assert asked["code_challenge_method"] == "S256"
    for scope in asked["scope"].split():
        assert re.fullmatch(r"launch|patient/[A-Za-z]+\.rs", scope), scope


def test_a_server_of_version_one_scopes_is_asked_in_its_own_way() -> None:
    site = Site(capabilities=["launch-ehr"])
    assert "patient%2FCondition.read" in site.browser.get(LAUNCH).text
    assert site.opened().status_code == 200


def test_cookies_are_fit_for_a_frame_and_hold_no_token() -> None:
    site = Site()
    begun = cookie(site.browser.get(LAUNCH), "__Host-smart-launch")
    back = site.browser.get(site.agreed())
    session = cookie(back, "__Host-smart")
    for one in (begun, session):
        for word in ("Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned", "Max-Age="):
            assert word in one
    assert not any(token in session for token in site.ehr.tokens)
    page = site.browser.get("/smart/page")
    assert not any(token in page.text for token in site.ehr.tokens)


def test_pages_are_not_stored_and_tell_no_referrer() -> None:
    site = Site()
    for address in (LAUNCH, site.agreed(), "/smart/page", "/smart"):
        got = site.browser.get(address)
        assert got.headers["cache-control"] == "no-store", address
        assert got.headers["referrer-policy"] == "no-referrer", address
        assert "unsafe" not in got.headers["content-security-policy"], address


# The attack table: what is tried, and the status with which it ends.


def test_an_issuer_that_is_not_allowed_is_never_asked() -> None:
    site = Site()
    for issuer in ("https://evil.example/fhir", f"{ISSUER}.evil.example", "http://ehr.example/fhir",
                   f"{ISSUER}/../other", "", f"{ISSUER}@evil.example"):  # fmt: skip
        got = site.browser.get(f"/smart/launch?{urlencode({'iss': issuer, 'launch': 'launch-1'})}")
        assert got.status_code == 403, issuer
    assert site.ehr.asked == []


def test_a_wrong_state_is_refused() -> None:
    site = Site()
    back = urlsplit(site.agreed())
    code = parse_qs(back.query)["code"][0]
    for state in ("wrong", "", "x" * 5000):
        got = site.browser.get(f"/smart/callback?{urlencode({'code': code, 'state': state})}")
        assert got.status_code == 403
    assert site.ehr.tokens == set()


def test_a_launch_is_finished_only_once() -> None:
    site = Site()
    back = site.agreed()
    assert site.browser.get(back).status_code == 303
    assert site.browser.get(back).status_code == 403
    assert len(site.ehr.tokens) == 1


def test_a_code_of_another_launch_is_refused() -> None:
    site = Site()
    first, second = site.agreed(), site.agreed()
    code = parse_qs(urlsplit(first).query)["code"][0]
    state = parse_qs(urlsplit(second).query)["state"][0]
    got = site.browser.get(f"/smart/callback?{urlencode({'code': code, 'state': state})}")
    assert got.status_code == 502
    assert site.ehr.tokens == set()


def test_another_browser_cannot_finish_a_launch() -> None:
    site = Site()
    back = site.agreed()
    victim = Client(site.app, PUBLIC)
    victim.get(LAUNCH)  # has a launch of its own under way
    assert victim.get(back).status_code == 403
    assert site.ehr.tokens == set()


def test_a_browser_without_any_sign_of_the_launch_gets_no_record() -> None:
    site = Site()
    back = site.agreed()
    bare = Client(site.app, PUBLIC)
    page = bare.get(back)
    assert page.status_code == 200
    assert "Severe disease" not in page.text
    query = urlsplit(back).query
    encoded = {"content-type": "application/x-www-form-urlencoded"}
    for binder in ("", "wrong"):
        got = bare.post("/smart/finish", content=query,
                        headers={**encoded, "x-smart-binder": binder})  # fmt: skip
        assert got.status_code == 403
    assert site.ehr.tokens == set()


def test_the_header_stands_in_for_cookies_that_are_barred() -> None:
    site = Site()
    page = site.browser.get(LAUNCH)
    binder = re.search(r'data-binder="([^"]+)"', page.text)
    going = re.search(r'<a href="([^"]+)" id="go"', page.text)
    assert binder is not None
    assert going is not None
    answer = Client(site.ehr.app, site.ehr.origin).get(unescape(going[1]))
    query = urlsplit(answer.headers["location"]).query
    bare = Client(site.app, PUBLIC)
    headers = {"content-type": "application/x-www-form-urlencoded", "x-smart-binder": binder[1]}
    done = bare.post("/smart/finish", content=query, headers=headers)
    assert done.status_code == 200
    assert done.text not in site.ehr.tokens
    opened = bare.get("/smart/record", headers={"x-smart-session": done.text})
    assert "Severe disease, first line of induction" in opened.text
    assert bare.get("/smart/record", headers={"x-smart-session": "wrong"}).status_code == 401
    assert bare.get("/smart/record").status_code == 401


def test_a_refusal_of_the_reader_is_told() -> None:
    site = Site()
    state = parse_qs(urlsplit(site.agreed()).query)["state"][0]
    asked = {"error": "access_denied", "state": state, "error_description": "<script>x</script>"}
    got = site.browser.get(f"/smart/callback?{urlencode(asked)}")
    assert got.status_code == 403
    assert "access_denied" in got.text
    assert "<script>x" not in got.text


def test_an_answer_of_another_server_is_refused() -> None:
    site = Site()
    got = site.browser.get(f"{site.agreed()}&iss=https%3A%2F%2Fevil.example")
    assert got.status_code == 403
    assert site.ehr.tokens == set()


def test_the_record_system_of_the_tests_wants_aud() -> None:
    site = Site()
    found = re.search(r'<a href="([^"]+)" id="go"', site.browser.get(LAUNCH).text)
    assert found is not None
    parts = urlsplit(unescape(found[1]))
    for name in ("aud", "state", "code_challenge", "launch"):
        asked = {key: one[0] for key, one in parse_qs(parts.query).items() if key != name}
        got = Client(site.ehr.app, site.ehr.origin).get(f"/authorize?{urlencode(asked)}")
        assert got.status_code == 400, name


@pytest.mark.parametrize(
    "config",
    [
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": None},
        {"authorization_endpoint": None},
        {"authorization_endpoint": "http://ehr.example/authorize"},
        {"token_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "https://user:secret@ehr.example/token"},
    ],
)
def test_an_unsafe_configuration_is_refused(config: dict[str, Any]) -> None:
    got = Site(**config).browser.get(LAUNCH)
    assert got.status_code == 502
    assert 'id="go"' not in got.text


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ({"patient": None}, 422),
        ({"patient": "../Patient/other"}, 422),
        ({"patient": ["a"]}, 422),
        ({"token_type": "mac"}, 502),
        ({"access_token": None}, 502),
        ({"access_token": 7}, 502),
    ],
)
def test_an_unfit_token_is_refused(token: dict[str, Any], status: int) -> None:
    site = Site()
    site.ehr.token = token
    assert site.browser.get(site.agreed()).status_code == status


def test_another_patient_than_the_one_opened_is_refused() -> None:
    site = Site()
    site.ehr.token = {"patient": "somebody-else"}
    site.browser.get(site.agreed())
    got = site.browser.get("/smart/page")
    assert got.status_code == 502
    assert "another patient" in got.text


def test_the_end_of_a_session_is_its_end() -> None:
    site = Site()
    site.opened()
    kept = dict(site.browser.cookies)
    assert site.browser.post("/smart/end").status_code == 303
    again = Client(site.app, PUBLIC)
    again.cookies.update(kept)
    assert again.get("/smart/page").status_code == 401


def test_a_session_without_a_launch_is_refused() -> None:
    site = Site()
    site.browser.cookies.set("__Host-smart", "made-up")
    got = site.browser.get("/smart/page")
    assert got.status_code == 401
    assert "open it again" in got.text


def test_a_site_that_set_nothing_up_says_so() -> None:
    app = FastAPI()
    app.include_router(smart.router(Settings()))
    browser = Client(app)
    for address in ("/smart", LAUNCH, "/smart/standalone"):
        assert browser.get(address).status_code == 404
    assert browser.get("/smart/launch?iss=x").status_code == 400


# What the record gives, and what of it could not be had.


def test_what_the_server_does_not_give_is_listed_and_hides_nothing() -> None:
    site = Site()
    site.ehr.refuses = {"MedicationStatement": 403, "QuestionnaireResponse": 400}
    page = site.opened()
    assert page.status_code == 200
    assert "Severe disease, first line of induction" in page.text
    assert "MedicationStatement" in page.text
    assert "status 403" in page.text


def test_a_record_without_its_patient_is_not_opened() -> None:
    site = Site()
    site.ehr.refuses = {"Patient": 404}
    site.browser.get(site.agreed())
    assert site.browser.get("/smart/page").status_code == 502


def test_pages_are_followed_up_to_the_limit_of_the_site() -> None:
    site = Site()
    site.ehr.page_size = 15
    assert "it goes on" not in site.opened().text
    site.ehr.page_size = 3
    assert "it goes on: not every page was read" in site.browser.get("/smart/page").text


@pytest.mark.parametrize(
    "host", ["https://evil.example/fhir", "https://ehr.example/other", f"{ISSUER}/../other"]
)
def test_the_token_goes_to_no_other_server(host: str) -> None:
    site = Site()
    site.ehr.page_size = 3
    site.ehr.next_host = host
    page = site.opened()
    assert "lies on another server" in page.text
    asked = {one.url.netloc for one in site.ehr.asked}
    assert asked == {"ehr.example"}
    assert all(one.url.path.startswith("/fhir/") for one in site.ehr.asked)


def test_only_results_that_a_fact_reads_are_asked_for() -> None:
    from myopathway.guideline.load import shipped  # noqa: PLC0415

    found = queries(shipped(), "a&b=c")
    assert all("a%26b%3Dc" in query for _, query in found)
    observations = [query for kind, query in found if kind == "Observation"]
    assert all("code=" in one for one in observations)
    assert max(len(one) for one in observations) < 3_000


# The parts.


def test_a_challenge_is_that_of_rfc_7636() -> None:
    made = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(made) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert 43 <= len(verifier()) <= 128
    assert verifier() != verifier()


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://ehr.example/token", True),
        ("http://127.0.0.1:9000/token", True),
        ("http://ehr.example/token", False),
        ("https://a:b@ehr.example/token", False),
        ("https://ehr.example/token#x", False),
        ("https://[bad", False),
        ("", False),
    ],
)
def test_only_secure_addresses_carry_a_token(address: str, *, good: bool) -> None:
    assert secure(address) is good


def test_what_is_kept_has_an_end_and_a_limit() -> None:
    now = 0.0
    kept: Kept[str] = Kept(lambda: now, most=2)
    first = kept.put("a", 10)
    assert kept.get(first) == "a"
    now = 10.0
    assert kept.get(first) is None
    second, third, fourth = kept.put("b", 10), kept.put("c", 10), kept.put("d", 10)
    assert kept.get(second) is None
    assert kept.take(third) == "c"
    assert kept.take(third) is None
    assert kept.get(fourth) == "d"
    assert len({first, second, third, fourth}) == 4
    assert PATIENT not in first
