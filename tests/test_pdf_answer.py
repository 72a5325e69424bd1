"""``/answer.pdf``: two sheets, tagged, nothing loaded; without the extra, a clear refusal."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

import myopathway
from myopathway.guideline.load import shipped
from myopathway.intake import Intake
from myopathway.recommendation import recommend_on
from myopathway.settings import Settings
from myopathway.web import pdf as written
from myopathway.web.pdf_sheet import closing, first_sheet, layers, picture
from tests.guide_client import Client

EXAMPLES = Path(__file__).parent.parent / "examples"
DAY = dt.date(2026, 11, 2)
NAMES = sorted(
    path.name
    for path in EXAMPLES.glob("*.*")
    if path.name.endswith((".bundle.json", ".yaml")) and not path.name.startswith("order-")
)
FORM = "age_years=58&course=initial&weight_kg=80&severe_dysphagia=yes&treatments=none"


def answer(name: str) -> Any:
    patient = Intake(shipped(), DAY).patient((EXAMPLES / name).read_bytes(), name)
    return recommend_on(patient, DAY, shipped())


def client() -> Client:
    app = FastAPI()
    app.include_router(written.router(Settings()))
    return Client(app)


def opened(pdf: bytes) -> bytes:
    """Give a PDF with its compressed parts opened."""
    parts = [pdf]
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            parts.append(zlib.decompress(found[1]))
        except zlib.error:
            continue
    return b"\n".join(parts)


def sheets(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", opened(pdf)))


@pytest.mark.parametrize("name", NAMES)
def test_the_sheet_says_what_the_answer_says(name: str) -> None:
    found = answer(name)
    first = str(first_sheet(found, shipped()))
    assert found.about.title in first
    for one in found.notices:
        if one.level != "info":
            assert one.text.partition("&")[0].partition("<")[0] in first
    for therapy in found.therapies:
        for option in therapy.options:
            for drug in option.drugs:
                if option.verdict != "excluded" and "WEEKLY" in drug.dose:
                    assert "once WEEKLY" in first
    end = str(closing(found, shipped()))
    assert found.guideline.content_hash[:12] in end
    assert shipped().edition.intended_use in end
    assert "patient is here" in picture(found, shipped()) or found.node is None


def test_an_excluded_option_stands_without_a_dose_and_with_its_reason() -> None:
    facts = {"subtype": "dermatomyositis", "course": "initial", "severe_dysphagia": True,
             "treatments": [], "allergies": ["azathioprine"]}  # fmt: skip
    found = myopathway.recommend(myopathway.Patient.from_facts(facts), today=DAY)
    out = [option for therapy in found.therapies for option in therapy.options
           if option.verdict == "excluded"]  # fmt: skip
    assert out
    told = {one.title: str(one.body) for one in layers(found, shipped())}
    for option in out:
        title = shipped().drugs[option.drugs[0].drug].title
        assert title in told["Ruled out, and why"]


def test_no_sheet_shows_more_than_its_order_of_layers_allows() -> None:
    titles = [one.title for one in layers(answer("severe-ild-mda5.bundle.json"), shipped())]
    assert titles[:2] == ["Why this place", "Not known"]
    assert titles[-1] == "References"


def test_without_weasyprint_the_route_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    original = importlib.util.find_spec
    monkeypatch.setattr(
        written, "find_spec", lambda name: None if name == "weasyprint" else original(name)
    )
    got = client().get(f"/answer.pdf?{FORM}")
    assert got.status_code == 501
    assert "extra pdf" in got.text
    assert "/print" in got.text


def test_without_its_libraries_the_route_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(written, "find_spec", lambda _: True)
    monkeypatch.setattr(written, "pdf", broken)
    assert client().get(f"/answer.pdf?{FORM}").status_code == 501


def test_an_unknown_size_of_paper_is_refused() -> None:
    got = client().get(f"/answer.pdf?{FORM}&size=a5")
    assert got.status_code == 422
    assert "a4, letter" in got.text


def test_a_broken_document_is_refused_with_its_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "find_spec", lambda _: True)
    got = client().post("/answer.pdf", content=b'{"weight_kg": -3}',
                        headers={"content-type": "application/json"})  # fmt: skip
    assert got.status_code == 422
    assert "weight_kg" in got.text


@pytest.mark.parametrize("url", ["https://example.org/x", "file:///etc/passwd", "data:,x"])
def test_every_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="nothing is loaded"):
        written.refuse(url)


@pytest.mark.needs_pdf
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("size", ["a4", "letter"])
@pytest.mark.parametrize("name", [one for one in NAMES if one.endswith(".bundle.json")])
def test_every_example_takes_two_sheets_at_most(name: str, size: str) -> None:
    made = written.pdf(answer(name), shipped(), size)
    assert made.startswith(b"%PDF-")
    assert 1 <= sheets(made) <= 2
    text = opened(made)
    assert b"/MarkInfo" in text
    assert b"/StructTreeRoot" in text
    assert b"<pdfuaid:part>1</pdfuaid:part>" in text or b'pdfuaid:part="1"' in text
    assert b"/Lang (en)" in text
    width = 595 if size == "a4" else 612
    assert re.search(rb"/MediaBox \[0 0 %d" % width, text)


@pytest.mark.needs_pdf
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_picture_has_words_for_those_who_do_not_see_it() -> None:
    text = opened(written.pdf(answer("severe-refractory.yaml"), shipped()))
    assert b"/Figure" in text
    assert b"patient is here: Severe disease, third line" in text.replace(b"\\", b"")


@pytest.mark.needs_pdf
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_same_answer_gives_the_same_bytes() -> None:
    found = answer("inclusion-body-myositis.yaml")
    assert written.pdf(found, shipped()) == written.pdf(found, shipped())


@pytest.mark.needs_pdf
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_route_reads_the_form_and_a_document_alike() -> None:
    form = client().get(f"/answer.pdf?{FORM}&size=letter")
    assert form.headers["content-type"] == "application/pdf"
    assert form.headers["cache-control"] == "no-store"
    encoded = {"content-type": "application/x-www-form-urlencoded"}
    posted = client().post("/answer.pdf?size=letter", content=FORM, headers=encoded)
    document = {"age_years": 58, "course": "initial", "weight_kg": 80, "severe_dysphagia": True,
                "treatments": []}  # fmt: skip
    typed = client().post("/answer.pdf?size=letter", json=document)
    assert form.content == posted.content == typed.content
