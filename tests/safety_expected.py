"""
What the drug-safety rules make of the options of the two source texts: a second reading.

Worked out from `tests/safety_rules_table.py` and the answer of the sources alone, without the
project's engine.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from myopathway.engine.outcome import Answer
from tests.oracle import STRICTNESS
from tests.safety_conditions import truth, unsettled
from tests.safety_patients import options
from tests.safety_population import as_read
from tests.safety_rules_table import BLOCK, HOLD, RULES, VACCINE, Rule

VERDICTS = {BLOCK: "excluded", HOLD: "caution"}


@dataclass
class Expected:
    """An option after safety: verdict, the rows that say so, those that ask, and what they ask.

    ``facts`` holds for each fact how strict its answer could make the verdict.
    """

    verdict: str
    fired: set[str] = field(default_factory=set)
    asking: set[str] = field(default_factory=set)
    facts: dict[str, int] = field(default_factory=dict)
    vaccine: set[tuple[str, str]] = field(default_factory=set)


def of_group(one: Rule, node: str) -> bool:
    return not one.groups or node.partition(".")[0] in one.groups


def expected(facts: dict[str, Any], before: Answer) -> dict[str, Expected]:
    """Every option of the sources' answer after the drug-safety rules."""
    known = as_read(facts)
    return {
        option.id: _option(known, before.node or "", option.id.split("+"), option.verdict)
        for option in options(before)
    }


def _option(facts: dict[str, Any], node: str, drugs: Collection[str], verdict: str) -> Expected:
    rules = [one for one in RULES if one.drug in drugs and of_group(one, node)]
    truths = [(one, truth(one.when, facts, drugs)) for one in rules]
    for one, truly in truths:
        if truly is True and one.effect in VERDICTS:
            verdict = max(verdict, VERDICTS[one.effect], key=STRICTNESS.__getitem__)
    found = Expected(verdict)
    for one, truly in truths:
        if one.effect == VACCINE:
            if truly is True and verdict != "excluded":
                found.vaccine.add((one.drug, one.row))
        elif truly is True:
            if one.effect in VERDICTS or verdict != "excluded":
                found.fired.add(one.row)
        elif truly is None and one.effect in VERDICTS:
            stricter = STRICTNESS[VERDICTS[one.effect]] > STRICTNESS[verdict]
            pointless = one.unless is not None and truth(one.unless, facts, drugs) is True
            if stricter and not pointless:
                strictness = STRICTNESS[VERDICTS[one.effect]]
                for name in unsettled(one.when, facts, drugs):
                    found.facts[name] = max(strictness, found.facts.get(name, 0))
                if one.effect == BLOCK:
                    found.asking.add(one.row)
    return found
