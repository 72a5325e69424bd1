"""Criteria said back in plain words, from what was parsed and never from the text of the content.

A negation is carried inwards as three-valued logic allows, so that each leaf says what has to
be found: ``Interstitial lung disease: no`` and not ``not (Interstitial lung disease: yes)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

import msgspec

from myopathway.criteria import (
    All,
    Any,
    Apart,
    AtLeast,
    Compare,
    Criterion,
    Ended,
    FirstKnown,
    Held,
    Includes,
    Is,
    Leaf,
    Named,
    Not,
    OptionEvent,
    OptionEventName,
    RegimenEnded,
    TakenWith,
)
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from myopathway.facts import Fact
    from myopathway.guideline.model import Guideline

UNITS: Final = {
    "a": "years",
    "{grade}": "",
    "10*9/L": "× 10^9/L",
    "mL/min/{1.73_m2}": "mL/min/1.73 m2",
}
_ENDS: Final = {
    "failed": "failed, by an inadequate response or by intolerance",
    "inadequate-response": "had an inadequate response",
    "intolerance": "was not tolerated",
}
_RELATIONS: Final = {
    ("<", True): "below",
    ("<=", True): "at most",
    (">", True): "above",
    (">=", True): "at least",
    ("<", False): "at least",
    ("<=", False): "above",
    (">", False): "at most",
    (">=", False): "below",
}
_EVENTS: Final[dict[OptionEventName, str]] = {
    "not-tolerated": "a drug of the option is known not to have been tolerated",
    "perhaps-not-tolerated": (
        "several drugs, one of the option among them, were not tolerated and none is named"
    ),
    "inadequate": "the option had an inadequate response, with the purpose of this node",
    "inadequate-elsewhere": (
        "the option had an inadequate response, with another purpose or one not recorded"
    ),
    "no-outcome": "how a regimen with a drug of the option ended is not recorded",
    "allergy": "a drug of the option is among the allergies",
    "ongoing": "a drug of the option is being given now",
    "worked": "a drug of the option had an adequate response",
}


class Wording(msgspec.Struct, frozen=True):
    """One criterion in words: its own line, then the parts that the line speaks of.

    ``term`` names the term that was opened, ``holds`` says whether it is to hold.
    """

    text: str
    parts: tuple[Wording, ...] = ()
    term: str = ""
    holds: bool = True


def worded(guideline: Guideline, criterion: Criterion, *, holds: bool = True) -> Wording:
    """Say a criterion (with ``holds`` false: its opposite) in words, terms opened."""
    match criterion:
        case Not(part=part):
            return worded(guideline, part, holds=not holds)
        case Named(term=term, part=part):
            opened = worded(guideline, part, holds=holds)
            return Wording(guideline.terms[term].says, (opened,), term, holds)
        case All(parts=()):
            return Wording("always" if holds else "never")
        case All() | Any() | AtLeast() | FirstKnown():
            return _structure(guideline, criterion, holds=holds)
        case _:
            return Wording(_leaf(guideline, criterion, holds=holds))


def _structure(
    guideline: Guideline, criterion: All | Any | AtLeast | FirstKnown, *, holds: bool
) -> Wording:
    parts = tuple(worded(guideline, part, holds=holds) for part in criterion.parts)
    if len(parts) == 1:
        return parts[0]
    match criterion:
        case AtLeast(count=count):
            # Too few that hold says more than enough that do not.
            text = f"at least {count} of these:" if holds else f"fewer than {count} of these:"
            return Wording(text, tuple(worded(guideline, part) for part in criterion.parts))
        case FirstKnown():
            return Wording("by the first of these that is known:", parts)
        case All() | Any():
            every = isinstance(criterion, All) is holds
            return Wording("all of these:" if every else "at least one of these:", parts)
        case _:
            assert_never(criterion)


def inline(wording: Wording) -> str:
    """Write a wording on one line, parts in parentheses."""
    text = wording.text
    if wording.term:
        text = f"{text}: {'yes' if wording.holds else 'no'}"
    if not wording.parts:
        return text
    parts = "; ".join(inline(part) for part in wording.parts)
    return f"{text} ({parts})" if wording.term else f"{text} {parts}"


def said(fact: Fact) -> str:
    """Name a fact as its entry does, without what the entry adds after a semicolon."""
    return fact.says.partition(";")[0]


def _leaf(guideline: Guideline, leaf: Leaf, *, holds: bool) -> str:
    facts = guideline.vocabulary.facts
    match leaf:
        case Is() | Compare() | Includes() | Apart():
            return _of_fact(facts, leaf, holds=holds)
        case Ended(count=count, drug_class=name, how=how):
            least = f"at least {count}" if holds else f"fewer than {count}"
            if count == 1 and not holds:
                least = "none"
            return f"{least} of the {guideline.drug_classes[name].title} {_ENDS[how]}"
        case RegimenEnded(purpose=purpose, count=count, drug_class=name, how=how):
            drugs = f"at least {count} of the {guideline.drug_classes[name].title}"
            return f"{'a' if holds else 'no'} {purpose} regimen with {drugs} {_ENDS[how]}"
        case Held(purpose=purpose, drug=drug):
            title = guideline.drugs[drug].title
            of = "regimen whose purpose is not recorded" if purpose == "unknown" else (
                f"{purpose} regimen")  # fmt: skip
            return f"{'a' if holds else 'no'} {of} held {title}"
        case TakenWith(drug=drug):
            title = guideline.drugs[drug].title if drug in guideline.drugs else drug
            together = "it is given together with, or beside,"
            return f"{together} {title}" if holds else f"not so: {together} {title}"
        case OptionEvent(event=event):
            return _EVENTS[event] if holds else f"not so: {_EVENTS[event]}"
        case _:
            assert_never(leaf)


def _of_fact(
    facts: Mapping[str, Fact], leaf: Is | Compare | Includes | Apart, *, holds: bool
) -> str:
    fact = facts[leaf.fact]
    match leaf:
        case Is(value=bool(value)):
            return f"{said(fact)}: {'yes' if value is holds else 'no'}"
        case Is(value=value):
            label = fact.values.get(str(value), str(value))
            return f"{said(fact)}: {'' if holds else 'not '}“{label}”"
        case Compare(relation=relation, bound=bound):
            unit = UNITS.get(fact.unit, fact.unit)
            return f"{said(fact)}: {_RELATIONS[relation, holds]} {plain(bound)} {unit}".rstrip()
        case Includes(member=""):
            return f"{said(fact)}: {'at least one' if holds else 'none'}"
        case Includes(member=member):
            label = fact.values.get(member, member)
            return f"{said(fact)}: {label} {'among them' if holds else 'not among them'}"
        case Apart(since=since, by=by):
            more = "more than" if holds else "not more than"
            years = "year" if by == 1 else "years"
            ages = f"{said(fact)} and the age by “{said(facts[since])}”"
            return f"{ages}: {more} {plain(by)} {years} apart"
        case _:
            assert_never(leaf)
