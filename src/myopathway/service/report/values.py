"""A report, as values; counts alone, and nothing of any patient."""

from __future__ import annotations

import datetime as dt  # msgspec reads the annotations

import msgspec


class Period(msgspec.Struct, frozen=True):
    """From the beginning of one day to the end of another, in UTC."""

    since: dt.date
    until: dt.date

    @property
    def begin(self) -> float:
        """Give its begin in seconds since 1970."""
        return _midnight(self.since)

    @property
    def end(self) -> float:
        """Give its end in seconds since 1970."""
        return _midnight(self.until + dt.timedelta(days=1))


class CardLine(msgspec.Struct, frozen=True):
    """One kind of card: where it shows up, how often, and what became of it.

    ``accepted``, ``changed`` (accepted with a change, on the page alone) and ``overridden`` count
    cards, a card once for each; ``why`` counts the reasons given, ``silent`` what would have been
    shown, ``repeated`` what was acknowledged before. Of the page only decided answers are shown.
    """

    service: str
    node: str
    indicator: str
    shown: int
    accepted: int
    changed: int
    overridden: int
    why: dict[str, int]
    silent: int
    repeated: int


class RuleLine(msgspec.Struct, frozen=True):
    """A rule that fired before the period and not in it."""

    rule: str
    fired_before: int
    last_day: str


class Report(msgspec.Struct, frozen=True):
    """Everything about one period."""

    period: Period
    evaluations: dict[str, int]
    contents: tuple[str, ...]
    median_ms: float | None
    slowest_ms: float | None
    cards: tuple[CardLine, ...]
    unknown_cards: int
    rules_fired: int
    stopped: tuple[RuleLine, ...]


def _midnight(day: dt.date) -> float:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp()
