"""The order hooks: silent where nothing speaks against an order, a stop where something does."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.service_client import Service, call, example

PATIENT = "severe-ild-mda5"


@pytest.fixture(scope="module", name="service")
def _service() -> Any:
    with Service() as service:
        yield service


def order(drug: str, amount: float, unit: str = "d", name: str = "o1", **more: Any) -> Any:
    dose = {"value": amount, "unit": "mg", "code": "mg", "system": "http://unitsofmeasure.org"}
    return {
        "resourceType": "MedicationRequest", "id": name, "status": "draft", "intent": "order",
        "medicationCodeableConcept": {"text": drug},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "dosageInstruction": [{
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": unit}},
            "doseAndRate": [{"doseQuantity": dose}],
        }],
    } | more  # fmt: skip


def ask(
    service: Service, *orders: Any, hook: str = "order-sign", chosen: list[str] | None = None,
    bundle: Any = None, user: str = "",
) -> list[Any]:  # fmt: skip
    called = call(
        bundle or example(PATIENT), hook,
        userId=user or f"Practitioner/{uuid.uuid4()}",
        selections=chosen if chosen is not None else [f"MedicationRequest/{one['id']}"
                                                      for one in orders],
        draftOrders={"resourceType": "Bundle", "entry": [{"resource": one} for one in orders]},
    )  # fmt: skip
    return service.hook(called, f"iim-{hook}")


def test_daily_methotrexate_is_a_stop_with_the_weekly_dose_to_take_over(service: Service) -> None:
    (card,) = ask(service, order("Methotrexate", 15))
    assert card["indicator"] == "critical"
    assert card["summary"].startswith("STOP: methotrexate")
    assert "WEEKLY" in card["summary"]
    assert len(card["summary"]) < 140
    update, delete = card["suggestions"]
    action = update["actions"][0]
    assert action["type"] == "update"
    assert action["resource"]["id"] == "o1"
    assert action["resource"]["intent"] == "order"
    repeat = action["resource"]["dosageInstruction"][0]["timing"]["repeat"]
    assert repeat == {"frequency": 1, "period": 1, "periodUnit": "wk"}
    assert delete["actions"][0]["resourceId"] == "MedicationRequest/o1"
    assert card["selectionBehavior"] == "at-most-one"
    assert any("calendar.ics" in one["url"] for one in card["links"])


def test_the_monitoring_plan_is_handed_over(service: Service) -> None:
    (card,) = ask(service, order("Methotrexate", 15))
    assert {one["code"] for one in card["overrideReasons"]} >= {"monitoring", "fact-wrong"}
    (link,) = [one["url"] for one in card["links"] if "calendar.ics" in one["url"]]
    answer = service.get(link.removeprefix("http://127.0.0.1:8000"))
    assert answer.status_code == 200
    assert answer.text.startswith("BEGIN:VCALENDAR")


def test_a_warning_is_no_stop_and_removes_nothing(service: Service) -> None:
    (card,) = ask(service, order("Methotrexate", 15, "wk"))
    assert card["indicator"] == "warning"
    assert card["summary"].startswith("Caution: ")
    assert "suggestions" not in card


def test_an_order_that_nothing_speaks_against_is_signed_in_silence(service: Service) -> None:
    assert ask(service, order("Mycophenolate mofetil", 500, name="mmf")) == []


def test_drugs_of_other_diseases_are_no_concern(service: Service) -> None:
    assert ask(service, order("Paracetamol", 500)) == []
    other = {"resourceType": "ServiceRequest", "id": "s", "status": "draft", "intent": "order",
             "subject": {"reference": f"Patient/{PATIENT}"}}  # fmt: skip
    assert ask(service, other) == []
    assert ask(service) == []


def test_one_card_tells_of_all_orders_the_gravest_first(service: Service) -> None:
    (card,) = ask(
        service,
        order("Methotrexate", 15, "wk", "mild"),
        order("Prednisolone", 500, "d", "grave"),
    )
    assert card["indicator"] == "critical"
    assert card["summary"].startswith("STOP: prednisolone (and 1 more)")
    told = card["extension"]["example.myopathway.orders"]
    assert [one["order"] for one in told] == ["MedicationRequest/grave", "MedicationRequest/mild"]
    assert card["selectionBehavior"] == "any"


def test_orders_of_one_session_are_checked_beside_each_other(service: Service) -> None:
    alone = ask(service, order("Azathioprine", 25))
    beside = ask(service, order("Azathioprine", 25), order("Allopurinol", 300, "d", "o2"))
    assert beside
    assert (not alone) or beside[0]["detail"] != alone[0]["detail"]
    assert "llopurinol" in beside[0]["detail"]


def test_choosing_looks_at_what_was_chosen(service: Service) -> None:
    wrong, right = order("Methotrexate", 15), order("Mycophenolate mofetil", 500, name="mmf")
    assert ask(service, wrong, right, hook="order-select", chosen=["MedicationRequest/mmf"]) == []
    (card,) = ask(service, wrong, right, hook="order-select", chosen=["o1"])
    assert card["indicator"] == "critical"


def test_what_is_not_said_yet_matters_when_signing(service: Service) -> None:
    bare = order("Mycophenolate mofetil", 500, name="mmf")
    del bare["dosageInstruction"]
    assert ask(service, bare, hook="order-select") == []
    (card,) = ask(service, bare)
    assert card["indicator"] == "warning"
    assert "**Unchecked:**" in card["detail"]


def test_an_order_that_cannot_be_read_is_said_to_be_unchecked(service: Service) -> None:
    odd = order("Methotrexate", 15, "wk")
    odd["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"] |= {"code": "[drp]", "unit": ""}
    (card,) = ask(service, odd)
    assert card["indicator"] == "warning"
    assert "could not be read" in card["summary"]
    assert "**Not read:**" in card["detail"]
    assert ask(service, odd, hook="order-select") == []


@pytest.mark.parametrize("status", ["cancelled", "completed", "entered-in-error", "stopped"])
def test_orders_that_are_over_are_left_alone(service: Service, status: str) -> None:
    assert ask(service, order("Methotrexate", 15, status=status)) == []


def test_a_drug_that_is_ruled_out_is_a_stop_without_its_dose(service: Service) -> None:
    bundle = example(PATIENT)
    bundle["entry"].append({"resource": {
        "resourceType": "AllergyIntolerance", "id": "a",
        "patient": {"reference": f"Patient/{PATIENT}"},
        "code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "L04AX03"}]},
    }})  # fmt: skip
    (card,) = ask(service, order("Methotrexate", 15, "wk"), bundle=bundle)
    assert card["indicator"] == "critical"
    assert [one["actions"][0]["type"] for one in card["suggestions"]] == ["delete"]


def test_an_acknowledged_stop_is_not_repeated_for_this_order_alone(service: Service) -> None:
    user = f"Practitioner/{uuid.uuid4()}"
    (card,) = ask(service, order("Methotrexate", 15), user=user)
    told = {"card": card["uuid"], "outcome": "overridden",
            "outcomeTimestamp": "2026-11-02T10:00:00Z"}  # fmt: skip
    answer = service.post("/cds-services/iim-order-sign/feedback", json={"feedback": [told]})
    assert answer.status_code == 200
    assert ask(service, order("Methotrexate", 15), user=user) == []
    assert len(ask(service, order("Methotrexate", 20), user=user)) == 1
    assert len(ask(service, order("Methotrexate", 15, name="o2"), user=user)) == 1
