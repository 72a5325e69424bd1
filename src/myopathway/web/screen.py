"""The first screen: where the patient stands, what to give, the cautions that change the act."""

from __future__ import annotations

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
                for one in option.lead:
                    told.setdefault((one.text, one.basis), []).append(small(option.title))
    for (text, basis), about in told.items():
        yield Caution("caution", "Caution", capital(listed(about)), text, basis)


def worked(option: OptionView, place: int) -> str:
    """Show how the doses of a drug follow from the weight; empty where they do not."""
    drug = option.lines[place].drug
    found = [one for one in workings(drug) if "×" in one and "kg" in one]
    return "; ".join(small(one) for one in found[:2])


def ruled_out(view: TherapyView) -> str:
    """Name the options of a therapy that are out."""
    return titles_listed(one.title for one in view.options if one.excluded)
