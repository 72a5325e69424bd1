"""Doses worked out in Decimal, with the working shown, or not shown at all.

A ceiling is never passed, nothing is rounded to tablets or vials, and where the sources give no
figure there is none: such a dose has no numbers to work with.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.engine.outcome import Calculated
from myopathway.quantity import brief, plain, rounded, rounded_down

if TYPE_CHECKING:
    from myopathway.guideline.model import Ceiling, Dose

_ROUTES: Final = {
    "oral": "by mouth",
    "subcutaneous": "under the skin",
    "intramuscular": "into the muscle",
    "intravenous": "into the vein",
}


def calculated(dose: Dose, weight: Decimal | None) -> tuple[Calculated, ...]:
    """Work out a dose for a weight in kg; what needs an unknown weight is left out."""
    if not dose.kind:
        return ()
    found: list[Calculated] = []
    ceiling = _ceiling(dose.ceiling, weight)
    factor = weight if dose.per_kg else Decimal(1)
    if factor is not None:
        low, high = dose.low * factor, dose.high * factor
        found.append(_interval(dose, low, high, ceiling, weight))
        if dose.days is not None:
            found.append(_over_days(dose, low, high))
    if dose.ceiling is not None and ceiling is not None:
        top = rounded_down(ceiling)
        unit = f"{dose.ceiling.unit}/{dose.ceiling.per}"
        working = (
            f"{plain(dose.ceiling.amount)} {unit.replace('/', '/kg/', 1)} × {_kg(weight)}"
            f" = {brief(ceiling)} {unit}"
            if dose.ceiling.per_kg
            else f"fixed at {plain(top)} {unit}"
        )
        found.append(Calculated("maximum", top, top, unit, capped=False, working=working))
    return tuple(found)


def needs_weight(dose: Dose) -> bool:
    """Say whether any part of a dose depends on the weight."""
    return bool(dose.kind) and (dose.per_kg or (dose.ceiling is not None and dose.ceiling.per_kg))


def in_words(doses: tuple[Dose, ...]) -> str:
    """Say the dose sentences of one drug as a clinician reads them."""
    return "; ".join(_words(dose) for dose in doses)


def _interval(
    dose: Dose, low: Decimal, high: Decimal, ceiling: Decimal | None, weight: Decimal | None
) -> Calculated:
    unit = dose.unit if dose.per == "cycle" else f"{dose.unit}/{dose.per}"
    ends: list[Decimal] = []
    held = False
    for end in (low, high):
        if ceiling is not None and end > ceiling:
            held = True
            ends.append(rounded_down(ceiling))
        else:
            ends.append(rounded(end))
    working = f"{_span(dose.low, dose.high)} {unit}, whatever the weight"
    if dose.below:
        working = f"below {plain(dose.high)} {unit}"
    elif dose.per_kg:
        per = f"{dose.unit}/kg" if dose.per == "cycle" else f"{dose.unit}/kg/{dose.per}"
        working = f"{_span(dose.low, dose.high)} {per} × {_kg(weight)} = {_span(low, high)} {unit}"
    if held and ceiling is not None:
        working += f", held at the maximum of {plain(rounded_down(ceiling))} {unit}"
    return Calculated(dose.kind, ends[0], ends[1], unit, capped=held, working=working)


def _over_days(dose: Dose, low: Decimal, high: Decimal) -> Calculated:
    """Give the whole of a course, or (split) the part of one day."""
    first, last = dose.days or (1, 1)
    if dose.split:
        least, most = low / last, high / first
        working = f"{_span(low, high)} {dose.unit} in equal parts over {last} to {first} days"
        return Calculated(
            "per-day", rounded(least), rounded(most), f"{dose.unit}/day", capped=False,
            working=working,
        )  # fmt: skip
    least, most = low * first, high * last
    working = f"{_span(dose.low, dose.high)} {dose.unit}/{dose.per} × {first} to {last} days"
    return Calculated(
        "course", rounded(least), rounded(most), dose.unit, capped=False, working=working
    )


def _ceiling(ceiling: Ceiling | None, weight: Decimal | None) -> Decimal | None:
    if ceiling is None or (ceiling.per_kg and weight is None):
        return None
    return ceiling.amount * (weight if ceiling.per_kg and weight is not None else Decimal(1))


def _words(dose: Dose) -> str:
    if not dose.kind:
        return dose.words
    amount = f"below {plain(dose.high)}" if dose.below else _span(dose.low, dose.high)
    per_kg = "/kg" if dose.per_kg else ""
    match dose.per:
        case "week":
            text = f"{amount} {dose.unit}{per_kg} once WEEKLY, on the same day of the week"
        case "cycle":
            text = f"{amount} {dose.unit}{per_kg} a cycle"
        case _:
            text = f"{amount} {dose.unit}{per_kg}/{dose.per}"
    if dose.kind == "maintenance":
        text = f"to maintain {text}"
    if dose.kind == "initial":
        text = f"{text} at first"
    routes = [_ROUTES[route] for route in dose.routes]
    if routes:
        text += (", " if dose.per == "week" else " ") + " or ".join(routes)
    if dose.portions:
        text += f" in {dose.portions.replace('-', ' to ')} doses"
    if dose.days:
        joined = "over" if dose.split else "for"
        text += f" {joined} {dose.days[0]} to {dose.days[1]} consecutive days"
    if dose.ceiling:
        text += f", at most {plain(dose.ceiling.amount)} {dose.ceiling.unit}"
        text += f"{'/kg' if dose.ceiling.per_kg else ''}/{dose.ceiling.per}"
        if dose.ceiling.portions:
            text += f" in {dose.ceiling.portions.replace('-', ' to ')} doses"
    if dose.every_weeks:
        text += f", every {dose.every_weeks} weeks"
    return f"{text}; {dose.words}" if dose.words else text


def _span(low: Decimal, high: Decimal) -> str:
    return brief(low) if low == high else f"{brief(low)} to {brief(high)}"


def _kg(weight: Decimal | None) -> str:
    return "the weight" if weight is None else f"{brief(weight)} kg"
