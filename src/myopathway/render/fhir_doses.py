"""A dose as a FHIR Dosage: what one administration holds, how often, and never more than what."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.render.doses import amount
from myopathway.render.fhir_values import Element, concept, quantity
from myopathway.render.paper import clean
from myopathway.render.words import listed

if TYPE_CHECKING:
    from myopathway.engine.outcome import Calculated
    from myopathway.guideline.model import Dose
    from myopathway.render.doses import DrugLine

_PERIODS: Final = {"day": "d", "week": "wk"}
_MASSES: Final = ("mg", "g")
_WORKED_OUT: Final = {
    "system": "http://terminology.hl7.org/CodeSystem/dose-rate-type",
    "code": "calculated",
    "display": "Calculated",
}


def dosages(line: DrugLine) -> list[Element]:
    """Give a drug's dosage instructions in the order in which they follow each other.

    Where a dose could not be worked out whole there is one instruction: the words of the answer,
    with what is known of its bounds.
    """
    found = {one.kind: one for one in line.drug.calculated}
    route = {"route": concept(listed(line.drug.route, "or"))} if line.drug.route else {}
    figures = [one for one in line.doses if one.kind]
    if not line.amount or not figures:
        parts = _structure(figures[0], found) if figures else {}
        return [{"text": clean(line.text), **route, **parts}]
    several = len(figures) > 1
    return [
        {
            **({"sequence": place} if several else {}),
            "text": clean("; ".join((amount(one, found), *_words(line, one)))),
            **route,
            **_structure(one, found),
        }
        for place, one in enumerate(figures, 1)
    ]


def _words(line: DrugLine, dose: Dose) -> list[str]:
    routes = [listed(line.drug.route, "or")] if line.drug.route else []
    return [*routes, dose.words] if dose.words else routes


def _structure(dose: Dose, found: dict[str, Calculated]) -> Element:
    """Give timing, dose and ceiling; nothing of what is not known or would not be exact."""
    if dose.unit not in _MASSES:
        return {}
    if dose.split:
        return _split(dose, found)
    parts: Element = {}
    period = _PERIODS.get(dose.per)
    main = found.get(dose.kind)
    each = None if main is None else _each(dose, main)
    if period and main is not None and each is not None:
        repeat: Element = {"frequency": 1, "period": 1, "periodUnit": period}
        least, most = _portions(dose.portions)
        repeat["frequency"] = least
        if most > least:
            repeat["frequencyMax"] = most
        if dose.days is not None:
            repeat = {"boundsRange": _range(*dose.days, "d"), **repeat}
        parts["timing"] = {"repeat": repeat}
        parts["doseAndRate"] = [_dose(*each, dose)]
    top, ceiling = found.get("maximum"), dose.ceiling
    if top is not None and ceiling is not None and ceiling.per in _PERIODS:
        parts["maxDosePerPeriod"] = _ratio(top.high, ceiling.unit, 1, _PERIODS[ceiling.per])
    return parts


def _split(dose: Dose, found: dict[str, Calculated]) -> Element:
    """Give a cycle in parts over days: one administration is a day's part, never the whole."""
    whole, part = found.get(dose.kind), found.get("per-day")
    if whole is None or part is None or dose.days is None or not dose.every_weeks:
        return {}
    first, last = dose.days
    repeat: Element = {"frequency": first, "period": dose.every_weeks, "periodUnit": "wk"}
    if last > first:
        repeat["frequencyMax"] = last
    return {
        "timing": {"repeat": repeat},
        "doseAndRate": [_dose(part.low, part.high, dose)],
        "maxDosePerPeriod": _ratio(whole.high, dose.unit, dose.every_weeks, "wk"),
    }


def _each(dose: Dose, main: Calculated) -> tuple[Decimal, Decimal] | None:
    """Give what one administration holds; None where the day's amount does not divide so."""
    least, most = _portions(dose.portions)
    low, high = main.low / least, main.high / most
    return (low, high) if low <= high else None


def _portions(portions: str) -> tuple[int, int]:
    """Read ``1-2`` as once or twice a day; without a word of it, once."""
    first, _, last = (portions or "1").partition("-")
    return int(first), int(last or first)


def _dose(low: Decimal, high: Decimal, dose: Dose) -> Element:
    how = {"type": {"coding": [dict(_WORKED_OUT)]}}
    top = quantity(high, dose.unit)
    if dose.below:
        return {**how, "doseRange": {"high": top}}
    if low == high:
        return {**how, "doseQuantity": top}
    return {**how, "doseRange": {"low": quantity(low, dose.unit), "high": top}}


def _range(low: int, high: int, unit: str) -> Element:
    return {"low": _count(low, unit), "high": _count(high, unit)}


def _ratio(top: Decimal, unit: str, periods: int, period: str) -> Element:
    return {"numerator": quantity(top, unit), "denominator": _count(periods, period)}


def _count(value: int, unit: str) -> Element:
    return quantity(Decimal(value), unit)
