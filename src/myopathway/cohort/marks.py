"""Lists decided by the engine, once for each distinct list: which of its leaves hold."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from myopathway.criteria import Includes, TakenWith
from myopathway.engine.factual import fact_truth
from myopathway.facts import Known, plain_name
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.cohort.leaves import Leaves, Seen

_ANY_DAY: Final = dt.date(2000, 1, 1)  # what a list holds does not depend on the day


class Marks:
    """Decides lists; what was decided is kept."""

    def __init__(self, leaves: Leaves) -> None:
        """Decide the leaves that were asked for until now."""
        self._lists = {fact: dict(own) for fact, own in leaves.lists.items()}
        self._known: dict[tuple[str, tuple[str, ...]], int] = {}

    @property
    def facts(self) -> list[str]:
        """Name the facts whose lists are read."""
        return list(self._lists)

    def size(self, fact: str) -> int:
        """Count the leaves that read a fact's list."""
        return len(self._lists[fact])

    def bits(self, fact: str, members: tuple[str, ...]) -> int:
        """Say which leaves hold for a list, each a bit."""
        key = (fact, members)
        if key not in self._known:
            plain = {plain_name(one) for one in members}
            self._known[key] = sum(
                self._holds(fact, wanted, members, plain) << place
                for wanted, place in self._lists[fact].items()
            )
        return self._known[key]

    @staticmethod
    def _holds(fact: str, wanted: Seen | str, members: tuple[str, ...], plain: set[str]) -> bool:
        match wanted:
            case str():
                return wanted in members
            case TakenWith(drug=drug):
                return drug in plain
            case Includes():
                return fact_truth(wanted, {fact: Known(members)}, _ANY_DAY) is Truth.TRUE
            case _:
                return False
