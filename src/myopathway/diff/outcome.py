"""What two versions of the guideline tell apart, and whose answer it changes, as values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, TypeAlias

import msgspec

from myopathway.whatif.difference import Difference

Kind: TypeAlias = Literal[
    "option", "dose", "condition", "verdict", "place", "drug", "fact", "message", "monitoring",
    "order", "wording", "citation", "code", "content",
]  # fmt: skip


class Change(msgspec.Struct, frozen=True):
    """One change of the content: where, what, and how it read before and after.

    ``before`` is None for what was added, ``after`` for what was taken away.
    """

    kind: Kind
    where: str
    what: str
    before: str | None
    after: str | None


class Move(msgspec.Struct, frozen=True):
    """Combinations of placing facts that end elsewhere, and the smallest patient who does."""

    before: str
    after: str
    combinations: int
    patient: dict[str, Any]


class Placed(msgspec.Struct, frozen=True):
    """The exhaustive comparison of places: every combination that the placing criteria can see."""

    facts: tuple[str, ...]
    histories: int
    combinations: int
    changed: int
    moves: tuple[Move, ...]


class Reversal(msgspec.Struct, frozen=True):
    """Combinations in which an option's verdict is another, with the smallest patient."""

    node: str
    option: str
    before: str
    after: str
    combinations: int
    patient: dict[str, Any]


class Judged(msgspec.Struct, frozen=True):
    """The exhaustive comparison of one option: all that its changed rules can see.

    Whatever both versions say alike was left open to speak or not; ``whole`` is false where the
    combinations were too many and only single facts were taken.
    """

    node: str
    option: str
    facts: tuple[str, ...]
    combinations: int
    changed: int
    reversals: tuple[Reversal, ...]
    whole: bool = True


class Dosed(msgspec.Struct, frozen=True):
    """A dose that comes out otherwise, for weights from ``lightest`` to ``heaviest`` (kg).

    The figures are those at both ends. Without weights it is another whatever the weight.
    """

    node: str
    option: str
    drug: str
    kind: str
    before: tuple[str, str]
    after: tuple[str, str]
    lightest: Decimal | None = None
    heaviest: Decimal | None = None


class Person(msgspec.Struct, frozen=True):
    """A patient whose answer changes, and how."""

    id: str
    difference: Difference


class Group(msgspec.Struct, frozen=True):
    """Patients who were answered by both versions, and those whose answer changes.

    ``unread``: whom one of the versions cannot read, and why.
    """

    name: str
    patients: int
    changed: tuple[Person, ...]
    unread: tuple[tuple[str, str], ...] = ()

    @property
    def clinical(self) -> tuple[Person, ...]:
        """Give those for whom place, a verdict or a dose changes."""
        return tuple(one for one in self.changed if one.difference.clinical)


class Comparison(msgspec.Struct, frozen=True):
    """Two versions of the guideline, compared in content and in patients."""

    old: str
    new: str
    changes: tuple[Change, ...]
    places: Placed
    options: tuple[Judged, ...]
    doses: tuple[Dosed, ...]
    groups: tuple[Group, ...]
