"""CDS Hooks: discovery, the card, silence, what is refused."""

from __future__ import annotations

import copy
import json
import re
import uuid
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from jsonschema import Draft202012Validator

from myopathway.errors import InputError
from myopathway.service.hooks.card import ENCODER
from myopathway.service.openapi import Cards
from myopathway.settings import Settings
from tests.population import patient
from tests.service_client import ROOT, Service, bundle_of, call, example

STRANGERS = sorted((ROOT / "tests/data/fhir/general-patients").glob("*.json"))
HOOKS = {
    "iim-recommendation": "patient-view",
    "iim-order-select": "order-select",
    "iim-order-sign": "order-sign",
}


@pytest.fixture(scope="module", name="service")
def _service() -> Any:
    with Service() as service:
        yield service


def card(service: Service, name: str, **context: Any) -> Any:
    # Another user each time: what one acknowledges is not hidden from the next.
    cards = service.hook(call(example(name), userId=f"Practitioner/{uuid.uuid4()}", **context))
    assert len(cards) == 1
    return cards[0]


def test_discovery_offers_three_services_with_narrow_queries(service: Service) -> None:
    services = service.get("/cds-services").json()["services"]
    assert {one["id"]: one["hook"] for one in services} == HOOKS
    for one in services:
        assert one["description"]
        assert one["prefetch"]["patient"] == "Patient/{{context.patientId}}"
        for key, query in one["prefetch"].items():
            tokens = re.findall(r"\{\{(.*?)\}\}", query)
            assert tokens == ["context.patientId"]
            if query.startswith("Observation"):
                assert "code=" in query, key
                assert "_count=" in query
            assert "category=vital-signs" not in query


def test_every_observation_that_a_fact_reads_is_asked_for(service: Service) -> None:
    prefetch = service.get("/cds-services").json()["services"][0]["prefetch"]
    asked = prefetch["weight"] + prefetch["results"]
    for fact in service.site.guideline.vocabulary.facts.values():
        for coding in fact.observations:
            for code in coding.loinc:
                assert f"http://loinc.org|{code}" in asked, fact.name


def test_a_card_says_group_line_next_step_doses_and_what_is_missing(service: Service) -> None:
    found = card(service, "severe-ild-mda5")
    assert "Severe" in found["summary"]
    assert "first line" in found["summary"]
    assert "methylprednisolone" in found["summary"]
    assert found["indicator"] == "warning"
    assert "7.5 to 25 mg once WEEKLY" in found["detail"]
    assert "**WARNING:**" in found["detail"]
    assert "**Not known:**" in found["detail"]
    assert found["source"]["label"]
    link = urlsplit(found["links"][0]["url"])
    assert parse_qs(link.query)["subtype"] == ["dermatomyositis"]


def test_drafts_carry_the_dose_the_patient_and_no_order(service: Service) -> None:
    found = card(service, "severe-ild-mda5")
    assert found["selectionBehavior"] == "any"
    drafts = [action["resource"] for one in found["suggestions"] for action in one["actions"]]
    assert drafts
    for one in drafts:
        assert one["resourceType"] == "MedicationRequest"
        assert (one["status"], one["intent"]) == ("draft", "proposal")
        assert one["subject"] == {"reference": "Patient/severe-ild-mda5"}
        assert one["dosageInstruction"]
    weekly = next(
        one for one in drafts if one["medicationCodeableConcept"]["text"] == "Methotrexate"
    )
    timing = weekly["dosageInstruction"][0]["timing"]["repeat"]
    assert timing == {"frequency": 1, "period": 1, "periodUnit": "wk"}


def test_no_draft_without_a_known_dose(service: Service) -> None:
    """The sources give rituximab no figure: there is nothing to draft."""
    found = card(service, "severe-refractory")
    labels = json.dumps(found["suggestions"])
    # Only one therapy has drafts: they stand in each other's place.
    assert found["selectionBehavior"] == "at-most-one"
    assert "ituximab" not in labels
    assert "Rituximab" in found["detail"]
    bundle = example("severe-refractory")
    bundle["entry"] = [
        one for one in bundle["entry"]
        if "weight" not in json.dumps(one["resource"].get("code", ""))
        and "29463-7" not in json.dumps(one)
    ]  # fmt: skip
    bundle = json.loads(json.dumps(bundle))
    (found,) = service.hook(call(bundle, userId="Practitioner/no-weight"))
    assert "suggestions" not in found
    assert "selectionBehavior" not in found


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("severe-ild-mda5", 7),
        ("half-known", 5),
        ("inclusion-body-myositis", 5),
    ],
)
def test_override_reasons_fit_what_was_advised(service: Service, name: str, codes: int) -> None:
    found = card(service, name)
    reasons = found["overrideReasons"]
    assert len(reasons) == codes <= 7
    assert all(one["display"] and one["system"].endswith("override-reasons") for one in reasons)
    (wrong,) = [one for one in reasons if one["code"] == "fact-wrong"]
    assert ":" in wrong["display"], "the fact is named"
    listed = service.get("/fhir/CodeSystem/override-reasons").json()
    assert {one["code"] for one in reasons} <= {one["code"] for one in listed["concept"]}


def test_inclusion_body_myositis_says_that_no_drug_is_recommended(service: Service) -> None:
    found = card(service, "inclusion-body-myositis")
    assert "immunosuppression is usually not recommended" in found["summary"]
    assert "suggestions" not in found


def test_random_patients_give_well_formed_cards(service: Service) -> None:
    """At most one card, a short summary, no tier that the answer does not have."""
    schema = service.get("/openapi.json").json()
    checked = Draft202012Validator(
        {"$ref": "#/components/schemas/Card", "components": schema["components"]}
    )
    rng = Random(41)
    seen = set()
    for number in range(150):
        facts = patient(rng)
        facts.pop("treatments", None)
        try:
            cards = service.hook(call(bundle_of(facts, f"r{number}")))
        except (InputError, TypeError):
            continue
        assert len(cards) <= 1
        for one in cards:
            checked.validate(one)
            assert 20 < len(one["summary"]) < 140, one["summary"]
            assert "\n" not in one["summary"]
            answer = one["extension"]["example.myopathway.answer"]
            seen.add((answer["status"], one["indicator"]))
            assert ("selectionBehavior" in one) == ("suggestions" in one)
            assert "daily" not in re.sub(r"once WEEKLY.*", "", one["summary"])
            if answer["status"] == "recommended" and answer["line"]:
                assert answer["group"] in one["summary"].lower().replace("not severe", "non-severe")
    assert len(seen) > 3


def test_a_card_is_written_as_its_type_says(service: Service) -> None:
    """Cards are put together of pieces: read as the type and written again, they are the same."""
    names = sorted(one.name.split(".")[0] for one in (ROOT / "examples").glob("*.bundle.json"))
    patients = [example(name) for name in names]
    # An id that looks like what pieces are put together with, or would end a text.
    known = json.dumps(example("non-severe-mtx-intolerance"))
    own = json.loads(known)["entry"][0]["resource"]["id"]
    odd = json.dumps('"\\\x01\x02%b')[1:-1]
    patients.append(json.loads(known.replace(f'"{own}"', f'"{odd}"').replace(f"/{own}", f"/{odd}")))
    drafts = odd_drafts = 0
    for one in patients:
        raw = service.post("/cds-services/iim-recommendation", json=call(one)).content
        read = msgspec.json.decode(raw, type=Cards)
        assert ENCODER.encode(read) == raw
        for shown in read.cards:
            for suggestion in shown.suggestions or ():
                for action in suggestion.actions:
                    drafts += 1
                    who = one["entry"][0]["resource"]["id"]
                    resource: Any = action.resource
                    assert resource["subject"] == {"reference": f"Patient/{who}"}
                    odd_drafts += who.startswith('"')
    assert drafts > odd_drafts > 0


@pytest.mark.parametrize("service_id", HOOKS)
@pytest.mark.parametrize("file", STRANGERS, ids=lambda one: one.stem)
def test_general_patients_get_no_card(service: Service, service_id: str, file: Any) -> None:
    bundle = json.loads(file.read_text(encoding="utf-8"))
    called = call(bundle, HOOKS[service_id])
    order = {
        "resourceType": "MedicationRequest", "id": "o", "status": "draft", "intent": "order",
        "medicationCodeableConcept": {"text": "Methotrexate 50 mg daily"},
        "subject": {"reference": f"Patient/{called['context']['patientId']}"},
    }  # fmt: skip
    called["context"] |= {
        "selections": ["MedicationRequest/o"],
        "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": order}]},
    }
    assert service.hook(called, service_id) == []
    assert len(STRANGERS) == 2


def test_not_a_myositis_gets_no_card(service: Service) -> None:
    assert service.hook(call(bundle_of({"subtype": "not-iim"}))) == []
    assert service.hook(call(bundle_of({"weight_kg": 70, "ild": True}))) == []


@pytest.mark.parametrize(("code", "cards"), [("G72.4", 1), ("M35.1", 0), ("M33.2", 1), ("I10", 0)])
def test_a_code_that_means_a_myositis_gets_a_card(service: Service, code: str, cards: int) -> None:
    """G72.4 is a myositis of which the subtype has to be asked; M35.1 need not be one."""
    bundle = bundle_of({}, f"code-{code}")
    bundle["entry"].append({"resource": {
        "resourceType": "Condition", "id": "c",
        "subject": {"reference": f"Patient/code-{code}"},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}]},
    }})  # fmt: skip
    assert len(service.hook(call(bundle))) == cards


@pytest.mark.parametrize("key", [
    "patient", "conditions", "requests", "statements", "allergies", "weight", "results", "facts",
    "responses",
])  # fmt: skip
def test_missing_data_are_named(service: Service, key: str) -> None:
    called = call(example("half-known"))
    del called["prefetch"][key]
    answer = service.post("/cds-services/iim-recommendation", json=called)
    assert answer.status_code == 412
    assert answer.headers["content-type"] == "application/fhir+json"
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    (issue,) = outcome["issue"]
    assert issue["code"] == "required"
    assert f"prefetch.{key}" in issue["diagnostics"]


def test_without_any_prefetch_everything_is_named(service: Service) -> None:
    called = call(example("half-known"))
    for name in ("null", "{}"):
        called["prefetch"] = json.loads(name)
        answer = service.post("/cds-services/iim-recommendation", json=called)
        assert answer.status_code == 412
        assert len(answer.json()["issue"]) == 9


def test_an_outcome_in_place_of_data_is_missing_data(service: Service) -> None:
    called = call(example("half-known"))
    called["prefetch"]["allergies"] = {"resourceType": "OperationOutcome", "issue": []}
    answer = service.post("/cds-services/iim-recommendation", json=called)
    assert answer.status_code == 412


def test_a_site_may_do_without_some_data() -> None:
    called = call(example("half-known"))
    del called["prefetch"]["responses"]
    with Service(Settings(optional_prefetch=("responses",))) as service:
        assert len(service.hook(called)) == 1


def test_what_goes_on_without_us_is_said(service: Service) -> None:
    called = call(example("half-known"), userId="Practitioner/pages")
    called["prefetch"]["conditions"]["link"] = [
        {"relation": "next", "url": "https://ehr.example/fhir?page=2"}
    ]
    (found,) = service.hook(called)
    assert "conditions: it goes on" in found["detail"]


def spoilt(name: str) -> dict[str, Any]:
    called = call(example("half-known"))
    other = {"reference": "Patient/other"}
    match name:
        case "patient":
            called["prefetch"]["patient"]["id"] = "other"
        case "context":
            called["context"]["patientId"] = "other"
        case "condition":
            called["prefetch"]["conditions"]["entry"][0]["resource"]["subject"] = other
        case "observation":
            called["prefetch"]["facts"]["entry"][0]["resource"]["subject"] = {
                "reference": "https://ehr.example/fhir/Patient/other/_history/2"
            }
        case "no-patient":
            called["prefetch"]["patient"] = None
        case "no-id":
            del called["prefetch"]["patient"]["id"]
        case "order":
            called["hook"] = "order-sign"
            called["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [
                {"resource": {"resourceType": "MedicationRequest", "subject": other}}]}  # fmt: skip
        case "wrong-hook":
            called["hook"] = "order-sign"
        case "no-instance":
            del called["hookInstance"]
        case "no-context":
            del called["context"]
        case "no-user":
            del called["context"]["userId"]
        case "text-prefetch":
            called["prefetch"]["weight"] = "70"
        case "no-server":
            called["fhirAuthorization"] = {"access_token": "x", "token_type": "Bearer"}
    return called


@pytest.mark.parametrize("name", [
    "patient", "context", "condition", "observation", "no-patient", "no-id", "order", "wrong-hook",
    "no-instance", "no-context", "no-user", "text-prefetch", "no-server",
])  # fmt: skip
def test_calls_that_do_not_hold_together_are_refused(service: Service, name: str) -> None:
    where = "iim-order-sign" if name == "order" else "iim-recommendation"
    answer = service.post(f"/cds-services/{where}", json=spoilt(name))
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["faults"][0]["where"]
    assert "other" not in json.dumps(problem["faults"][0]["found"]).replace("another", "")


def test_orders_without_orders_are_refused(service: Service) -> None:
    called = call(example("half-known"), "order-sign")
    answer = service.post("/cds-services/iim-order-sign", json=called)
    assert answer.status_code == 422
    called["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [
        {"resource": {"resourceType": "MedicationRequest", "id": str(one),
                      "medicationCodeableConcept": {"text": "Methotrexate"}}}
        for one in range(60)]}  # fmt: skip
    answer = service.post("/cds-services/iim-order-sign", json=called)
    assert answer.status_code == 422
    assert "at most 50" in answer.text


@pytest.mark.parametrize("selections", [None, ["MedicationRequest/gone"], ["o1", "Task/o1"]])
def test_a_choice_that_is_not_handed_over_is_refused(service: Service, selections: Any) -> None:
    """Silence would say that nothing speaks against an order that nobody looked at."""
    called = call(example("half-known"), "order-select")
    drug = {"text": "Methotrexate"}
    called["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [
        {"resource": {"resourceType": "ServiceRequest", "id": "s1"}},
        {"resource": {"resourceType": "MedicationRequest", "id": "o1",
                      "medicationCodeableConcept": drug}}]}  # fmt: skip
    called["context"]["selections"] = ["ServiceRequest/s1", "MedicationRequest/o1", "o1"]
    assert service.post("/cds-services/iim-order-select", json=called).status_code == 200
    called["context"]["selections"] = []
    assert service.hook(called, "iim-order-select") == []
    called["context"]["selections"] = selections
    if selections is None:
        del called["context"]["selections"]
    answer = service.post("/cds-services/iim-order-select", json=called)
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["where"] == "context.selections"


def test_a_call_is_not_changed_by_how_the_record_is_cut(service: Service) -> None:
    """The same resources under other keys, twice, or in another order: the same advice."""
    called = call(example("severe-ild-mda5"), userId="Practitioner/cut")
    (first,) = service.hook(called)
    turned = copy.deepcopy(called)
    entries = turned["prefetch"]["facts"]["entry"]
    entries.reverse()
    turned["prefetch"]["results"] = {"resourceType": "Bundle", "entry": entries[:5]}
    (second,) = service.hook(turned)
    for name in ("summary", "detail", "indicator", "links", "extension"):
        assert first[name] == second[name], name


def test_every_showing_has_its_own_id(service: Service) -> None:
    called = call(example("severe-ild-mda5"), userId="Practitioner/twice")
    ids = {service.hook(called)[0]["uuid"] for _ in range(5)}
    assert len(ids) == 5
    assert all(uuid.UUID(one).version == 4 for one in ids)


def test_the_link_names_nobody(service: Service) -> None:
    bundle = example("half-known")
    (found,) = service.hook(call(bundle, userId="Practitioner/link"))
    url = found["links"][0]["url"]
    assert "birth_date" not in url
    assert bundle["entry"][0]["resource"]["id"] not in url
    assert service.get(url.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_the_page_behind_the_link_gives_the_same_answer(service: Service) -> None:
    for name in ("severe-ild-mda5", "severe-refractory", "non-severe-mtx-intolerance"):
        found = card(service, name)
        query = urlsplit(found["links"][0]["url"]).query
        answer = service.get(f"/answer.json?{query}").json()
        assert answer["node"] == found["extension"]["example.myopathway.answer"]["node"]


def test_local_words_stand_on_the_card_as_local() -> None:
    settings = Settings(
        site_name="Ward 4", local_note="Ask the <nurse>.", local_contact="Call 123",
        smart_client_id="app",
    )  # fmt: skip
    with Service(settings) as service:
        found = card(service, "half-known")
        assert "**Local note of Ward 4:** Ask the &lt;nurse&gt;." in found["detail"]
        assert "**Local contact of Ward 4:** Call 123" in found["detail"]
        assert "Ward 4" in found["source"]["label"]
        assert [one["type"] for one in found["links"]] == ["absolute", "smart"]
