"""How the place was reached: every criterion on the way, with its truth and its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from myopathway.engine.outcome import FactUsed, Step
from myopathway.engine.words import leaf_words, plain_value, regimen_words
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.engine.situation import Situation


class Tracer:
    """Writes the steps of one answer; each criterion once, parts before the whole."""

    def __init__(self, situation: Situation) -> None:
        """Trace in this situation."""
        self._situation = situation
        self._guideline = situation.guideline
        self._seen: set[object] = set()

    def steps(self, criteria: Iterable[tuple[Criterion, str]]) -> tuple[Step, ...]:
        """Give the steps for criteria, each with the id that it rests on."""
        return tuple(step for one, basis in criteria for step in self._walk(one, basis))

    def _walk(self, criterion: Criterion, basis: str) -> Iterator[Step]:
        match criterion:
            case Named(term=name, part=part):
                if name in self._seen:
                    return
                self._seen.add(name)
                term = self._guideline.terms[name]
                yield from self._walk(part, term.cites[0])
                if isinstance(part, All | Any | AtLeast | FirstKnown):
                    truth = evaluate(criterion, self._situation)
                    yield Step(term.says, truth.value, (), term.cites[0])
            case Not(part=part):
                yield from self._walk(part, basis)
            case FirstKnown(parts=parts):
                known = [
                    one for one in parts
                    if evaluate(one, self._situation) is not Truth.UNKNOWN
                ]  # fmt: skip
                for one in known or parts[:1]:
                    yield from self._walk(one, basis)
            case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
                for one in parts:
                    yield from self._walk(one, basis)
            case _:
                if criterion not in self._seen:
                    self._seen.add(criterion)
                    yield self._step(criterion, basis)

    def _step(self, leaf: Leaf, basis: str) -> Step:
        truth = evaluate(leaf, self._situation)
        used = (
            self._regimens(leaf)
            if isinstance(leaf, Ended | RegimenEnded | Held)
            else tuple(self._used(name) for name in facts_of(leaf))
        )
        return Step(leaf_words(self._guideline, leaf), truth.value, used, basis)

    def _used(self, name: str) -> FactUsed:
        known = self._situation.known.get(name)
        if known is None:
            return FactUsed(name, None, None)
        return FactUsed(name, plain_value(self._guideline, known), known.source)

    def _regimens(self, leaf: Ended | RegimenEnded | Held) -> tuple[FactUsed, ...]:
        """Name the regimens with a drug that the criterion counts."""
        history = self._situation.history
        if history is None:
            return (FactUsed("treatments", None, None),)
        drugs = (
            (leaf.drug,)
            if isinstance(leaf, Held)
            else tuple(self._guideline.drugs_of(leaf.drug_class))
        )
        found = tuple(
            FactUsed(
                f"treatments[{one.regimen.index}]",
                regimen_words(self._guideline, one.regimen),
                one.regimen.source,
            )
            for one in history.held_by(drugs)
        )
        if found:
            return found
        source = self._situation.known["treatments"].source
        return (FactUsed("treatments", "no such regimen", source),)
