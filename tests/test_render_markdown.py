"""The note: everything that matters is in it, and nothing of the patient's can act in it."""

from __future__ import annotations

import re

import msgspec
import pytest
from markdown_it import MarkdownIt

from myopathway.facts import Unread
from myopathway.guideline.load import shipped
from myopathway.render.markdown import escaped, markdown
from myopathway.render.words import option_title
from tests.test_render_golden import answer_for
from tests.test_render_text import AMOUNT, answers, options

HOSTILE = (
    "<script>alert(1)</script>",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "one\n\n# Heading\n- item",
    "**bold** _soft_ `code` ~~gone~~",
    "<https://evil.example>",
    "https://evil.example www.evil.example me@evil.example",
    "&lt;b&gt; &amp;",
    "a | b | c",
    "\\*not bold\\*",
    "1. first",
    "# Heading",
    "- item",
    "===",
)


def plain(source: str) -> str:
    """What a reader sees: the text of every token."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
    return " ".join(
        "".join(child.content if child.type == "text" else " " for child in token.children or [])
        for token in tokens
        if token.type == "inline"
    )


def kinds(source: str) -> set[str]:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
    return {one.type for one in tokens} | {
        child.type for one in tokens for child in one.children or []
    }


def test_a_note_names_the_place_every_option_and_every_caution() -> None:
    for answer in answers():
        note = markdown(answer, shipped())
        assert note.startswith(f"# {answer.about.title}\n")
        for option in options(answer):
            assert f"**{option_title(shipped(), option)}" in note
        words = " ".join(plain(note).split())
        for notice in answer.notices:
            if notice.level != "info":
                assert " ".join(notice.text.split()) in words
        assert shipped().edition.intended_use in words
        assert answer.guideline.version in note


def test_a_note_holds_no_html_and_no_link() -> None:
    allowed = {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "hr"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        *("text", "strong_open", "strong_close", "softbreak"),
    }
    for answer in answers():
        assert kinds(markdown(answer, shipped())) <= allowed


@pytest.mark.parametrize("text", HOSTILE)
def test_what_the_patient_s_record_says_is_only_text(text: str) -> None:
    answer = answer_for("from-a-record")
    answer = msgspec.structs.replace(answer, unread=(Unread(text, text),))
    note = markdown(answer, shipped())
    assert kinds(note) == kinds(markdown(answer_for("from-a-record"), shipped()))
    seen = " ".join(text.split())
    assert f"{seen}: {seen}" in " ".join(plain(note).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_alone_on_its_line_is_only_text(text: str) -> None:
    assert kinds(escaped(text)) <= {"paragraph_open", "paragraph_close", "inline", "text"}
    assert not re.search(r"[a-z]://|www\.|[a-z]@", escaped(text))


def test_the_point_of_a_number_is_never_touched() -> None:
    assert escaped("7.5 to 25 mg once WEEKLY") == "7.5 to 25 mg once WEEKLY"
    for answer in answers():
        assert not re.search(r"\d\\", markdown(answer, shipped()))


def test_excluded_options_show_no_amount_and_methotrexate_is_weekly() -> None:
    for answer in answers():
        note = markdown(answer, shipped())
        _, _, out = note.partition("## Ruled out\n\n")
        for option in options(answer):
            for reason in option.reasons if option.verdict == "excluded" else ():
                out = out.replace(escaped(reason.text), "")
        assert not AMOUNT.search(out.partition("\n## ")[0].partition("\n---")[0])
        for line in note.splitlines():
            if "7.5 to 25" in line:
                assert re.search("weekly", line, re.IGNORECASE)


def test_a_note_is_about_a_page() -> None:
    lengths = sorted(len(markdown(answer, shipped()).split()) for answer in answers())
    assert lengths[len(lengths) * 9 // 10] < 700
