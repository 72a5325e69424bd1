"""Answers to orders for a terminal, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.render.paper import NARROWEST, Paper
from myopathway.render.record import sources
from myopathway.render.words import LEVELS, basis_words, capital, day, drug_title, node_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from myopathway.engine.outcome import GuidelineAnswer, SafetyRowAnswer
    from myopathway.facts import Unread
    from myopathway.guideline.model import Guideline
    from myopathway.orders import OrderAnswer
    from myopathway.render.paper import Run, Style

_STATUS: Final[dict[str, Run]] = {
    "stop": ("STOP", "red"),
    "caution": ("CAUTION", "yellow"),
    "clear": ("CLEAR: nothing was found against it", "green"),
    "not-checked": ("NOT CHECKED", "yellow"),
}
_ALARM: Final[dict[str, Style]] = {"critical": "red", "warning": "yellow"}
_SIGNS: Final = {"critical": "!! ", "warning": "!  "}
_SHORT_HASH: Final = 12
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def order_text(
    answers: Sequence[OrderAnswer], guideline: Guideline, *, width: int = 80, colour: bool = False
) -> str:
    """Write the answers within ``width`` columns, one below the other."""
    paper = Paper(max(width, NARROWEST), colour)
    done: list[str] = []
    for answer in answers:
        done += [*_answer(paper, answer, guideline), ""]
    last = answers[-1]
    done += closing(paper, last.guideline, last.as_of, guideline, last.unread)
    return "\n".join(done) + "\n"


def order_json(answers: Sequence[OrderAnswer], *, single: bool) -> str:
    """Give the answers indented: a list, or the only answer by itself where ``single``."""
    whole = answers[0] if single else list(answers)
    return msgspec.json.format(_ENCODER.encode(whole), indent=2).decode()


def message(paper: Paper, guideline: Guideline, level: str, text: str, basis: str) -> list[str]:
    """Write a message, its signal word first."""
    return paper.lines(
        (f"{LEVELS[level]}:", _ALARM.get(level, "")),
        (text, ""),
        *brackets(guideline, basis),
        first=_SIGNS.get(level, "-  "),
    )


def brackets(guideline: Guideline, basis: str) -> tuple[Run, ...]:
    """Give the id that a sentence rests on, as it stands after the sentence."""
    return ((f"[{basis_words(guideline, basis)}]", "dim"),) if basis else ()


def rows(paper: Paper, found: Iterable[SafetyRowAnswer]) -> Iterator[str]:
    """Write where drug-safety rows come from: none is of the two source texts."""
    for one in found:
        word = "" if one.verified else " (not yet verified)"
        yield from paper.lines((f"{one.source}{word}", ""), first=f"{one.row:<9}")


def closing(
    paper: Paper,
    edition: GuidelineAnswer,
    as_of: str,
    guideline: Guideline,
    unread: tuple[Unread, ...] | msgspec.UnsetType,
) -> Iterator[str]:
    """Write what of the record was not read, which edition answered, what it is meant for."""
    if not isinstance(unread, msgspec.UnsetType) and unread:
        yield from paper.rule("Not read", "-")
        for one in unread:
            yield from paper.lines((f"{one.resource}: {one.reason}", ""), first="- ")
        yield ""
    short = edition.content_hash[:_SHORT_HASH]
    yield from paper.lines((f"{edition.id} {edition.version} ({short}), for {day(as_of)}.", "dim"))
    yield from paper.lines((sources(guideline), "dim"))
    yield from paper.lines((guideline.edition.intended_use, ""))


def _answer(paper: Paper, answer: OrderAnswer, guideline: Guideline) -> Iterator[str]:
    order = answer.order
    name = drug_title(guideline, order.drug) if order.drug else capital(order.name)
    yield from paper.rule(f"{name}: {order.text}", "=")
    if answer.node is not None:
        yield from paper.lines((node_title(guideline, answer.node), "dim"))
    yield ""
    yield from paper.lines(_STATUS[answer.status])
    for one in answer.findings:
        yield from message(paper, guideline, one.severity, one.text, one.basis)
        if one.working:
            yield from paper.lines((capital(one.working), "bold"), first="     ")
    for left in answer.unchecked:
        yield from paper.lines(
            ("Unchecked:", "yellow"),
            (left.text, ""),
            *brackets(guideline, left.basis),
            first="?  ",
        )
    told = {fact for one in answer.findings for fact in one.asks}
    left_to_ask = [one.question for one in answer.missing if one.fact not in told]
    if left_to_ask:
        yield from ("", *paper.lines(("To be asked:", "bold")))
        for question in left_to_ask:
            yield from paper.lines((question, ""), first="  - ")
    if answer.safety:
        yield from ("", *paper.rule("Sources of the drug-safety rules", "-"))
        yield from rows(paper, answer.safety)
