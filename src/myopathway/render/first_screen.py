"""The first screen of the text: where the patient stands, what is urgent, what to give."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from myopathway.render.page import heading, loud
from myopathway.render.words import day, node_title, patient_words, titles_listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.render.doses import DrugLine
    from myopathway.render.page import Page
    from myopathway.render.paper import Run
    from myopathway.render.views import OptionView, TherapyView

MOST_CAUTIONS: Final = 3
MOST_QUESTIONS: Final = 5
MOST_ASKED: Final = 3
_SIGNS: Final = {"favoured": "+", "offered": "-", "caution": "!"}


def first_screen(page: Page) -> Iterator[str]:
    """Write what has to be read even where nothing else is."""
    answer = page.answer
    yield from page.paper.rule(answer.about.title, "=")
    who = patient_words(page.guideline, ((one.fact, one.value) for one in answer.facts))
    text = f"{who or 'Nothing known of the patient'}; on {day(answer.as_of)}"
    yield from page.paper.lines((text, "dim"))
    if answer.status in {"conflict", "not-covered"}:
        yield from page.said(answer.about.text, next(iter(answer.about.statements), ""))
    yield ""
    yield from _cautions(page)
    for therapy in page.therapies:
        yield from _therapy(page, therapy)
    if answer.status == "needs-information":
        yield from _possible(page)
    elif closing := [*_unknown(page), *_before_start(page)]:
        yield from (*closing, "")


def _cautions(page: Page) -> Iterator[str]:
    """Write the gravest notices; a reader who meets more than a few reads none."""
    found = loud(page.answer)
    for one in found[:MOST_CAUTIONS]:
        yield from page.notice(one)
    rest = found[MOST_CAUTIONS:]
    if rest:
        grave = sum(one.level == "critical" for one in rest)
        word = f" ({grave} critical)" if grave else ""
        text = f"{len(rest)} more{word} below, under More to watch."
        yield from page.paper.lines((text, "bold"), first="!  ")
    if found:
        yield ""


def _therapy(page: Page, therapy: TherapyView) -> Iterator[str]:
    yield from page.paper.lines(
        (f"{therapy.label.upper()}:", "bold"),
        (therapy.answer.text, ""),
        *page.brackets(therapy.basis),
        hang="  ",
    )
    alone = len(therapy.options) == 1
    for place, option in enumerate(therapy.open):
        yield from _option(page, option, "or" if place else "", alone=alone)
    out = [one.title for one in therapy.options if one.excluded]
    if out:
        word = "Ruled out" if therapy.open else "All ruled out"
        text = f"{word} ({len(out)}): {titles_listed(out)}; the reasons stand below."
        yield from page.said(text, first="   x ")
    yield ""


def _option(page: Page, option: OptionView, joint: str, *, alone: bool) -> Iterator[str]:
    """Write an option; the dose of the only drug of a therapy stands on the line of its name."""
    first = f"{joint:>2} {_SIGNS.get(option.answer.verdict, '?')} "
    name = heading(option, _questions(option))
    if alone and len(option.lines) == 1:
        last, style = name[-1]
        runs = (*name[:-1], (f"{last}:", style), *_dose(page, option.lines[0]))
        yield from page.paper.lines(*runs, first=first, hang="       ")
    else:
        yield from page.paper.lines(*name, first=first)
        yield from _doses(page, option)
    for one in option.standing[:1]:
        yield from page.said(one.text, one.basis, first="     ", hang="       ")
    for one in option.lead[:1]:
        more = len(option.lead) - 1
        rest: tuple[Run, ...] = ((f"(and {more} more below)", "dim"),) if more else ()
        runs = ((one.text, ""), *page.brackets(one.basis), *rest)
        yield from page.paper.lines(*runs, first="     ", hang="       ")


def _questions(option: OptionView) -> str:
    """Say that answers are open which could rule the option out: unknown is never safe."""
    count = len(option.unknown_facts)
    return f"{count} {'question' if count == 1 else 'questions'} open" if count else ""


def _doses(page: Page, option: OptionView) -> Iterator[str]:
    """Write the dose of each drug; what is the same for several is written once."""
    for _, same in groupby(option.lines, lambda one: (one.text, one.drug.basis)):
        lines = list(same)
        name: tuple[Run, ...] = ()
        if len(option.lines) > 1:
            name = ((f"{titles_listed(one.title for one in lines)}:", ""),)
        yield from page.paper.lines(*name, *_dose(page, lines[0]), first="     ", hang="       ")


def _dose(page: Page, line: DrugLine) -> tuple[Run, ...]:
    """Give a dose: what was worked out stands out, how it is given follows."""
    end = ";" if line.amount and line.rest else ""
    amount: tuple[Run, ...] = ((f"{line.amount}{end}", "bold"),) if line.amount else ()
    return (*amount, (line.rest, ""), *page.brackets(line.drug.basis))


def _possible(page: Page) -> Iterator[str]:
    """Say what is still possible and which questions narrow it."""
    answer = page.answer
    yield from page.paper.lines(("Still possible:", "bold"))
    for name in answer.possible:
        yield from page.said(f"{node_title(page.guideline, name)} ({name})", first="  - ")
    yield ""
    if answer.missing:
        yield from page.paper.lines(("To be asked first:", "bold"))
        for place, one in enumerate(answer.missing[:MOST_QUESTIONS], 1):
            yield from page.said(one.question, first=f"  {place}. ")
        rest = len(answer.missing) - MOST_QUESTIONS
        if rest > 0:
            yield from page.said(f"And {rest} more, under Not known.", first="     ")
        yield ""


def _unknown(page: Page) -> list[str]:
    """Say that facts are missing which could change a verdict or a dose."""
    missing = page.answer.missing
    if not missing:
        return []
    what = "fact is" if len(missing) == 1 else "facts are"
    text = f"Open: {len(missing)} {what} not known and could change a dose or a verdict."
    asked = " ".join(one.question for one in missing[:MOST_ASKED])
    return page.said(f"{text} First: {asked}", first="?  ")


def _before_start(page: Page) -> list[str]:
    """Say that there are checks before the first dose."""
    checks = [one for drug in page.answer.before_start for one in drug.checks]
    due = len({one.text for one in checks if one.state != "done"})
    what = "1 check stands" if due == 1 else f"{due} checks stand"
    return page.said(f"Before the first dose: {what} below.", first=">  ") if due else []
