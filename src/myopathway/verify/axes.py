"""The directions in which patients can differ, as far as some criteria can see.

An axis gathers facts that are read together (two ways to state one thing, one yes that makes
another). Its states are what can be known of them: the first ``width`` leave nothing open, the
others say which of those are still possible; the last is that nothing is known.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from myopathway.criteria import (
    Apart,
    Compare,
    Criterion,
    FirstKnown,
    Includes,
    Leaf,
    facts_of,
    leaves,
)
from myopathway.truth import Truth
from myopathway.verify.documents import closed, leaf_truth
from myopathway.verify.histories import Histories
from myopathway.verify.kleene import HISTORY, every_atom, row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.facts import Fact
    from myopathway.guideline.model import Guideline
    from myopathway.verify.report import Facts

TREATMENTS: Final = "treatments"
_YEARS: Final = (40, 80)
Values: TypeAlias = tuple[Any, ...]


class State(msgspec.Struct, frozen=True):
    """What may be known along an axis: the truth of each atom, and which states it leaves open.

    ``ways`` are the facts documents that say just this, the shortest first.
    """

    truths: tuple[Truth, ...]
    cells: tuple[int, ...]
    ways: tuple[Any, ...]

    @property
    def given(self) -> Facts:
        """Give the shortest way to say it."""
        return self.ways[0]  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """Count what has to be said."""
        return sum(
            1 + (sum(1 + len(one["drugs"]) for one in value) if name == TREATMENTS else 0)
            for name, value in self.given.items()
        )


class Axis(msgspec.Struct, frozen=True):
    """Facts that are read together, and everything that can be known of them."""

    facts: tuple[str, ...]
    atoms: tuple[Criterion, ...]
    width: int
    states: tuple[State, ...]
    broken: tuple[Any, ...]
    kinds: int


def axes_of(guideline: Guideline, criteria: Iterable[Criterion]) -> tuple[Axis, ...]:
    """Draw the axes that some criteria read: the history, then facts as the dictionary has them."""
    found = every_atom(criteria)
    past = tuple(atom for atom in found if any(isinstance(leaf, HISTORY) for leaf in leaves(atom)))
    present = tuple(atom for atom in found if atom not in past)
    groups = _groups(guideline, present)
    axes = [_axis(guideline, group, present) for group in groups]
    if past:
        # First, so that whoever walks the space stays with one history for long.
        axes.insert(0, _history(guideline, past))
    return tuple(axes)


def _groups(guideline: Guideline, atoms: tuple[Criterion, ...]) -> list[tuple[str, ...]]:
    """Gather facts that one atom reads together, or of which one answers for the other."""
    read = {name for atom in atoms for name in _facts(atom)}
    together = [set(_facts(atom)) for atom in atoms]
    together += [
        {one.given, one.then}
        for one in guideline.implications
        if one.given in read or one.then in read
    ]
    groups: list[set[str]] = []
    for own in together:
        joined = [one for one in groups if one & own]
        groups = [one for one in groups if not one & own]
        groups.append(own.union(*joined))
    order = list(guideline.vocabulary.facts)
    named = [tuple(sorted(group, key=order.index)) for group in groups]
    return sorted(named, key=lambda group: order.index(group[0]))


def _facts(atom: Criterion) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for leaf in leaves(atom) for name in facts_of(leaf)))


def _axis(guideline: Guideline, names: tuple[str, ...], present: tuple[Criterion, ...]) -> Axis:
    own = tuple(atom for atom in present if set(_facts(atom)) <= set(names))
    day = dt.date.fromisoformat(guideline.edition.date)
    facts = guideline.vocabulary.facts
    read = [leaf for atom in own for leaf in leaves(atom)]
    choices = [(None, *values(facts[name], read, day)) for name in names]
    said: dict[Values, tuple[Truth, ...]] = {}
    broken: list[Facts] = []
    for chosen in product(*choices):
        document = {name: one for name, one in zip(names, chosen, strict=True) if one is not None}
        known = closed(document, guideline.implications)
        if known is None:
            broken.append(document)
        else:
            said[chosen] = tuple(truth(atom, known, day) for atom in own)
    settled = [one for one in dict.fromkeys(said.values()) if Truth.UNKNOWN not in one]
    place = {truths: index for index, truths in enumerate(settled)}
    ways: dict[tuple[tuple[Truth, ...], tuple[int, ...]], list[Facts]] = {}
    for chosen, truths in said.items():
        document = {name: one for name, one in zip(names, chosen, strict=True) if one is not None}
        cells = (place[truths],) if truths in place else _still(chosen, truths, said, place)
        if cells:
            ways.setdefault((truths, cells), []).append(_dated(document, day))

    def plainness(way: Facts) -> tuple[int, list[bool]]:
        return len(way), [name not in way for name in names]

    states = sorted(
        (State(truths, cells, tuple(sorted(own_ways, key=plainness)))
         for (truths, cells), own_ways in ways.items()),
        key=lambda one: (one.truths not in place, not one.given, one.cells),
    )  # fmt: skip
    return Axis(names, own, len(settled), tuple(states), tuple(broken), len(settled))


def _still(
    chosen: Values,
    truths: tuple[Truth, ...],
    said: dict[Values, tuple[Truth, ...]],
    place: dict[tuple[Truth, ...], int],
) -> tuple[int, ...]:
    """Say which settled states can be reached by learning more.

    What is settled already stays so: a second way to state the same thing is no unknown.
    """
    found = {
        place[later]
        for other, later in said.items()
        if later in place
        and all(had in (None, has) for had, has in zip(chosen, other, strict=True))
        and all(was in (Truth.UNKNOWN, now) for was, now in zip(truths, later, strict=True))
    }
    return tuple(sorted(found))


def _history(guideline: Guideline, atoms: tuple[Criterion, ...]) -> Axis:
    read = tuple(dict.fromkeys(leaf for atom in atoms for leaf in leaves(atom)))
    histories = Histories(guideline, read)  # type: ignore[arg-type]

    def seen(vector: tuple[bool, ...]) -> tuple[Truth, ...]:
        rows = {
            leaf: (int(is_so), int(not is_so)) for leaf, is_so in zip(read, vector, strict=True)
        }
        return tuple(
            Truth.TRUE if row(atom, rows.get, 1)[0] else Truth.FALSE  # type: ignore[arg-type]
            for atom in atoms
        )

    place: dict[tuple[Truth, ...], int] = {}
    ways: dict[tuple[int, ...], list[Facts]] = {}
    for vector, regimens in histories.recorded.items():
        index = place.setdefault(seen(vector), len(place))
        ways.setdefault((index,), []).append({TREATMENTS: list(regimens)})
    for vectors, regimens in histories.unrecorded.items():
        cells = tuple(sorted({place[seen(vector)] for vector in vectors}))
        ways.setdefault(cells, []).append({TREATMENTS: list(regimens)})
    ways.setdefault(tuple(place.values()), []).insert(0, {})
    by_place = list(place)
    states = [
        State(_common([by_place[cell] for cell in cells]), cells, tuple(sorted(own, key=_length)))
        for cells, own in ways.items()
    ]
    states.sort(key=lambda one: (len(one.cells) > 1, not one.given, one.cells))
    return Axis((TREATMENTS,), atoms, len(place), tuple(states), (), len(histories.recorded))


def _common(truths: list[tuple[Truth, ...]]) -> tuple[Truth, ...]:
    return tuple(
        column[0] if len(set(column)) == 1 else Truth.UNKNOWN
        for column in zip(*truths, strict=True)
    )


def _length(facts: Facts) -> int:
    return sum(1 + len(one["drugs"]) for one in facts.get(TREATMENTS, ()))


def truth(criterion: Criterion, facts: Facts, day: dt.date) -> Truth:
    """Give the truth of a criterion about facts other than the history."""
    if isinstance(criterion, FirstKnown):
        for part in criterion.parts:
            found = truth(part, facts, day)
            if found is not Truth.UNKNOWN:
                return found
        return Truth.UNKNOWN
    rows = {
        leaf: {Truth.TRUE: (1, 0), Truth.FALSE: (0, 1), Truth.UNKNOWN: (0, 0)}[
            leaf_truth(leaf, facts, day)
        ]
        for leaf in leaves(criterion)
    }
    yes, no = row(criterion, rows.get, 1)  # type: ignore[arg-type]
    return Truth.TRUE if yes else Truth.FALSE if no else Truth.UNKNOWN


def _dated(document: Facts, day: dt.date) -> Facts:
    born = any(isinstance(value, str) and value[4:5] == "-" for value in document.values())
    return {**document, "as_of": day.isoformat()} if born else document


def values(fact: Fact, read: Iterable[Leaf], day: dt.date) -> tuple[Any, ...]:
    """Give one value of a fact for each way in which the leaves can see it."""
    own = [leaf for leaf in read if fact.name in facts_of(leaf)]
    if fact.type == "boolean":
        return (True, False)
    seen: dict[tuple[Any, ...], Any] = {}
    for value in _candidates(fact, own, day):
        sight = tuple(
            leaf_truth(leaf, {fact.name: value}, day) for leaf in own if not isinstance(leaf, Apart)
        )
        key = (*sight, value) if any(isinstance(leaf, Apart) for leaf in own) else sight
        seen.setdefault(key, value)
    return tuple(seen.values())


def _candidates(fact: Fact, own: list[Leaf], day: dt.date) -> Iterator[Any]:
    match fact.type:
        case "choice":
            yield from fact.values
        case "set" | "names":
            members = sorted({one.member for one in own if isinstance(one, Includes)} - {""})
            spare = next((one for one in fact.values if one not in members), "another")
            for held in product((False, True), repeat=len(members)):
                chosen = [one for one, yes in zip(members, held, strict=True) if yes]
                yield tuple(chosen)
                yield (*chosen, spare)
        case "number" | "grade":
            bounds = sorted({one.bound for one in own if isinstance(one, Compare)})
            if any(isinstance(one, Apart) for one in own):
                yield from _YEARS  # each agrees with one of the dates below
                return
            low, high = fact.low or Decimal(0), fact.high or Decimal(100)
            edges = [low, *bounds, high]
            points = [*bounds, *((a + b) / 2 for a, b in pairwise(edges))]
            yield from (plain(one) for one in sorted(points))
            yield plain(low)
            yield plain(high)
        case "date":
            yield from (day.replace(year=day.year - years, day=1).isoformat() for years in _YEARS)
        case _:
            pass


def plain(number: Decimal) -> int | float:
    """Write a number as JSON does."""
    return int(number) if number == number.to_integral_value() else float(number)
