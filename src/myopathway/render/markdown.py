"""The answer as a note to paste into a record: one page, every word of it plain text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from myopathway.render.page import loud
from myopathway.render.paper import clean
from myopathway.render.record import edition, sources, unread
from myopathway.render.views import therapy_views
from myopathway.render.words import (
    LEVELS,
    basis_words,
    day,
    drug_title,
    listed,
    node_title,
    patient_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.render.views import OptionView, TherapyView

MOST: Final = 5
_VERDICTS: Final = {"favoured": "FAVOURED", "caution": "CAUTION", "excluded": "RULED OUT"}
_HTML: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Each way begins with its sign, so that whatever stands between is skipped at once.
_MARKUP: Final = "|".join(re.escape(sign) for sign in "&<>\\`*_[]|~")
_MARKS: Final = re.compile(_MARKUP)
_MARKS_AND_LINKS: Final = re.compile(rf"{_MARKUP}|@|\.(?<=\b[Ww][Ww][Ww]\.)|:(?=//)")
_FIRST: Final = re.compile(r"([#+=-])")
# A list number only: the point of 7.5 mg must never be touched.
_NUMBER: Final = re.compile(r"(\d+)([.)])(?=\s|$)")


def markdown(answer: Answer, guideline: Guideline) -> str:
    """Write an answer as Markdown; every text in it is escaped."""
    views = therapy_views(answer, guideline)
    lines = [f"# {escaped(answer.about.title)}", ""]
    who = patient_words(guideline, ((one.fact, one.value) for one in answer.facts))
    lines += [escaped(f"{who or 'Nothing known of the patient'}; on {day(answer.as_of)}"), ""]
    if answer.status in {"conflict", "not-covered"}:
        lines += [escaped(answer.about.text), ""]
    for title, section in (
        ("Cautions", _cautions(answer, guideline)),
        ("Treatment", _treatment(guideline, views)),
        ("Still possible", _possible(answer, guideline)),
        ("Before the first dose", _before_start(answer, guideline)),
        ("Ruled out", _ruled_out(guideline, views)),
        ("Not known", _not_known(answer)),
        ("Not read in the record", _not_read(answer)),
    ):
        if found := list(section):
            lines += [f"## {title}", "", *found, ""]
    told = escaped(sources(guideline), links=True)
    lines += ["---", "", escaped(edition(answer)), told, ""]
    lines.append(escaped(guideline.edition.intended_use))
    return "\n".join(lines) + "\n"


def escaped(text: str, *, links: bool = False) -> str:
    """Make a text plain in Markdown: no markup, no HTML, no line of its own, no link unasked."""
    marks = _MARKS if links else _MARKS_AND_LINKS
    text = marks.sub(_plain, clean(text))
    if _FIRST.match(text):
        return f"\\{text}"
    return _NUMBER.sub(r"\1\\\2", text, 1) if _NUMBER.match(text) else text


def _plain(found: re.Match[str]) -> str:
    sign = found[0]
    return _HTML.get(sign) or f"\\{sign}"


def _said(guideline: Guideline, text: str, basis: str) -> str:
    """Give a sentence with the id that it rests on."""
    told = escaped(text)
    return f"{told} ({escaped(basis_words(guideline, basis))})" if basis else told


def _cautions(answer: Answer, guideline: Guideline) -> Iterator[str]:
    for one in loud(answer):
        yield f"- **{LEVELS[one.level]}:** {_said(guideline, one.text, one.basis)}"


def _treatment(guideline: Guideline, views: tuple[TherapyView, ...]) -> Iterator[str]:
    for place, view in enumerate(views):
        if place:
            yield ""
        told = _said(guideline, view.answer.text, view.basis)
        yield f"**{escaped(view.label)}:** {told}"
        if view.options:
            yield ""
        for number, option in enumerate(view.open):
            yield from _option(guideline, option, "or " if number else "")
        if view.options and not view.open:
            yield "- Every option is ruled out."


def _option(guideline: Guideline, option: OptionView, joint: str) -> Iterator[str]:
    word = _VERDICTS.get(option.answer.verdict, "")
    tier = f" ({escaped(option.tier)})" if option.tier else ""
    yield f"- {joint}**{escaped(option.title)}**{tier}{f' – **{word}**' if word else ''}"
    for line in option.lines:
        name = f"{escaped(line.title)}: " if len(option.lines) > 1 else ""
        end = "; " if line.amount and line.rest else ""
        amount = f"**{escaped(line.amount)}**{end}" if line.amount else ""
        yield f"  - {name}{amount}{_said(guideline, line.rest, line.drug.basis)}"
    for one in (*option.standing, *option.lead):
        yield f"  - {_said(guideline, one.text, one.basis)}"
    if option.unknown_facts:
        yield f"  - Not known, could rule it out: {escaped(listed(option.unknown_facts))}."


def _possible(answer: Answer, guideline: Guideline) -> Iterator[str]:
    if answer.status == "needs-information":
        for name in answer.possible:
            yield f"- {escaped(node_title(guideline, name))} ({escaped(name)})"


def _ruled_out(guideline: Guideline, views: tuple[TherapyView, ...]) -> Iterator[str]:
    for view in views:
        for option in view.options:
            if option.excluded:
                told = (_said(guideline, one.text, one.basis) for one in option.lead)
                yield f"- **{escaped(option.title)}:** {' '.join(told)}"


def _before_start(answer: Answer, guideline: Guideline) -> Iterator[str]:
    """Name the checks by their rows: said in full they would be longer than the note."""
    for drug in answer.before_start:
        due = dict.fromkeys(one.basis for one in drug.checks if one.state != "done")
        if due:
            title = escaped(drug_title(guideline, drug.drug))
            yield f"- {title}: checks {escaped(', '.join(due))}"


def _not_known(answer: Answer) -> Iterator[str]:
    yield from (f"- {escaped(one.question)}" for one in answer.missing[:MOST])
    yield from _rest(len(answer.missing))


def _not_read(answer: Answer) -> Iterator[str]:
    found = unread(answer)
    yield from (f"- {escaped(f'{one.resource}: {one.reason}')}" for one in found[:MOST])
    yield from _rest(len(found))


def _rest(count: int) -> Iterator[str]:
    if count > MOST:
        yield f"- and {count - MOST} more"
