"""One answer on one sheet of paper: what every part of the text is written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from myopathway.render.words import LEVELS, basis_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.engine.outcome import Answer, NoticeAnswer, Reason
    from myopathway.guideline.model import Guideline
    from myopathway.render.paper import Paper, Run, Style
    from myopathway.render.views import OptionView, TherapyView

# Word and colour of a verdict: the word alone must be enough.
_VERDICTS: Final[dict[str, tuple[str, Style]]] = {
    "favoured": ("FAVOURED", "green"),
    "offered": ("", ""),
    "caution": ("CAUTION", "yellow"),
    "excluded": ("RULED OUT", ""),
}
_ALARM: Final[dict[str, Style]] = {"critical": "red", "warning": "yellow"}
_SIGNS: Final = {"critical": "!! ", "warning": "!  "}


@dataclass(frozen=True, slots=True)
class Page:
    """An answer with the guideline that gave it, made ready, and the paper to write on."""

    paper: Paper
    answer: Answer
    guideline: Guideline
    therapies: tuple[TherapyView, ...]

    def said(
        self, text: str, basis: str = "", *, first: str = "", hang: str | None = None
    ) -> list[str]:
        """Write a sentence, followed by the id that it rests on."""
        return self.paper.lines((text, ""), *self.brackets(basis), first=first, hang=hang)

    def reasons(self, reasons: Iterable[Reason], first: str = "  - ") -> list[str]:
        """Write reasons, one after the other."""
        return [line for one in reasons for line in self.said(one.text, one.basis, first=first)]

    def notice(self, one: NoticeAnswer) -> list[str]:
        """Write a notice, its signal word first."""
        word = f"{LEVELS.get(one.level, one.level)}:"
        return self.paper.lines(
            (word, _ALARM.get(one.level, "")),
            (one.text, ""),
            *self.brackets(one.basis),
            first=_SIGNS.get(one.level, "-  "),
        )

    def brackets(self, basis: str) -> tuple[Run, ...]:
        """Give the id that a sentence rests on, as it stands after the sentence."""
        return ((f"[{basis_words(self.guideline, basis)}]", "dim"),) if basis else ()


def heading(option: OptionView, more: str = "") -> tuple[Run, ...]:
    """Name an option with its verdict and, in parentheses, the source's own rank and ``more``."""
    verdict = option.answer.verdict
    word, style = _VERDICTS.get(verdict, (verdict.upper(), ""))
    runs: list[Run] = [(option.title, "bold")]
    if word:
        runs += [("–", ""), (word, style)]
    told = "; ".join(part for part in (option.tier, more) if part)
    if told:
        runs.append((f"({told})", ""))
    return tuple(runs)


def loud(answer: Answer) -> tuple[NoticeAnswer, ...]:
    """Give the notices that are more than remarks, the gravest first."""
    grave = [one for one in answer.notices if one.level == "critical"]
    return (*grave, *(one for one in answer.notices if one.level == "warning"))
