"""Criteria of the content as CQL: true, false and null for unknown, as the engine has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, assert_never

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
    RegimenEnded,
    TakenWith,
    leaves,
)
from myopathway.export.cql.build import both, either, equals, negated, number, op, text, texts
from myopathway.export.cql.syntax import Call, Define, Expression, Items, Literal, Operand, Ref
from myopathway.export.names import (
    AS_OF,
    by_history,
    event_name,
    fact_name,
    leaf_name,
    stated_name,
    term_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.guideline.model import Guideline

HISTORY: Final = Operand("history")
SECTION: Final = "Named criteria"
_RELATIONS: Final = {"<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual"}


@dataclass(frozen=True, slots=True)
class Sight:
    """From where a criterion is read: an option's drugs and purpose, or one possible history."""

    drugs: tuple[str, ...] = ()
    purpose: str = ""
    history: bool = False


PLAIN: Final = Sight()
BY_HISTORY: Final = Sight(history=True)
PURPOSEFUL: Final = frozenset({"inadequate", "inadequate-elsewhere"})


def criterion(one: Criterion, sight: Sight = PLAIN) -> Expression:
    """Write a criterion."""
    match one:
        case Named(term=term, part=part):
            if sight.history and of_history(part):
                return Call(by_history(term), (HISTORY,))
            return Ref(term_name(term))
        case All(parts=parts):
            return both(*(criterion(part, sight) for part in parts))
        case Any(parts=parts):
            return either(*(criterion(part, sight) for part in parts))
        case Not(part=part):
            return negated(criterion(part, sight))
        case AtLeast(count=count, parts=parts):
            listed = Items(tuple(criterion(part, sight) for part in parts), "Boolean")
            return Call("At least", (Literal(count), listed))
        case FirstKnown(parts=parts):
            return op("Coalesce", *(criterion(part, sight) for part in parts))
        case _:
            return _leaf(one, sight)


def _leaf(leaf: Leaf, sight: Sight) -> Expression:
    match leaf:
        case Is(fact=fact, value=bool(value)):
            return Ref(fact_name(fact)) if value else negated(Ref(fact_name(fact)))
        case Is(fact=fact, value=value):
            return equals(Ref(fact_name(fact)), str(value))
        case Compare(fact=fact, relation=relation, bound=bound):
            return op(_RELATIONS[relation], Ref(fact_name(fact)), number(bound))
        case Includes(fact=fact, member=""):
            return Call("Holds any", (Ref(fact_name(fact)),))
        case Includes(fact=fact, member=member):
            return Call("Holds", (Ref(fact_name(fact)), text(member)))
        case Apart(fact=fact, since=since, by=by):
            years = Call("Years between", (Ref(stated_name(since)), Ref(AS_OF)))
            apart = op("Abs", op("Subtract", Ref(stated_name(fact)), years))
            return op("Greater", apart, number(by))
        case Ended() | RegimenEnded():
            name = leaf_name(leaf)
            return Call(name, (HISTORY,)) if sight.history else Ref(f"{name}, if known")
        case Held(purpose=purpose, drug=drug):
            return Call("Was given", (text(drug), text(purpose)))
        case TakenWith(drug=drug):
            return Call("Taken with", (text(drug), texts(sight.drugs)))
        case OptionEvent(event="allergy"):
            return Call("Allergic to one of", (texts(sight.drugs),))
        case OptionEvent(event=event):
            asked = text(sight.purpose if event in PURPOSEFUL else "")
            return Call(event_name(event), (texts(sight.drugs), asked))
        case _:
            assert_never(leaf)


def of_history(one: Criterion) -> bool:
    """Say whether a criterion looks at how regimens ended."""
    return any(isinstance(leaf, Ended | RegimenEnded) for leaf in leaves(one))


def named(criteria: Iterable[Criterion]) -> dict[str, Criterion]:
    """Give the terms that criteria use, each after those that it rests on."""
    found: dict[str, Criterion] = {}

    def walk(one: Criterion) -> None:
        match one:
            case Named(term=term, part=part):
                if term not in found:
                    walk(part)
                    found[term] = part
            case Not(part=part):
                walk(part)
            case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
                for part in parts:
                    walk(part)
            case FirstKnown(parts=parts):
                for part in parts:
                    walk(part)
            case _:
                pass

    for one in criteria:
        walk(one)
    return found


def term_defines(guideline: Guideline, criteria: Iterable[Criterion]) -> Iterator[Define]:
    """Define the terms that criteria use."""
    for term, part in named(criteria).items():
        says = cited(guideline.terms[term].says, guideline.terms[term].cites)
        yield Define(term_name(term), criterion(part), says, section=SECTION)


def terms_by_history(guideline: Guideline, criteria: Iterable[Criterion]) -> Iterator[Define]:
    """Define the terms that look at how regimens ended, for one possible history."""
    for term, part in named(criteria).items():
        if of_history(part):
            says = cited(guideline.terms[term].says, guideline.terms[term].cites)
            body = criterion(part, BY_HISTORY)
            takes = (("history", "List<String>"),)
            yield Define(by_history(term), body, says, takes, "Lines of therapy")


def cited(says: str, cites: Iterable[str]) -> tuple[str, ...]:
    """Give the lines of a comment: the sentence, and the ids that it rests on."""
    return (f"{says} [{', '.join(cites)}]",)
