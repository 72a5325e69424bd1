"""A monitoring policy as the engine sees it: what is tested when, and what a result asks for."""

from __future__ import annotations

import msgspec


class Phase(msgspec.Struct, frozen=True):
    """An interval of a test, in days, and until when it holds (days from the first dose)."""

    every_days: int
    until: str
    until_days: int | None
    says: str


class Monitored(msgspec.Struct, frozen=True):
    """A test while a drug is taken; without ``first_days`` its beginning is said in words."""

    test: str
    first: str
    first_days: int | None
    phases: tuple[Phase, ...]
    row: str
    says: str
    source: str
    confidence: str


class Threshold(msgspec.Struct, frozen=True):
    """A finding on treatment and what to do about it."""

    test: str
    when: str
    says: str
    row: str
    drugs: tuple[str, ...]
    source: str
    confidence: str


class Policy(msgspec.Struct, frozen=True):
    """A monitoring policy: tests by drug, and thresholds."""

    id: str
    title: str
    source: str
    confidence: str
    says: str
    drugs: dict[str, tuple[Monitored, ...]]
    thresholds: tuple[Threshold, ...]
