"""What was not prefetched is asked of listed FHIR servers alone, within time and size."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from myopathway.service.hooks.fetch import Fetcher
from myopathway.service.metrics import Metrics
from myopathway.settings import Limits, Settings
from tests.service_client import Service, call, example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "secret-access"  # noqa: S105 - of a test
Answer = tuple[int, dict[str, str], bytes]


class Ehr:
    """A FHIR server with one patient; ``odd`` answers some requests in its own way."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.odd: Callable[[str], Answer | None] = lambda _: None
        self.resources = [one["resource"] for one in bundle["entry"]]
        self.base = ""

    def answer(self, path: str) -> Answer:
        if (odd := self.odd(path)) is not None:
            return odd
        parts = urlsplit(path)
        kind, _, name = parts.path.removeprefix("/fhir/").partition("/")
        if name:
            found = next(
                (one for one in self.resources if one["resourceType"] == kind
                 and one["id"] == name), None,
            )  # fmt: skip
            return (404, {}, b"{}") if found is None else (200, {}, json.dumps(found).encode())
        code = parse_qs(parts.query).get("code", [""])[0]
        entries = [
            {"resource": one, "search": {"mode": "match"}}
            for one in self.resources
            if one["resourceType"] == kind
            and (not code or ("facts|" in code) == ("CodeSystem/facts" in json.dumps(one)))
        ]
        bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
        return 200, {}, json.dumps(bundle).encode()


@contextlib.contextmanager
def serving(ehr: Ehr) -> Iterator[Ehr]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ehr.asked.append((self.path, self.headers.get("authorization")))
            status, headers, body = ehr.answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    ehr.base = f"http://127.0.0.1:{server.server_port}/fhir"
    try:
        yield ehr
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(name="ehr")
def _ehr() -> Iterator[Ehr]:
    with serving(Ehr(example("severe-ild-mda5"))) as ehr:
        yield ehr


@pytest.fixture(name="service")
def _service(ehr: Ehr) -> Iterator[Service]:
    limits = Limits(fhir_seconds=5, fhir_bytes=200_000, fhir_pages=3)
    settings = Settings(fhir_hosts=(urlsplit(ehr.base).netloc,), limits=limits)
    with Service(settings) as service:
        yield service


def bare(ehr: Ehr, *keep: str) -> dict[str, Any]:
    called = call(example("severe-ild-mda5"))
    prefetch = called["prefetch"]
    return called | {
        "prefetch": {key: prefetch[key] for key in keep},
        "fhirServer": ehr.base,
        "fhirAuthorization": {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300,
                              "scope": "patient/*.read", "subject": "cds"},
    }  # fmt: skip


def test_everything_may_be_fetched(service: Service, ehr: Ehr) -> None:
    fetched = service.hook(bare(ehr))
    prefetched = service.hook(call(example("severe-ild-mda5")))
    assert fetched[0]["extension"] == prefetched[0]["extension"]
    assert len(ehr.asked) == 9
    assert {token for _, token in ehr.asked} == {f"Bearer {TOKEN}"}
    assert all("%7B" not in path and "{" not in path for path, _ in ehr.asked)


def test_only_what_is_missing_is_asked_for(service: Service, ehr: Ehr) -> None:
    called = bare(ehr, "patient", "conditions", "requests", "statements", "weight", "results",
                  "facts", "responses")  # fmt: skip
    service.hook(called)
    assert [path.partition("?")[0] for path, _ in ehr.asked] == ["/fhir/AllergyIntolerance"]


def test_a_patient_id_cannot_lead_elsewhere(service: Service, ehr: Ehr) -> None:
    called = bare(ehr)
    called["context"]["patientId"] = "../../admin?x=1&y"
    answer = service.post("/cds-services/iim-recommendation", json=called)
    assert answer.status_code in {412, 422}
    assert all("admin?x=1" not in path for path, _ in ehr.asked)


def test_pages_are_followed_to_the_end(service: Service, ehr: Ehr) -> None:
    conditions = [one for one in ehr.resources if one["resourceType"] == "Condition"]
    assert conditions

    def paged(path: str) -> Answer | None:
        if not path.startswith("/fhir/Condition"):
            return None
        first = "page=2" not in path
        bundle: dict[str, Any] = {
            "resourceType": "Bundle", "type": "searchset",
            "entry": [] if first else [{"resource": one} for one in conditions],
        }  # fmt: skip
        if first:
            bundle["link"] = [{"relation": "next", "url": f"{ehr.base}/Condition?page=2"}]
        return 200, {}, json.dumps(bundle).encode()

    ehr.odd = paged
    (card,) = service.hook(bare(ehr))
    assert "it goes on" not in card["detail"]
    assert any("page=2" in path for path, _ in ehr.asked)


@pytest.mark.parametrize("where", ["elsewhere", "for ever"])
def test_pages_that_lead_elsewhere_or_never_end_are_said(
    service: Service, ehr: Ehr, where: str
) -> None:
    url = "https://evil.example/fhir/Condition?page=2" if where == "elsewhere" else ""

    def paged(path: str) -> Answer | None:
        if not path.startswith("/fhir/Condition"):
            return None
        link = [{"relation": "next", "url": url or f"{ehr.base}/Condition?again"}]
        bundle = {"resourceType": "Bundle", "type": "searchset", "link": link}
        return 200, {}, json.dumps(bundle).encode()

    ehr.odd = paged
    (card,) = service.hook(bare(ehr))
    assert "conditions: it goes on: a further page could not be had" in card["detail"]
    assert sum(path.startswith("/fhir/Condition") for path, _ in ehr.asked) <= 3


ODD: dict[str, Answer] = {
    "status 500": (500, {}, b"{}"),
    "status 401": (401, {}, b"{}"),
    "a redirect": (302, {"location": "/fhir/Patient/severe-ild-mda5"}, b"{}"),
    "no json": (200, {}, b"<html>"),
    "too large": (200, {}, b" " * 300_000),
    "an outcome": (200, {}, b'{"resourceType": "OperationOutcome", "issue": []}'),
}


@pytest.mark.parametrize("odd", ODD)
def test_what_cannot_be_had_is_named(
    service: Service, ehr: Ehr, odd: str, caplog: pytest.LogCaptureFixture
) -> None:
    ehr.odd = lambda path: ODD[odd] if path.startswith("/fhir/Allergy") else None
    with caplog.at_level(logging.DEBUG, "myopathway"):
        answer = service.post("/cds-services/iim-recommendation", json=bare(ehr))
    assert answer.status_code == 412
    (issue,) = answer.json()["issue"]
    assert "prefetch.allergies" in issue["diagnostics"]
    logged = " ".join(str(vars(one)) for one in caplog.records if one.name.startswith("myopath"))
    assert TOKEN not in logged + answer.text
    assert "severe-ild-mda5" not in logged


def test_a_server_that_is_slow_is_not_waited_for(ehr: Ehr) -> None:
    released = threading.Event()

    def slow(path: str) -> Answer | None:
        if path.startswith("/fhir/Allergy"):
            released.wait(30)
        return None

    ehr.odd = slow
    limits = Limits(fhir_seconds=0.2)
    settings = Settings(fhir_hosts=(urlsplit(ehr.base).netloc,), limits=limits)
    with Service(settings) as service:
        answer = service.post("/cds-services/iim-recommendation", json=bare(ehr))
        released.set()
        assert answer.status_code == 412


def test_another_patient_from_the_server_is_refused(service: Service, ehr: Ehr) -> None:
    def other(path: str) -> Answer | None:
        if not path.startswith("/fhir/Patient"):
            return None
        return 200, {}, json.dumps({"resourceType": "Patient", "id": "other"}).encode()

    ehr.odd = other
    answer = service.post("/cds-services/iim-recommendation", json=bare(ehr))
    assert answer.status_code == 422


def test_a_server_that_is_not_listed_is_never_asked(ehr: Ehr) -> None:
    with Service() as service:
        answer = service.post("/cds-services/iim-recommendation", json=bare(ehr))
        assert answer.status_code == 412
        assert ehr.asked == []


@pytest.mark.parametrize(
    ("server", "allowed"),
    [
        ("https://fhir.example/r4", True),
        ("https://FHIR.example/r4/", True),
        ("https://fhir.example:443/r4", True),
        ("http://localhost:8080/fhir", True),
        ("http://fhir.example/r4", False),
        ("https://fhir.example:8443/r4", False),
        ("https://fhir.example.evil/r4", False),
        ("https://evil.example/fhir.example", False),
        ("https://user@fhir.example/r4", False),
        ("https://fhir.example@evil.example/", False),
        ("https://fhir.example/r4?x=", False),
        ("http://localhost:9090/fhir", False),
        ("ftp://fhir.example/r4", False),
        ("file:///etc/passwd", False),
        ("https://[::1", False),
        ("https://fhir.example:port/", False),
        ("", False),
    ],
)
def test_only_listed_hosts_over_https(server: str, allowed: bool) -> None:
    settings = Settings(fhir_hosts=("fhir.example", "localhost:8080"))
    assert Fetcher(settings, Metrics()).allowed(server) is allowed
