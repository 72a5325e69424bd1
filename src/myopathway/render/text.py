"""The answer for a terminal: what to do on the first screen, everything behind it below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.render import below, record
from myopathway.render.first_screen import first_screen
from myopathway.render.page import Page
from myopathway.render.paper import NARROWEST, Paper
from myopathway.render.views import therapy_views

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline

# A section without anything to say is left out, its heading too.
_SECTIONS: Final[tuple[tuple[str, Callable[[Page], Iterator[str]]], ...]] = (
    ("More to watch", below.more_to_watch),
    ("Why", record.why),
    ("The options and their reasons", below.details),
    ("Ruled out", below.ruled_out),
    ("Not known", below.not_known),
    ("Doses: how they were worked out", below.worked_out),
    ("Before the first dose", below.before_start),
    ("What to watch for", below.advice),
    ("Evidence", below.evidence),
    ("Notes", below.notes),
    ("What is known", record.known),
    ("Not read", record.not_read),
    ("References", record.references),
    ("Where the drug-safety rules come from", record.safety),
)
BELOW: Final = "Below:"
LEFT_OUT: Final = "Not shown here:"


def text(
    answer: Answer,
    guideline: Guideline,
    *,
    width: int = 80,
    colour: bool = False,
    brief: bool = False,
) -> str:
    """Write an answer within ``width`` columns; escape codes only where ``colour`` is asked for.

    ``brief`` stops after the first screen and says what more there is.
    """
    paper = Paper(max(width, NARROWEST), colour)
    page = Page(paper, answer, guideline, therapy_views(answer, guideline))
    sections = [(title, lines) for title, write in _SECTIONS if (lines := list(write(page)))]
    done = list(first_screen(page))
    contents = ", ".join(title.lower() for title, _ in sections)
    done += paper.lines((LEFT_OUT if brief else BELOW, "bold"), (contents, "dim"), hang="  ")
    for title, lines in () if brief else sections:
        done += ["", *paper.rule(title, "-"), *lines]
    done += ["", *record.closing(page)]
    return "\n".join(done) + "\n"
