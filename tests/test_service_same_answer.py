"""Every way in gives the same answer: Python, command, HTTP, CDS Hooks, $apply."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from myopathway import Patient, recommend
from myopathway.render.fhir import fhir
from myopathway.render.json import json_bytes
from tests.service_client import DAY, Service, call

if TYPE_CHECKING:
    from pathlib import Path

    from myopathway.engine.outcome import Answer

COUNT = 300


@pytest.fixture(scope="module", name="bundles")
def _bundles() -> list[dict[str, Any]]:
    patients = import_module("bench.patients")  # a script without types
    rng = Random(4)
    found = []
    for number in range(COUNT):
        bundle, _ = patients.patient(rng, number)
        # Also half-known ones: every second record has lost some of its resources.
        if number % 2:
            rest = bundle["entry"][1:]
            kept = rng.sample(rest, rng.randint(0, len(rest)))
            bundle["entry"] = [bundle["entry"][0], *(one for one in rest if one in kept)]
        found.append(bundle)
    return found


@pytest.fixture(scope="module", name="answers")
def _answers(bundles: list[dict[str, Any]]) -> list[Answer]:
    return [recommend(Patient.from_fhir(one, today=DAY), today=DAY) for one in bundles]


@pytest.fixture(scope="module", name="service")
def _service() -> Any:
    with Service() as service:
        yield service


def shown(answer: Answer) -> dict[str, Any]:
    """Give what a card tells machines of an answer."""
    return {
        "status": answer.status,
        "node": answer.node,
        "group": answer.group,
        "line": answer.line,
        "possible": list(answer.possible),
        "as_of": answer.as_of,
        "options": [
            {"id": one.id, "role": therapy.role, "tier": one.tier, "verdict": one.verdict}
            for therapy in answer.therapies
            for one in therapy.options
        ],
        "missing": [one.fact for one in answer.missing],
        "guideline": {
            "id": answer.guideline.id,
            "version": answer.guideline.version,
            "content_hash": answer.guideline.content_hash,
        },
    }


def test_the_patients_differ(answers: list[Answer]) -> None:
    assert len({one.node for one in answers}) >= 9
    assert {one.status for one in answers} >= {"recommended", "needs-information"}


def test_the_command_gives_the_same_bytes(
    bundles: list[dict[str, Any]], answers: list[Answer], tmp_path: Path
) -> None:
    path = tmp_path / "patients.ndjson"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in bundles), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", "recommend", str(path), "--as-of", DAY.isoformat()],
        capture_output=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [json_bytes(one) for one in answers]


def test_http_gives_the_same_bytes(
    service: Service, bundles: list[dict[str, Any]], answers: list[Answer]
) -> None:
    for bundle, answer in zip(bundles, answers, strict=True):
        assert service.post("/api/recommend", json=bundle).content == json_bytes(answer)


def test_apply_gives_the_same_plan(
    service: Service, bundles: list[dict[str, Any]], answers: list[Answer]
) -> None:
    for bundle, answer in zip(bundles, answers, strict=True):
        sent = service.post("/fhir/PlanDefinition/iim-treatment/$apply", json=bundle)
        plan = json.loads(
            json.dumps(fhir(answer, service.site.guideline), default=float)
        )  # amounts as JSON numbers
        for entry in plan["entry"]:
            if "subject" in entry["resource"]:
                who = bundle["entry"][0]["resource"]["id"]
                entry["resource"]["subject"] = {"reference": f"Patient/{who}"}
        assert sent.json() == plan


def test_cds_hooks_gives_the_same_place_options_and_doses(
    service: Service, bundles: list[dict[str, Any]], answers: list[Answer]
) -> None:
    shown_cards = 0
    for bundle, answer in zip(bundles, answers, strict=True):
        cards = service.hook(call(bundle))
        if not cards:
            known = {one.fact for one in answer.facts}
            assert answer.status == "not-covered" or "subtype" not in known
            continue
        shown_cards += 1
        (card,) = cards
        same = card["extension"]["example.myopathway.answer"]
        assert same == shown(answer)
        for therapy in answer.therapies:
            for option in therapy.options:
                for drug in option.drugs:
                    for one in drug.calculated:
                        if one.kind in {"initial", "weekly", "daily", "per-cycle"}:
                            text = f"{one.low:g} to {one.high:g}".replace("+", "")
                            amount = text if one.low != one.high else f"{one.low:g}"
                            assert amount in card["detail"], (card["detail"], one)
    assert shown_cards > COUNT * 0.7
