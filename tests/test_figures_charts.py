"""Charts of a taper, of cycles and of a plan: what was typed, with the stated bounds."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from fastapi import FastAPI

import myopathway
from myopathway.errors import InputError
from myopathway.figures.axes import day_told, ticks, week_ticks
from myopathway.figures.bounds import bounds, tapered
from myopathway.figures.cycles import course, cycled, cycles_svg
from myopathway.figures.mermaid import pathway_mermaid
from myopathway.figures.monitoring import monitoring_svg
from myopathway.figures.steps import cumulative, days_above, steps_in
from myopathway.figures.taper import taper_svg
from myopathway.guideline.load import shipped
from myopathway.plan.regimen import plan_for
from myopathway.settings import Settings
from myopathway.web import figure_pages
from tests.guide_client import Client
from tests.test_guide_file import Reader

START = dt.date(2026, 11, 23)
TYPED = "60 mg for 14 days\n40 for 2 weeks\n7.5mg 8 weeks"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def client() -> Client:
    app = FastAPI()
    app.include_router(figure_pages.router(Settings()))
    return Client(app)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own text


def test_steps_are_read_as_they_are_typed() -> None:
    steps = steps_in(TYPED, "mg")
    assert [(one.amount, one.days, one.first) for one in steps] == [
        (Decimal(60), 14, 0), (Decimal(40), 14, 14), (Decimal("7.5"), 56, 28),
    ]  # fmt: skip
    assert list(cumulative(steps)) == [840, 1400, 1820]
    assert days_above(steps, Decimal("7.5")) == 28
    assert steps_in(" \n ;", "mg") == ()


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("60 mg", "step 1"),
        ("60 for 14", "step 1"),
        ("-5 for 14 days", "step 1"),
        ("60 for 0 days", "step 1"),
        ("60 g for 3 days", "step 1"),
        ("99999 mg for 3 days", "step 1"),
        ("60 for 3 days\n<b>", "step 2"),
        ("1 for 1 day\n" * 61, "steps"),
        ("1 for 9999 days", "steps"),
    ],
)
def test_what_is_no_step_is_refused_by_its_line(text: str, where: str) -> None:
    with pytest.raises(InputError) as raised:
        steps_in(text, "mg")
    assert [fault.where for fault in raised.value.faults] == [where]


def test_the_bounds_are_those_of_the_content() -> None:
    guideline = shipped()
    (drug,) = tapered(guideline)
    stated = {one.says: one for one in bounds(guideline, drug, Decimal(92))}
    top = stated["at most 80 mg/day"]
    assert (top.most, top.amount, top.nodes) == (True, Decimal(80), ("severe.1", "non-severe.1"))
    assert stated["at first, 46 to 80 mg/day"].amount == 80
    low = stated["to maintain, below 5 mg/day"]
    assert (low.most, low.nodes) == (False, ("non-severe.1",))
    assert all(one.basis in guideline.statements for one in stated.values())
    unweighed = [one.says for one in bounds(guideline, drug, None)]
    assert unweighed == ["at most 80 mg/day", "to maintain, below 5 mg/day"]


def test_another_content_moves_the_bounds() -> None:
    guideline = shipped()
    text = msgspec.json.encode(guideline.node("severe.1")).decode()
    assert '"amount":"80"' in text
    from myopathway.guideline.model import Node  # noqa: PLC0415

    node = msgspec.json.decode(text.replace('"amount":"80"', '"amount":"60"'), type=Node)
    changed = msgspec.structs.replace(
        guideline,
        nodes=tuple(node if one.id == node.id else one for one in guideline.nodes),
    )
    (drug,) = tapered(changed)
    assert "at most 60 mg/day" in [one.says for one in bounds(changed, drug, None)]


def test_the_chart_of_a_taper_is_well_formed_told_in_words_and_the_same_every_time() -> None:
    guideline = shipped()
    (drug,) = tapered(guideline)
    steps = steps_in(TYPED, "mg")
    svg = taper_svg(guideline, drug, steps, start=START)
    assert svg == taper_svg(guideline, drug, steps, start=START)
    root = parsed(svg)
    told = root.findtext(f"{SVG}desc") or ""
    assert "60 mg a day for 14 days; then 40 mg a day for 14 days" in told
    assert "In all 1820 mg in 84 days" in told
    assert "at most 80 mg/day (severe.1, non-severe.1)" in told
    assert root.findtext(f"{SVG}title") == "Prednisolone by the steps typed"


def test_every_stated_bound_is_on_the_chart_of_a_low_dose() -> None:
    guideline = shipped()
    (drug,) = tapered(guideline)
    stated = bounds(guideline, drug, Decimal(70))
    root = parsed(taper_svg(guideline, drug, steps_in("5 for 7 days", "mg"), weight=Decimal(70)))
    lines = [one for one in root.iter(f"{SVG}line") if "bound" in one.get("class", "").split()]
    assert len(lines) == len(stated) == 3


def test_cycles_are_worked_out_by_the_content_and_as_many_as_typed() -> None:
    guideline = shipped()
    (drug,) = cycled(guideline)
    found = course(guideline, drug, Decimal("64.5"), 3, 5)
    assert [(one.first, one.last, one.total) for one in found.cycles] == [
        (0, 4, Decimal(129)), (28, 32, Decimal(258)), (56, 60, Decimal(387)),
    ]  # fmt: skip
    assert (found.per_day, found.every_weeks) == (Decimal("25.8"), 4)
    assert found.working == "2 g/kg × 64.5 kg = 129 g"
    told = parsed(cycles_svg(guideline, found, start=START)).findtext(f"{SVG}desc") or ""
    assert "In all 387 g in 3 cycles, from 23 November 2026 to 22 January 2027." in told


@pytest.mark.parametrize(("cycles", "days"), [(0, 5), (61, 5), (3, 1), (3, 6)])
def test_cycles_beyond_what_is_stated_are_refused(cycles: int, days: int) -> None:
    with pytest.raises(InputError, match=r"cycles|days"):
        course(shipped(), next(iter(cycled(shipped()))), Decimal(70), cycles, days)


def test_every_day_of_a_plan_has_its_mark() -> None:
    guideline = shipped()
    person = myopathway.Patient.from_facts({"age_years": 50})
    plan = plan_for(person, ["methotrexate", "prednisolone"], START, guideline, day=START)
    root = parsed(monitoring_svg(guideline, plan))
    marks = list(root.iter(f"{SVG}circle"))
    assert len(marks) == sum(len(one.dates) for one in plan.monitoring) > 5
    texts = " ".join("".join(one.itertext()) for one in root.iter(f"{SVG}text"))
    assert "(while it is taken)" in texts
    assert "From 23 November 2026 to 23 November 2027." in (root.findtext(f"{SVG}desc") or "")


def test_axes_are_round_and_few() -> None:
    assert ticks(60) == (0, 20, 40, 60)
    assert ticks(100) == (0, 20, 40, 60, 80, 100)
    assert ticks(7.5) == (0, 2, 4, 6, 8)
    assert ticks(0) == (0, 0.1)
    assert week_ticks(84, 8) == (0, 14, 28, 42, 56, 70, 84)
    assert day_told(None, 14) == "week 2"
    assert day_told(None, 3) == "day 3"
    assert day_told(START, 8) == "1 Dec 26"


def test_mermaid_names_every_option_and_escapes_what_it_would_read() -> None:
    guideline = shipped()
    text = pathway_mermaid(guideline)
    assert text.splitlines()[1] == "flowchart LR"
    for node in guideline.nodes:
        assert f"n_{re.sub('[^a-z0-9]', '_', node.id)}[" in text
    assert text.count("subgraph") == text.count("  end") == len(guideline.groups)
    assert "n_severe_1 --> n_severe_2 --> n_severe_3" in text
    group = msgspec.structs.replace(guideline.groups[0], title='a "b" <c> #d')
    changed = msgspec.structs.replace(guideline, groups=(group, *guideline.groups[1:]))
    assert '["a #quot;b#quot; #lt;c#gt; #35;d"]' in pathway_mermaid(changed)


@pytest.mark.parametrize("address", ["/figures/taper", "/figures/ivig", "/figures/monitoring"])
def test_a_blank_page_draws_nothing_and_fills_in_nothing(client: Client, address: str) -> None:
    got = client.get(address)
    assert got.status_code == 200
    assert "<svg" not in got.text
    assert not re.search(r'<input[^>]* value="[^"]', got.text)
    assert "></textarea>" in got.text or "<textarea" not in got.text
    assert Reader(got.text).open == []


def test_a_taper_is_drawn_with_its_table_and_its_caution(client: Client) -> None:
    typed = {"steps": f"100 for 3 days\n{TYPED}", "start": "2026-11-23", "level": "7.5",
             "weight_kg": "70"}  # fmt: skip
    got = client.get(f"/figures/taper?{urlencode(typed)}")
    assert got.status_code == 200
    assert got.headers["cache-control"] == "no-store"
    assert "Step 1 passes what the sources state: at most 80 mg/day" in got.text
    assert "In all 2120 mg in 87 days." in got.text
    assert "Above 7.5 mg a day: 4 weeks and 3 days." in got.text
    assert got.text.count("<svg") == 2
    found = Reader(got.text)
    assert [name for name, count in found.ids.items() if count > 1] == []


def test_cycles_are_drawn_with_their_table(client: Client) -> None:
    typed = {"weight_kg": "64.5", "cycles": "3", "days": "5", "start": "2026-11-23"}
    got = client.get(f"/figures/ivig?{urlencode(typed)}")
    assert got.status_code == 200
    assert "<td>387 g</td>" in got.text
    part = client.get("/figures/ivig?weight_kg=64.5&cycles=3")
    assert "<svg" not in part.text


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("/figures/taper", {"steps": "x"}),
        ("/figures/taper", {"start": "23.11.2026"}),
        ("/figures/taper", {"start": "9999-01-01"}),
        ("/figures/taper", {"weight_kg": "700"}),
        ("/figures/taper", {"level": "much"}),
        ("/figures/taper", {"drug": "aspirin"}),
        ("/figures/ivig", {"cycles": "many"}),
        ("/figures/ivig", {"cycles": "²"}),
        ("/figures/ivig", {"weight_kg": "64.5", "cycles": "3", "days": "9"}),
        ("/figures/monitoring", {"plan.drugs": "aspirin"}),
        ("/figures/monitoring", {"plan.drugs": "methotrexate", "plan.start": "x"}),
        ("/figures/monitoring", {"plan.drugs": "methotrexate", "pregnant": "yes"}),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_name(
    client: Client, address: str, wrong: dict[str, str]
) -> None:
    got = client.get(f"{address}?{urlencode(wrong)}")
    assert got.status_code == 422
    assert 'role="alert"' in got.text
    assert "<svg" not in got.text


def test_markup_that_is_typed_stays_text(client: Client) -> None:
    got = client.get(f"/figures/taper?{urlencode({'steps': '</textarea><script>x</script>'})}")
    assert "<script>x" not in got.text


def test_a_plan_is_drawn_from_the_form_of_the_page(client: Client) -> None:
    typed: list[tuple[str, Any]] = [("plan.drugs", "methotrexate"), ("plan.start", "2026-12-01"),
                                    ("age_years", "50")]  # fmt: skip
    got = client.get(f"/figures/monitoring?{urlencode(typed)}")
    assert got.status_code == 200
    assert "Tests while on methotrexate" in got.text
    assert "/guideline/monitoring#MON-01" in got.text
    encoded = {"content-type": "application/x-www-form-urlencoded"}
    posted = client.post("/figures/monitoring", content=urlencode(typed), headers=encoded)
    assert posted.text == got.text


def test_the_mermaid_text_has_an_address(client: Client) -> None:
    assert client.get("/figures/pathway.mmd").text == pathway_mermaid(shipped())
