"""What the pages of figures ask for, read strictly: each fault beside its name."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.errors import Fault, InputError, shown
from myopathway.figures.bounds import tapered, unit_of
from myopathway.figures.cycles import cycled
from myopathway.figures.steps import Step, steps_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from myopathway.guideline.model import Guideline

_MOST_TEXT: Final = 4_000
_YEARS: Final = (1900, 2200)
_NUMBER: Final = re.compile(r"\d{1,4}(?:\.\d{1,2})?")


class TaperForm(msgspec.Struct, frozen=True):
    """A taper as typed; without steps there is nothing to show."""

    drug: str
    steps: tuple[Step, ...] = ()
    start: dt.date | None = None
    weight: Decimal | None = None
    level: Decimal | None = None


class CyclesForm(msgspec.Struct, frozen=True):
    """A treatment in cycles as typed; without weight, cycles and days there is nothing to show."""

    drug: str
    weight: Decimal | None = None
    cycles: int | None = None
    days: int | None = None
    start: dt.date | None = None


def taper_form(guideline: Guideline, typed: Mapping[str, str]) -> TaperForm:
    """Read a taper; raises ``InputError``."""
    faults: list[Fault] = []
    drug = _drug(typed, tapered(guideline), faults)
    unit = unit_of(guideline, drug) if drug else ""
    found = TaperForm(
        drug,
        _try(lambda: steps_in(typed.get("steps", "")[:_MOST_TEXT], unit), (), faults),
        _day(typed.get("start", ""), faults),
        _weight(guideline, typed.get("weight_kg", ""), faults),
        _amount(typed.get("level", ""), faults),
    )
    if faults:
        raise InputError(faults)
    return found


def cycles_form(guideline: Guideline, typed: Mapping[str, str]) -> CyclesForm:
    """Read a treatment in cycles; raises ``InputError``."""
    faults: list[Fault] = []
    found = CyclesForm(
        _drug(typed, tuple(cycled(guideline)), faults),
        _weight(guideline, typed.get("weight_kg", ""), faults),
        _count("cycles", typed.get("cycles", ""), faults),
        _count("days", typed.get("days", ""), faults),
        _day(typed.get("start", ""), faults),
    )
    if faults:
        raise InputError(faults)
    return found


def _drug(typed: Mapping[str, str], known: tuple[str, ...], faults: list[Fault]) -> str:
    """Give the drug that was chosen; where there is only one, that."""
    name = typed.get("drug", "") or (known[0] if len(known) == 1 else "")
    if name in known:
        return name
    if name:
        faults.append(Fault("drug", f"found {shown(name)}", ", ".join(known)))
    return ""


def _try(read: Callable[[], tuple[Step, ...]], other: tuple[Step, ...], faults: list[Fault]
         ) -> tuple[Step, ...]:  # fmt: skip
    try:
        return read()
    except InputError as error:
        faults.extend(error.faults)
        return other


def _weight(guideline: Guideline, text: str, faults: list[Fault]) -> Decimal | None:
    """Read a weight as the facts dictionary does."""
    if not text.strip():
        return None
    fact = guideline.vocabulary.facts["weight_kg"]
    try:
        raw: object = Decimal(text.strip()) if _NUMBER.fullmatch(text.strip()) else text
        value = guideline.vocabulary.known(fact, raw).value
    except InputError as error:
        faults.extend(error.faults)
        return None
    return value if isinstance(value, Decimal) else None


def _amount(text: str, faults: list[Fault]) -> Decimal | None:
    plain = text.strip()
    if not plain:
        return None
    if _NUMBER.fullmatch(plain):
        return Decimal(plain)
    faults.append(Fault("level", f"found {shown(plain)}", "an amount a day"))
    return None


def _count(name: str, text: str, faults: list[Fault]) -> int | None:
    plain = text.strip()
    if not plain:
        return None
    if plain.isdecimal() and plain.isascii() and len(plain) < 4:  # noqa: PLR2004 - three digits
        return int(plain)
    faults.append(Fault(name, f"found {shown(plain)}", "a whole number"))
    return None


def _day(text: str, faults: list[Fault]) -> dt.date | None:
    plain = text.strip()
    if not plain:
        return None
    first, last = _YEARS
    try:
        found = dt.date.fromisoformat(plain)
    except ValueError:
        found = dt.date.min
    if first <= found.year <= last:
        return found
    faults.append(Fault("start", f"found {shown(plain)}", "a date as 2026-11-22"))
    return None
