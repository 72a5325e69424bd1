"""What another fact would change in an answer, and the least that would change it."""

from __future__ import annotations

from myopathway.whatif.difference import Difference, difference
from myopathway.whatif.request import Change, changed, read_changes
from myopathway.whatif.search import suggestions
from myopathway.whatif.suggestion import Aim, Suggestion, Suggestions

__all__ = [
    "Aim",
    "Change",
    "Difference",
    "Suggestion",
    "Suggestions",
    "changed",
    "difference",
    "read_changes",
    "suggestions",
]
