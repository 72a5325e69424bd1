"""The plain interface, what every answer carries, and what is refused."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

import pytest

from myopathway import Patient, recommend
from myopathway.render.json import json_bytes
from myopathway.service import logs
from myopathway.settings import Limits, Settings
from tests.service_client import DAY, ROOT, Service, call, example

HOOK = "/cds-services/iim-recommendation"
ANY = ("/api/recommend", HOOK)  # one of the routes, and what is answered before them
IBM = b'{"subtype": "inclusion-body-myositis"}'


@pytest.fixture(scope="module", name="service")
def _service() -> Any:
    with Service() as service:
        yield service


def test_health_names_the_content(service: Service) -> None:
    found = service.get("/health").json()
    assert found["status"] == "ok"
    assert found["content_hash"] == service.site.guideline.content_hash


def test_ready_while_the_store_answers(service: Service) -> None:
    assert service.get("/ready").status_code == 200


def test_not_ready_while_the_store_does_not_answer() -> None:
    with Service() as service:
        service.site.store.writer.failing = "OperationalError"
        answer = service.get("/ready")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_answer_is_the_one_of_the_engine(service: Service) -> None:
    for form in ("bundle.json", "yaml"):
        raw = (ROOT / "examples" / f"severe-ild-mda5.{form}").read_bytes()
        answer = service.post("/api/recommend", content=raw)
        assert answer.status_code == 200
        if form == "bundle.json":
            patient = Patient.from_fhir(json.loads(raw), today=DAY)
            assert answer.content == json_bytes(recommend(patient, today=DAY))
        assert answer.json()["node"] == "severe.1"


def test_the_day_is_today_where_none_is_stated(service: Service) -> None:
    assert service.post("/api/recommend", content=IBM).json()["as_of"] == DAY.isoformat()


def test_the_caller_may_say_that_lists_are_complete(service: Service) -> None:
    bundle = example("half-known")
    open_answer = service.post("/api/recommend", json=bundle).json()
    closed = service.post(
        "/api/recommend?complete_problem_list=true&complete_medication_list=true", json=bundle
    ).json()
    assert len(closed["missing"]) < len(open_answer["missing"])


@pytest.mark.parametrize(
    ("raw", "status", "where"),
    [
        (b"", 422, "body: document"),
        (b"{", 422, "body: document"),
        (b"[1, 2]", 422, "body: document"),
        (b'{"resourceType": "Patient"}', 422, "body: Bundle"),
        (b'{"resourceType": "Bundle"}', 422, "body: Bundle"),
        (b'{"sex": "female", "sex": "male"}', 422, "body: sex"),
        (b'{"agee": 3}', 422, "body: agee"),
        (b'{"weight_kg": -4}', 422, "body: weight_kg"),
        (b"\xff\xfe", 422, "body: document"),
        (b"[" * 200_000, 422, "body"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, 422, "body"),
    ],
)
def test_bad_input_is_a_problem_that_names_each_fault(
    service: Service, raw: bytes, status: int, where: str
) -> None:
    answer = service.post("/api/recommend", content=raw)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["faults"][0]["where"].startswith(where)


def test_nesting_is_counted_without_brackets_in_texts(service: Service) -> None:
    raw = json.dumps({"other_drugs": ["[[[[" * 40, "}}}" * 40]}).encode()
    assert service.post("/api/recommend", content=raw).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/cds-services/none", "/api/recommend"])
def test_what_is_not_there_is_a_problem(service: Service, path: str) -> None:
    answer = service.post(path) if path.startswith("/cds") else service.get(path)
    assert answer.status_code in {404, 405}
    assert answer.json()["title"]


def test_a_person_is_refused_by_a_page_and_a_program_by_a_problem() -> None:
    look = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    with Service(Settings(limits=Limits(body=1000))) as service:
        refused = {
            "/nothing": service.get("/nothing", headers=look),
            "/guideline/nothing": service.get("/guideline/nothing", headers=look),
            "/": service.post("/", data={"ild": "x" * 2000}, headers=look),
        }
        for path, answer in refused.items():
            assert answer.status_code == (413 if path == "/" else 404)
            assert answer.headers["content-type"].startswith("text/html")
            assert "<h1>" in answer.text
            assert 'href="/"' in answer.text
            assert "default-src 'self'" in answer.headers["content-security-policy"]
        for path in ("/api/nothing", "/fhir/Nothing/1", "/cds-services/none/x"):
            assert "json" in service.get(path, headers=look).headers["content-type"]


def test_a_body_that_is_too_long_is_refused_by_its_header_and_by_its_length() -> None:
    with Service(Settings(limits=Limits(body=1000))) as service:
        long = b" " * 1001
        assert service.post("/api/recommend", content=long).status_code == 413

        async def parts() -> Any:
            for _ in range(3):
                yield b" " * 400

        assert service.post("/api/recommend", content=parts()).status_code == 413
        assert service.post("/cds-services/iim-recommendation", content=long).status_code == 413
        assert service.post("/api/recommend", content=IBM).status_code == 200


def test_too_many_resources_are_refused() -> None:
    with Service(Settings(limits=Limits(entries=5))) as service:
        bundle = example("severe-ild-mda5")
        assert service.post("/api/recommend", json=bundle).status_code == 413
        asked = service.post("/cds-services/iim-recommendation", json=call(bundle))
        assert asked.status_code == 413


@pytest.mark.parametrize("path", ANY)
def test_a_body_that_does_not_arrive_is_given_up(path: str) -> None:
    with Service(Settings(limits=Limits(receive_seconds=0.05))) as service:

        async def never() -> Any:
            yield b"{"
            await asyncio.sleep(30)

        assert service.post(path, content=never()).status_code == 408


@pytest.mark.parametrize("path", ANY)
def test_a_body_in_pieces_is_put_together_and_held_to_the_limit(path: str) -> None:
    raw = json.dumps(call(example("half-known")) if path == HOOK else example("half-known"))

    async def pieces() -> Any:
        for at in range(0, len(raw), 500):
            yield raw[at : at + 500].encode()

    with Service(Settings(limits=Limits(body=len(raw)))) as service:
        assert service.post(path, content=pieces()).status_code == 200
    with Service(Settings(limits=Limits(body=len(raw) - 1))) as service:
        assert service.post(path, content=pieces()).status_code == 413
        assert service.post(path, content=raw.encode()).status_code == 413


@pytest.mark.parametrize("path", ANY)
def test_a_length_that_is_none_is_refused(service: Service, path: str) -> None:
    for length in (b"-1", b"1e3", b"99999999999"):
        scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(),
                 "query_string": b"", "headers": [(b"content-length", length)]}  # fmt: skip
        assert service.raw(scope, [{"type": "http.request", "body": b"{}"}]) == 413


@pytest.mark.parametrize("path", ANY)
def test_a_client_that_goes_away_is_no_error_of_ours(
    service: Service, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(),
             "query_string": b"", "headers": []}  # fmt: skip
    begun = {"type": "http.request", "body": b"{", "more_body": True}
    assert service.raw(scope, [begun, {"type": "http.disconnect"}]) == 400
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


def test_every_answer_has_the_headers(service: Service) -> None:
    answers = [
        service.get(path)
        for path in ("/health", "/cds-services", "/", "/nothing", "/fhir/metadata")
    ]
    answers += [service.post(HOOK, json=call(example("half-known"))), service.post(HOOK)]
    answers += [service.post(HOOK, json=call(example("half-known")) | {"prefetch": {}})]
    assert [one.status_code for one in answers] == [200, 200, 200, 404, 200, 200, 400, 412]
    for answer in answers:
        found = answer.headers
        assert int(found["content-length"]) == len(answer.content)
        assert found["x-content-type-options"] == "nosniff"
        assert found["referrer-policy"] == "no-referrer"
        assert "frame-ancestors" in found["content-security-policy"]
        assert len(found["x-request-id"]) == 16
        assert len(found.get_list("content-security-policy")) == 1
        assert len(found.get_list("cache-control")) == 1


def test_only_listed_frames_may_show_the_page() -> None:
    with Service(Settings(frame_ancestors=("https://ehr.example",))) as service:
        policy = service.get("/").headers["content-security-policy"]
        assert "frame-ancestors 'self' https://ehr.example" in policy
        assert "'none'" in service.get("/health").headers["content-security-policy"]


def test_https_is_asked_for_where_the_site_has_it() -> None:
    with Service(Settings(public_url="https://cds.example")) as service:
        assert "strict-transport-security" in service.get("/health").headers
    with Service() as service:
        assert "strict-transport-security" not in service.get("/health").headers


def test_only_listed_origins_may_read_answers() -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers":
             "authorization,content-type"}  # fmt: skip
    with Service(Settings(cors_origins=("https://ehr.example",))) as service:
        for origin, allowed in (("https://ehr.example", True), ("https://evil.example", False)):
            headers = {"origin": origin}
            found = service.get("/cds-services", headers=headers).headers
            assert (found.get("access-control-allow-origin") == origin) is allowed
            preflight = service.ask(
                "OPTIONS", "/cds-services/iim-recommendation", headers=headers | asked
            )
            assert (preflight.status_code == 200) is allowed
            for path in ("/cds-services/iim-recommendation", "/api/recommend"):
                found = service.post(path, content=b"{", headers=headers).headers
                assert (found.get("access-control-allow-origin") == origin) is allowed
    with Service() as service:
        found = service.get("/cds-services", headers={"origin": "https://ehr.example"}).headers
        assert "access-control-allow-origin" not in found


def test_metrics_count_by_route_and_never_by_address(service: Service) -> None:
    service.post("/api/recommend?complete_problem_list=true", content=IBM)
    service.get("/fhir/CodeSystem/secret-name")
    text = service.get("/metrics").text
    assert 'myopathway_requests_total{route="/api/recommend",status="200"}' in text
    assert "myopathway_evaluations_total" in text
    assert "myopathway_store_up 1.0" in text
    assert "secret-name" not in text


@pytest.mark.parametrize("path", ANY)
def test_an_error_of_ours_says_nothing_of_what_was_sent(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("Jane Doe, born 1970")

    monkeypatch.setattr("myopathway.service.api.recommend_on", broken)
    monkeypatch.setattr("myopathway.service.hooks.handler.recommend_on", broken)
    sent = example("half-known")
    with caplog.at_level(logging.INFO):
        answer = service.post(path, json=call(sent) if path == HOOK else sent)
    assert answer.status_code == 500
    assert answer.json()["title"] == "Internal Server Error"
    (record,) = [one for one in caplog.records if one.name == "myopathway.service"]
    line = logs.JsonFormatter().format(record)
    assert json.loads(line)["error"] == "ValueError"
    assert answer.headers["x-request-id"] in line
    assert "Jane" not in line + answer.text


def test_logs_are_json_lines_without_addresses(capfd: pytest.CaptureFixture[str]) -> None:
    access = logs.Access(on=True)
    access.line("GET", "/fhir/{kind}/{name}", 200, 0.0123, "ab")
    access.close()
    line = json.loads(capfd.readouterr().err)
    assert line["route"] == "/fhir/{kind}/{name}"
    assert line["ms"] == 12.3


def test_exceptions_are_logged_by_kind_and_place_alone() -> None:
    nothing: dict[str, int] = {}
    with pytest.raises(KeyError) as caught:
        nothing["Jane Doe"]
    told = (caught.type, caught.value, caught.tb)
    record = logging.LogRecord("x", 40, "f", 1, "broken", None, told)
    line = json.loads(logs.JsonFormatter().format(record))
    assert line["error"] == "KeyError"
    assert line["where"][0].startswith("test_service_api.py:")
    assert "Jane" not in json.dumps(line)


def test_stamps_are_utc() -> None:
    assert logs.stamp(0.5) == "1970-01-01T00:00:00.500Z"
    assert time.strptime(logs.stamp(time.time())[:19], "%Y-%m-%dT%H:%M:%S")


def test_the_openapi_document_describes_every_route(service: Service) -> None:
    document = service.get("/openapi.json").json()
    assert set(document["paths"]) >= {
        "/api/recommend",
        "/cds-services",
        "/cds-services/{service}",
        "/cds-services/{service}/feedback",
        "/fhir/metadata",
        "/fhir/PlanDefinition/iim-treatment/$apply",
        "/health",
        "/ready",
        "/metrics",
    }
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            assert told["description"], (path, method)
            if method == "post":
                assert "requestBody" in told
            for status, answer in told["responses"].items():
                if status not in {"200", "401"}:
                    media = set(answer["content"])
                    assert media <= {"application/problem+json", "application/fhir+json"}
    schemas = document["components"]["schemas"]
    refs = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                refs.add(value["$ref"].rpartition("/")[2])
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)

    walk(document)
    assert refs <= set(schemas)
