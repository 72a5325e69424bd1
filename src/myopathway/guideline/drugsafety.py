"""The drug-safety layer as the engine sees it: what its rows forbid, hold, ask for and say."""

from __future__ import annotations

from typing import Literal

import msgspec

from myopathway.criteria import Criterion


class SafetyRule(msgspec.Struct, frozen=True):
    """A drug-safety rule with a source of its own; it only ever subtracts.

    ``effect``: block excludes, hold cautions, warn only says, vaccine speaks of the vaccine.
    ``ask_unless``: while this holds, asking for what is not known would be pointless.
    """

    row: str
    drug: str
    kind: str
    says: str
    effect: Literal["block", "hold", "warn", "vaccine"]
    when: Criterion
    ask: str
    ask_unless: Criterion | None
    groups: tuple[str, ...]
    nodes: tuple[str, ...]
    source: str
    confidence: str


class Check(msgspec.Struct, frozen=True):
    """What is to be done or known before the first dose of a drug."""

    row: str
    drug: str
    says: str
    when: Criterion
    done: Criterion | None
    source: str
    confidence: str


class SafetyAdvice(msgspec.Struct, frozen=True):
    """What is to be known of a drug and cannot be computed."""

    row: str
    drug: str
    kind: str
    says: str
    source: str
    confidence: str


class SafetyNotice(msgspec.Struct, frozen=True):
    """A whole-patient rule; ``climbing``: re-checked before a treatment is called failed."""

    row: str
    level: Literal["info", "warning", "critical"]
    says: str
    when: Criterion
    source: str
    confidence: str
    climbing: bool = False


class SafetyRow(msgspec.Struct, frozen=True):
    """A row of the fact sheet in the ledger: what became of it."""

    row: str
    used_as: str
    reason: str = ""


class Safety(msgspec.Struct, frozen=True):
    """The drug-safety layer; every row of the fact sheet is accounted for in the ledger."""

    rules: tuple[SafetyRule, ...] = ()
    checks: tuple[Check, ...] = ()
    advice: tuple[SafetyAdvice, ...] = ()
    notices: tuple[SafetyNotice, ...] = ()
    ledger: dict[str, SafetyRow] = {}
