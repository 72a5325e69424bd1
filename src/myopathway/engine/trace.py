"""How the place was reached: every criterion on the way, with its truth and its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from myopathway.criteria import (
    All,
    Any,
    AtLeast,
    Criterion,
    Ended,
    FirstKnown,
    Held,
    Leaf,
    Named,
    Not,
    RegimenEnded,
    evaluate,
    facts_of,
)
from myopathway.engine.outcome import FactUsed, Step, TruthWord
from myopathway.engine.words import leaf_words
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Guideline


class Line(msgspec.Struct, frozen=True):
    """One criterion that a trace shows: its words, the id behind it, the facts it reads.

    ``ways``: several ways to state one thing, of which those that are known are shown.
    """

    criterion: Criterion
    words: str
    basis: str
    facts: tuple[str, ...] = ()
    drugs: tuple[str, ...] = ()
    ways: tuple[Line, ...] = ()
    leaf: Leaf | None = None


Plan: TypeAlias = tuple[Line, ...]
_WORDS: Final[dict[Truth, TruthWord]] = {
    Truth.TRUE: "true",
    Truth.FALSE: "false",
    Truth.UNKNOWN: "unknown",
}


def plan(guideline: Guideline, criteria: Iterable[tuple[Criterion, str]]) -> Plan:
    """Lay out the lines for criteria, each once, parts before the whole."""
    seen: set[object] = set()
    return tuple(line for one, basis in criteria for line in _lines(guideline, one, basis, seen))


def steps(laid_out: Plan, situation: Situation) -> tuple[Step, ...]:
    """Fill in the lines for one patient."""
    used: dict[str, FactUsed] = {}
    found: list[Step] = []
    for line in laid_out:
        if line.ways:
            known = [
                way for way in line.ways if evaluate(way.criterion, situation) is not Truth.UNKNOWN
            ]
            found.extend(_step(way, situation, used) for way in known or line.ways[:1])
        else:
            found.append(_step(line, situation, used))
    return tuple(found)


def _lines(
    guideline: Guideline, criterion: Criterion, basis: str, seen: set[object]
) -> Iterator[Line]:
    match criterion:
        case Named(term=name, part=part):
            if name in seen:
                return
            seen.add(name)
            term = guideline.terms[name]
            yield from _lines(guideline, part, term.cites[0], seen)
            if isinstance(part, All | Any | AtLeast | FirstKnown):
                yield Line(criterion, term.says, term.cites[0])
        case Not(part=part):
            yield from _lines(guideline, part, basis, seen)
        case FirstKnown(parts=parts):
            ways = tuple(line for one in parts for line in _lines(guideline, one, basis, seen))
            yield Line(criterion, "", basis, ways=ways)
        case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
            for one in parts:
                yield from _lines(guideline, one, basis, seen)
        case _:
            if criterion not in seen:
                seen.add(criterion)
                yield _leaf(guideline, criterion, basis)


def _leaf(guideline: Guideline, leaf: Leaf, basis: str) -> Line:
    words = leaf_words(guideline, leaf)
    match leaf:
        case Ended(drug_class=drug_class) | RegimenEnded(drug_class=drug_class):
            # What a class holds, and what failing means, is said by these ids.
            failed = isinstance(leaf, Ended) and leaf.how == "failed"
            cites = guideline.drug_classes[drug_class].cites
            basis = guideline.readings["failed"][0] if failed else cites[0]
            drugs = tuple(sorted(guideline.drugs_of(drug_class)))
            return Line(leaf, words, basis, drugs=drugs, leaf=leaf)
        case Held(drug=drug):
            return Line(leaf, words, basis, drugs=(drug,), leaf=leaf)
        case _:
            return Line(leaf, words, basis, facts=facts_of(leaf), leaf=leaf)


def _step(line: Line, situation: Situation, used: dict[str, FactUsed]) -> Step:
    facts = (
        _regimens(line, situation)
        if line.drugs
        else tuple([_used(name, situation, used) for name in line.facts])
    )
    leaf = line.leaf
    truth = evaluate(line.criterion, situation) if leaf is None else situation.truth(leaf)
    return Step(line.words, _WORDS[truth], facts, line.basis)


def _used(name: str, situation: Situation, used: dict[str, FactUsed]) -> FactUsed:
    own = used.get(name)
    if own is None:
        known = situation.known.get(name)
        own = (
            FactUsed(name, None, None)
            if known is None
            else FactUsed(name, situation.shown(name, known), known.source)
        )
        used[name] = own
    return own


def _regimens(line: Line, situation: Situation) -> tuple[FactUsed, ...]:
    """Name the regimens with a drug that the criterion counts."""
    history = situation.history
    if history is None:
        return (FactUsed("treatments", None, None),)
    found = tuple(
        [
            FactUsed(
                f"treatments[{one.regimen.index}]",
                situation.told(one.regimen),
                one.regimen.source,
            )
            for one in history.held_by(line.drugs)
        ]
    )
    if found:
        return found
    source = situation.known["treatments"].source
    return (FactUsed("treatments", "no such regimen", source),)
