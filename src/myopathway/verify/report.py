"""What verification says: each property with the space it was proved over, and what breaks it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

Facts: TypeAlias = dict[str, Any]
"""A facts document, as ``recommend`` reads it."""


class Failure(msgspec.Struct, frozen=True):
    """One thing that is not so, and the smallest patient that shows it (None: none is needed)."""

    says: str
    patient: Facts | None = None


class Finding(msgspec.Struct, frozen=True):
    """One property: what it says, how and over what it was settled, how long it took."""

    id: str
    says: str
    how: Literal["read", "every case", "exhaustive", "solver", "exhaustive and solver"]
    space: str
    seconds: float
    failures: tuple[Failure, ...]

    @property
    def holds(self) -> bool:
        """Say whether the property holds."""
        return not self.failures


class Report(msgspec.Struct, frozen=True):
    """Every property of one content."""

    guideline: str
    version: str
    content_hash: str
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Say whether every property holds."""
        return all(one.holds for one in self.findings)
