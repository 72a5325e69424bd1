"""What is fixed of the therapies of a node and of their options."""

from __future__ import annotations

import msgspec

from myopathway.engine.asked import Wanted
from myopathway.engine.doses import Doses
from myopathway.engine.judged import Sheet
from myopathway.engine.outcome import DrugDose, Reason
from myopathway.guideline.model import Option, Therapy


class Entry(msgspec.Struct, frozen=True, eq=False):
    """What is fixed of an option of a node.

    ``excluded`` and ``by_age`` are its drugs where no weight is needed; ``no_age`` is what is
    asked while the age is not known.
    """

    option: Option
    doses: tuple[Doses, ...]
    evidence: tuple[Reason, ...]
    statements: tuple[str, ...]
    cites: int
    by_weight: bool
    sheet: Sheet
    excluded: tuple[DrugDose, ...]
    by_age: dict[bool | None, tuple[DrugDose, ...]]
    no_age: tuple[Wanted, ...]


class Part(msgspec.Struct, frozen=True, eq=False):
    """What is fixed of a therapy of a node; ``shown``: its statements, all options listed."""

    therapy: Therapy
    entries: tuple[Entry, ...]
    statements: tuple[str, ...]
    shown: tuple[str, ...]
    cites: int
