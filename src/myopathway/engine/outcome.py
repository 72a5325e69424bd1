"""The answer, as values: what every way out of the system shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec

from myopathway.facts import Source, Unread

Status = Literal["recommended", "needs-information", "conflict", "not-covered"]
Verdict = Literal["favoured", "offered", "caution", "excluded"]
CheckState = Literal["done", "due", "if it applies"]
TruthWord = Literal["true", "false", "unknown"]


class Calculated(msgspec.Struct, frozen=True, gc=False):
    """A dose worked out: an interval in a unit, whether an end was held at the ceiling, and how."""

    kind: str
    low: Decimal
    high: Decimal
    unit: str
    capped: bool
    working: str


class Reason(msgspec.Struct, frozen=True, gc=False):
    """One sentence and the id (statement, interpretation or safety rule) that it rests on."""

    text: str
    basis: str


class Advice(msgspec.Struct, frozen=True, gc=False):
    """What holds wherever a drug is given: ``kind`` is adverse-effect, monitoring, supplement."""

    kind: str
    text: str
    basis: str


class DrugDose(msgspec.Struct, frozen=True, gc=False):
    """A drug of an option: routes, the dose in words, and what could be worked out of it."""

    drug: str
    route: tuple[str, ...]
    dose: str
    calculated: tuple[Calculated, ...]
    basis: str
    advice: tuple[Advice, ...] = ()


class OptionAnswer(msgspec.Struct, frozen=True, gc=False):
    """An option of the node with its verdict and every reason for it."""

    id: str
    tier: str | None
    verdict: Verdict
    reasons: tuple[Reason, ...]
    drugs: tuple[DrugDose, ...]
    evidence: tuple[Reason, ...] = ()


class TherapyAnswer(msgspec.Struct, frozen=True, gc=False):
    """A part of the node: its role, what it says, its options."""

    role: str
    text: str
    statements: tuple[str, ...]
    options: tuple[OptionAnswer, ...]


class FactUsed(msgspec.Struct, frozen=True, gc=False):
    """A fact as a step of the trace used it; ``value`` is null while it is unknown."""

    name: str
    value: Any
    source: Source | None


class Step(msgspec.Struct, frozen=True, gc=False):
    """One criterion on the way to the node."""

    criterion: str
    value: TruthWord
    facts: tuple[FactUsed, ...]
    basis: str


class CheckAnswer(msgspec.Struct, frozen=True, gc=False):
    """A check before the first dose: what, whether it is done, and the row it rests on."""

    text: str
    state: CheckState
    basis: str


class DrugChecks(msgspec.Struct, frozen=True, gc=False):
    """The checks before the first dose of a drug."""

    drug: str
    checks: tuple[CheckAnswer, ...]


class SafetyRowAnswer(msgspec.Struct, frozen=True, gc=False):
    """Where a drug-safety row that the answer uses comes from; it is none of the two sources."""

    row: str
    source: str
    confidence: str
    verified: bool


class Missing(msgspec.Struct, frozen=True, gc=False):
    """A fact that is not known and what it would decide."""

    fact: str
    question: str
    decides: tuple[str, ...]


class NoticeAnswer(msgspec.Struct, frozen=True, gc=False):
    """A message for the reader."""

    level: Literal["info", "warning", "critical"]
    text: str
    basis: str


class ReferenceAnswer(msgspec.Struct, frozen=True, gc=False):
    """A work that something in the answer cites."""

    number: int
    citation: str
    pmid: str


class SourceText(msgspec.Struct, frozen=True, gc=False):
    """A source text as it is named to users."""

    title: str
    publisher: str
    url: str


class GuidelineAnswer(msgspec.Struct, frozen=True, gc=False):
    """Which content gave the answer."""

    id: str
    version: str
    content_hash: str
    sources: tuple[SourceText, ...]


class About(msgspec.Struct, frozen=True, gc=False):
    """Where the patient stands, in words."""

    title: str
    text: str
    statements: tuple[str, ...]
    evidence: tuple[Reason, ...]


class FactShown(msgspec.Struct, frozen=True, gc=False):
    """A fact that is known, as the reader may check it."""

    fact: str
    value: Any
    source: Source


class Answer(msgspec.Struct, frozen=True, gc=False):
    """The whole answer for one patient on one day."""

    status: Status
    node: str | None
    group: str | None
    line: int | None
    possible: tuple[str, ...]
    about: About
    therapies: tuple[TherapyAnswer, ...]
    trace: tuple[Step, ...]
    missing: tuple[Missing, ...]
    notices: tuple[NoticeAnswer, ...]
    references: tuple[ReferenceAnswer, ...]
    as_of: str
    facts: tuple[FactShown, ...]
    guideline: GuidelineAnswer
    before_start: tuple[DrugChecks, ...] = ()
    safety: tuple[SafetyRowAnswer, ...] = ()
    unread: tuple[Unread, ...] | msgspec.UnsetType = msgspec.UNSET
