"""The answer to an order, as values."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from myopathway.engine.outcome import (
    GuidelineAnswer,
    Missing,
    SafetyRowAnswer,
)
from myopathway.facts import Unread

Severity: TypeAlias = Literal["critical", "warning", "info"]
OrderStatus: TypeAlias = Literal["stop", "caution", "clear", "not-checked"]


class Finding(msgspec.Struct, frozen=True):
    """One thing about an order; ``working`` shows the amounts, ``asks`` names unknown facts."""

    severity: Severity
    text: str
    basis: str
    working: str = ""
    asks: tuple[str, ...] = ()


class Unchecked(msgspec.Struct, frozen=True):
    """What could not be checked, and which facts would let it be."""

    text: str
    basis: str
    asks: tuple[str, ...] = ()


class OrderShown(msgspec.Struct, frozen=True):
    """The order as it was read: the drug's name in the algorithm, as written, and the rest."""

    drug: str
    name: str
    text: str
    route: str
    start: str


class OrderAnswer(msgspec.Struct, frozen=True):
    """What the check of one order found, the gravest first.

    ``stop``: something critical; ``caution``: a warning, or something left unchecked; ``clear``:
    neither; ``not-checked``: no drug that is checked, and nothing against it beside the others.
    """

    status: OrderStatus
    order: OrderShown
    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]
    missing: tuple[Missing, ...]
    node: str | None
    possible: tuple[str, ...]
    as_of: str
    safety: tuple[SafetyRowAnswer, ...]
    guideline: GuidelineAnswer
    unread: tuple[Unread, ...] | msgspec.UnsetType = msgspec.UNSET
