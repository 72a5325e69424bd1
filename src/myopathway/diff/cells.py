"""One value of a fact for each way in which some leaves, of either version, can see it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from myopathway.criteria import Compare, Includes, Is, facts_of
from myopathway.engine.factual import fact_truth
from myopathway.facts import Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.criteria import Leaf
    from myopathway.facts import Fact, Value
    from myopathway.truth import Truth

Cell: TypeAlias = "tuple[Value | None, dict[Leaf, Truth]]"  # None: unknown
ANY_DAY: Final = dt.date(2000, 1, 1)  # these leaves read no date
_STEP: Final = Decimal("0.5")
_MOST_MEMBERS: Final = 6


def plain_leaves(leaves: Iterable[Leaf]) -> tuple[Leaf, ...]:
    """Give the leaves that read one fact by itself."""
    return tuple(dict.fromkeys(one for one in leaves if isinstance(one, Is | Compare | Includes)))


def facts_read(leaves: Iterable[Leaf]) -> tuple[str, ...]:
    """Name the facts that plain leaves read."""
    names = (name for one in plain_leaves(leaves) for name in facts_of(one))
    return tuple(dict.fromkeys(names))


def cells(fact: Fact, leaves: Iterable[Leaf]) -> tuple[Cell, ...]:
    """Give each value that looks different to these leaves, with the truth of each leaf."""
    own = [one for one in plain_leaves(leaves) if fact.name in facts_of(one)]
    seen: dict[tuple[Truth, ...], Cell] = {}
    for value in _candidates(fact, own):
        truths = tuple(fact_truth(leaf, {fact.name: Known(value)}, ANY_DAY) for leaf in own)
        seen.setdefault(truths, (value, dict(zip(own, truths, strict=True))))
    return tuple(seen.values())


def as_document(value: Value) -> Any:  # noqa: ANN401 - any JSON value
    """Write a value as a facts document does."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return list(value) if isinstance(value, tuple) else value


def _candidates(fact: Fact, own: list[Leaf]) -> Iterator[Value]:
    match fact.type:
        case "boolean":
            yield from (False, True)
        case "choice":
            yield from fact.values
        case "set" | "names":
            members = sorted({one.member for one in own if isinstance(one, Includes)} - {""})
            spare = next((one for one in fact.values if one not in members), "another")
            if len(members) > _MOST_MEMBERS:  # each by itself: all together are too many
                yield from ((), *((one,) for one in (*members, spare)))
                return
            for chosen in product((False, True), repeat=len(members)):
                held = [one for one, yes in zip(members, chosen, strict=True) if yes]
                yield tuple(held)
                yield tuple(sorted([*held, spare]))
        case "number" | "grade":
            bounds = sorted({one.bound for one in own if isinstance(one, Compare)})
            points = [one for bound in bounds for one in (bound - _STEP, bound, bound + _STEP)]
            points += [(low + high) / 2 for low, high in pairwise(bounds)]
            yield from (one for one in sorted(points) if _within(fact, one))
        case _:
            return


def _within(fact: Fact, value: Decimal) -> bool:
    return (fact.low is None or value >= fact.low) and (fact.high is None or value <= fact.high)
