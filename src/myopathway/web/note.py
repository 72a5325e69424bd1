"""The answer as a note for a record: plain text, nothing that a record system would swallow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.render.first_screen import first_screen
from myopathway.render.page import Page
from myopathway.render.paper import Paper
from myopathway.render.record import closing
from myopathway.render.views import therapy_views

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline

_WIDTH: Final = 96


def note(answer: Answer, guideline: Guideline) -> str:
    """Write what the first screen says, and from which content; no abbreviations, no markup."""
    page = Page(Paper(_WIDTH), answer, guideline, therapy_views(answer, guideline))
    return "\n".join([*first_screen(page), *closing(page)]) + "\n"
