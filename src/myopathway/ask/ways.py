"""Other ways to learn a thing: who cannot give the judgement may know the grade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.criteria import Criterion, FirstKnown, Named, facts_of, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline


def other_ways(guideline: Guideline) -> dict[str, tuple[str, ...]]:
    """Give, for a fact, the facts that settle the same, in the order of the content."""
    found: dict[str, tuple[str, ...]] = {
        name: (fact.from_date,)
        for name, fact in guideline.vocabulary.facts.items()
        if fact.from_date
    }
    for term in guideline.terms.values():
        for one in several_ways(term.criterion):
            names = [
                dict.fromkeys(name for leaf in leaves(part) for name in facts_of(leaf))
                for part in one.parts
            ]
            first, *others = (next(iter(own), "") for own in names)
            found[first] = tuple(dict.fromkeys((*found.get(first, ()), *others)))
    return found


def several_ways(criterion: Criterion) -> Iterator[FirstKnown]:
    """Walk the places of a criterion that accept several ways to state one thing."""
    match criterion:
        case FirstKnown():
            yield criterion
        case Named(part=part):
            yield from several_ways(part)
        case _:
            for part in (*getattr(criterion, "parts", ()), getattr(criterion, "part", None)):
                if part is not None:
                    yield from several_ways(part)
