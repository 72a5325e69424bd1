"""What stands below the first screen of the text: why, what else to know, from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.render.doses import WEEKLY, workings
from myopathway.render.first_screen import MOST_CAUTIONS
from myopathway.render.page import heading, loud
from myopathway.render.words import capital, decided, drug_title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from myopathway.render.page import Page
    from myopathway.render.views import OptionView

_ADVICE: Final = {
    "adverse-effect": "Adverse effects",
    "monitoring": "Monitoring",
    "supplement": "Supplement",
}


def more_to_watch(page: Page) -> Iterator[str]:
    """Write the cautions that the first screen has no room for."""
    for one in loud(page.answer)[MOST_CAUTIONS:]:
        yield from page.notice(one)


def details(page: Page) -> Iterator[str]:
    """Write every reason for each option that is open."""
    for option in _options(page, excluded=False):
        yield from page.paper.lines(*heading(option))
        yield from page.reasons(option.answer.reasons)


def ruled_out(page: Page) -> Iterator[str]:
    """Write every reason against each option that is out; no dose is shown for it."""
    for option in _options(page, excluded=True):
        yield from page.paper.lines(*heading(option))
        yield from page.reasons(option.answer.reasons)


def not_known(page: Page) -> Iterator[str]:
    """Write what is not known and what each of it decides."""
    for one in page.answer.missing:
        yield from page.said(one.question, first="? ")
        found = [decided(page.guideline, name) for name in one.decides]
        if found:
            yield from page.said(f"decides: {', '.join(found)}", first="    ")


def worked_out(page: Page) -> Iterator[str]:
    """Write how each dose was worked out, under the words of the guideline."""
    for option in _options(page, excluded=False):
        for line in option.lines:
            if line.drug.calculated:
                yield from page.paper.lines(
                    (f"{line.title}:", "bold"),
                    (line.drug.dose, ""),
                    *page.brackets(line.drug.basis),
                    hang="  ",
                )
                for text in workings(line.drug):
                    yield from page.said(text, first="  - ")


def before_start(page: Page) -> Iterator[str]:
    """Write the checks before the first dose, drug by drug; a shared one is said once."""
    told: set[tuple[str, str]] = set()
    for drug in page.answer.before_start:
        yield from page.paper.lines((drug_title(page.guideline, drug.drug), "bold"))
        again = [one.basis for one in drug.checks if (one.text, one.basis) in told]
        for one in drug.checks:
            if (one.text, one.basis) not in told:
                told.add((one.text, one.basis))
                yield from page.said(one.text, one.basis, first=f"  {f'[{one.state}]':<6} ")
        yield from _again(page, again)


def advice(page: Page) -> Iterator[str]:
    """Write what to watch for, each drug once; what an earlier drug shares is only named again."""
    drugs = {
        line.drug.drug: line.drug
        for option in _options(page, excluded=False)
        for line in option.lines
        if line.drug.advice
    }
    told: set[tuple[str, str]] = set()
    for name, drug in drugs.items():
        often = f" – {WEEKLY}" if WEEKLY.lower() in drug.dose.lower() else ""
        yield from page.paper.lines((f"{drug_title(page.guideline, name)}{often}", "bold"))
        again = [one.basis for one in drug.advice if (one.text, one.basis) in told]
        for one in drug.advice:
            if (one.text, one.basis) in told:
                continue
            told.add((one.text, one.basis))
            kind = _ADVICE.get(one.kind, capital(one.kind.replace("-", " ")))
            yield from page.said(f"{kind}: {one.text}", one.basis, first="  - ")
        yield from _again(page, again)


def evidence(page: Page) -> Iterator[str]:
    """Write what the treatment rests on, the place first, then each option."""
    yield from page.reasons(page.answer.about.evidence, first="- ")
    for option in _options(page, excluded=False):
        if option.answer.evidence:
            yield from page.paper.lines((option.title, "bold"))
            yield from page.reasons(option.answer.evidence)


def notes(page: Page) -> Iterator[str]:
    """Write the remarks."""
    for one in page.answer.notices:
        if one.level == "info":
            yield from page.said(one.text, one.basis, first="- ")


def _again(page: Page, again: list[str]) -> Iterator[str]:
    if again:
        yield from page.said(f"As said above: {', '.join(dict.fromkeys(again))}", first="  - ")


def _options(page: Page, *, excluded: bool) -> Iterator[OptionView]:
    for therapy in page.therapies:
        for option in therapy.options:
            if option.excluded is excluded:
                yield option


Section = tuple[str, "Callable[[Page], Iterator[str]]"]
