"""``myopathway guide``: one file, whole, without a network and without a patient."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from myopathway.engine.dose import calculated
from myopathway.guideline.load import shipped
from myopathway.web.guide_doses import WEIGHTS
from myopathway.web.guide_file import guide_file
from myopathway.web.guide_links import anchor, homes
from myopathway.web.guide_markup import Html, html, tag


class Reader(HTMLParser):
    """Notes ids, links, loaded addresses, texts, and whether the tags are balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if "id" in found:
            self.ids[found["id"]] += 1
        if name == "a":
            self.links.append(found["href"])
        self.loads += [found[key] for key in ("src", "srcset", "action", "data") if key in found]
        if name == "link":
            self.loads.append(found["href"])
        if name not in {"meta", "link", "br", "input"}:
            self.open.append(name)

    def handle_startendtag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(name, attrs)
        self.open.pop()

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def text() -> str:
    return guide_file(shipped())


@pytest.fixture(scope="module")
def read(text: str) -> Reader:
    return Reader(text)


def test_every_id_stands_once_and_every_link_within_leads_somewhere(read: Reader) -> None:
    assert read.open == []
    assert [name for name, count in read.ids.items() if count > 1] == []
    inner = {link[1:] for link in read.links if link.startswith("#")}
    assert inner
    assert inner - read.ids.keys() == set()


def test_everything_of_the_guideline_has_its_place_in_the_file(read: Reader) -> None:
    assert {anchor(key) for key in homes(shipped())} - read.ids.keys() == set()


def test_nothing_is_loaded_and_no_script_runs(read: Reader, text: str) -> None:
    assert read.loads == []
    assert "<script" not in text
    assert not re.search(r"url\(|@import", text)
    assert "default-src 'none'" in text
    outward = [link for link in read.links if not link.startswith("#")]
    assert all(link.startswith("https://") for link in outward)


def test_the_words_of_the_content_are_there(read: Reader) -> None:
    guideline = shipped()
    whole = " ".join(" ".join(read.texts).split())
    for node in guideline.nodes:
        assert " ".join(node.says.split()) in whole
    for statement in guideline.statements.values():
        assert " ".join(statement.says.split()) in whole, statement.id
    for one in (*guideline.safety.rules, *guideline.safety.checks, *guideline.safety.advice,
                *guideline.safety.notices):  # fmt: skip
        assert " ".join(str(getattr(one, "says", "")).split()) in whole


def test_the_weight_table_is_what_the_engine_works_out(text: str) -> None:
    guideline = shipped()
    ivig = next(option for therapy in guideline.node("severe.1").therapies
                for option in therapy.options if option.drugs == ("ivig",))  # fmt: skip
    rows = {
        found[1]: found[2]
        for found in re.finditer(r'<tr><th scope="row">(\d+) kg</th>(.*?)</tr>', text)
    }
    assert [int(one) for one in rows] == [int(one) for one in WEIGHTS]
    for weight in WEIGHTS:
        (cycle, day) = calculated(ivig.doses[0], weight)
        assert f"<td>{cycle.low} g a cycle" in rows[str(weight)]
        assert f"({day.high} g/day on 2, {day.low} g/day on 5)" in rows[str(weight)]


def test_a_weekly_drug_is_weekly_wherever_its_dose_stands(read: Reader) -> None:
    doses = [" ".join(one.split()) for one in read.texts if "7.5 to 25 mg" in one]
    assert doses
    assert [one for one in doses if "once weekly" not in one.lower()] == []
    assert [one for one in doses if "daily" in one or "a day" in one] == []


def test_the_same_guideline_gives_the_same_bytes(text: str) -> None:
    assert guide_file(shipped()) == text


def test_what_the_content_says_cannot_become_markup() -> None:
    guideline = shipped()
    node = msgspec.structs.replace(guideline.nodes[0], says="<script>alert(1)</script> & so on")
    changed = msgspec.structs.replace(guideline, nodes=(node, *guideline.nodes[1:]))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; so on" in guide_file(changed)
    assert "<script" not in guide_file(changed)


def test_a_guideline_without_safety_or_policies_has_a_file_too() -> None:
    from myopathway.guideline.drugsafety import Safety  # noqa: PLC0415
    from myopathway.guideline.orderlimits import OrderLimits  # noqa: PLC0415

    bare = msgspec.structs.replace(
        shipped(), safety=Safety(), monitoring={}, order_limits=OrderLimits()
    )
    text = guide_file(bare)
    assert "Drug safety" not in text
    assert Reader(text).open == []


def test_the_command_writes_the_file(tmp_path: Path, text: str) -> None:
    target = tmp_path / "guide.html"
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", "guide", "-o", str(target)],
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert target.read_bytes() == text.encode()


def test_the_command_lays_a_sites_rules_over_the_guideline_and_writes_mermaid() -> None:
    overlay = Path(__file__).parent.parent / "examples" / "overlay"
    for more, wanted in ((["--overlay", str(overlay)], "LOCAL-"), (["--mermaid"], "flowchart LR")):
        done = subprocess.run(
            [sys.executable, "-m", "myopathway", "guide", *more],
            capture_output=True, check=True, text=True,
        )  # fmt: skip
        assert wanted in done.stdout


def test_the_command_says_what_it_cannot_write(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "myopathway", "guide", "-o", str(tmp_path / "no" / "guide.html")],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "no such file or directory" in done.stderr


def test_markup_escapes_text_and_keeps_html() -> None:
    assert tag("p", "a < b & c", tag("b", "d")) == "<p>a &lt; b &amp; c<b>d</b></p>"
    assert tag("a", "x", href='"><script>', title="") == '<a href="&quot;&gt;&lt;script&gt;">x</a>'
    assert tag("td", class_="c", aria_label="l") == '<td class="c" aria-label="l"></td>'
    assert html("<", Html("<br>")) == "&lt;<br>"
    assert Html("<i>") + "<" == "<i>&lt;"
