"""``/guideline``: every page, every id, and an address for every basis of every answer."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec
import pytest
from fastapi import FastAPI

import myopathway
from myopathway.guideline.load import shipped
from myopathway.orders import check_orders
from myopathway.orders.read import orders_in
from myopathway.plan.regimen import plan_for
from myopathway.settings import Settings
from myopathway.web.guideline_pages import link, router
from tests.guide_client import Client
from tests.population import TODAY, complete_patient, patient
from tests.test_guide_file import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 80_000


@pytest.fixture(scope="module")
def client() -> Client:
    app = FastAPI()
    app.include_router(router(Settings()))
    return Client(app)


@pytest.fixture(scope="module")
def pages(client: Client) -> dict[str, Reader]:
    """Every page that can be reached from the first, read once."""
    found: dict[str, Reader] = {}
    waiting = ["/guideline"]
    while waiting:
        address = waiting.pop()
        got = client.get(address)
        assert got.status_code == 200, address
        assert len(got.content) < MOST_BYTES, address
        found[address] = Reader(got.text)
        for one in found[address].links:
            inner = one.partition("#")[0]
            new = inner.startswith("/guideline") and not inner.endswith(".html")
            if new and inner not in found and inner not in waiting:
                waiting.append(inner)
    return found


def resolves(pages: dict[str, Reader], address: str) -> bool:
    page, _, spot = address.partition("#")
    return page in pages and (not spot or unquote(spot) in pages[page].ids)


def bases(value: Any) -> Iterator[str]:
    """Walk every basis and every list of statements in a value."""
    match value:
        case dict():
            for key, inner in value.items():
                if key in {"basis", "row"} and isinstance(inner, str) and inner:
                    yield inner
                elif key == "statements":
                    yield from inner
                else:
                    yield from bases(inner)
        case list() | tuple():
            for inner in value:
                yield from bases(inner)


def test_there_is_a_page_for_every_node_and_register(pages: dict[str, Reader]) -> None:
    wanted = {f"/guideline/{node.id}" for node in shipped().nodes}
    wanted |= {f"/guideline/{name}" for name in (
        "doses", "rules", "drugs", "safety", "monitoring", "orders", "interpretations",
        "statements", "references")}  # fmt: skip
    assert wanted - pages.keys() == set()


def test_every_link_leads_to_an_id_and_every_id_stands_once(pages: dict[str, Reader]) -> None:
    for address, page in pages.items():
        assert page.open == [], address
        assert [name for name, count in page.ids.items() if count > 1] == [], address
        for one in page.links:
            target = f"{address}{one}" if one.startswith("#") else one
            if target.startswith("/guideline") and not target.endswith(".html"):
                assert resolves(pages, target), (address, one)


def test_every_id_of_the_guideline_resolves(pages: dict[str, Reader]) -> None:
    guideline = shipped()
    known = (*guideline.statements, *guideline.interpretations, *guideline.safety.ledger,
             *(one.id for one in guideline.nodes))  # fmt: skip
    for one in known:
        assert resolves(pages, link(guideline, one)), one


def test_every_basis_of_random_answers_resolves(pages: dict[str, Reader]) -> None:
    guideline = shipped()
    rng = Random(3)
    seen: set[str] = set()
    for number in range(200):
        facts = complete_patient(rng) if number % 2 else patient(rng)
        answer = myopathway.recommend(myopathway.Patient.from_facts(facts), today=TODAY)
        seen |= set(bases(msgspec.to_builtins(answer)))
    assert len(seen) > 100
    assert [one for one in sorted(seen) if not resolves(pages, link(guideline, one))] == []


def test_every_basis_of_plans_and_orders_resolves(pages: dict[str, Reader]) -> None:
    guideline = shipped()
    person = myopathway.Patient.from_facts({"age_years": 50, "weight_kg": 70})
    seen: set[str] = set()
    for name, drug in guideline.drugs.items():
        if drug.supplement:
            continue
        plan = plan_for(person, [name], dt.date(2026, 3, 1), guideline, day=TODAY)
        seen |= set(bases(msgspec.to_builtins(plan)))
        orders, _ = orders_in(f'{{"drug": "{name}", "dose": 900, "unit": "mg",'
                              f' "frequency": "daily"}}'.encode(), "order", guideline)  # fmt: skip
        for found in check_orders(person, orders, TODAY, guideline):
            seen |= set(bases(msgspec.to_builtins(found)))
    assert len(seen) > 60
    assert [one for one in sorted(seen) if not resolves(pages, link(guideline, one))] == []


def test_an_id_leads_to_where_it_stands(client: Client) -> None:
    for one in ("MTX-01", "severe.1.core", "AMB-40", "MON-01"):
        got = client.get(f"/guideline/{one}")
        assert (got.status_code, got.headers["location"]) == (307, link(shipped(), one))


def test_an_unknown_id_has_no_address(client: Client) -> None:
    assert link(shipped(), "NO-SUCH-01") == ""
    assert client.get("/guideline/no-such-page").status_code == 404


def test_every_work_leads_to_pubmed(pages: dict[str, Reader]) -> None:
    links = pages["/guideline/references"].links
    for one in shipped().references.values():
        assert f"https://pubmed.ncbi.nlm.nih.gov/{one.pmid}/" in links


def test_the_first_page_says_which_guideline_it_is(client: Client) -> None:
    edition, text = shipped().edition, client.get("/guideline").text
    assert edition.version in text
    assert shipped().content_hash in text
    assert edition.intended_use in text
    assert text.count("<svg") == 2


def test_pages_bring_a_strict_policy(client: Client) -> None:
    got = client.get("/guideline")
    assert "default-src 'none'" in got.headers["content-security-policy"]
    assert "unsafe" not in got.headers["content-security-policy"]
    assert got.headers["cache-control"] == "public, max-age=300"
    assert "style=" not in got.text
    assert client.get("/guideline/guide.css").headers["content-type"].startswith("text/css")


def test_the_whole_guide_is_handed_out_as_a_file(client: Client) -> None:
    got = client.get("/guideline/guide.html")
    assert got.headers["content-disposition"] == 'attachment; filename="guide.html"'
    assert len(got.content) > MOST_BYTES
