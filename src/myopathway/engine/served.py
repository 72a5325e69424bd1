"""What a node offers one patient."""

from __future__ import annotations

import msgspec

from myopathway.engine.asked import Wanted
from myopathway.engine.outcome import DrugDose, TherapyAnswer


class Served(msgspec.Struct, frozen=True):
    """The therapies of a node, what is not known of them, and what they cite (bits).

    ``open`` are the drugs of options that are not excluded, in the order of the answer.
    """

    therapies: tuple[TherapyAnswer, ...]
    wanted: tuple[Wanted, ...]
    cites: int
    open: tuple[DrugDose, ...]
