"""A comparison as text for a terminal, as markdown for a pull request, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.diff.report import headline, sections
from myopathway.render.paper import NARROWEST, Paper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.diff.outcome import Comparison
    from myopathway.diff.report import Section

MOST_OPEN: Final = 12
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_MARKS: Final = str.maketrans({"|": "\\|", "<": "&lt;", ">": "&gt;", "*": "\\*", "_": "\\_"})


def comparison_json(found: Comparison) -> str:
    """Give a comparison indented: the same versions give the same text."""
    return msgspec.json.format(_ENCODER.encode(found), indent=2).decode()


def comparison_text(found: Comparison, *, width: int = 80, colour: bool = False) -> str:
    """Write a comparison within ``width`` columns."""
    paper = Paper(max(width, NARROWEST), colour)
    done = [
        *paper.rule(f"{found.old} and {found.new}", "="),
        *paper.lines((headline(found), "bold")),
    ]
    for section in sections(found):
        done += ["", *paper.rule(section.title, "-")]
        if section.intro:
            done += paper.lines((section.intro, "dim"))
        for row in section.rows:
            where = f"{row.where}: " if row.where else ""
            done += paper.lines((where, ""), (row.text, "bold"), first="- ")
            for beneath in row.beneath:
                done += paper.lines((beneath, ""), first="    ")
    return "\n".join(done) + "\n"


def comparison_markdown(found: Comparison) -> str:
    """Write a comparison as a comment of a pull request; long lists are folded."""
    done = [f"## Guideline: {_safe(found.old)} and {_safe(found.new)}", "",
            f"**{_safe(headline(found))}**"]  # fmt: skip
    for section in sections(found):
        done += ["", f"### {section.title}", ""]
        if section.intro:
            done += [_safe(section.intro), ""]
        done += _folded(section)
    return "\n".join(done).rstrip("\n") + "\n"


def _folded(section: Section) -> Iterator[str]:
    lines = list(_rows(section))
    if len(section.rows) <= MOST_OPEN:
        yield from lines
        return
    yield from (f"<details><summary>{len(section.rows)} entries</summary>", "", *lines, "",
                "</details>")  # fmt: skip


def _rows(section: Section) -> Iterator[str]:
    if section.title.startswith("What changed:"):
        yield from ("| where | change |", "| --- | --- |")
        yield from (f"| {_safe(row.where)} | {_safe(row.text)} |" for row in section.rows)
        return
    for row in section.rows:
        where = f"{_safe(row.where)}: " if row.where else ""
        yield f"- {where}**{_safe(row.text)}**"
        for beneath in row.beneath:
            yield f"  - {_quoted(beneath)}"


def _quoted(text: str) -> str:
    """Set a facts document as code, so that it can be copied."""
    said, mark, document = text.partition("smallest patient: ")
    return f"{_safe(said)}{mark}`{document}`" if mark else _safe(text)


def _safe(text: str) -> str:
    """Keep a text from becoming markup: nothing in the content is an instruction to a page."""
    return " ".join(text.split()).translate(_MARKS)
