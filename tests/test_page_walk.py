"""A reader who fills in the form in every odd way: always a page, never an error."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING

import httpx
import pytest

from myopathway.web.assets import assets
from tests import safety_population
from tests.page_site import Html, address, fields, site
from tests.population import complete_patient

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMS = 500
MOST_BYTES = 80_000
LOADED = sum(len(one.body) for name, one in assets().items() if name != "figures.css")
TYPED = {
    "weight_kg": ("41", "64.5", "150"),
    "age_years": ("9", "17", "18", "55"),
    "muscle_strength_mrc": ("3", "4-", "4+", "5"),
    "as_of": ("2026-11-02",),
    "other_drugs": ("none", "allopurinol", "trimethoprim, co-trimoxazole"),
    "allergies": ("none", "methotrexate"),
}
_DAILY = re.compile(r"methotrexate[^.<]{0,40}(daily|a day|mg/day)", re.IGNORECASE)


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with site() as base, httpx.Client(base_url=base) as found:
        yield found


def checked(response: httpx.Response) -> Html:
    assert response.status_code == 200, response.text[:2000]
    assert len(response.content) + LOADED < MOST_BYTES, response.url
    assert not _DAILY.search(response.text)
    page = Html(response.text)
    assert page.one("h1").text
    assert (
        len(page.all(class_="say"))
        <= 3 + len([one for one in page.all() if one.attrs.get("id") == "cautions"]) * 20
    )
    return page


def test_every_pattern_of_missing_facts_gives_a_page(client: httpx.Client) -> None:
    rng = Random(7)
    for _ in range(FORMS // 2):
        facts = complete_patient(rng)
        facts.pop("birth_date", None)
        share = rng.random()
        known = {name: value for name, value in facts.items() if rng.random() < share}
        if known.get("treatments") and rng.random() < 0.5:
            for one in known["treatments"]:
                one.pop(rng.choice(("purpose", "outcome")), None)
        checked(client.get(address(fields(known))))


@pytest.mark.parametrize("seed", [189, 200, 203, 354])
def test_the_heaviest_pages_keep_notes_and_references_for_the_full_page(
    client: httpx.Client, seed: int
) -> None:
    facts = safety_population.complete_patient(Random(seed))
    facts.pop("birth_date", None)
    where = address(fields(facts))
    page = checked(client.get(where))
    full = client.get("/full" + where.removeprefix("/"))
    assert "PMID" in full.text
    assert any("references" in one.text.lower() for one in page.all("button")) or any(
        "References" in one.text for one in page.all("summary")
    )


def test_a_walk_through_the_form_never_falls(client: httpx.Client) -> None:
    rng = Random(11)
    steps = 0
    while steps < FORMS // 2:
        page = checked(client.get("/"))
        for _ in range(25):
            steps += 1
            page = checked(client.get("/", params=_step(page, rng)))


def _step(page: Html, rng: Random) -> dict[str, list[str]]:
    """Change one field, or press one button, as a reader would."""
    controls = {
        name: one
        for name, one in page.controls().items()
        if one.kind not in {"file", "textarea", "hidden"} and not name.startswith("complete_")
    }
    sent = {name: list(one.held) for name, one in controls.items() if one.held}
    buttons = [
        one.attrs
        for one in page.all("button")
        if one.attrs.get("name") and "formaction" not in one.attrs
    ]
    if buttons and rng.random() < 0.4:
        pressed = rng.choice(buttons)
        sent[pressed["name"]] = [pressed.get("value", "")]
        return sent
    one = controls[rng.choice(sorted(controls))]
    if one.kind == "checkbox":
        held = set(one.held) ^ {rng.choice(one.values)}
        sent[one.name] = ["none"] if "none" in held - set(one.held) else sorted(held - {"none"})
    elif one.values:
        sent[one.name] = [rng.choice(one.values)]
    else:
        sent[one.name] = [rng.choice(("", *TYPED.get(one.name.removeprefix("now."), ("",))))]
    if sent.get("treatments") == ["none"]:
        sent = {name: held for name, held in sent.items() if not re.match(r"t\d", name[:2])}
    regimens = {name[:2] for name in sent if re.match(r"t\d_", name) and sent[name] != [""]}
    for row in regimens:  # a regimen without a drug is a fault, which is shown elsewhere
        sent.setdefault(f"{row}_drugs", ["methotrexate"])
        sent[f"{row}_drugs"] = sent[f"{row}_drugs"] or ["methotrexate"]
        blamed = [one for one in sent.get(f"{row}_intolerant_of", []) if one]
        sent[f"{row}_intolerant_of"] = [one for one in blamed if one in sent[f"{row}_drugs"]]
    return sent
