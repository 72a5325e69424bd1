"""What stands below the first screen: the checks, what to watch for, what may be planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from myopathway.render.doses import WEEKLY
from myopathway.render.words import capital, drug_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Advice, Answer, CheckAnswer
    from myopathway.guideline.model import Guideline
    from myopathway.render.views import TherapyView

_KINDS: Final = {"adverse-effect": "Adverse effects"}


@dataclass(frozen=True, slots=True)
class Before:
    """The checks before the first dose of a drug; ``again`` names those that stand above."""

    title: str
    checks: tuple[CheckAnswer, ...]
    again: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """What to know of a drug: of which kind, in words, and on what it rests."""

    kind: str
    text: str
    basis: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A drug: what the source texts state of it, then what the drug-safety rules add."""

    title: str
    stated: tuple[Remark, ...]
    further: tuple[Remark, ...]
    again: tuple[str, ...]


def before_start(answer: Answer, guideline: Guideline) -> tuple[Before, ...]:
    """Give the checks drug by drug; one that several drugs share is said once."""
    told: set[tuple[str, str]] = set()
    found: list[Before] = []
    for drug in answer.before_start:
        new = tuple(one for one in drug.checks if (one.text, one.basis) not in told)
        again = [one.basis for one in drug.checks if (one.text, one.basis) in told]
        told.update((one.text, one.basis) for one in new)
        title = drug_title(guideline, drug.drug)
        found.append(Before(title, new, tuple(dict.fromkeys(again))))
    return tuple(found)


def due(answer: Answer) -> int:
    """Count the checks that are not done."""
    checks = [one for drug in answer.before_start for one in drug.checks]
    return len({one.text for one in checks if one.state != "done"})


def watched(views: tuple[TherapyView, ...], guideline: Guideline) -> tuple[Watched, ...]:
    """Give what to watch for with each drug that may be chosen, shared remarks once."""
    told: set[tuple[str, str]] = set()
    return tuple(_watched(views, guideline, told))


def _watched(
    views: tuple[TherapyView, ...], guideline: Guideline, told: set[tuple[str, str]]
) -> Iterator[Watched]:
    drugs = {
        line.drug.drug: line.drug
        for view in views
        for option in view.open
        for line in option.lines
        if line.drug.advice
    }
    for name, drug in drugs.items():
        often = f" – {WEEKLY}" if WEEKLY.lower() in drug.dose.lower() else ""
        new = [one for one in drug.advice if (one.text, one.basis) not in told]
        again = [one.basis for one in drug.advice if (one.text, one.basis) in told]
        told.update((one.text, one.basis) for one in new)
        of_sources = [one.basis in guideline.statements for one in new]
        yield Watched(
            f"{drug_title(guideline, name)}{often}",
            tuple(_remark(one) for one, own in zip(new, of_sources, strict=True) if own),
            tuple(_remark(one) for one, own in zip(new, of_sources, strict=True) if not own),
            tuple(dict.fromkeys(again)),
        )


def _remark(one: Advice) -> Remark:
    kind = _KINDS.get(one.kind, capital(one.kind.replace("-", " ")))
    return Remark(kind, one.text, one.basis)


def plannable(views: tuple[TherapyView, ...]) -> tuple[tuple[str, str], ...]:
    """Give the options that may be chosen, as a plan is asked for them."""
    return tuple(dict.fromkeys((one.answer.id, one.title) for view in views for one in view.open))
