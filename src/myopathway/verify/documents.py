"""Reading facts documents for proofs: leaves, what follows from what, regimens. No engine in it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from myopathway.criteria import Apart, Compare, Includes, Is
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.criteria import Leaf
    from myopathway.guideline.model import Guideline, Implication
    from myopathway.verify.report import Facts

BAD_ENDS = ("inadequate-response", "intolerance")


def closed(facts: Facts, implications: Iterable[Implication]) -> Facts | None:
    """Add what follows from stated facts; None where they contradict each other."""
    known = dict(facts)
    for one in implications:
        if facts.get(one.given) is True:
            if facts.get(one.then) is False:
                return None
            known[one.then] = True
        if facts.get(one.then) is False:
            known.setdefault(one.given, False)
    return known


def leaf_truth(leaf: Leaf, facts: Facts, day: dt.date) -> Truth:
    """Give the truth of a leaf about facts other than the history."""
    match leaf:
        case Is(fact=name, value=value):
            return Truth.of(None if facts.get(name) is None else facts[name] == value)
        case Includes(fact=name, member=member):
            held = facts.get(name)
            if held is None:
                return Truth.UNKNOWN
            return Truth.of(member in held if member else bool(held))
        case Compare(fact=name, relation=relation, bound=bound):
            if facts.get(name) is None:
                return Truth.UNKNOWN
            number = Decimal(str(facts[name]))
            sign = (number > bound) - (number < bound)
            return Truth.of(
                {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0}[relation]
            )
        case Apart(fact=name, since=since, by=by):
            if facts.get(name) is None or facts.get(since) is None:
                return Truth.UNKNOWN
            born = dt.date.fromisoformat(str(facts[since]))
            years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
            return Truth.of(abs(Decimal(str(facts[name])) - years) > by)
        case _:
            raise KeyError(leaf)


def counted_drugs(guideline: Guideline, regimen: dict[str, Any]) -> frozenset[str]:
    """Give the drugs for which the outcome of a regimen counts."""
    drugs = given_drugs(guideline, regimen)
    named = {one for one in regimen.get("intolerant_of") or () if one in drugs}
    if regimen.get("outcome") == "intolerance" and named:
        return frozenset(named)
    behind = {
        name
        for one in guideline.drug_classes.values()
        if one.background
        for name in guideline.drugs_of(one.name)
    }
    return frozenset([one for one in drugs if one not in behind] or drugs)


def given_drugs(guideline: Guideline, regimen: dict[str, Any]) -> tuple[str, ...]:
    """Give the drugs of a regimen without its supplements."""
    return tuple(one for one in regimen["drugs"] if not guideline.drugs[one].supplement)
