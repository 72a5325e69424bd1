"""The single changes that could matter to a patient: one fact, one other way for rules to see it.

For each fact that a criterion reads there is one value for each way in which the criteria can see
it; of these, the one that the patient has now is left out. Which facts may change at all, and
which can be acted on, is content (``changes`` of the facts dictionary).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.criteria import (
    Compare,
    Includes,
    Is,
    Leaf,
    OptionEvent,
    TakenWith,
    leaves,
)
from myopathway.engine.factual import fact_truth
from myopathway.facts import PURPOSES, Known, plain_name
from myopathway.whatif.request import Change

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from myopathway.criteria import Criterion
    from myopathway.facts import Fact, Record
    from myopathway.guideline.model import Guideline

TREATMENTS: Final = "treatments"
BY_TREATMENT: Final = "by-treatment"
ONCE_KNOWN: Final = "once-known"
NEVER: Final = "never"
BAD_ENDS: Final = ("inadequate-response", "intolerance")
_ENDS: Final = ("adequate-response", *BAD_ENDS)
_STEP: Final = Decimal("0.5")


class Move(msgspec.Struct, frozen=True):
    """One change of one fact; what lies on one ``axis`` cannot change twice.

    ``rank``: 0 it can be acted on, 1 it changes as the disease does, 2 it is only not known yet.
    """

    change: Change
    axis: str
    rank: int
    ease: int


def once(moves: Iterable[Move]) -> tuple[Move, ...]:
    """Give each change once."""
    return tuple({one.change.written: one for one in moves}.values())


class Moves:
    """The single changes of one patient."""

    def __init__(self, guideline: Guideline, record: Record, day: dt.date) -> None:
        """Change this record, of which nothing is dated after the day."""
        self._guideline = guideline
        self._facts = guideline.vocabulary.facts
        self._record = record
        self._day = day
        adult = guideline.adult.fact
        self._never = {adult, self._facts[adult].from_date if adult in self._facts else ""}

    def of(self, criteria: Iterable[Criterion], drugs: tuple[str, ...] = ()) -> tuple[Move, ...]:
        """Give each single change that these criteria can see.

        ``drugs`` are those of the option that is judged: the patient may be allergic to one.
        """
        read = tuple(dict.fromkeys(leaf for one in criteria for leaf in leaves(one)))
        return once(self._of(read, drugs))

    def failing(self, options: Iterable[tuple[str, ...]], purpose: str) -> tuple[Move, ...]:
        """Give the history with one of these options more, that did not work or was not borne.

        An ongoing regimen may end so too; what is over stays as it was.
        """
        found = [*self._endings()]
        if self._known(TREATMENTS) is not None and purpose:
            for drugs in dict.fromkeys(options):
                for end in BAD_ENDS:
                    value = {"drugs": list(drugs), "purpose": purpose, "outcome": end}
                    axis = f"{TREATMENTS}+{'+'.join(drugs)}"
                    found.append(self._move(TREATMENTS, Change(TREATMENTS, value, "+"), axis))
        return once(found)

    def _endings(self) -> Iterator[Move]:
        regimens = self._record.regimens
        if regimens is None:
            yield self._move(TREATMENTS, Change(TREATMENTS, []))
            return
        for place, one in enumerate(regimens):
            for ending in _ENDS if one.outcome in (None, "ongoing") else ():
                change = Change(TREATMENTS, ending, path=f"[{place}].outcome")
                yield self._move(TREATMENTS, change, f"{TREATMENTS}[{place}].outcome")
            for purpose in PURPOSES if one.purpose is None else ():
                change = Change(TREATMENTS, purpose, path=f"[{place}].purpose")
                yield self._move(TREATMENTS, change, f"{TREATMENTS}[{place}].purpose")

    def _of(self, read: tuple[Leaf, ...], drugs: tuple[str, ...]) -> Iterator[Move]:
        beside = tuple(one.drug for one in read if isinstance(one, TakenWith))
        if any(isinstance(one, OptionEvent) and one.event == "allergy" for one in read):
            yield from self._members("allergies", drugs)
        members: dict[str, list[str]] = {}
        others = [one for one in beside if one not in self._guideline.drugs]
        if others:
            members["other_drugs"] = others
        own: dict[str, list[Is | Compare | Includes]] = {}
        for leaf in read:
            if isinstance(leaf, Includes):
                members.setdefault(leaf.fact, []).append(leaf.member)
            elif isinstance(leaf, Is | Compare):
                own.setdefault(leaf.fact, []).append(leaf)
        for name, wanted in members.items():
            yield from self._members(name, tuple(dict.fromkeys(wanted)))
        for name, seen in own.items():
            yield from self._values(self._facts[name], tuple(seen))

    def _values(self, fact: Fact, seen: tuple[Is | Compare | Includes, ...]) -> Iterator[Move]:
        """Give one value for each other way in which the leaves can see a fact."""
        if not self._offered(fact):
            return
        known = self._known(fact.name)
        looks = {self._look(fact.name, known, seen)}
        for value in _candidates(fact, seen):
            look = self._look(fact.name, Known(value), seen)
            if look not in looks:
                looks.add(look)
                shown: Any = _number(value) if isinstance(value, Decimal) else value
                yield self._move(fact.name, Change(fact.name, shown))

    def _members(self, name: str, wanted: tuple[str, ...]) -> Iterator[Move]:
        """Join one member to a list, or take one away; an unknown list may turn out empty."""
        fact = self._facts[name]
        if not self._offered(fact):
            return
        known = self._known(name)
        held = {plain_name(str(one)) for one in known.value} if known is not None and isinstance(
            known.value, tuple) else set()  # fmt: skip
        anything = next((one for one in fact.values if one not in wanted), "")
        if known is None:
            yield self._move(name, Change(name, []))
        for one in (member or anything for member in wanted):
            if one and one not in held:
                yield self._move(name, Change(name, [one], "+"))
            elif one and known is not None:
                yield self._move(name, Change(name, [one], "-"))

    def _look(self, name: str, known: Known | None, seen: Iterable[Leaf]) -> tuple[object, ...]:
        facts: Mapping[str, Known] = {} if known is None else {name: known}
        return tuple(fact_truth(leaf, facts, self._day) for leaf in seen)

    def _known(self, name: str) -> Known | None:
        return self._record.facts.get(name)

    def _offered(self, fact: Fact) -> bool:
        if fact.changes == NEVER or fact.name in self._never:
            return False
        return fact.changes != ONCE_KNOWN or self._known(fact.name) is None

    def _move(self, name: str, change: Change, axis: str = "") -> Move:
        fact = self._facts[name]
        rank = 0 if fact.changes == BY_TREATMENT else 1
        if name != TREATMENTS and self._known(name) is None:
            rank = 2
        return Move(change, axis or name, rank, fact.ease)


def _candidates(fact: Fact, seen: tuple[Leaf, ...]) -> Iterator[bool | str | Decimal]:
    match fact.type:
        case "boolean":
            yield from (True, False)
        case "choice":
            yield from fact.values
        case "number" | "grade":
            bounds = sorted({one.bound for one in seen if isinstance(one, Compare)})
            points = [value for bound in bounds for value in (bound - _STEP, bound, bound + _STEP)]
            ends = (fact.low, fact.high)
            points = [*points, *(end for end in ends if end is not None)]
            yield from (one for one in points if _within(fact, one))
        case _:
            return


def _within(fact: Fact, value: Decimal) -> bool:
    return (fact.low is None or value >= fact.low) and (fact.high is None or value <= fact.high)


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
