"""The tests of a policy with their days, its thresholds, and the advice on the drugs."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from myopathway.criteria import Compare
from myopathway.engine.factual import fact_truth
from myopathway.engine.outcome import Advice
from myopathway.engine.safety import remark
from myopathway.plan.dates import dates
from myopathway.plan.outcome import DrugAdvice, PlannedTest, PlannedThreshold
from myopathway.quantity import plain

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from myopathway.engine.outcome import TruthWord
    from myopathway.guideline.policy import Monitored, Policy
    from myopathway.orders.case import Case

Relation: TypeAlias = Literal["<", "<=", ">", ">="]
_FEWEST: Final = 2  # drugs of a combination
_COMPARED: Final = re.compile(r"([a-z_]+) (<=|>=|<|>) (\d+(?:\.\d+)?)")
_SIGNS: Final = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}
_UNITS: Final = {"10*9/L": "x10^9/L", "mL/min/{1.73_m2}": "mL/min/1.73 m2"}


def tests(
    case: Case, policy: Policy, drugs: tuple[str, ...], start: dt.date, until: dt.date
) -> Iterator[PlannedTest]:
    """Give each test of each drug with the days by which it is due."""
    classes = case.guideline.drug_classes.values()
    groups = [case.guideline.drugs_of(one.name) for one in classes if one.combines]
    given = case.being_given or frozenset()
    for name in drugs:
        beside = {*drugs, *given, name}
        combined = any(name in group and len(group & beside) >= _FEWEST for group in groups)
        for one in policy.drugs.get(name, ()):
            yield PlannedTest(
                drug=name,
                test=one.test,
                first=one.first or f"{one.first_days} days after the first dose",
                dates=dates(one, start, until, combined=combined),
                intervals=tuple(_intervals(one)),
                says=one.says + remark(one.confidence),
                basis=one.row,
            )


def thresholds(case: Case, policy: Policy, drugs: tuple[str, ...]) -> Iterator[PlannedThreshold]:
    """Give the findings that call for something while one of the drugs is taken."""
    for one in policy.thresholds:
        concerned = tuple(name for name in drugs if name in one.drugs)
        if concerned:
            when, now = _finding(case, one.when)
            says = one.says + remark(one.confidence)
            yield PlannedThreshold(one.test, when, says, concerned, now, one.row)


def advice(case: Case, drugs: tuple[str, ...]) -> Iterator[DrugAdvice]:
    """Give what is to be known of each drug, by the sources and by the safety layer."""
    layer = case.engine.safety
    for name in drugs:
        own = [
            Advice(one.kind, one.text, one.cites[0]) for one in case.guideline.drugs[name].advice
        ]
        yield DrugAdvice(name, (*own, *(layer.advice[name] if layer else ())))


def _intervals(one: Monitored) -> Iterator[str]:
    for phase in one.phases:
        day = phase.until_days
        yield f"{phase.says}, {phase.until if day is None else f'to day {day}'}"


def _finding(case: Case, when: str) -> tuple[str, TruthWord]:
    """Say a finding in words, and whether it holds now; of plain words that is not known."""
    match = _COMPARED.fullmatch(when)
    fact = case.guideline.vocabulary.facts.get(match[1]) if match else None
    if match is None or fact is None:
        return when, "unknown"
    relation = cast("Relation", match[2])
    leaf = Compare(fact.name, relation, Decimal(match[3]))
    truth = fact_truth(leaf, case.situation.known, case.situation.day)
    words = f"{_SIGNS[match[2]]} {plain(leaf.bound)} {_UNITS.get(fact.unit, fact.unit)}"
    return words.strip(), truth.value
