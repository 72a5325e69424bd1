"""Entries of two lists that belong together: by their ids, else by how much they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from myopathway.facts import Coding
from myopathway.guideline import drugsafety, model, orderlimits, policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Entry: TypeAlias = msgspec.Struct
Pair: TypeAlias = "tuple[Entry | None, Entry | None]"

# The fields that name an entry among its like. Where several share a name, likeness decides.
_NAMES: Final[dict[type, tuple[str, ...]]] = {
    model.Group: ("id",),
    model.Node: ("id",),
    model.Therapy: ("role",),
    model.Option: ("id",),
    model.Dose: ("drug", "kind"),
    model.Conflict: ("id",),
    model.Implication: ("id",),
    model.Notice: ("id",),
    model.OldMeasurement: ("fact",),
    drugsafety.SafetyRule: ("row", "drug"),
    drugsafety.Check: ("row", "drug"),
    drugsafety.SafetyAdvice: ("row", "drug"),
    drugsafety.SafetyNotice: ("row",),
    model.DrugAdvice: ("kind",),
    policy.Monitored: ("test",),
    policy.Threshold: ("test",),
    orderlimits.OrderLimit: ("drug", "kind"),
    orderlimits.OrderProduct: ("drug",),
    model.Source: ("id",),
    Coding: ("row",),
}


def pairs(before: Iterable[Entry], after: Iterable[Entry]) -> Iterator[Pair]:
    """Give each entry of either list with its other self, or None where it has none."""
    old, new = _named(before), _named(after)
    for name in dict.fromkeys((*new, *old)):
        yield from _alike(old.get(name, []), new.get(name, []), bool(name))


def _named(entries: Iterable[Entry]) -> dict[tuple[object, ...], list[Entry]]:
    found: dict[tuple[object, ...], list[Entry]] = {}
    for one in entries:
        name = tuple(getattr(one, field) for field in _NAMES.get(type(one), ()))
        if isinstance(one, model.Rule) and ":" not in one.id:
            name = (one.id,)
        found.setdefault(name, []).append(one)
    return found


def _alike(old: list[Entry], new: list[Entry], named: bool) -> Iterator[Pair]:  # noqa: FBT001
    """Pair the equal first, then the most alike; of one name the last two left belong together."""
    old, new = list(old), list(new)
    for one in [one for one in old if one in new]:
        if one in new:
            old.remove(one)
            new.remove(one)
    likeness = sorted(
        ((-_likeness(was, now), place, other)
         for place, was in enumerate(old) for other, now in enumerate(new)),
    )  # fmt: skip
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    for score, place, other in likeness:
        if place in taken_old or other in taken_new or (score == 0 and not named):
            continue
        taken_old.add(place)
        taken_new.add(other)
        yield old[place], new[other]
    yield from ((one, None) for place, one in enumerate(old) if place not in taken_old)
    yield from ((None, one) for place, one in enumerate(new) if place not in taken_new)


def _likeness(old: Entry, new: Entry) -> int:
    """Count the fields that two entries share and that say anything."""
    if type(old) is not type(new):
        return 0
    return sum(
        1
        for field in old.__struct_fields__
        if field != "id" and (value := getattr(old, field)) and value == getattr(new, field)
    )
