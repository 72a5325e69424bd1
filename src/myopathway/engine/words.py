"""Criteria and regimens in words, from the titles that the content gives."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, assert_never

from myopathway.criteria import (
    Apart,
    Compare,
    Ended,
    Held,
    Includes,
    Is,
    Leaf,
    OptionEvent,
    RegimenEnded,
    TakenWith,
)
from myopathway.quantity import plain

if TYPE_CHECKING:
    from decimal import Decimal

    from myopathway.facts import Known, Regimen
    from myopathway.guideline.model import Guideline

_HOW: Final = {
    "failed": "failed",
    "inadequate-response": "had an inadequate response",
    "intolerance": "was not tolerated",
}
_RELATION: Final = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}


def leaf_words(guideline: Guideline, leaf: Leaf) -> str:
    """Say a leaf in words."""
    facts = guideline.vocabulary.facts
    match leaf:
        case Is(fact=name, value=bool(value)):
            return facts[name].says if value else f"Not: {facts[name].says}"
        case Is(fact=name, value=value):
            return f"{facts[name].says}: {facts[name].values.get(str(value), str(value))}"
        case Compare(fact=name, relation=relation, bound=bound):
            unit = facts[name].unit
            unit = "" if unit.startswith("{") or unit in ("", "a") else f" {unit}"
            return f"{facts[name].says}: {_RELATION[relation]} {plain(bound)}{unit}"
        case Includes(fact=name, member=""):
            return f"{facts[name].says}: at least one"
        case Includes(fact=name, member=member):
            return f"{facts[name].says}: {facts[name].values.get(member, member)}"
        case Apart(fact=name, since=since, by=by):
            return f"{facts[name].says} and {facts[since].says}: over {plain(by)} year apart"
        case Ended(count=count, drug_class=drug_class, how=how):
            return f"At least {count} of the {_title(guideline, drug_class)} {_HOW[how]}"
        case RegimenEnded(purpose=purpose, count=count, drug_class=drug_class, how=how):
            held = f"at least {count} of the {_title(guideline, drug_class)}"
            return f"A regimen of {purpose} with {held} {_HOW[how]}"
        case Held(purpose="unknown", drug=drug):
            return f"{guideline.drugs[drug].title} was given for an unrecorded purpose"
        case Held(purpose=purpose, drug=drug):
            return f"{guideline.drugs[drug].title} was given for {purpose}"
        case TakenWith(drug=drug):
            return f"Taken with {drug}"
        case OptionEvent(event=event):
            return event
        case _:
            assert_never(leaf)


def _title(guideline: Guideline, drug_class: str) -> str:
    return guideline.drug_classes[drug_class].title


def regimen_words(guideline: Guideline, regimen: Regimen) -> str:
    """Say a regimen on one line: drugs, purpose, end, dates."""
    return dated(regimen_said(guideline, regimen), regimen)


def regimen_said(guideline: Guideline, regimen: Regimen) -> str:
    """Say all but the dates of a regimen."""
    drugs = " with ".join(guideline.drugs[name].title.lower() for name in regimen.drugs)
    purpose = regimen.purpose or "purpose not recorded"
    outcome = (regimen.outcome or "outcome not recorded").replace("-", " ")
    if regimen.intolerant_of and regimen.outcome == "intolerance":
        outcome += " of " + ", ".join(regimen.intolerant_of)
    return f"{drugs}: {purpose}, {outcome}"


def dated(text: str, regimen: Regimen) -> str:
    """Add to what is said of a regimen the date of its end, else of its begin."""
    if regimen.stopped:
        return f"{text}, stopped {regimen.stopped.isoformat()}"
    return f"{text}, started {regimen.started.isoformat()}" if regimen.started else text


def plain_value(guideline: Guideline, known: Known) -> Any:  # noqa: ANN401 - any JSON value
    """Give a value as JSON knows it."""
    value = known.value
    if isinstance(value, str | bool):
        return value
    if known.text:
        return known.text
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [
            member if isinstance(member, str) else regimen_words(guideline, member)
            for member in value
        ]
    return plain_number(value)


def plain_number(value: Decimal) -> int | float:
    """Give a number as JSON knows it: a whole one without a point."""
    return int(value) if value == value.to_integral_value() else float(value)
