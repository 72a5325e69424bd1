"""The next question: what to ask of a half-known patient so that the answer is settled soonest."""

from __future__ import annotations

from myopathway.ask.document import document
from myopathway.ask.interview import Asker, Interview
from myopathway.ask.question import Question

__all__ = ["Asker", "Interview", "Question", "document"]
