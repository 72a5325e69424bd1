"""The FHIR interface as FHIR clients use it: shapes of ``$apply``, searches, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service_client import Service, example

APPLY = "/fhir/PlanDefinition/iim-treatment/$apply"
NAME = "severe-ild-mda5"


@pytest.fixture(scope="module", name="service")
def _service() -> Any:
    with Service() as service:
        yield service


def parameters(*more: dict[str, Any], data: Any = None) -> dict[str, Any]:
    held = example(NAME) if data is None else data
    return {
        "resourceType": "Parameters",
        "parameter": [*more, {"name": "data", "resource": held}],
    }


def subject(text: str) -> dict[str, Any]:
    return {"name": "subject", "valueString": text}


def plan(answer: Any) -> dict[str, Any]:
    found = answer.json()
    assert found["resourceType"] == "Bundle"
    kinds = [one["resource"]["resourceType"] for one in found["entry"]]
    assert kinds[:2] == ["CarePlan", "RequestGroup"]
    found.pop("id", None)
    return dict(found)


@pytest.mark.parametrize("asked", [
    parameters(),
    parameters(subject(NAME)),
    parameters(subject(f"Patient/{NAME}")),
    parameters(subject(f"https://ehr.example/fhir/Patient/{NAME}/_history/3")),
    parameters({"name": "subject", "valueReference": {"reference": f"Patient/{NAME}"}}),
    parameters(subject(NAME), subject(f"Patient/{NAME}"), {"name": "userType"}),
])  # fmt: skip
def test_every_shape_of_a_request_gives_the_plan_of_the_bundle(
    service: Service, asked: dict[str, Any]
) -> None:
    expected = plan(service.post(APPLY, json=example(NAME)))
    answer = service.post(APPLY, json=asked)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json"
    assert plan(answer) == expected


def test_data_may_come_in_several_bundles(service: Service) -> None:
    whole = example(NAME)
    halves = [
        {"name": "data", "resource": {"resourceType": "Bundle", "entry": entries}}
        for entries in (whole["entry"][:4], whole["entry"][4:])
    ]
    asked = {"resourceType": "Parameters", "parameter": halves}
    expected = plan(service.post(APPLY, json=whole))
    assert plan(service.post(APPLY, json=asked)) == expected


@pytest.mark.parametrize("asked", [
    parameters(subject("other")),
    parameters(subject(f"Practitioner/{NAME}")),
    parameters(subject("")),
    parameters(subject("Patient/")),
    parameters({"name": "subject", "valueString": 3}),
    parameters({"name": "subject"}),
    parameters(subject(NAME), subject("other")),
    parameters(data={"resourceType": "Patient", "id": NAME}),
    parameters(data={"resourceType": "Bundle", "entry": {}}),
    parameters(data={"resourceType": "Bundle"}),
    {"resourceType": "Parameters"},
    {"resourceType": "Parameters", "parameter": []},
    {"resourceType": "Patient", "id": NAME},
    [],
])  # fmt: skip
def test_what_names_no_one_patient_is_refused(service: Service, asked: Any) -> None:
    answer = service.post(APPLY, json=asked)
    assert answer.status_code == 422
    refused(answer, "invalid")


def refused(answer: Any, code: str) -> None:
    assert answer.headers["content-type"] == "application/fhir+json"
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert {one["severity"] for one in outcome["issue"]} == {"error"}
    assert {one["code"] for one in outcome["issue"]} == {code}
    assert all(one["diagnostics"] for one in outcome["issue"])


def test_every_refusal_is_an_outcome(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("/fhir/Observation", "/fhir/Library/none", "/fhir/a/b/c"):
        answer = service.get(path)
        assert answer.status_code == 404
        refused(answer, "not-found")
    for answer in (service.get(APPLY), service.post("/fhir/PlanDefinition")):
        assert answer.status_code == 405
        assert answer.headers["allow"]
        refused(answer, "not-supported")
    refused(service.post(APPLY, content=b"{"), "structure")

    def broken(*_: object) -> None:
        raise ValueError("Jane Doe")

    monkeypatch.setattr("myopathway.service.fhir.apply.recommend_on", broken)
    answer = service.post(APPLY, json=example(NAME))
    assert answer.status_code == 500
    assert "Jane" not in answer.text
    refused(answer, "exception")


def test_a_search_says_what_was_searched(service: Service) -> None:
    whole = service.get("/fhir/PlanDefinition").json()
    assert whole["total"] == len(whole["entry"])
    url = whole["entry"][0]["resource"]["url"]
    found = service.get("/fhir/PlanDefinition", params={"url": url, "_format": "json"}).json()
    assert [one["search"] for one in found["entry"]] == [{"mode": "match"}]
    (link,) = found["link"]
    assert link["relation"] == "self"
    again = service.get(link["url"].removeprefix("http://127.0.0.1:8000")).json()
    assert again == found
    nothing = service.get("/fhir/PlanDefinition", params={"url": "https://example.org/x"}).json()
    assert (nothing["total"], "entry" in nothing) == (0, False)


def test_the_statement_names_what_there_is(service: Service) -> None:
    found = service.get("/fhir/metadata").json()
    assert (found["resourceType"], found["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    (rest,) = found["rest"]
    assert "operation" in next(one for one in rest["resource"] if one["type"] == "PlanDefinition")
    for one in rest["resource"]:
        assert {each["code"] for each in one["interaction"]} == {"read", "search-type"}
        listed = service.get(f"/fhir/{one['type']}").json()
        first = listed["entry"][0]["resource"]
        assert service.get(f"/fhir/{one['type']}/{first['id']}").json() == first
