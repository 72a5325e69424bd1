"""In a real browser every text of a figure lies inside its box, and every box inside its parent."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

import myopathway
from myopathway.figures.bounds import tapered
from myopathway.figures.cycles import course, cycled, cycles_svg
from myopathway.figures.monitoring import monitoring_svg
from myopathway.figures.pathway import pathway_svg
from myopathway.figures.steps import steps_in
from myopathway.figures.taper import taper_svg
from myopathway.guideline.load import shipped
from myopathway.plan.regimen import plan_for
from tests.population import TODAY, complete_patient

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.needs_browser
CHROMIUM = "/usr/bin/chromium"
CSS = Path(myopathway.__file__).parent / "figures" / "figures.css"

# Every group that begins with a box holds its texts and the boxes of the groups within it.
OUTSIDE = """() => {
  const found = [];
  const inside = (part, whole) => part.left >= whole.left - 0.5 && part.right <= whole.right + 0.5
    && part.top >= whole.top - 0.5 && part.bottom <= whole.bottom + 0.5;
  for (const svg of document.querySelectorAll('svg')) {
    const paper = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll('text')) {
      let box = text.parentNode;
      while (box !== svg && !(box.firstElementChild && box.firstElementChild.tagName === 'rect'))
        box = box.parentNode;
      const whole = box === svg ? paper : box.firstElementChild.getBoundingClientRect();
      if (!inside(text.getBoundingClientRect(), whole))
        found.push(svg.id + ': ' + text.textContent);
    }
    for (const one of svg.querySelectorAll('rect, line, path'))
      if (!inside(one.getBoundingClientRect(), paper)) found.push(svg.id + ': ' + one.outerHTML);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only `make check` has it

    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM)
        yield opened
        opened.close()


def page_of(figures: list[str], family: str = "") -> str:
    css = CSS.read_text() + (f"svg {{ font-family: {family} }}" if family else "")
    return f"<!doctype html><title>f</title><style>{css}</style>{''.join(figures)}"


def figures() -> list[str]:
    guideline = shipped()
    drawn = [pathway_svg(guideline, None, ident="whole"),
             pathway_svg(guideline, None, vertical=True, ident="whole-phone")]  # fmt: skip
    seen: set[str] = set()
    rng = Random(11)
    while len(seen) < len(guideline.nodes):
        patient = myopathway.Patient.from_facts(complete_patient(rng))
        answer = myopathway.recommend(patient, today=TODAY)
        if answer.node is None or answer.node in seen:
            continue
        seen.add(answer.node)
        drawn.append(pathway_svg(guideline, answer, ident=f"p{len(drawn)}"))
        drawn.append(pathway_svg(guideline, answer, vertical=True, ident=f"p{len(drawn)}"))
    drawn += charts()
    half = myopathway.recommend(myopathway.Patient.from_facts({}), today=TODAY)
    return [*drawn, pathway_svg(guideline, half, ident="half")]


def charts() -> list[str]:
    guideline, start = shipped(), dt.date(2026, 11, 23)
    steps = steps_in("60 for 14 days\n100 for 3 days\n7.5 for 8 weeks\n2.5 for 1 day", "mg")
    (drug,), (cycle,) = tapered(guideline), cycled(guideline)
    person = myopathway.Patient.from_facts({"age_years": 50})
    plan = plan_for(person, ["methotrexate", "mycophenolate"], start, guideline, day=TODAY)
    found = []
    for wide in (760, 330):
        for begun in (None, start):
            more: dict[str, Any] = {"start": begun, "wide": wide}
            name = f"{wide}-{begun}"
            found += [
                taper_svg(guideline, drug, steps, weight=Decimal(70), ident=f"t{name}", **more),
                cycles_svg(guideline, course(guideline, cycle, Decimal("64.5"), 13, 5),
                           ident=f"c{name}", **more),
            ]  # fmt: skip
        found.append(monitoring_svg(guideline, plan, wide=wide, ident=f"m{wide}"))
    return found


@pytest.mark.parametrize("family", ["", "'DejaVu Sans'", "'DejaVu Sans Condensed'", "Verdana"])
def test_every_text_lies_inside_its_box(browser: Any, family: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_content(page_of(figures(), family))
    assert page.evaluate(OUTSIDE) == []
    assert page.locator("svg text").count() > 200
    page.close()


def test_no_text_lies_on_another(browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    low = taper_svg(shipped(), tapered(shipped())[0], steps_in("60 for 14 days", "mg"))
    page.set_content(page_of([*figures(), low]))
    crossing = """() => [...document.querySelectorAll('svg')].flatMap((svg) => {
      const texts = [...svg.querySelectorAll('text')].filter((one) => one.textContent.trim())
        .map((one) => [one.textContent, one.getBoundingClientRect()]);
      return texts.flatMap(([a, p], n) => texts.slice(n + 1)
        .filter(([, q]) => p.x + 1 < q.x + q.width && q.x + 1 < p.x + p.width
          && p.y + 3 < q.y + q.height && q.y + 3 < p.y + p.height)
        .map(([b]) => `${a} / ${b}`)); })"""
    assert page.evaluate(crossing) == []
    page.close()


@pytest.mark.parametrize("look", [{"color_scheme": "dark"}, {"forced_colors": "active"}, {}])
def test_no_text_has_an_outline(browser: Any, look: dict[str, str]) -> None:
    """An outline in the colour of the ground makes small letters unreadable."""
    context = browser.new_context(**look)
    page = context.new_page()
    page.set_content(page_of(figures()))
    outlined = "(all) => all.filter((one) => getComputedStyle(one).stroke !== 'none').length"
    assert page.locator("svg text").evaluate_all(outlined) == 0
    context.close()


def test_a_text_outside_its_box_would_be_found(browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    svg = pathway_svg(shipped(), None).replace(">Rituximab<", f">{'Rituximab ' * 5}<")
    page.set_content(page_of([svg]))
    assert page.evaluate(OUTSIDE)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_it_stands_on(browser: Any, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)
    page.set_content(page_of(figures()))
    pairs = page.evaluate("""() => [...document.querySelectorAll('svg text')].map(text => {
      let box = text.parentNode;
      while (box.tagName !== 'svg' && box.firstElementChild.tagName !== 'rect')
        box = box.parentNode;
      const ground = box.tagName === 'svg' ? box.querySelector('.paper') : box.firstElementChild;
      return [getComputedStyle(text).fill, getComputedStyle(ground).fill, text.textContent];
    })""")
    poor = [pair for pair in pairs if contrast(pair[0], pair[1]) < 4.5]
    assert not poor, json.dumps(poor[:5])
    page.close()


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours as WCAG 2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [float(part) / 255 for part in colour.removeprefix("rgb(").rstrip(")").split(",")]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
