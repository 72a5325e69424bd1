"""A service under test: in this process, opened and closed like a real one; and calls of hooks."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx

from myopathway.service import create_app
from myopathway.settings import Settings

if TYPE_CHECKING:
    from myopathway.service.site import Site

ROOT = Path(__file__).parent.parent
DAY = dt.date(2026, 11, 2)
KEYS = (
    "patient", "conditions", "requests", "statements", "allergies", "weight", "results", "facts",
    "responses",
)  # fmt: skip
_KEY_OF = {
    "Condition": "conditions",
    "MedicationRequest": "requests",
    "MedicationStatement": "statements",
    "MedicationAdministration": "statements",
    "AllergyIntolerance": "allergies",
    "Observation": "facts",
    "QuestionnaireResponse": "responses",
}


class Service:
    """Answers as the served application does, without a network."""

    def __init__(self, settings: Settings | None = None, day: dt.date = DAY) -> None:
        self.app = create_app(settings or Settings(), today=lambda: day)
        self._runner = asyncio.Runner()
        self._life = self.app.router.lifespan_context(self.app)

    def __enter__(self) -> Self:
        self._runner.run(self._enter())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._exit())
        self._runner.close()

    @property
    def site(self) -> Site:
        site: Site = self.app.state.site
        return site

    def raw(self, scope: dict[str, Any], received: list[dict[str, Any]]) -> int:
        """Ask as a server does that hands in what no client of ours would send."""
        statuses: list[int] = []
        messages = iter(received)

        async def receive() -> dict[str, Any]:
            return next(messages)

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        self._runner.run(self.app(scope, receive, send))
        (status,) = statuses
        return status

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("POST", path, **more)

    def hook(self, called: dict[str, Any], service: str = "iim-recommendation") -> list[Any]:
        answer = self.post(f"/cds-services/{service}", json=called)
        assert answer.status_code == 200, answer.text
        cards: list[Any] = answer.json()["cards"]
        return cards

    async def _enter(self) -> None:
        await self._life.__aenter__()
        transport = httpx.ASGITransport(app=self.app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    async def _exit(self) -> None:
        await self._client.aclose()
        await self._life.__aexit__(None, None, None)


def example(name: str) -> dict[str, Any]:
    """Give a Bundle of the examples."""
    text = (ROOT / "examples" / f"{name}.bundle.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def call(bundle: dict[str, Any], hook: str = "patient-view", **context: Any) -> dict[str, Any]:
    """Make the call of a hook, with the Bundle's resources prefetched under their keys."""
    prefetch: dict[str, Any] = dict.fromkeys(KEYS)
    patient = "nobody"
    for entry in bundle["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Patient":
            prefetch["patient"], patient = resource, resource["id"]
            continue
        key = _KEY_OF.get(resource["resourceType"], "conditions")
        if prefetch[key] is None:
            prefetch[key] = {"resourceType": "Bundle", "type": "searchset", "entry": []}
        prefetch[key]["entry"].append(entry)
    return {
        "hook": hook,
        "hookInstance": str(uuid.uuid4()),
        "context": {"userId": "Practitioner/1", "patientId": patient, **context},
        "prefetch": prefetch,
    }


FACTS = "https://myopathway.example/fhir/CodeSystem/facts"
_UNITS = {"age_years": "a", "weight_kg": "kg"}


def bundle_of(facts: dict[str, Any], name: str = "p") -> dict[str, Any]:
    """Write typed facts as a Bundle that states each as an Observation of our code system."""
    subject = {"reference": f"Patient/{name}"}
    entries: list[dict[str, Any]] = [{"resource": {"resourceType": "Patient", "id": name}}]

    def observe(fact: str, **value: Any) -> None:
        entries.append({"resource": {
            "resourceType": "Observation", "id": f"{name}-{len(entries)}", "status": "final",
            "code": {"coding": [{"system": FACTS, "code": fact}]}, "subject": subject,
            "effectiveDateTime": "2020-01-01", **value,
        }})  # fmt: skip

    for fact, value in facts.items():
        match value:
            case bool():
                observe(fact, valueBoolean=value)
            case int() | float():
                quantity = {"value": value, "unit": fact, "system": "http://unitsofmeasure.org"}
                observe(fact, valueQuantity=quantity | {"code": _UNITS.get(fact, "1")})
            case str():
                observe(fact, valueCodeableConcept={"coding": [{"system": FACTS, "code": value}]})
            case list():
                for one in value or ["none"]:
                    coding = {"system": FACTS, "code": one}
                    observe(fact, valueCodeableConcept={"coding": [coding]})
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}
