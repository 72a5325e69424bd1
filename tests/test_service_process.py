"""The served process: killed, flooded, asked by several at once, and stopped."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa

from myopathway.service.store import Store
from myopathway.service.store.tables import EVALUATION, FEEDBACK
from tests.service_client import call, example
from tests.service_process import Served
from tests.service_stores import STORES, postgres
from tests.test_service_tokens import JWKS, claims, signed

if TYPE_CHECKING:
    from pathlib import Path

POSTS = 1000
AT_ONCE = 16
PATH = "/cds-services/iim-recommendation"


def feedback(card: str) -> dict[str, Any]:
    return {"feedback": [{"card": card, "outcome": "overridden",
                          "outcomeTimestamp": "2026-11-02T10:00:00Z"}]}  # fmt: skip


async def post_until_killed(served: Served, kill_after: int) -> set[str]:
    """Post feedback from several clients; kill the server in the middle; give what was answered."""
    waiting = [str(uuid.uuid4()) for _ in range(POSTS)]
    answered: set[str] = set()

    async def client() -> None:
        async with httpx.AsyncClient(base_url=served.base, timeout=30) as asking:
            while waiting:
                card = waiting.pop()
                try:
                    answer = await asking.post(f"{PATH}/feedback", json=feedback(card))
                except httpx.HTTPError:
                    return
                if answer.status_code == 200:
                    answered.add(card)
                if len(answered) == kill_after:
                    served.process.kill()

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    return answered


@pytest.mark.parametrize("store", STORES)
def test_killed_in_the_middle_it_loses_nothing_that_was_answered(
    tmp_path: Path, store: str
) -> None:
    if store == "sqlite":
        _killed(tmp_path, f"sqlite:///{tmp_path / 'audit.db'}")
    else:
        with postgres() as url:
            _killed(tmp_path, url)


def _killed(tmp_path: Path, url: str) -> None:
    with Served(tmp_path, DATABASE_URL=url) as served:
        answered = asyncio.run(post_until_killed(served, 300))
        assert served.process.wait() == -9
    assert 300 <= len(answered) < POSTS, "it was killed in the middle"
    opened = Store(url)
    with opened.database.reading() as connection:
        kept = set(connection.execute(sa.select(FEEDBACK.c.card)).scalars())
    opened.close()
    assert answered <= kept


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Served(tmp_path_factory.mktemp("served")) as served:
        yield served


def huge(kind: str) -> bytes:
    match kind:
        case "ten megabytes of spaces":
            return b" " * 10_000_000
        case "more than ten megabytes":
            return b'{"a":"' + b"x" * 10_500_000 + b'"}'
        case "ten megabytes in one text":
            return b'{"other_drugs":["' + b"x" * 9_900_000 + b'"]}'
        case "a hundred thousand entries":
            one = b'{"resource":{"resourceType":"Basic"}}'
            return b'{"resourceType":"Bundle","entry":[' + b",".join([one] * 100_000) + b"]}"
        case "a hundred thousand patients":
            one = b'{"resource":{"resourceType":"Patient"}}'
            return b'{"resourceType":"Bundle","entry":[' + b",".join([one] * 100_000) + b"]}"
        case "the most entries":
            one = b'{"resource":{"resourceType":"Condition","code":{"text":"a"}}}'
            patient = b'{"resource":{"resourceType":"Patient","id":"p"}},'
            entries = patient + b",".join([one] * 9_999)
            return b'{"resourceType":"Bundle","entry":[' + entries + b"]}"
        case "a hundred thousand empty entries":
            return b'{"resourceType":"Bundle","entry":[' + b",".join([b"{}"] * 100_000) + b"]}"
        case "nested a million deep":
            return b"[" * 1_000_000 + b"]" * 1_000_000
        case "nested and never closed":
            return b'{"a":' * 1_000_000
        case "nested in a record":
            deep = b'{"extension":[' * 500 + b"]}" * 500
            patient = b'{"resourceType":"Patient","id":"p","extension":[' + deep + b"]}"
            return b'{"resourceType":"Bundle","entry":[{"resource":' + patient + b"}]}"
        case _:
            return b'{"a":' + b"9" * 5_000_000 + b"}"


@pytest.mark.parametrize("kind", [
    "ten megabytes of spaces", "more than ten megabytes", "ten megabytes in one text",
    "a hundred thousand entries", "a hundred thousand patients", "the most entries",
    "a hundred thousand empty entries", "nested a million deep", "nested and never closed",
    "nested in a record", "a number of five million digits",
])  # fmt: skip
def test_what_is_too_much_is_refused_and_the_worker_lives(served: Served, kind: str) -> None:
    raw = huge(kind)
    with httpx.Client(base_url=served.base, timeout=60) as client:
        for path in ("/api/recommend", PATH, f"{PATH}/feedback",
                     "/fhir/PlanDefinition/iim-treatment/$apply"):  # fmt: skip
            try:
                answer = client.post(path, content=raw)
            except httpx.WriteError:
                continue  # refused before all of it was sent
            refused = 400 <= answer.status_code < 500
            assert refused or (kind == "the most entries" and answer.status_code == 200), path
        assert client.get("/health").status_code == 200
    assert served.process.poll() is None


def test_nothing_of_a_patient_is_logged(served: Served) -> None:
    with httpx.Client(base_url=served.base, timeout=60) as client:
        called = call(example("severe-ild-mda5"), userId="Practitioner/secret-user")
        answer = client.post(PATH, json=called, headers={"authorization": "Bearer secret-token"})
        assert answer.status_code == 200
        client.get("/?subtype=dermatomyositis&as_of=2026-11-02")
        client.get("/fhir/CodeSystem/secret-name")
        client.post("/api/recommend", content=b'{"secret_fact": "Jane Doe"}')
    served.stop()
    lines = served.log.read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    assert any(one.get("route") == "/cds-services/{service}" for one in told)
    assert all({"at", "level", "logger"} <= one.keys() for one in told)
    text = "\n".join(lines)
    for secret in ("severe-ild-mda5", "secret", "Jane", "dermatomyositis", "Bearer"):
        assert secret not in text
    assert "CLIENT AUTHENTICATION IS OFF" in text


def test_two_workers_share_what_they_must(tmp_path: Path) -> None:
    """A token used with either is used; advice acknowledged with either is not shown again."""
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(JWKS), encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    issuer = f"https://ehr.example/={keys}"
    with Served(tmp_path, 2, DATABASE_URL=url, JWT_ISSUERS=issuer) as served:

        def ask(token: str, path: str = PATH, **sent: Any) -> httpx.Response:
            # A connection of its own each time, so that either worker may answer.
            headers = {"authorization": f"Bearer {token}"}
            return httpx.post(served.base + path, headers=headers, timeout=60, **sent)

        def token(path: str = PATH) -> str:
            return signed(own=claims(aud=served.base + path))

        called = call(example("severe-ild-mda5"))
        for _ in range(5):
            used = token()
            answers = [ask(used, json=called).status_code for _ in range(6)]
            assert answers == [200, *[401] * 5]
        (card,) = ask(token(), json=called).json()["cards"]
        path = f"{PATH}/feedback"
        assert ask(token(path), path, json=feedback(card["uuid"])).status_code == 200
        for _ in range(8):
            assert ask(token(), json=called).json() == {"cards": []}
        text = httpx.get(f"{served.base}/metrics").text
        counted = 'myopathway_evaluations_total{outcome="acknowledged",'
        (line,) = [one for one in text.splitlines() if one.startswith(counted)]
        assert line.endswith(" 8.0"), "the workers' counts are added up"
        assert served.stop() in {0, -signal.SIGTERM}
    with sqlite3.connect(tmp_path / "audit.db") as database:
        (count,) = database.execute("SELECT count(*) FROM evaluation").fetchone()
    database.close()
    assert count == 5 + 1 + 8, "what waited was written before the end"


def test_asked_to_stop_it_writes_what_waits(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    with Served(tmp_path, DATABASE_URL=url) as served:
        with httpx.Client(base_url=served.base, timeout=60) as client:
            for _ in range(20):
                client.post("/api/recommend", content=b'{"subtype": "not-iim"}')
        assert served.stop() in {0, -signal.SIGTERM}
    opened = Store(url)
    with opened.database.reading() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(EVALUATION)).scalar()
    opened.close()
    assert count == 20


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SILENTT", "yes"),
        ("SILENT", "perhaps"),
        ("CONTENT", "/nowhere"),
        ("DATABASE_URL", "sqlite:////dev/null/audit.db"),
        ("JWT_ISSUERS", "https://ehr.example=/nowhere.json"),
    ],
)
def test_settings_that_cannot_be_used_are_one_clear_line(
    tmp_path: Path, name: str, text: str
) -> None:
    served = Served(tmp_path, 1, **{name: text})
    assert served.process.wait(90) != 0
    said = served.log.read_text(encoding="utf-8")
    assert f"MYOPATHWAY_{name}" in said
    assert "Traceback" not in said
