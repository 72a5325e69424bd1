"""The end of the text: how the place was reached, on which facts, from which edition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.render.words import day, fact_says, fact_value, source_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer, FactUsed, Step
    from myopathway.facts import Unread
    from myopathway.guideline.model import Guideline
    from myopathway.render.page import Page

_SIGNS: Final = {"true": "yes", "false": "no", "unknown": "?"}
_SHORT_HASH: Final = 12


def why(page: Page) -> Iterator[str]:
    """Write the criteria on the way to the place, each with its truth and its facts."""
    about = page.answer.about
    if page.answer.status == "recommended":
        yield from page.said(about.text, next(iter(about.statements), ""))
    for step in page.answer.trace:
        sign = _SIGNS.get(step.value, step.value)
        used = "; ".join(_used(page, step, one) for one in step.facts)
        text = f"{step.criterion} ({used})" if used else f"So: {step.criterion}"
        yield from page.said(text, step.basis, first=f"{sign:<4}")


def known(page: Page) -> Iterator[str]:
    """Write the facts that are known, each with where it came from."""
    for one in page.answer.facts:
        value = fact_value(page.guideline, one.fact, one.value)
        source = source_words(page.guideline, one.source)
        yield from page.paper.lines(
            (f"{fact_says(page.guideline, one.fact)}: {value}", ""),
            (f"({source})", "dim"),
            first="- ",
        )


def unread(answer: Answer) -> tuple[Unread, ...]:
    """Give what the record held and was not read; empty where there was no record."""
    return () if isinstance(answer.unread, msgspec.UnsetType) else answer.unread


def not_read(page: Page) -> Iterator[str]:
    """Write what was skipped in the record, or is doubtful."""
    for one in unread(page.answer):
        yield from page.said(f"{one.resource}: {one.reason}", first="- ")


def references(page: Page) -> Iterator[str]:
    """Write the works cited, under the numbers of the source texts."""
    for one in page.answer.references:
        pmid = f" PMID {one.pmid}" if one.pmid else ""
        yield from page.said(f"{one.citation}{pmid}", first=f"{f'[{one.number}]':<6}")


def safety(page: Page) -> Iterator[str]:
    """Write where each drug-safety rule comes from: none is of the two source texts."""
    for one in page.answer.safety:
        word = "" if one.verified else " (not yet verified)"
        yield from page.said(f"{one.source}{word}", first=f"{one.row:<8} ")


def closing(page: Page) -> Iterator[str]:
    """Write which edition gave the answer, for which day, and what it is meant for."""
    yield from page.paper.lines((edition(page.answer), "dim"))
    yield from page.paper.lines((sources(page.guideline), "dim"))
    yield from page.said(page.guideline.edition.intended_use)


def edition(answer: Answer) -> str:
    """Name the content that gave the answer and the day that it is for."""
    content = answer.guideline
    short = content.content_hash[:_SHORT_HASH]
    return f"{content.id} {content.version} ({short}), for {day(answer.as_of)}."


def sources(guideline: Guideline) -> str:
    """Name the source texts, those of one publisher together."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in guideline.edition.sources:
        found.setdefault((one.publisher, one.url), []).append(one.title)
    told = [
        f"{'; '.join(titles)}. {publisher}, {url}" for (publisher, url), titles in found.items()
    ]
    return f"Source texts: {'; '.join(told)}"


def _used(page: Page, step: Step, one: FactUsed) -> str:
    """Write a fact that a step used; a value that the criterion names is not said twice."""
    value = fact_value(page.guideline, one.name, one.value)
    source = source_words(page.guideline, one.source)
    if source and step.value == "true" and step.criterion.endswith(value):
        return source
    return f"{value}, {source}" if source else value
