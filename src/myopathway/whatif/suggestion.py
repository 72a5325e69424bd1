"""What would change an answer: smallest sets of changes, each with what they bring about."""

from __future__ import annotations

from typing import Literal

import msgspec

from myopathway.engine.outcome import Reason


class Altered(msgspec.Struct, frozen=True):
    """One fact of a suggestion: how it is, how it would be, and the change as the command takes it.

    ``changes``: ``by-treatment`` what can be acted on, ``with-the-disease``, or ``not-known-yet``.
    """

    fact: str
    before: str
    after: str
    written: str
    changes: Literal["by-treatment", "with-the-disease", "not-known-yet"]


class Suggestion(msgspec.Struct, frozen=True):
    """A smallest set of changes that reaches one aim, and the reasons of the new answer."""

    alter: tuple[Altered, ...]
    reasons: tuple[Reason, ...]


class Aim(msgspec.Struct, frozen=True):
    """What would be otherwise: the place (``option`` empty), or an option's verdict.

    No smaller set reaches it; ``more`` counts further sets of the same size.
    """

    option: str
    before: str
    after: str
    suggestions: tuple[Suggestion, ...]
    more: int = 0


class Suggestions(msgspec.Struct, frozen=True):
    """Every aim that could be reached, and how large the sets were that were tried for it."""

    status: str
    node: str | None
    possible: tuple[str, ...]
    places: tuple[Aim, ...]
    verdicts: tuple[Aim, ...]
    tried_for_places: int
    tried_for_verdicts: int
