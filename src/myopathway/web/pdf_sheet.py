"""An answer on two sheets: what is done first, then the picture, the reasons and the facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from myopathway.figures.pathway import pathway_svg
from myopathway.render import record
from myopathway.render.doses import workings
from myopathway.render.page import loud
from myopathway.render.views import therapy_views
from myopathway.render.words import (
    LEVELS,
    capital,
    day,
    drug_title,
    fact_says,
    fact_value,
    node_title,
    patient_words,
    titles_listed,
)
from myopathway.web.guide_markup import Html, html, items, joined, tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer, FactUsed, NoticeAnswer, Reason, Step
    from myopathway.facts import Source
    from myopathway.guideline.model import Guideline
    from myopathway.render.doses import DrugLine
    from myopathway.render.views import OptionView, TherapyView

_VERDICTS: Final = {"favoured": "FAVOURED", "caution": "CAUTION", "offered": ""}
_MOST_ASKED: Final = 8
_ANSWERS: Final = {"true": "yes", "false": "no", "unknown": "not known"}


@dataclass(frozen=True, slots=True)
class Layer:
    """A part of the second sheet; the later in the order, the sooner it is left out."""

    title: str
    body: Html


def first_sheet(answer: Answer, guideline: Guideline) -> Html:
    """Give the answer itself: where the patient stands, every caution, what to give."""
    views = therapy_views(answer, guideline)
    who = patient_words(guideline, ((one.fact, one.value) for one in answer.facts))
    settled = answer.status in {"recommended", "needs-information"}
    return html(
        tag("h1", answer.about.title),
        tag("p", f"{who or 'Nothing known of the patient'}; for {day(answer.as_of)}", class_="who"),
        Html() if settled else tag("p", answer.about.text),
        *(_said(f"{LEVELS[one.level]}: ", one) for one in loud(answer)),
        *(_therapy(one) for one in views),
        _possible(answer, guideline),
    )


def picture(answer: Answer, guideline: Guideline) -> Html:
    """Give the picture of the pathway; its title is what tagged PDF says of it."""
    return Html(pathway_svg(guideline, answer))


def layers(answer: Answer, guideline: Guideline) -> tuple[Layer, ...]:
    """Give what stands beneath the answer, the most needed first."""
    notes = [_with(one.text, one.basis) for one in answer.notices if one.level == "info"]
    unread = [html(f"{one.resource}: {one.reason}") for one in record.unread(answer)]
    told = _MOST_ASKED if answer.status == "needs-information" else 0
    open_ = answer.missing[told:]
    works = [html(f"[{one.number}] {one.citation}") for one in answer.references]
    found = (
        Layer("Why this place", items([_step(guideline, one) for one in answer.trace], "plain")),
        Layer("Ruled out, and why", _ruled_out(answer, guideline)),
        Layer("Not known", items([html(one.question) for one in open_])),
        Layer("Before the first dose", items([*_checks(answer, guideline)])),
        Layer("Facts used", _facts(answer, guideline)),
        Layer("Notes", items(notes)),
        Layer("Not read in the record", items(unread)),
        Layer("Reasons for the options", _reasons(answer, guideline)),
        Layer("References", items(works)),
    )
    return tuple(one for one in found if one.body)


def closing(answer: Answer, guideline: Guideline) -> Html:
    """Say which edition gave the answer, from which sources, and what it is meant for."""
    return html(
        tag("p", record.edition(answer), " ", record.sources(guideline)),
        tag("p", guideline.edition.intended_use),
    )


def _therapy(view: TherapyView) -> Html:
    label = f"{view.label}: one of these" if len(view.open) > 1 else view.label
    out = titles_listed(one.title for one in view.options if one.excluded)
    gone = "Ruled out" if view.open else "All ruled out"
    text = view.answer.text if not view.options or not view.open else ""
    return tag(
        "section",
        tag("h2", label),
        tag("p", text) if text else Html(),
        items([_option(one) for one in view.open], "options"),
        tag("p", f"{gone}: {out}.", class_="quiet") if out else Html(),
    )


def _option(option: OptionView) -> Html:
    verdict = option.answer.verdict
    word = _VERDICTS.get(verdict, verdict.upper())
    told = [_with(one.text, one.basis) for one in (*option.lead[:2], *option.standing[:1])]
    return html(
        tag("b", option.title),
        tag("span", f" {word}", class_=f"verdict {verdict}") if word else Html(),
        f" ({option.tier})" if option.tier else "",
        *(_dose(one, several=len(option.lines) > 1) for one in option.lines),
        tag("p", joined(told, " "), class_="quiet") if told else Html(),
    )


def _dose(line: DrugLine, *, several: bool) -> Html:
    worked = [one for one in workings(line.drug) if "×" in one]
    end = "; " if line.amount and line.rest else ""
    return tag(
        "p",
        f"{line.title}: " if several else "",
        tag("strong", line.amount) if line.amount else Html(),
        f"{end}{line.rest}",
        _basis(line.drug.basis),
        tag("span", f" {'; '.join(worked)}.", class_="quiet") if worked else Html(),
        class_="dose",
    )


def _possible(answer: Answer, guideline: Guideline) -> Html:
    if answer.status != "needs-information":
        return Html()
    return html(
        tag("h2", "Still possible"),
        items([html(node_title(guideline, one)) for one in answer.possible]),
        tag("h2", "To be asked, the most deciding first"),
        items([html(one.question) for one in answer.missing[:_MOST_ASKED]]),
    )


def _ruled_out(answer: Answer, guideline: Guideline) -> Html:
    return items([
        html(tag("b", f"{option.title}: "), joined([_reason(one) for one in option.lead], " "))
        for view in therapy_views(answer, guideline) for option in view.options if option.excluded
    ])  # fmt: skip


def _reasons(answer: Answer, guideline: Guideline) -> Html:
    return items([
        html(tag("b", f"{option.title}: "),
             joined([_reason(one) for one in option.answer.reasons], " "))
        for view in therapy_views(answer, guideline) for option in view.open
    ])  # fmt: skip


def _facts(answer: Answer, guideline: Guideline) -> Html:
    """Give the facts on end; where one came from is said by its day, the page says more."""
    found = [
        html(
            f"{fact_says(guideline, one.fact)}: ",
            tag("b", fact_value(guideline, one.fact, one.value)),
            _origin(one.source),
        )
        for one in answer.facts
    ]
    return tag("p", joined(found, "; "), ".") if found else Html()


def _origin(source: Source) -> Html:
    match source.kind:
        case "fhir":
            when = f" of {day(source.date[:10])}" if source.date else ""
            return tag("span", f" (record{when})", class_="quiet")
        case "derived":
            return tag("span", " (worked out)", class_="quiet")
        case _:
            return Html()


def _checks(answer: Answer, guideline: Guideline) -> Iterator[Html]:
    """Give each check that is not done once, with the drugs that it is for."""
    found: dict[tuple[str, str], list[str]] = {}
    for drug in answer.before_start:
        for one in drug.checks:
            if one.state != "done":
                found.setdefault((one.text, one.basis), []).append(drug_title(guideline, drug.drug))
    for (text, basis), drugs in found.items():
        yield html(tag("b", f"{titles_listed(drugs)}: "), text, _basis(basis))


def _step(guideline: Guideline, one: Step) -> Html:
    used = "; ".join(_used(guideline, fact) for fact in one.facts if one.value != "unknown")
    word = _ANSWERS.get(one.value, one.value)
    return html(tag("b", f"{capital(word)}: "), one.criterion, f" ({used})" if used else "",
                _basis(one.basis))  # fmt: skip


def _used(guideline: Guideline, one: FactUsed) -> str:
    return fact_value(guideline, one.name, one.value)


def _reason(one: Reason) -> Html:
    return _with(one.text, one.basis)


def _with(text: str, basis: str) -> Html:
    return html(text, _basis(basis))


def _basis(basis: str) -> Html:
    return tag("span", f" [{basis}]", class_="basis") if basis else Html()


def _said(word: str, one: NoticeAnswer) -> Html:
    return tag("p", tag("b", word), one.text, _basis(one.basis), class_=f"say {one.level}")
