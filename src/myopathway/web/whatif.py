"""The control that asks "what if": the facts that may be changed, and the values of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from myopathway.facts import OUTCOMES
from myopathway.render.words import capital, fact_says
from myopathway.web.compare import FACT, VALUE, Comparison, compare
from myopathway.web.entries import NONE, SET, TREATMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.facts import Fact
    from myopathway.web.entries import Entries
    from myopathway.web.reading import Reading

OFF: Final = "if.off"
_TYPED: Final = frozenset({"names", "date", "treatments"})


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The control: what may be chosen, what is, and the comparison once a value is given."""

    changeable: tuple[tuple[str, str], ...]
    fact: str
    values: tuple[tuple[str, str], ...]
    to: str
    unit: str
    compared: Comparison | None


def what_if(reading: Reading, found: Entries, units: dict[str, str]) -> WhatIf:
    """Read the control; what was taken over or closed is no longer compared."""
    changeable = tuple(_changeable(reading))
    name = next(iter(found.get(FACT, ())), "")
    taken = any(one.partition(":")[0] == name for one in found.get(SET, ()))
    if OFF in found or taken or name not in dict(changeable):
        return WhatIf(changeable, "", (), "", "", None)
    values = tuple(_values(name, reading.guideline.vocabulary.facts.get(name)))
    to = next(iter(found.get(VALUE, ())), "")
    if values and to not in dict(values):
        to = ""
    compared = compare(reading, name, to) if to else None
    return WhatIf(changeable, name, values, to, units.get(name, ""), compared)


def _changeable(reading: Reading) -> Iterator[tuple[str, str]]:
    """Offer what is known, then what is missing; nobody wonders about a day or a list of names."""
    guideline = reading.guideline
    facts = guideline.vocabulary.facts
    names = [*(one.fact for one in reading.answer.facts), *(m.fact for m in reading.answer.missing)]
    for name in dict.fromkeys(names):
        if name == TREATMENTS:
            for place in range(len(reading.filled.rows)):
                fact = f"{TREATMENTS}[{place}]"
                yield f"{fact}.outcome", f"{fact_says(guideline, fact)}: how it ended"
            yield TREATMENTS, "All treatments so far"
        elif name in facts and facts[name].type not in _TYPED:
            yield name, fact_says(guideline, name)


def _values(name: str, fact: Fact | None) -> Iterator[tuple[str, str]]:
    if fact is None:
        for one in OUTCOMES:
            yield one, capital(one.replace("-", " "))
    elif name == TREATMENTS:
        yield NONE, "None yet"
    elif fact.type == "boolean":
        yield from (("yes", "Yes"), ("no", "No"))
    elif fact.type in {"choice", "set"}:
        yield from fact.values.items()
        if fact.type == "set":
            yield NONE, "None found"
