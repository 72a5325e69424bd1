"""
Conditions on a patient for the tests of the safety layer, with examples of each.

A second notation, which shares no code with the project: `truth` reads a plain facts document in
three values (None is unknown), `examples` gives facts with which a condition holds, does not hold
and is not known.  The edges of a number are among the examples.
"""

import operator
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests import oracle

Facts = Mapping[str, Any]

# Not a fact: drugs that go into `treatments` as a regimen that goes on.
GIVEN = "being given"
# What somebody takes or does not tolerate that concerns no rule.
HARMLESS = "paracetamol"
STEP = {"egfr": 0.1, "age_years": 1}
RELATIONS = {"<": operator.lt, ">=": operator.ge, ">": operator.gt}


@dataclass(frozen=True)
class Is:
    """A fact has this value; `others` are all its other values, `beside` goes with any of them."""

    fact: str
    value: bool | str
    others: tuple[bool | str, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Number:
    """A number stands in this relation (<, >=, >) to a bound."""

    fact: str
    relation: str
    bound: float


@dataclass(frozen=True)
class Taken:
    """One of these is in the option itself, is being given, or is taken besides."""

    names: tuple[str, ...]
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Allergic:
    names: tuple[str, ...]
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """This myositis antibody was found."""

    antibody: str
    other: str


@dataclass(frozen=True)
class Failed:
    """A conventional immunosuppressant failed."""


@dataclass(frozen=True)
class Stated:
    """One of these facts' values is known at all."""

    fact: str
    values: tuple[bool | str | float, ...]


@dataclass(frozen=True)
class Never:
    part: "Condition"


@dataclass(frozen=True)
class Either:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Both:
    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class Always:
    """Holds for everyone whom the rule speaks of."""


Condition: TypeAlias = (
    Is | Number | Taken | Allergic | Found | Failed | Stated | Never | Either | Both | Always
)


@dataclass(frozen=True)
class Examples:
    """Facts on top of a patient who has nothing: it holds, it does not, it is not known."""

    yes: list[dict[str, Any]]
    no: list[dict[str, Any]]
    open: list[dict[str, Any]]


def taken(*names: str, spelt: tuple[str, ...] = ()) -> Taken:
    return Taken(names, spelt)


def allergic(*names: str, spelt: tuple[str, ...] = ()) -> Allergic:
    return Allergic(names, spelt)


def yes(fact: str, **beside: Any) -> Is:
    return Is(fact, value=True, others=(False,), beside=beside)


def below(fact: str, bound: float) -> Number:
    return Number(fact, "<", bound)


def above(fact: str, bound: float) -> Number:
    return Number(fact, ">", bound)


def at_least(fact: str, bound: float) -> Number:
    return Number(fact, ">=", bound)


def either(*parts: Condition) -> Either:
    return Either(parts)


def both(*parts: Condition) -> Both:
    return Both(parts)


def normal(name: object) -> str:
    """The name of a drug or an allergen as it is compared: letters and digits, hyphens between."""
    bare = re.sub(r"['’.]", "", str(name).strip().lower())
    return oracle.canonical(re.sub(r"[\s_-]+", "-", bare))


def truth(one: Condition, facts: Facts, drugs: Collection[str] = ()) -> bool | None:
    """Whether the condition holds for a facts document, seen from an option of these drugs."""
    match one:
        case Is(fact=name, value=value):
            own = facts.get(name)
            return None if own is None else own == value
        case Number(fact=name, relation=relation, bound=bound):
            own = facts.get(name)
            return None if own is None else RELATIONS[relation](own, bound)
        case Taken(names=names):
            return _any(_is_taken(name, facts, drugs) for name in names)
        case Allergic(names=names):
            own = facts.get("allergies")
            return None if own is None else not {normal(x) for x in own}.isdisjoint(names)
        case Found(antibody=antibody):
            own = facts.get("autoantibodies")
            return None if own is None else antibody in own
        case Failed():
            history = oracle.read_history(facts)
            if history is None:
                return None
            return _any(_failed(drug, history) for drug in oracle.CONVENTIONAL)
        case Stated(fact=name):
            return True if facts.get(name) is not None else None
        case Never(part=part):
            own = truth(part, facts, drugs)
            return None if own is None else not own
        case Either(parts=parts):
            return _any(truth(part, facts, drugs) for part in parts)
        case Both(parts=parts):
            found = _any(_not(truth(part, facts, drugs)) for part in parts)
            return _not(found)
        case Always():
            return True


def unsettled(one: Condition, facts: Facts, drugs: Collection[str] = ()) -> Iterator[str]:
    """The facts that keep a condition unknown."""
    if truth(one, facts, drugs) is not None:
        return
    match one:
        case Never(part=part):
            yield from unsettled(part, facts, drugs)
        case Either(parts=parts) | Both(parts=parts):
            for part in parts:
                yield from unsettled(part, facts, drugs)
        case Taken():
            yield "other_drugs"
        case Allergic():
            yield "allergies"
        case Found():
            yield "autoantibodies"
        case Failed():
            yield "treatments"
        case Always():
            return
        case _:
            yield one.fact


def examples(one: Condition) -> Examples:
    match one:
        case Is(fact=name, value=value, others=others, beside=beside):
            return Examples(
                [{**beside, name: value}],
                [{**beside, name: other} for other in others],
                [{**beside, name: None}],
            )
        case Number(fact=name, relation=relation, bound=bound):
            step = STEP.get(name, 0.01)
            low, high = round(bound - step, 2), round(bound + step, 2)
            cases = [{name: value} for value in (0 if name != "weight_kg" else 2, low, bound, high)]
            return Examples(
                [case for case in cases if RELATIONS[relation](case[name], bound)],
                [case for case in cases if not RELATIONS[relation](case[name], bound)],
                [{name: None}],
            )
        case Taken(names=names):
            ours = [name for name in names if name in oracle.DRUGS]
            return Examples(
                [{"other_drugs": [name]} for name in names]
                + [{GIVEN: [name]} for name in ours]
                + [{GIVEN: [name], "other_drugs": None} for name in ours],
                [{"other_drugs": [HARMLESS]}, {"other_drugs": []}],
                # A drug of the algorithm would stand in the history, so it is known not to be.
                [{"other_drugs": None}] if len(ours) < len(names) else [],
            )
        case Allergic(names=names):
            return Examples(
                [{"allergies": [name]} for name in names],
                [{"allergies": [HARMLESS]}, {"allergies": []}],
                [{"allergies": None}],
            )
        case Found(antibody=antibody, other=other):
            return Examples(
                [{"autoantibodies": [antibody]}, {"autoantibodies": [other, antibody]}],
                [{"autoantibodies": []}, {"autoantibodies": [other]}],
                [{"autoantibodies": None}],
            )
        case Failed():
            ended = {"drugs": ["methotrexate"], "purpose": "induction"}
            return Examples(
                [
                    {"treatments": [{**ended, "outcome": "inadequate-response"}]},
                    {"treatments": [{**ended, "outcome": "intolerance"}]},
                ],
                [{"treatments": []}, {"treatments": [{**ended, "outcome": "adequate-response"}]}],
                [{"treatments": None}, {"treatments": [ended]}],
            )
        case Stated(fact=name, values=values):
            return Examples([{name: value} for value in values], [], [{name: None}])
        case Never(part=part):
            own = examples(part)
            return Examples(own.no, own.yes, own.open)
        case Either(parts=parts):
            owns = [examples(part) for part in parts]
            return Examples(
                [fire for own in owns for fire in own.yes],
                [_merged(*(own.no[0] for own in owns))],
                [hole for own in owns for hole in own.open],
            )
        case Both(parts=parts):
            owns = [examples(part) for part in parts]
            found = Examples([], [], [])
            for place, own in enumerate(owns):
                rest = _merged(*(other.yes[0] for other in owns[:place] + owns[place + 1 :]))
                found.yes.extend({**rest, **case} for case in own.yes)
                found.no.extend({**rest, **case} for case in own.no)
                found.open.extend({**rest, **case} for case in own.open)
            return Examples(
                [case for case in found.yes if truth(one, case) is True],
                [case for case in found.no if truth(one, case) is False],
                [case for case in found.open if truth(one, case) is None],
            )
        case Always():
            return Examples([{}], [], [])


def spellings(one: Condition) -> list[dict[str, Any]]:
    """Facts with which the condition holds, its names written in another way."""
    match one:
        case Taken(spellings=names):
            return [{"other_drugs": [name]} for name in names]
        case Allergic(spellings=names):
            return [{"allergies": [name]} for name in names]
        case _:
            return []


def _merged(*parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


def _is_taken(name: str, facts: Facts, drugs: Collection[str]) -> bool | None:
    history = oracle.read_history(facts)
    given = {d for one in history or () if one.outcome == "ongoing" for d in one.drugs}
    if name in drugs or name in given:
        return True
    others = facts.get("other_drugs")
    if others is not None:
        return name in {normal(one) for one in others}
    return False if name in oracle.DRUGS and history is not None else None


def _failed(drug: str, history: oracle.History) -> bool | None:
    if oracle.failures(history, drug):
        return True
    return None if any(one.outcome is None and drug in one.drugs for one in history) else False


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _any(values: Iterator[bool | None]) -> bool | None:
    found = list(values)
    if True in found:
        return True
    return None if None in found else False
