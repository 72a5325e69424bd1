"""A change of a fact as a reader says it: how it is, how it would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myopathway.engine.words import plain_value, regimen_words
from myopathway.render.words import fact_value, titles_listed

if TYPE_CHECKING:
    from myopathway.facts import Known, Record, Regimen
    from myopathway.guideline.model import Guideline
    from myopathway.whatif.request import Change

_ENDS = {"inadequate-response": "does not work well enough", "intolerance": "is not tolerated"}


def as_is(guideline: Guideline, record: Record, change: Change) -> str:
    """Say how a fact is now; nothing while it is not known, or where a member joins or goes."""
    known = record.facts.get(change.fact)
    if change.path:
        regimen = _regimen(record, change)
        return regimen_words(guideline, regimen) if regimen is not None else ""
    if known is None or change.how:
        return ""
    return fact_value(guideline, change.fact, plain_value(guideline, known))


def as_would_be(guideline: Guideline, change: Change) -> str:
    """Say how a fact would be."""
    if change.path:
        return f"{change.path.rpartition('.')[2]}: {str(change.value).replace('-', ' ')}"
    if change.how and isinstance(change.value, dict):
        titles = [guideline.drugs[one].title for one in change.value["drugs"]]
        end = _ENDS.get(change.value["outcome"], change.value["outcome"])
        return f"in addition, {titles_listed(titles)} for {change.value['purpose']} {end}"
    if change.how:
        joint = "with" if change.how == "+" else "without"
        return f"{joint} {fact_value(guideline, change.fact, change.value)}"
    return fact_value(guideline, change.fact, _shown(guideline, change))


def _shown(guideline: Guideline, change: Change) -> Any:  # noqa: ANN401 - any JSON value
    fact = guideline.vocabulary.facts[change.fact]
    known: Known = guideline.vocabulary.known(fact, change.value)
    return plain_value(guideline, known)


def _regimen(record: Record, change: Change) -> Regimen | None:
    place = int(change.path.partition("]")[0].removeprefix("["))
    regimens = record.regimens or ()
    return regimens[place] if place < len(regimens) else None
