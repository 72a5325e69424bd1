"""The first screen: where the patient stands, what to give, the cautions that change the act."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from myopathway.render.doses import workings
from myopathway.render.page import loud
from myopathway.render.views import therapy_views
from myopathway.render.words import (
    LEVELS,
    capital,
    day,
    listed,
    patient_words,
    small,
    titles_listed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.render.views import OptionView, TherapyView

MOST_CAUTIONS: Final = 3
_SHORTEST: Final = 60  # characters of a lead, and of what is worth folding away
_STOPS: Final = re.compile(r"[.;] ")
SIGNS: Final = {"critical": "✖", "warning": "▲", "caution": "▲", "info": "●"}
VERDICTS: Final = {
    "favoured": ("✚", "Favoured"),
    "offered": ("", ""),
    "caution": ("▲", "Caution"),
    "excluded": ("✖", "Ruled out"),
}


@dataclass(frozen=True, slots=True)
class Caution:
    """A message that may change the act: its signal word, of what it speaks, what it says."""

    level: str
    word: str
    about: str
    text: str
    basis: str

    @property
    def lead(self) -> str:
        """Give the first sentence, or its first half, where the text is long; else all of it."""
        ends = [m.end() for m in _STOPS.finditer(self.text) if m.end() >= _SHORTEST]
        long = ends and len(self.text) - ends[0] >= _SHORTEST
        return self.text[: ends[0]].rstrip() if long else self.text

    @property
    def rest(self) -> str:
        """Give what follows the lead."""
        return self.text[len(self.lead) :].strip()


@dataclass(frozen=True, slots=True)
class Offered:
    """Options that are shown together: one, or several of the same verdict and the same dose."""

    titles: tuple[str, ...]
    option: OptionView

    @property
    def named(self) -> bool:
        """Say whether the doses name the drugs already, so that a heading would repeat them."""
        return len(self.option.lines) > 1


@dataclass(frozen=True, slots=True)
class Screen:
    """What has to be read even where nothing else is; ``more`` counts the cautions below."""

    title: str
    who: str
    stated: bool
    therapies: tuple[TherapyView, ...]
    critical: tuple[Caution, ...]
    cautions: tuple[Caution, ...]
    below: tuple[Caution, ...]

    @property
    def grave(self) -> int:
        """Count the critical messages that stand below."""
        return sum(one.level == "critical" for one in self.below)


def screen(answer: Answer, guideline: Guideline) -> Screen:
    """Make the first screen of an answer ready."""
    views = therapy_views(answer, guideline)
    who = patient_words(guideline, ((one.fact, one.value) for one in answer.facts))
    told = f"{who}; on {day(answer.as_of)}" if who else f"For {day(answer.as_of)}"
    found = tuple(_cautions(answer, views))
    first = found[:MOST_CAUTIONS]
    return Screen(
        answer.about.title,
        told,
        bool(answer.facts),
        views,
        tuple(one for one in first if one.level == "critical"),
        tuple(one for one in first if one.level != "critical"),
        found[MOST_CAUTIONS:],
    )


def _cautions(answer: Answer, views: tuple[TherapyView, ...]) -> Iterator[Caution]:
    for one in loud(answer):
        yield Caution(one.level, LEVELS[one.level].capitalize(), "", one.text, one.basis)
    told: dict[tuple[str, str], list[str]] = {}
    for view in views:
        for option in view.options:
            if option.answer.verdict == "caution":
                for why in option.lead:
                    told.setdefault((why.text, why.basis), []).append(small(option.title))
    for (text, basis), about in told.items():
        yield Caution("caution", "Caution", capital(listed(about)), text, basis)


def offered(view: TherapyView) -> tuple[Offered, ...]:
    """Give the open options, neighbours of which the same is said in one."""
    found: list[Offered] = []
    for one in view.open:
        last = found[-1] if found else None
        if last is not None and _said(last.option) == _said(one) and not one.standing:
            found[-1] = Offered((*last.titles, one.title), last.option)
        else:
            found.append(Offered((one.title,), one))
    return tuple(found)


def _said(option: OptionView) -> tuple[object, ...]:
    doses = tuple((one.amount, one.rest) for one in option.lines)
    return (option.answer.verdict, doses, bool(option.standing), len(option.lines) == 1)


def worked(option: OptionView, place: int) -> str:
    """Show from which weight the doses of a drug follow; empty where they do not."""
    drug = option.lines[place].drug
    found = [one.partition(" = ")[0] for one in workings(drug) if "×" in one and "kg" in one]
    return "; ".join(found[:2])


def ruled_out(view: TherapyView) -> str:
    """Name the options of a therapy that are out."""
    return titles_listed(one.title for one in view.options if one.excluded)
