"""The store, the same on SQLite and on PostgreSQL: what was answered is kept."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import OperationalError

from myopathway.errors import InputError
from myopathway.service.report import Period, gather, report_text
from myopathway.service.store import Store, StoreDownError
from myopathway.service.store.database import migrate
from myopathway.service.store.tables import EVALUATION, FEEDBACK, METADATA, USED_TOKEN
from myopathway.settings import Settings
from tests.service_client import Service, call, example
from tests.service_stores import STORES, postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session", name="server")
def _server() -> Iterator[str]:
    with postgres() as address:
        yield address


@pytest.fixture(params=STORES, name="url")
def _url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'audit.db'}"
    address = str(request.getfixturevalue("server"))
    name = f"t{uuid.uuid4().hex}"
    engine = sa.create_engine(
        address.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return address.rpartition("/")[0] + f"/{name}"


def rows(url: str, table: sa.Table) -> list[Any]:
    store = Store(url)
    try:
        with store.database.reading() as connection:
            return [dict(one._mapping) for one in connection.execute(sa.select(table))]
    finally:
        store.close()


def accept(card: Any, number: str = "") -> dict[str, Any]:
    return {
        "card": number or card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": card["suggestions"][0]["uuid"]}],
        "outcomeTimestamp": "2026-11-02T10:00:00Z",
    }


def override(card: Any, code: str, comment: str = "") -> dict[str, Any]:
    system = card["overrideReasons"][0]["system"]
    reason: dict[str, Any] = {"reason": {"code": code, "system": system}}
    if comment:
        reason["userComment"] = comment
    return {
        "card": card["uuid"],
        "outcome": "overridden",
        "overrideReason": reason,
        "outcomeTimestamp": "2026-11-02T10:00:00Z",
    }


FEEDBACK_PATH = "/cds-services/iim-recommendation/feedback"


def test_the_tables_are_those_of_the_migrations(url: str) -> None:
    store = Store(url)
    with store.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), METADATA)
    store.close()
    assert [one for one in found if "alembic_version" not in str(one)] == []


def test_workers_may_begin_at_once(url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: Store(url), range(4)))
    assert len({one.secret() for one in stores}) == 1
    for one in stores:
        migrate(one.engine)
        one.close()


def test_every_evaluation_is_kept_without_the_patient(url: str) -> None:
    with Service(Settings(database_url=url)) as service:
        (card,) = service.hook(call(example("severe-ild-mda5")))
        service.post("/api/recommend", json=example("half-known"))
        service.post("/fhir/PlanDefinition/iim-treatment/$apply", json=example("half-known"))
        assert service.post("/api/recommend", content=b"{").status_code == 422
    found = rows(url, EVALUATION)
    assert [one["service"] for one in found] == ["iim-recommendation", "recommend", "apply"]
    first = found[0]
    assert (first["outcome"], first["status"], first["node"]) == ("card", "recommended", "severe.1")
    assert first["card"] == card["uuid"]
    assert "severe.1.core" in first["rules"].split()
    assert "MTX-12" in first["rules"].split()
    assert len(first["content_hash"]) == 64
    assert 0 < first["microseconds"] < 60_000_000
    kept = json.dumps(found)
    for secret in ("severe-ild-mda5", "Practitioner", "dermatomyositis", "64.5"):
        assert secret not in kept


def test_evaluations_are_kept_as_they_were_handed_in(url: str) -> None:
    told: list[dict[str, Any]] = [
        {
            "at": 1796049618.8787622 + number, "service": "iim-order-sign",
            "client": 'https://ehr.example "Ö" \\ 雪 \'; --', "outcome": "none",
            "status": "recommended", "node": node, "indicator": None, "card": None,
            "advice": node and "0123456789abcdef",
            "rules": "", "content_hash": "0" * 64, "version": "1.0", "microseconds": 2**31 - 1,
        }
        for number, node in enumerate(["severe.1", None, "0012"] * 50)
    ]  # fmt: skip
    store = Store(url)
    for one in told:
        store.audit(one)
    store.close()
    found = rows(url, EVALUATION)
    assert [one.pop("id") for one in found] == [*range(1, 151)]
    for one, handed_in in zip(found, told, strict=True):
        assert one.pop("at") == pytest.approx(handed_in.pop("at"), abs=1e-5)
        assert one == handed_in


def test_feedback_is_kept_with_its_reason_and_without_its_words(url: str) -> None:
    with Service(Settings(database_url=url)) as service:
        (card,) = service.hook(call(example("severe-ild-mda5")))
        told = [accept(card), override(card, "declined", "Jane Doe does not want it\0")]
        answer = service.post(FEEDBACK_PATH, json={"feedback": told})
        assert (answer.status_code, answer.json()) == (200, {})
    first, second = rows(url, FEEDBACK)
    assert (first["outcome"], first["accepted"], first["own"]) == ("accepted", 1, True)
    assert (second["reason"], second["commented"], second["comment"]) == ("declined", True, None)


def test_a_site_may_keep_the_words(url: str) -> None:
    with Service(Settings(database_url=url, keep_comments=True)) as service:
        (card,) = service.hook(call(example("severe-ild-mda5")))
        told = [override(card, "other", "does not fit\0")]
        assert service.post(FEEDBACK_PATH, json={"feedback": told}).status_code == 200
    assert rows(url, FEEDBACK)[0]["comment"] == "does not fit"


def test_feedback_on_a_card_of_others_is_kept_as_such(url: str) -> None:
    with Service(Settings(database_url=url)) as service:
        (card,) = service.hook(call(example("severe-ild-mda5")))
        told = [accept(card, str(uuid.uuid4()))]
        assert service.post(FEEDBACK_PATH, json={"feedback": told}).status_code == 200
    (found,) = rows(url, FEEDBACK)
    assert found["own"] is False
    assert found["advice"] is None


@pytest.mark.parametrize("outcome", ["accepted", "overridden"])
def test_acknowledged_advice_is_not_repeated(url: str, outcome: str) -> None:
    called = call(example("severe-ild-mda5"))
    settings = Settings(database_url=url)
    with Service(settings) as one, Service(settings) as other:
        (card,) = one.hook(called)
        assert len(other.hook(called)) == 1, "not yet acknowledged"
        told = accept(card) if outcome == "accepted" else override(card, "waiting")
        assert one.post(FEEDBACK_PATH, json={"feedback": [told]}).status_code == 200
        assert one.hook(called) == []
        # Another clinician, another patient and other advice are shown as before.
        colleague = call(example("severe-ild-mda5"), userId="Practitioner/2")
        assert len(one.hook(colleague)) == 1
        assert len(one.hook(call(example("severe-refractory")))) == 1
        changed = call(example("severe-ild-mda5"))
        changed["prefetch"]["allergies"] = {
            "resourceType": "AllergyIntolerance",
            "id": "allergic",
            "patient": {"reference": "Patient/severe-ild-mda5"},
            "code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "L04AX03"}]},
        }
        assert len(one.hook(changed)) == 1
    with Service(settings) as later:
        assert later.hook(called) == [], "remembered over a restart"
    assert [one["outcome"] for one in rows(url, EVALUATION)].count("acknowledged") == 2


def test_another_worker_learns_of_it_soon(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("myopathway.service.store.store._LOOK_AGAIN", -1.0)
    called = call(example("severe-ild-mda5"))
    settings = Settings(database_url=url)
    with Service(settings) as one, Service(settings) as other:
        (card,) = one.hook(called)
        assert len(other.hook(called)) == 1
        assert one.post(FEEDBACK_PATH, json={"feedback": [accept(card)]}).status_code == 200
        until = time.monotonic() + 30
        while other.hook(called) and time.monotonic() < until:
            pass
        assert other.hook(called) == []


def test_workers_of_one_machine_learn_of_it_at_once(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.write_bytes(bytes(8))
    monkeypatch.setenv("MYOPATHWAY_SHARED", str(shared))
    called = call(example("severe-ild-mda5"))
    settings = Settings(database_url=url)
    with Service(settings) as one, Service(settings) as other:
        for place in range(3):
            called["context"]["userId"] = f"Practitioner/{place}"
            (card,) = one.hook(called)
            assert len(other.hook(called)) == 1
            assert one.post(FEEDBACK_PATH, json={"feedback": [accept(card)]}).status_code == 200
            assert other.hook(called) == []


def test_an_acknowledgement_grows_old(url: str) -> None:
    called = call(example("severe-ild-mda5"))
    with Service(Settings(database_url=url)) as service:
        (card,) = service.hook(called)
        service.post(FEEDBACK_PATH, json={"feedback": [accept(card)]})
        assert service.hook(called) == []
    with Service(Settings(database_url=url, repeat_days=0)) as service:
        assert len(service.hook(called)) == 1


def test_a_silent_site_evaluates_and_shows_nothing(url: str) -> None:
    with Service(Settings(database_url=url, silent=True)) as service:
        assert service.hook(call(example("severe-ild-mda5"))) == []
        assert service.post("/api/recommend", json=example("half-known")).status_code == 200
    first, second = rows(url, EVALUATION)
    assert (first["outcome"], first["node"], first["indicator"]) == (
        "silent", "severe.1", "warning",
    )  # fmt: skip
    assert second["outcome"] == "answer"


def test_tokens_are_used_once_and_forgotten_after_they_expire(url: str) -> None:
    store = Store(url)

    async def use() -> None:
        assert await store.first_use("a", time.time() - 5)
        assert not await store.first_use("a", time.time() + 60)
        assert await store.first_use("b", time.time() + 60)
        store._swept = 0.0
        assert await store.first_use("c", time.time() + 60)

    asyncio.run(use())
    store.close()
    assert {one["digest"] for one in rows(url, USED_TOKEN)} == {"b", "c"}


def test_many_uses_of_one_token_at_once_leave_one(url: str) -> None:
    stores = [Store(url), Store(url)]

    async def use() -> list[bool]:
        return await asyncio.gather(
            *(one.first_use("same", time.time() + 60) for one in stores * 20)
        )

    assert asyncio.run(use()).count(True) == 1
    for one in stores:
        one.close()


def test_the_report_says_what_became_of_the_cards(url: str) -> None:
    with Service(Settings(database_url=url)) as service:
        cards = [
            service.hook(call(example("severe-ild-mda5"), userId=f"Practitioner/{one}"))[0]
            for one in range(4)
        ]
        told = [accept(cards[0]), override(cards[1], "declined"), override(cards[2], "declined"),
                override(cards[2], "policy"), accept(cards[3], str(uuid.uuid4()))]  # fmt: skip
        assert service.post(FEEDBACK_PATH, json={"feedback": told}).status_code == 200
        service.hook(call(example("severe-ild-mda5"), userId="Practitioner/0"))
    store = Store(url)
    today = dt.datetime.now(dt.UTC).date()
    report = gather(store, Period(today, today))
    (line,) = report.cards
    assert (line.service, line.node, line.indicator) == (
        "iim-recommendation", "severe.1", "warning",
    )  # fmt: skip
    assert (line.shown, line.accepted, line.overridden, line.repeated) == (4, 1, 2, 1)
    assert line.why == {"declined": 1, "policy": 1}, "the last word on each card counts"
    assert report.unknown_cards == 1
    assert report.rules_fired > 10
    assert report.stopped == ()
    text = report_text(report)
    assert "overridden: " in text
    assert "Evaluations: 5" in text
    # A month later nothing fires: every rule is named, with its last day.
    later = today + dt.timedelta(days=30)
    report = gather(store, Period(later, later))
    store.close()
    assert report.cards == ()
    assert report.median_ms is None
    stopped = {one.rule: one for one in report.stopped}
    assert stopped["severe.1.core"].fired_before == 5
    assert stopped["severe.1.core"].last_day == today.isoformat()
    assert "severe.1.core: 5 times before" in report_text(report)


@pytest.mark.parametrize("told", [
    {}, [], {"feedback": []}, {"feedback": {}}, {"feedback": [{}]},
    {"feedback": [{"card": "x", "outcome": "accepted", "outcomeTimestamp": "2026-01-01T00:00Z"}]},
    {"feedback": [{"card": str(uuid.UUID(int=1)), "outcome": "ignored",
                   "outcomeTimestamp": "2026-01-01T00:00Z"}]},
    {"feedback": [{"card": str(uuid.UUID(int=1)), "outcome": "overridden"}]},
    {"feedback": [{"card": str(uuid.UUID(int=1)), "outcome": "overridden",
                   "outcomeTimestamp": "yesterday"}]},
    {"feedback": [{"card": str(uuid.UUID(int=1)), "outcome": "accepted",
                   "outcomeTimestamp": "2026-01-01T00:00:00Z"}]},
    {"feedback": [{"card": str(uuid.UUID(int=1)), "outcome": "overridden",
                   "outcomeTimestamp": "2026-01-01T00:00:00Z",
                   "overrideReason": {"reason": {"code": "other"}}}]},
])  # fmt: skip
def test_feedback_that_does_not_follow_the_standard_is_refused(told: Any) -> None:
    with Service() as service:
        answer = service.post(FEEDBACK_PATH, json=told)
        assert answer.status_code == 422
        assert answer.json()["faults"][0]["where"]
        assert service.post(FEEDBACK_PATH, content=b"{").status_code == 400
        assert service.post("/cds-services/none/feedback", json=told).status_code == 404


def test_feedback_that_cannot_be_kept_is_not_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    with Service() as service:
        (card,) = service.hook(call(example("severe-ild-mda5")))
        store = service.site.store

        def down(*_: object) -> Any:
            raise OperationalError("insert", {}, Exception("disk full"))

        with monkeypatch.context() as broken:
            broken.setattr(store.engine, "begin", down)
            answer = service.post(FEEDBACK_PATH, json={"feedback": [accept(card)]})
            assert answer.status_code == 503
            assert service.get("/ready").status_code == 503
            # Advice goes on; its audit waits for the database.
            assert len(service.hook(call(example("severe-ild-mda5")))) == 1
        assert service.post(FEEDBACK_PATH, json={"feedback": [accept(card)]}).status_code == 200
        assert service.get("/ready").status_code == 200
        with store.database.reading() as connection:
            kept = connection.execute(sa.select(sa.func.count()).select_from(EVALUATION)).scalar()
        assert kept == 2


def test_audits_that_do_not_fit_any_more_are_counted() -> None:
    store = Store("", waiting=2)

    class Stuck:
        def begin(self) -> Any:
            raise OperationalError("insert", {}, Exception("down"))

    store.writer._engine = Stuck()  # type: ignore[assignment]
    for _ in range(500):
        store.audit({})
    assert store.writer.lost > 0
    assert store.writer.waiting <= 500
    store.close()


def test_a_row_that_no_database_takes_does_not_stop_the_rest() -> None:
    store = Store("")
    store.audit({"at": 1.0})
    row = dict.fromkeys(("service", "client", "outcome", "status", "rules", "content_hash",
                         "version"), "x")  # fmt: skip
    until = time.monotonic() + 30
    while store.writer.lost == 0 and time.monotonic() < until:
        pass
    store.audit({"at": 1.0, "microseconds": 1, "node": None, "indicator": None, "card": None,
                 "advice": None, **row})  # fmt: skip

    async def wait() -> None:
        await store.first_use("x", 1.0)

    asyncio.run(wait())
    with store.database.reading() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(EVALUATION)).scalar()
    assert count == 1
    store.close()


def test_a_store_that_is_closed_says_so() -> None:
    store = Store("")
    store.close()
    with pytest.raises(StoreDownError):
        asyncio.run(store.first_use("x", 1.0))


def test_a_database_that_does_not_answer_is_one_clear_line() -> None:
    with pytest.raises(InputError, match="MYOPATHWAY_DATABASE_URL"):
        Store("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(InputError, match="MYOPATHWAY_DATABASE_URL"):
        Store("sqlite:////dev/null/audit.db")
