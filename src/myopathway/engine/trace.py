"""How the place was reached: every criterion on the way, with its truth and its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

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
    facts_of,
)
from myopathway.engine.marks import TRUTHS
from myopathway.engine.outcome import FactUsed, Step, TruthWord
from myopathway.engine.traceline import Line, Plan
from myopathway.engine.words import leaf_words
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.engine.marks import Marks
    from myopathway.engine.situation import Situation
    from myopathway.guideline.model import Guideline


# By the names of facts, the drugs of a criterion, or the place of a regimen.
Used: TypeAlias = dict[tuple[str, ...] | int, tuple[FactUsed, ...]]
# By the two marks of a leaf.
_WORDS: Final[tuple[TruthWord, ...]] = ("unknown", "true", "false")
_TRUE: Final = 1


def steps(
    laid_out: Iterable[Line], situation: Situation, *, true_alone: bool = False
) -> tuple[Step, ...]:
    """Fill in the lines for one patient; with ``true_alone`` only those of what is true."""
    used: Used = {}
    marks = situation.marks
    found: list[Step] = []
    for line in laid_out:
        if line.fixed is not None:
            truth = line.test(marks)
            if truth is Truth.TRUE or not true_alone:
                found.append(line.fixed[truth])
        elif line.ways:
            known = [way for way in line.ways if way.test(marks) is not Truth.UNKNOWN]
            found += steps(known or line.ways[:1], situation, true_alone=true_alone)
        elif not true_alone or marks >> line.shift & 3 == _TRUE:
            facts = used.get(line.drugs or line.facts)
            if facts is None:
                facts = used[line.drugs or line.facts] = (
                    _regimens(line, situation, used)
                    if line.drugs
                    else tuple([_used(name, situation) for name in line.facts])
                )
            found.append(Step(line.words, _WORDS[marks >> line.shift & 3], facts, line.basis))
    return tuple(found)


class Planner:
    """Lays out lines for the criteria of one guideline."""

    def __init__(self, guideline: Guideline, marks: Marks) -> None:
        """Word and test criteria by this guideline."""
        self._guideline = guideline
        self._marks = marks
        self._test = marks.test

    def plan(self, criteria: Iterable[tuple[Criterion, str]]) -> Plan:
        """Lay out the lines for criteria, each once, parts before the whole."""
        seen: set[object] = set()
        return tuple(line for one, basis in criteria for line in self._lines(one, basis, seen))

    def _lines(self, criterion: Criterion, basis: str, seen: set[object]) -> Iterator[Line]:
        match criterion:
            case Named(term=name, part=part):
                if name in seen:
                    return
                seen.add(name)
                term = self._guideline.terms[name]
                yield from self._lines(part, term.cites[0], seen)
                if isinstance(part, All | Any | AtLeast | FirstKnown):
                    yield self._whole(criterion, term.says, term.cites[0])
            case Not(part=part):
                yield from self._lines(part, basis, seen)
            case FirstKnown(parts=parts):
                ways = tuple(line for one in parts for line in self._lines(one, basis, seen))
                yield Line(self._test(criterion), "", basis, ways=ways)
            case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
                for one in parts:
                    yield from self._lines(one, basis, seen)
            case _:
                if criterion not in seen:
                    seen.add(criterion)
                    yield self._leaf(criterion, basis)

    def _whole(self, criterion: Criterion, words: str, basis: str) -> Line:
        fixed = {
            truth: Step(words, word, (), basis) for truth, word in zip(TRUTHS, _WORDS, strict=True)
        }
        return Line(self._test(criterion), words, basis, fixed=fixed)

    def _leaf(self, leaf: Leaf, basis: str) -> Line:
        guideline = self._guideline
        words, test = leaf_words(guideline, leaf), self._test(leaf)
        shift = self._marks.shift(leaf)
        match leaf:
            case Ended(drug_class=drug_class) | RegimenEnded(drug_class=drug_class):
                # What a class holds, and what failing means, is said by these ids.
                failed = isinstance(leaf, Ended) and leaf.how == "failed"
                cites = guideline.drug_classes[drug_class].cites
                basis = guideline.readings["failed"][0] if failed else cites[0]
                drugs = tuple(sorted(guideline.drugs_of(drug_class)))
                return Line(test, words, basis, shift, drugs=drugs)
            case Held(drug=drug):
                return Line(test, words, basis, shift, drugs=(drug,))
            case _:
                return Line(test, words, basis, shift, facts=facts_of(leaf))


def _used(name: str, situation: Situation) -> FactUsed:
    known = situation.known.get(name)
    if known is None:
        return FactUsed(name, None, None)
    return FactUsed(name, situation.shown(name, known), known.source)


def _regimens(line: Line, situation: Situation, used: Used) -> tuple[FactUsed, ...]:
    """Name the regimens with a drug that the criterion counts."""
    history = situation.history
    if history is None:
        return (FactUsed("treatments", None, None),)
    found: list[FactUsed] = []
    for one in history.held_by(line.drugs):
        regimen = one.regimen
        own = used.get(regimen.index)
        if own is None:
            name = f"treatments[{regimen.index}]"
            own = used[regimen.index] = (FactUsed(name, situation.told(regimen), regimen.source),)
        found += own
    if found:
        return tuple(found)
    source = situation.known["treatments"].source
    return (FactUsed("treatments", "no such regimen", source),)
