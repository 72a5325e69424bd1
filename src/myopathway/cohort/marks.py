"""Lists decided by the engine, once for each distinct list: which of its leaves hold."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from myopathway.cohort.expressions import WORD
from myopathway.criteria import Includes, TakenWith
from myopathway.engine.factual import fact_truth
from myopathway.facts import Known, plain_name
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.cohort.leaves import Leaves, Seen

SEPARATOR: Final = "\x1f"
_ANY_DAY: Final = dt.date(2000, 1, 1)  # what a list holds does not depend on the day


class Marks:
    """The lists that were met so far."""

    def __init__(self, leaves: Leaves) -> None:
        """Decide the leaves that were asked for until now."""
        self._lists = {fact: dict(own) for fact, own in leaves.lists.items()}
        self._known: set[tuple[str, str]] = set()

    @property
    def facts(self) -> list[str]:
        """Name the facts whose lists are read."""
        return list(self._lists)

    def columns(self, fact: str = "") -> list[str]:
        """Name the columns that hold the bits, of one fact or of all."""
        return [
            f"m_{name}_{word}"
            for name, own in self._lists.items()
            if fact in ("", name)
            for word in range(-(-len(own) // WORD))
        ]

    def rows(self, keys: Iterable[tuple[str, str]]) -> dict[str, list[dict[str, Any]]]:
        """Decide new lists, given by fact and key: the rows for each fact's table."""
        found: dict[str, list[dict[str, Any]]] = {}
        for fact, key in keys:
            if (fact, key) not in self._known:
                self._known.add((fact, key))
                found.setdefault(fact, []).append(self._decided(fact, key))
        return found

    def _decided(self, fact: str, key: str) -> dict[str, Any]:
        members = tuple(key.split(SEPARATOR)) if key else ()
        row: dict[str, Any] = {f"list_key_{fact}": key}
        row |= dict.fromkeys(self.columns(fact), 0)
        plain = {plain_name(one) for one in members}
        for wanted, place in self._lists[fact].items():
            word, bit = divmod(place, WORD)
            row[f"m_{fact}_{word}"] |= self._holds(fact, wanted, members, plain) << bit
        return row

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
