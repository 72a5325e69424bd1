"""
What must never stand in an answer, each as a walk over the faults of one answer.

Used by the tests on some thousand patients and by `python -m bench.safety` on many more.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import msgspec

from myopathway.cases import known_bases
from myopathway.engine.outcome import Answer
from tests import oracle, population
from tests.safety_conditions import normal, truth
from tests.safety_patients import GUIDELINE, options
from tests.safety_population import as_read
from tests.safety_rules_table import BLOCK, PREGNANT, RULES

Facts: TypeAlias = dict[str, Any]
Harm: TypeAlias = Callable[[Facts, Answer], Iterator[str]]

KNOWN = known_bases(GUIDELINE)
ROWS = {
    one.row
    for part in (
        GUIDELINE.safety.rules,
        GUIDELINE.safety.checks,
        GUIDELINE.safety.notices,
        GUIDELINE.safety.advice,
    )
    for one in part
}
# MTX-01, MMF-01, CYC-05: what pregnancy rules out.
TERATOGENS = {one.drug for one in RULES if one.effect == BLOCK and one.when == PREGNANT}


def excluded_but_offered(facts: Facts, answer: Answer) -> Iterator[str]:
    """A drug that a rule or an allergy excludes is no option, and no option excluded has a dose."""
    known = as_read(facts)
    allergies = {normal(one) for one in known.get("allergies") or ()}
    for option in options(answer):
        drugs = option.id.split("+")
        blocked = [
            one.id
            for one in RULES
            if one.effect == BLOCK and one.drug in drugs and truth(one.when, known, drugs) is True
        ]
        blocked += [drug for drug in drugs if drug in allergies]
        if blocked and option.verdict != "excluded":
            yield f"{option.id} is {option.verdict} against {', '.join(blocked)}"
        if option.verdict == "excluded" and any(one.calculated for one in option.drugs):
            yield f"{option.id} is excluded and has a dose"


def teratogen_without_a_word(facts: Facts, answer: Answer) -> Iterator[str]:
    """Where pregnancy is possible: excluded, asked about, or contraception is to be settled."""
    never = facts.get("sex") == "male" or facts.get("can_become_pregnant") is False
    if never and facts.get("pregnant") is not True:
        return
    checks = {(drug.drug, check.basis) for drug in answer.before_start for check in drug.checks}
    for option in options(answer):
        for drug in TERATOGENS & set(option.id.split("+")):
            if option.verdict == "excluded":
                continue
            if facts.get("pregnant") is True:
                yield f"{drug} is {option.verdict} in pregnancy"
            asks = any("pregnant?" in one.text for one in option.reasons)
            if facts.get("pregnant") is None and not asks:
                yield f"{drug} is {option.verdict} and nobody asks about pregnancy"
            if (drug, "XR-07") not in checks:
                yield f"{drug} is {option.verdict} without a word on contraception"


def dose_for_a_child(facts: Facts, answer: Answer) -> Iterator[str]:
    """Under 18, or at an age that is not known, no dose is worked out."""
    ages = oracle.ages(facts, population.TODAY)
    if ages and min(ages) >= oracle.ADULT:
        return
    for option in options(answer):
        for drug in option.drugs:
            if drug.calculated:
                yield f"{drug.drug} has a dose at the age of {min(ages) if ages else 'unknown'}"


def methotrexate_not_weekly(_facts: Facts, answer: Answer) -> Iterator[str]:
    """Every dose of methotrexate is a dose a week, and says so."""
    for option in options(answer):
        for drug in option.drugs:
            if drug.drug != "methotrexate" or option.verdict == "excluded":
                continue
            if any(one.unit != "mg/week" for one in drug.calculated):
                yield f"methotrexate in {drug.calculated}"
            daily = re.search(r"/day|daily|every day|a day", drug.dose.replace("never daily", ""))
            if daily or "WEEKLY" not in drug.dose:
                yield f"methotrexate: {drug.dose}"


def not_tolerated_but_offered(facts: Facts, answer: Answer) -> Iterator[str]:
    """What was not tolerated is excluded; where nobody was named, at least a caution."""
    history = oracle.read_history(facts) or ()
    for option in options(answer):
        drugs = set(option.id.split("+"))
        for one in history:
            if one.outcome != "intolerance":
                continue
            steroids = all(drug in oracle.STEROIDS for drug in one.drugs)
            others = {x for x in one.drugs if steroids or x not in oracle.STEROIDS}
            blamed = drugs & set(one.intolerant_of or (others if len(others) == 1 else ()))
            if blamed and option.verdict != "excluded":
                yield f"{option.id} is {option.verdict}, {', '.join(blamed)} was not tolerated"
            perhaps = drugs & others and not one.intolerant_of
            if perhaps and option.verdict in ("offered", "favoured"):
                yield f"{option.id} is {option.verdict} and may not have been tolerated"


def basis_of_nothing(_facts: Facts, answer: Answer) -> Iterator[str]:
    """Every id in the answer is known, and every safety row that it names has its source."""
    found = set(_bases(msgspec.to_builtins(answer)))
    yield from (f"{one} is not known" for one in sorted(found - KNOWN))
    told = {one.row for one in answer.safety}
    yield from (f"{one} has no source in the answer" for one in sorted((found & ROWS) - told))
    for one in answer.safety:
        if one.verified != (one.confidence != "K"):
            yield f"{one.row} is {one.confidence} and verified: {one.verified}"


def option_without_a_reason(_facts: Facts, answer: Answer) -> Iterator[str]:
    """Every option says why, with a basis."""
    for option in options(answer):
        if not option.reasons or not all(one.text and one.basis for one in option.reasons):
            yield f"{option.id} has no reason"


def _bases(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "basis":
                yield member
            else:
                yield from _bases(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _bases(member)


HARMS: dict[str, Harm] = {
    "an excluded drug offered, or with a dose": excluded_but_offered,
    "a teratogen without exclusion, question or check": teratogen_without_a_word,
    "a dose for a child or at an unknown age": dose_for_a_child,
    "methotrexate that is not weekly": methotrexate_not_weekly,
    "a drug offered that was not tolerated": not_tolerated_but_offered,
    "a basis that resolves to nothing": basis_of_nothing,
    "an option without a reason": option_without_a_reason,
}
