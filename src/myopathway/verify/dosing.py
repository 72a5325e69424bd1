"""Doses held against the limits for orders: two places of the content that must say the same."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.criteria import ALWAYS
from myopathway.engine.dose import calculated
from myopathway.verify.axes import plain
from myopathway.verify.report import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Calculated
    from myopathway.guideline.model import Dose, Guideline
    from myopathway.guideline.orderlimits import OrderLimit
    from myopathway.verify.report import Facts

_GRAMS: Final = {"mg": Decimal("0.001"), "g": Decimal(1)}
_DAYS: Final = {"day": 1, "week": 7, "": 28}
_STARTS: Final = ("initial", "daily", "weekly", "per-cycle")
_ROUNDED: Final = Decimal("0.05")  # doses are shown to 0.1
WEIGHT: Final = "weight_kg"


def weights(guideline: Guideline) -> list[Decimal]:
    """Give every weight that a document may state, in steps of 0.5."""
    fact = guideline.vocabulary.facts.get(WEIGHT)
    low, high = (fact.low, fact.high) if fact is not None else (None, None)
    low, high = low or Decimal(1), high or Decimal(350)
    return [low + step * Decimal("0.5") for step in range(int((high - low) * 2) + 1)]


def beyond(guideline: Guideline, at: dict[str, Facts]) -> Iterator[Failure]:
    """Find doses beyond what the content allows an order, with the lightest patient."""
    limits = [
        one
        for one in guideline.order_limits.limits
        if one.kind in ("at-most", "at-least", "exactly") and one.when == ALWAYS
    ]
    for node in guideline.nodes:
        doses = {
            dose: option.id
            for therapy in node.therapies
            for option in therapy.options
            for dose in option.doses
        }
        for dose, option in doses.items():
            own = [one for one in limits if one.drug == dose.drug]
            for weight in weights(guideline) if own else ():
                broken = [
                    (part, limit)
                    for part in calculated(dose, weight)
                    for limit in own
                    if _speaks(limit, part, dose) and _breaks(part, limit, weight)
                ]
                if broken:
                    part, limit = broken[0]
                    said = f"{plain(part.low)}-{plain(part.high)} {part.unit}"
                    says = f"{node.id}: {option}, {dose.drug} {part.kind} {said}: {limit.sentence}"
                    adult = {guideline.adult.fact: plain(guideline.adult.from_years)}
                    patient = {**(at.get(node.id) or {}), **adult, WEIGHT: plain(weight)}
                    yield Failure(says, patient)
                    break


def _speaks(limit: OrderLimit, part: Calculated, dose: Dose) -> bool:
    """Say whether a limit bounds a dose; one by weight bounds only what goes by weight."""
    if not limit.per_kg:
        return True
    if part.kind == "maximum":
        return dose.ceiling is not None and dose.ceiling.per_kg
    return part.kind in _STARTS


def _breaks(part: Calculated, limit: OrderLimit, weight: Decimal) -> bool:
    unit, _, per = part.unit.partition("/")
    if unit not in _GRAMS or part.kind in ("course", "per-day") or _DAYS[per] != limit.days:
        return False
    bound = limit.amount * (weight if limit.per_kg else 1)
    scale = _GRAMS[unit] / _GRAMS[limit.unit]
    low, high, rounded = part.low * scale, part.high * scale, _ROUNDED * scale
    match limit.kind:
        case "at-most":
            return high > bound + rounded
        case "at-least":
            return part.kind in _STARTS and not part.capped and low + rounded < bound
        case _:
            return part.kind == "daily" and not low - rounded <= bound <= high + rounded
