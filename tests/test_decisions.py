"""A decision recorded from the page: what is asked for, what is kept, and what never is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from myopathway.service.report import Period, gather
from myopathway.service.store import Store, StoreDownError
from myopathway.service.store.tables import EVALUATION, FEEDBACK
from myopathway.settings import Settings
from tests.page_site import ROOT, Html, address, example
from tests.service_client import Service, call
from tests.service_client import example as bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENT = "severe-ild-mda5"
WEIGHT = "64.5"  # of that patient


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'audit.db'}"


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    with Service(Settings(database_url=url)) as found:
        yield found


def asked(service: Service, patient: str = PATIENT) -> dict[str, list[str]]:
    """Open the form as a reader does, and give its fields as they stand."""
    answer = service.get(address(example(patient), "/decide"))
    assert answer.status_code == 200
    return {name: one.held for name, one in Html(answer.text).controls().items()}


def decide(service: Service, fields: dict[str, list[str]], **chosen: str) -> Any:
    put = fields | {f"decision.{name}": [value] for name, value in chosen.items()}
    return service.post(
        "/decide",
        content=urlencode(put, doseq=True),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )


def rows(url: str, table: sa.Table) -> list[dict[str, Any]]:
    store = Store(url)
    try:
        with store.database.reading() as connection:
            return [dict(one._mapping) for one in connection.execute(sa.select(table))]
    finally:
        store.close()


def test_the_page_offers_it_where_something_is_recommended(service: Service) -> None:
    for name, offered in ((PATIENT, 1), ("inclusion-body-myositis", 1), ("half-known", 0)):
        page = Html(service.get(address(example(name))).text)
        assert len(page.all("button", formaction="/decide")) == offered
    assert "no recommendation yet" in service.get("/decide").text


def test_every_fact_that_decided_is_a_reason_of_its_own(service: Service) -> None:
    page = Html(service.get(address(example(PATIENT), "/decide")).text)
    reasons = page.controls()["decision.reason"].values
    assert "fact-wrong:severe_dysphagia" in reasons
    assert "fact-wrong:course" in reasons
    assert len([one for one in reasons if one and ":" not in one]) <= 7


def test_an_accepted_recommendation_is_kept_without_the_patient(service: Service, url: str) -> None:
    answer = decide(service, asked(service), outcome="accepted", role="nurse")
    assert answer.status_code == 200
    assert "The decision is recorded" in answer.text
    assert Html(answer.text).all("button", formaction="/calendar.ics"), "the plan is handed over"
    (kept,) = rows(url, FEEDBACK)
    assert (kept["service"], kept["outcome"], kept["role"]) == ("page", "accepted", "nurse")
    assert kept["own"]
    assert kept["advice"] is None
    (evaluation,) = rows(url, EVALUATION)
    assert evaluation["card"] == kept["card"]
    assert evaluation["node"] == "severe.1"
    assert evaluation["content_hash"] == service.site.guideline.content_hash
    assert "severe.definition" in evaluation["rules"].split()
    everything = f"{kept} {evaluation}"
    assert WEIGHT not in everything
    assert "dermatomyositis" not in everything


def test_a_fact_that_is_wrong_is_named_and_one_click_away(service: Service, url: str) -> None:
    answer = decide(
        service, asked(service), outcome="overridden", reason="fact-wrong:severe_dysphagia"
    )
    (kept,) = rows(url, FEEDBACK)
    assert (kept["reason"], kept["fact"]) == ("fact-wrong", "severe_dysphagia")
    (link,) = (one for one in Html(answer.text).all("a") if one.text == "Correct the fact")
    assert link.attrs["href"].endswith("#f-severe_dysphagia")
    there = service.get(link.attrs["href"].partition("#")[0])
    assert Html(there.text).one(id="f-severe_dysphagia").tag == "div"


@pytest.mark.parametrize(
    ("patient", "chosen", "told"),
    [
        (PATIENT, {}, "Choose one."),
        (PATIENT, {"outcome": "maybe"}, "Choose one."),
        (PATIENT, {"outcome": "overridden"}, "Choose why"),
        (PATIENT, {"outcome": "overridden", "reason": "made-up"}, "Choose why"),
        (PATIENT, {"outcome": "overridden", "reason": "fact-wrong:egfr"}, "Choose why"),
        (PATIENT, {"outcome": "accepted", "role": "king"}, "of the list"),
        ("inclusion-body-myositis", {"outcome": "overridden", "reason": "other"}, "which reason"),
    ],
)
def test_what_is_missing_is_asked_for_and_nothing_is_kept(
    service: Service, url: str, patient: str, chosen: dict[str, str], told: str
) -> None:
    answer = decide(service, asked(service, patient), **chosen)
    assert answer.status_code == 422
    assert told in answer.text
    held = Html(answer.text).controls()
    assert held["decision.outcome"].held == [
        one for one in (chosen.get("outcome", ""),) if one in {"accepted", "overridden"}
    ]
    assert rows(url, FEEDBACK) == rows(url, EVALUATION) == []


def test_of_one_form_the_last_word_counts(service: Service, url: str) -> None:
    fields = asked(service)
    assert decide(service, fields, outcome="accepted").status_code == 200
    assert decide(service, fields, outcome="changed", reason="policy").status_code == 200
    (kept,) = rows(url, FEEDBACK)
    assert (kept["outcome"], kept["reason"]) == ("changed", "policy")
    assert len(rows(url, EVALUATION)) == 1
    decide(service, asked(service), outcome="accepted")
    assert len(rows(url, FEEDBACK)) == 2, "another form is another decision"


def test_the_card_of_a_hook_cannot_be_written_over(url: str) -> None:
    with Service(Settings(database_url=url)) as service:
        (card,) = service.hook(call(bundle(PATIENT)))
        for forged in (card["uuid"], "00000000-0000-4000-8000-000000000000", "x"):
            answer = decide(service, asked(service), card=forged, outcome="accepted")
            assert answer.status_code == 422
    # A service that has ended has written what it gathered.
    assert rows(url, FEEDBACK) == []
    assert [one["card"] for one in rows(url, EVALUATION)] == [card["uuid"]]


@pytest.mark.parametrize("keep", [True, False])
def test_words_are_kept_where_the_site_says_so(url: str, keep: bool) -> None:
    with Service(Settings(database_url=url, keep_comments=keep)) as service:
        fields = asked(service, "inclusion-body-myositis")
        told = decide(service, fields, outcome="overridden", reason="other", comment="A trial.")
        assert told.status_code == 200
    (kept,) = rows(url, FEEDBACK)
    assert kept["commented"]
    assert kept["comment"] == ("A trial." if keep else None)


def test_a_store_that_is_down_is_said_and_the_form_stays(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = asked(service)

    async def down(*_: object) -> None:
        raise StoreDownError

    monkeypatch.setattr(service.site.store, "keep_decision", down)
    answer = decide(service, fields, outcome="accepted")
    assert answer.status_code == 503
    assert "once more" in answer.text
    assert Html(answer.text).controls()["decision.outcome"].held == ["accepted"]


def test_after_a_record_nothing_stands_in_an_address(service: Service) -> None:
    raw = (ROOT / "examples" / f"{PATIENT}.bundle.json").read_bytes()
    opened = service.post("/", files={"bundle": ("b.json", raw, "application/json")})
    carried = {name: one.held for name, one in Html(opened.text).controls().items()}
    fields = {"record": carried["record"]} | {
        name: held for name, held in carried.items() if name in example(PATIENT)
    }
    form = decide(service, fields)
    assert form.status_code == 200
    assert "Record the decision" in form.text
    again = {name: one.held for name, one in Html(form.text).controls().items()}
    kept = decide(service, again, outcome="overridden", reason="fact-wrong:severe_dysphagia")
    assert "The decision is recorded" in kept.text
    for page in (form, kept):
        assert not [one for one in Html(page.text).all("a") if "weight" in one.attrs["href"]]
        assert Html(page.text).one("form").attrs["method"] == "post"


def test_the_report_counts_decisions(service: Service, url: str) -> None:
    for outcome in ("accepted", "changed", "overridden", "overridden"):
        reason = "tried" if outcome == "overridden" else ""
        decide(service, asked(service), outcome=outcome, reason=reason)
    store = Store(url)
    today = dt.datetime.now(dt.UTC).date()
    (line,) = gather(store, Period(today, today)).cards
    store.close()
    assert (line.service, line.node) == ("page", "severe.1")
    assert (line.shown, line.accepted, line.changed, line.overridden) == (4, 1, 1, 2)
    assert line.why == {"tried": 2}
