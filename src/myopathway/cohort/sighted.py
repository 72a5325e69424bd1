"""What of a row can move its place: the truths that placing criteria see, and no finer.

A leaf that stands only in conflicts which are settled before anything is asked counts through
those conflicts; several ways to state one thing count as that one thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.criteria import All, Any, AtLeast, FirstKnown, Named, Not, facts_of, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import Criterion
    from myopathway.engine.cuts import Cuts

_HISTORY = "treatments"


def sighted(cuts: Cuts) -> tuple[list[Criterion], list[Criterion]]:
    """Give the criteria whose truth places, and those that only matter while they hold.

    Criteria about the history are none of them.
    """
    placing = [
        *cuts.when.values(),
        cuts.guideline.scope.when,
        *cuts.asking,
        cuts.guideline.unstated_purpose.when,
    ]
    parts = list(dict.fromkeys(part for one in placing for part in _parts(one)))
    # A fact that is read in two parts has to be seen leaf by leaf.
    read: dict[str, set[int]] = {}
    for place, part in enumerate(parts):
        for leaf in leaves(part):
            for fact in facts_of(leaf):
                read.setdefault(fact, set()).add(place)
    alone = {fact for fact, places in read.items() if len(places) == 1}
    found: list[Criterion] = []
    for part in parts:
        own = list(leaves(part))
        whole = all(fact in alone for leaf in own for fact in facts_of(leaf))
        found += [part] if whole else own
    silent: list[Criterion] = []
    for one in cuts.silent:
        if any(fact in read for leaf in leaves(one) for fact in facts_of(leaf)):
            found += list(leaves(one))
        else:
            silent.append(one)
    return [one for one in dict.fromkeys(found) if not _of_history(one)], silent


def _parts(criterion: Criterion) -> Iterator[Criterion]:
    """Walk the leaves, and the ways to state one thing as one."""
    match criterion:
        case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
            for part in parts:
                yield from _parts(part)
        case Named(part=part) | Not(part=part):
            yield from _parts(part)
        case FirstKnown():
            yield criterion
        case _:
            yield criterion


def _of_history(criterion: Criterion) -> bool:
    return any(_HISTORY in facts_of(leaf) for leaf in leaves(criterion))
