"""The plan for a regimen, as values: before the first dose, what to test when, what to do then."""

from __future__ import annotations

import msgspec

from myopathway.engine.outcome import (
    Advice,
    DrugChecks,
    GuidelineAnswer,
    NoticeAnswer,
    Reason,
    SafetyRowAnswer,
    TruthWord,
)
from myopathway.facts import Unread


class ExcludedDrug(msgspec.Struct, frozen=True):
    """A drug that is ruled out for the patient, and why."""

    drug: str
    reasons: tuple[Reason, ...]


class Due(msgspec.Struct, frozen=True):
    """A day by which a test is due, and the interval that it belongs to."""

    date: str
    says: str


class PlannedTest(msgspec.Struct, frozen=True):
    """A test while a drug is taken; where no day can be worked out, ``first`` says when."""

    drug: str
    test: str
    first: str
    dates: tuple[Due, ...]
    intervals: tuple[str, ...]
    says: str
    basis: str


class PlannedThreshold(msgspec.Struct, frozen=True):
    """A finding and what to do about it; ``now`` says whether it holds already."""

    test: str
    when: str
    says: str
    drugs: tuple[str, ...]
    now: TruthWord
    basis: str


class DrugAdvice(msgspec.Struct, frozen=True):
    """What is to be known of a drug while it is given."""

    drug: str
    advice: tuple[Advice, ...]


class PolicyShown(msgspec.Struct, frozen=True):
    """The monitoring policy of a plan, where it comes from and how well it is confirmed."""

    id: str
    title: str
    source: str
    confidence: str
    verified: bool
    text: str


class Plan(msgspec.Struct, frozen=True):
    """A regimen planned from a start date; with ``excluded`` nothing is planned."""

    drugs: tuple[str, ...]
    start: str
    until: str
    as_of: str
    node: str | None
    possible: tuple[str, ...]
    excluded: tuple[ExcludedDrug, ...]
    warnings: tuple[NoticeAnswer, ...]
    before_start: tuple[DrugChecks, ...]
    monitoring: tuple[PlannedTest, ...]
    thresholds: tuple[PlannedThreshold, ...]
    advice: tuple[DrugAdvice, ...]
    policy: PolicyShown
    safety: tuple[SafetyRowAnswer, ...]
    guideline: GuidelineAnswer
    unread: tuple[Unread, ...] | msgspec.UnsetType = msgspec.UNSET
