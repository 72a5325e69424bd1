"""The closed set of criteria that content can state, and their evaluation in three values.

A criterion is data. ``evaluate`` gives its truth for what a ``View`` knows; ``facts_of`` names
the facts that it reads. Structure (all, any, not, at least, first known) comes from the content's
own structure, each leaf from one sentence of it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, assert_never, get_args

import msgspec

from myopathway.truth import NOT, Truth, at_least

if TYPE_CHECKING:
    from collections.abc import Iterator


OptionEventName: TypeAlias = Literal[
    "not-tolerated",
    "perhaps-not-tolerated",
    "inadequate",
    "inadequate-elsewhere",
    "no-outcome",
    "allergy",
    "ongoing",
    "worked",
]


class Is(msgspec.Struct, frozen=True, cache_hash=True, tag="is"):
    """A boolean, or a choice, has this value (``false`` of a boolean is a value too)."""

    fact: str
    value: bool | str


class Compare(msgspec.Struct, frozen=True, cache_hash=True, tag="compare"):
    """A number stands in this relation to a bound in the fact's own unit."""

    fact: str
    relation: Literal["<", "<=", ">", ">="]
    bound: Decimal


class Includes(msgspec.Struct, frozen=True, cache_hash=True, tag="includes"):
    """A list holds this member; with ``member`` empty: it holds any."""

    fact: str
    member: str = ""


class Apart(msgspec.Struct, frozen=True, cache_hash=True, tag="apart"):
    """A stated number of years and the completed years since a date differ by more than this."""

    fact: str
    since: str
    by: Decimal


class Ended(msgspec.Struct, frozen=True, cache_hash=True, tag="ended"):
    """At least ``count`` different drugs of a class ended so; ``failed`` covers both bad ends.

    Only regimens whose outcome counts for the drug count (see ``engine.history``).
    """

    count: int
    drug_class: str
    how: Literal["failed", "inadequate-response", "intolerance"]


class RegimenEnded(msgspec.Struct, frozen=True, cache_hash=True, tag="regimen-ended"):
    """One regimen of a purpose that held at least ``count`` drugs of a class ended so."""

    purpose: str
    count: int
    drug_class: str
    how: Literal["failed", "inadequate-response", "intolerance"]


class Held(msgspec.Struct, frozen=True, cache_hash=True, tag="held"):
    """Some regimen, of this purpose (``unknown``: of none stated), held the drug."""

    purpose: str
    drug: str


class TakenWith(msgspec.Struct, frozen=True, cache_hash=True, tag="taken-with"):
    """The option itself also holds this drug, or the drug is being given, or is taken besides."""

    drug: str


class OptionEvent(msgspec.Struct, frozen=True, cache_hash=True, tag="option"):
    """What became of the drugs of the option that is being judged."""

    event: OptionEventName


class All(msgspec.Struct, frozen=True, tag="all"):
    """Every part holds."""

    parts: tuple[Criterion, ...]


class Any(msgspec.Struct, frozen=True, tag="any"):
    """At least one part holds."""

    parts: tuple[Criterion, ...]


class AtLeast(msgspec.Struct, frozen=True, tag="at-least"):
    """At least ``count`` of the parts hold."""

    count: int
    parts: tuple[Criterion, ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    """The part does not hold."""

    part: Criterion


class FirstKnown(msgspec.Struct, frozen=True, tag="first-known"):
    """Several ways to state one thing: the first that is known settles it."""

    parts: tuple[Criterion, ...]


class Named(msgspec.Struct, frozen=True, tag="term"):
    """A term of the content, written once and used by name."""

    term: str
    part: Criterion


Leaf: TypeAlias = (
    Is | Compare | Includes | Apart | Ended | RegimenEnded | Held | TakenWith | OptionEvent
)
HistoryLeaf: TypeAlias = Ended | RegimenEnded
Criterion: TypeAlias = Leaf | All | Any | AtLeast | Not | FirstKnown | Named

ALWAYS: Final = All(())
_LEAVES: Final = frozenset(get_args(Leaf))


class View(Protocol):
    """Whatever can answer a leaf: a record, or a record with assumptions on top.

    ``terms`` keeps the truth of terms already evaluated: what a view knows never changes.
    """

    terms: dict[str, Truth]

    def truth(self, leaf: Leaf) -> Truth:
        """Give the truth of one leaf."""


def evaluate(criterion: Criterion, view: View) -> Truth:  # noqa: C901, PLR0912 - one place
    """Give a criterion's truth; unknown names no culprit (see ``unsettled``).

    This is the inner loop of everything, hence plain loops and no generators.
    """
    kind = type(criterion)
    if kind in _LEAVES:
        return view.truth(criterion)  # type: ignore[arg-type]
    if kind is Named:
        truth = view.terms.get(criterion.term)  # type: ignore[union-attr]
        if truth is None:
            truth = evaluate(criterion.part, view)  # type: ignore[union-attr]
            view.terms[criterion.term] = truth  # type: ignore[union-attr]
        return truth
    if kind is All:
        result = Truth.TRUE
        for part in criterion.parts:  # type: ignore[union-attr]
            truth = evaluate(part, view)
            if truth is Truth.FALSE:
                return truth
            if truth is Truth.UNKNOWN:
                result = truth
        return result
    if kind is Any:
        result = Truth.FALSE
        for part in criterion.parts:  # type: ignore[union-attr]
            truth = evaluate(part, view)
            if truth is Truth.TRUE:
                return truth
            if truth is Truth.UNKNOWN:
                result = truth
        return result
    match criterion:
        case Not(part=part):
            return NOT[evaluate(part, view)]
        case AtLeast(count=count, parts=parts):
            return at_least(count, (evaluate(part, view) for part in parts))
        case FirstKnown(parts=parts):
            for part in parts:
                truth = evaluate(part, view)
                if truth is not Truth.UNKNOWN:
                    return truth
            return Truth.UNKNOWN
        case _:
            raise AssertionError  # the other kinds are handled above


def unsettled(criterion: Criterion, view: View) -> Iterator[Leaf]:
    """Walk the unknown leaves that keep a criterion unknown (nothing where it is settled)."""
    if evaluate(criterion, view) is not Truth.UNKNOWN:
        return
    match criterion:
        case Named(part=part) | Not(part=part):
            yield from unsettled(part, view)
        case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
            for part in parts:
                yield from unsettled(part, view)
        case FirstKnown(parts=parts):
            # Either way settles it: the first is asked for, the others then are no unknown.
            yield from unsettled(parts[0], view)
        case _:
            yield criterion


def leaves(criterion: Criterion) -> Iterator[Leaf]:
    """Walk every leaf of a criterion, terms opened, in the order of the content."""
    match criterion:
        case Named(part=part) | Not(part=part):
            yield from leaves(part)
        case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts) | FirstKnown(parts=parts):
            for part in parts:
                yield from leaves(part)
        case _:
            yield criterion


def facts_of(leaf: Leaf) -> tuple[str, ...]:
    """Name the facts that a leaf reads."""
    match leaf:
        case Is(fact=fact) | Compare(fact=fact) | Includes(fact=fact):
            return (fact,)
        case Apart(fact=fact, since=since):
            return (fact, since)
        case OptionEvent(event="allergy"):
            return ("allergies",)
        case TakenWith():
            return ("other_drugs",)
        case Ended() | RegimenEnded() | Held() | OptionEvent():
            return ("treatments",)
        case _:
            assert_never(leaf)
