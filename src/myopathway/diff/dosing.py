"""Doses compared at every weight that the dictionary allows, a tenth of a kilogram apart."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Final

from myopathway.diff.outcome import Dosed
from myopathway.engine.dose import calculated, needs_weight
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Calculated
    from myopathway.guideline.model import Dose, Guideline, Option

STEP: Final = Decimal("0.1")
NO_FIGURE: Final = "no figure"


def dosed(old: Guideline, new: Guideline) -> tuple[Dosed, ...]:
    """Give each dose that comes out otherwise, and for which weights."""
    before, after = ({(node.id, one.id): one for node in guideline.nodes
                      for part in node.therapies for one in part.options}
                     for guideline in (old, new))  # fmt: skip
    found: list[Dosed] = []
    for key in after:
        if key not in before:
            continue
        for drug in after[key].drugs:
            was, now = (_doses(one[key], drug) for one in (before, after))
            if [_bare(one) for one in was] != [_bare(one) for one in now]:
                found += _told(new, (*key, drug), was, now)
    return tuple(found)


def _doses(option: Option, drug: str) -> tuple[Dose, ...]:
    return tuple(one for one in option.doses if one.drug == drug)


def _bare(dose: Dose) -> tuple[object, ...]:
    """Give what figures come from, without the words beside them."""
    return (dose.kind, dose.low, dose.high, dose.below, dose.unit, dose.per, dose.per_kg,
            dose.ceiling, dose.days, dose.split)  # fmt: skip


def _told(
    guideline: Guideline, where: tuple[str, str, str], was: tuple[Dose, ...], now: tuple[Dose, ...]
) -> Iterator[Dosed]:
    by_weight = any(needs_weight(one) for one in (*was, *now))
    weights = tuple(_weights(guideline, where[2])) if by_weight else (None,)
    figures = {weight: (_figures(was, weight), _figures(now, weight)) for weight in weights}
    kinds = dict.fromkeys(kind for pair in figures.values() for one in pair for kind in one)
    for kind in kinds:
        for differs, run in groupby(
            weights, lambda one, kind=kind: figures[one][0].get(kind) != figures[one][1].get(kind)
        ):
            if differs:
                ends = list(run)
                first, last = ends[0], ends[-1]
                yield Dosed(
                    *where, kind,
                    (_of(figures[first][0], kind), _of(figures[last][0], kind)),
                    (_of(figures[first][1], kind), _of(figures[last][1], kind)),
                    first, last,
                )  # fmt: skip


def _weights(guideline: Guideline, drug: str) -> Iterator[Decimal]:
    """Walk every weight that the drug may be dosed by."""
    facts = guideline.vocabulary.facts
    ranges = [facts[one] for one in guideline.drugs[drug].dose_weight if one in facts]
    low = min((one.low for one in ranges if one.low is not None), default=Decimal(0))
    high = max((one.high for one in ranges if one.high is not None), default=Decimal(0))
    weight = low
    while weight <= high:
        yield weight
        weight += STEP


def _figures(doses: tuple[Dose, ...], weight: Decimal | None) -> dict[str, str]:
    return {part.kind: _figure(part) for one in doses for part in calculated(one, weight)}


def _of(figures: dict[str, str], kind: str) -> str:
    return figures.get(kind, NO_FIGURE)


def _figure(one: Calculated) -> str:
    span = plain(one.low) if one.low == one.high else f"{plain(one.low)} to {plain(one.high)}"
    return f"{span} {one.unit}"
