"""The picture of the pathway: what it says, that it is well-formed, and the same every time."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

import myopathway
from myopathway.figures.lettering import width, wrapped
from myopathway.figures.pathway import pathway_svg
from myopathway.guideline.load import shipped
from tests.population import TODAY, complete_patient, patient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "data" / "figures"
SVG = "{http://www.w3.org/2000/svg}"
SEVERE = {
    "age_years": 50, "course": "initial", "subtype": "dermatomyositis", "severe_dysphagia": True,
}  # fmt: skip


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own text


def answer(**facts: Any) -> Answer:
    return myopathway.recommend(myopathway.Patient.from_facts(facts), today=TODAY)


def places(svg: str) -> Iterator[tuple[str, list[str]]]:
    """Give the class of each box of a line with the texts in it."""
    for group in parsed(svg).iter(f"{SVG}g"):
        if group.get("class") == "place":
            frame = group.find(f"{SVG}rect")
            assert frame is not None
            yield (
                frame.get("class", ""),
                ["".join(one.itertext()) for one in group.iter(f"{SVG}text")],
            )


def test_the_whole_pathway_names_every_line_and_every_option_of_the_content() -> None:
    guideline = shipped()
    svg = pathway_svg(guideline, None)
    drawn = [" ".join(texts).lower() for _, texts in places(svg)]
    assert len(drawn) == len(guideline.nodes)
    for node, texts in zip(guideline.nodes, drawn, strict=True):
        for therapy in node.therapies:
            for option in therapy.options:
                for drug in option.drugs:
                    assert guideline.drugs[drug].title.lower() in texts, (node.id, drug)
    assert "patient is here" not in svg


def test_the_patients_place_is_a_thick_border_and_words() -> None:
    svg = pathway_svg(shipped(), answer(**SEVERE, treatments=[]))
    here = [(kind, texts) for kind, texts in places(svg) if "here" in kind]
    assert [texts[:2] for _, texts in here] == [["patient is here", "First line of induction"]]
    root = parsed(svg)
    thick = [float(one.get("stroke-width", "1")) for one in root.iter(f"{SVG}rect")
             if "node" in one.get("class", "")]  # fmt: skip
    assert thick.count(max(thick)) == 1


def test_earlier_lines_are_dashed_and_say_so() -> None:
    failed = {"drugs": ["prednisolone", "methotrexate"], "purpose": "induction",
              "outcome": "inadequate-response"}  # fmt: skip
    svg = pathway_svg(shipped(), answer(**SEVERE, treatments=[failed]))
    states = {texts[0]: kind for kind, texts in places(svg) if len(texts) > 1}
    assert states["earlier line"] == "node earlier"
    assert states["patient is here"] == "node here"
    dashed = [one for one in parsed(svg).iter(f"{SVG}rect")
              if one.get("class") == "node earlier"]  # fmt: skip
    assert [bool(one.get("stroke-dasharray")) for one in dashed] == [True]


def test_a_ruled_out_option_is_dotted_struck_and_says_so() -> None:
    svg = pathway_svg(shipped(), answer(**SEVERE, treatments=[], allergies=["azathioprine"]))
    groups = [one for one in parsed(svg).iter(f"{SVG}g") if one.get("class") == "choice"]
    out = [one for one in groups if one[0].get("class") == "option excluded"]
    assert len(out) == 1
    assert out[0][0].get("stroke-dasharray")
    texts = out[0].findall(f"{SVG}text")
    assert [one.text for one in texts] == ["Azathioprine", "ruled out"]
    assert texts[0].get("text-decoration") == "line-through"


def test_a_half_known_patient_has_every_possible_place_marked_and_no_other() -> None:
    found = answer(**SEVERE)
    svg = pathway_svg(shipped(), found)
    marked = [kind for kind, _ in places(svg) if kind == "node possible"]
    assert found.node is None
    assert len(marked) == len(found.possible) > 1
    assert "patient is here" not in svg


@pytest.mark.parametrize(
    "facts", [{"subtype": "not-iim"}, {"course": "remission", "myocarditis": True}]
)
def test_a_patient_without_a_place_has_none_in_the_picture(facts: dict[str, Any]) -> None:
    svg = pathway_svg(shipped(), answer(**facts))
    assert "the patient has no place in it" in svg
    assert {kind for kind, _ in places(svg)} == {"node"}


def test_the_text_of_a_node_without_options_is_shown() -> None:
    svg = pathway_svg(shipped(), answer(subtype="inclusion-body-myositis"))
    here = [" ".join(texts) for kind, texts in places(svg) if kind == "node here"]
    (therapy,) = shipped().node("ibm").therapies
    assert len(here) == 1
    assert here[0].endswith(therapy.says)


def test_a_screen_reader_gets_title_and_description() -> None:
    root = parsed(pathway_svg(shipped(), answer(**SEVERE, treatments=[]), ident="here"))
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == title.get("id") == "here-title"
    assert root.get("aria-describedby") == desc.get("id") == "here-desc"
    assert (
        title.text == "Treatment pathway; patient is here: Severe disease, first line of induction"
    )
    assert "First line of induction (patient is here). Core: methylprednisolone" in str(desc.text)


def test_ids_begin_with_the_ident_and_stand_once() -> None:
    for ident in ("one", "two"):
        svg = pathway_svg(shipped(), None, ident=ident)
        ids = [one.get("id") for one in parsed(svg).iter()]
        named = [one for one in ids if one is not None]
        assert named
        assert len(named) == len(set(named))
        assert all(one.startswith(ident) for one in named)


@pytest.mark.parametrize("vertical", [False, True])
def test_every_random_patient_gives_a_well_formed_picture(*, vertical: bool) -> None:
    rng = Random(5)
    for number in range(60):
        facts = complete_patient(rng) if number % 2 else patient(rng)
        found = myopathway.recommend(myopathway.Patient.from_facts(facts), today=TODAY)
        svg = pathway_svg(shipped(), found, vertical=vertical)
        assert svg == pathway_svg(shipped(), found, vertical=vertical)
        kinds = [kind for kind, _ in places(svg)]
        assert kinds.count("node here") == (found.node is not None)
        assert kinds.count("node possible") == (len(found.possible) if found.node is None else 0)


def test_the_vertical_picture_fits_a_phone() -> None:
    root = parsed(pathway_svg(shipped(), None, vertical=True))
    assert float(root.get("width", "0")) <= 340


@pytest.mark.parametrize("name", ["whole", "severe", "phone"])
def test_the_bytes_are_those_that_were_looked_at(name: str) -> None:
    found = None if name == "whole" else answer(**SEVERE, treatments=[], ild=True)
    svg = pathway_svg(shipped(), found, vertical=name == "phone").encode()
    path = GOLDEN / f"pathway-{name}.svg"
    if os.environ.get("MYOPATHWAY_GOLDEN") == "write":
        path.write_bytes(svg)
    assert svg == path.read_bytes()


def test_what_stands_in_the_content_is_escaped() -> None:
    guideline = shipped()
    group = msgspec.structs.replace(guideline.groups[0], title='<b a="1">&')
    changed = msgspec.structs.replace(guideline, groups=(group, *guideline.groups[1:]))
    svg = pathway_svg(changed, None, ident='x"><script>')
    texts = ["".join(one.itertext()) for one in parsed(svg).iter(f"{SVG}text")]
    assert '<b a="1">&' in texts
    assert "<script" not in svg


def test_a_text_is_broken_into_lines_that_fit_and_loses_nothing() -> None:
    text = "Methotrexate and mycophenolate mofetil, WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
    lines = wrapped(text, 90, 13)
    assert all(width(one, 13) <= 90 for one in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert wrapped("", 90, 13) == ()
    assert wrapped("W", 1, 13) == ("W",)
