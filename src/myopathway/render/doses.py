"""A drug's dose on one line: the amounts worked out, then how it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from myopathway.quantity import plain
from myopathway.render.words import capital, drug_title, listed, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Calculated, DrugDose
    from myopathway.guideline.model import Dose, Guideline

WEEKLY: Final = "once WEEKLY"
KINDS: Final = {
    "initial": "at first",
    "maximum": "maximum",
    "maintenance": "to maintain",
    "daily": "each day",
    "course": "whole course",
    "weekly": WEEKLY,
    "per-cycle": "each cycle",
    "per-day": "each day of a cycle",
}


@dataclass(frozen=True, slots=True)
class DrugLine:
    """A drug with its dose: ``amount`` is what was worked out (or empty), ``rest`` the words."""

    drug: DrugDose
    title: str
    doses: tuple[Dose, ...]
    amount: str
    rest: str

    @property
    def text(self) -> str:
        """Give the whole dose as one text."""
        return "; ".join(part for part in (self.amount, self.rest) if part)


def drug_line(guideline: Guideline, drug: DrugDose, doses: tuple[Dose, ...]) -> DrugLine:
    """Write a drug's dose; ``doses`` are the guideline's sentences for it in this option.

    Without figures, and where a part could not be worked out (the weight is not known), the
    answer's own words stand unchanged, so that no ceiling and no condition is lost.
    """
    title = drug_title(guideline, drug.drug)
    found = {one.kind: one for one in drug.calculated}
    figures = [one for one in doses if one.kind]
    if not found or not all(_complete(one, found) for one in figures) or not figures:
        rest = capital(drug.dose)
        if found or any(one.per_kg and "/kg" in drug.dose for one in figures):
            rest = f"{rest} (not worked out: the weight is not known)"
        elif (
            drug.route and drug.dose[:1].islower()
        ):  # words that go on, not a sentence of their own
            rest = f"{capital(_routes(drug.route))}; {drug.dose}"
        return DrugLine(drug, title, doses, "", rest)
    amounts = [amount(one, found) for one in figures]
    words = [one.words for one in doses if one.words]
    rest = "; ".join((_routes(drug.route), *words) if drug.route else words)
    return DrugLine(drug, title, doses, "; ".join(amounts), rest)


def workings(drug: DrugDose) -> Iterator[str]:
    """Show how each figure was worked out, its result at the end."""
    for one in drug.calculated:
        result = f"{span(one.low, one.high)} {one.unit}"
        text = f"{KINDS.get(one.kind, one.kind)}: {one.working}"
        if result not in one.working and not one.working.startswith("below"):
            text += f"; so {result}" if "=" in one.working else f" = {result}"
        yield capital(text)


def _complete(dose: Dose, found: dict[str, Calculated]) -> bool:
    return dose.kind in found and (dose.ceiling is None or "maximum" in found)


def amount(dose: Dose, found: dict[str, Calculated]) -> str:
    """Write one dose sentence with its figures, everything that bounds it included."""
    main = found[dose.kind]
    figure = f"{span(main.low, main.high)} {main.unit}"
    match dose.kind:
        case "weekly":
            bare = main.unit.partition("/")[0]
            text = f"{span(main.low, main.high)} {bare} {WEEKLY}, on the same day of the week"
        case "maintenance":
            below = f"below {plain(main.high)} {main.unit}"
            text = f"to maintain, {below if dose.below else figure}"
        case "initial":
            text = f"{figure} at first"
        case "per-cycle":
            text = f"{figure} a cycle"
        case _:
            text = figure
    if main.capped:
        text += " (held at the maximum)"
    if dose.portions:
        text += f" in {_portions(dose.portions)}"
    text += _over_days(dose, found)
    if dose.ceiling is not None:
        top = found["maximum"]
        text += f", at most {span(top.low, top.high)} {top.unit}"
        if dose.ceiling.portions:
            text += f" in {_portions(dose.ceiling.portions)}"
    return f"{text}, every {dose.every_weeks} weeks" if dose.every_weeks else text


def _over_days(dose: Dose, found: dict[str, Calculated]) -> str:
    if dose.days is None:
        return ""
    first, last = dose.days
    days = f"{first} to {last} consecutive days" if first != last else f"{first} days"
    if dose.split and "per-day" in found:
        part = found["per-day"]
        # Each day's part beside its number of days: the most of both together would be too much.
        most = f"{plain(part.high)} {part.unit} on {first}"
        least = f"{plain(part.low)} {part.unit} on {last}"
        parts = most if first == last else f"{most}, {least}"
        return f", split over {days} ({parts})"
    if "course" in found:
        whole = found["course"]
        return f" for {days} ({span(whole.low, whole.high)} {whole.unit} in all)"
    return f" {'over' if dose.split else 'for'} {days}"


def _portions(portions: str) -> str:
    return f"{portions.replace('-', ' to ')} doses"


def _routes(routes: tuple[str, ...]) -> str:
    return listed(routes, "or")
