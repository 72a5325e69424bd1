"""Every combination of facts that places a patient, placed by both versions of the guideline.

Complete for patients of whom everything is known; so it is for all others: the places that stay
possible for a half-known patient are those of the ways in which the patient can turn out. Of
several ways to state one thing each may be unknown, since the others then settle it.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final, TypeAlias

from myopathway.criteria import (
    All,
    Any,
    AtLeast,
    Ended,
    FirstKnown,
    Named,
    Not,
    RegimenEnded,
    evaluate,
    facts_of,
    leaves,
)
from myopathway.diff.cells import as_document, cells, facts_read
from myopathway.diff.door import CONFLICT, NOT_COVERED, NOWHERE, UNSETTLED
from myopathway.diff.histories import histories
from myopathway.diff.outcome import Move, Placed
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from myopathway.criteria import Criterion, HistoryLeaf, Leaf
    from myopathway.diff.cells import Cell
    from myopathway.diff.door import Document, Door
    from myopathway.diff.histories import History
    from myopathway.facts import Value
    from myopathway.guideline.model import Guideline

TREATMENTS: Final = "treatments"
MOST_DOCUMENTS: Final = 8
MOST_TRIED: Final = 3
Places: TypeAlias = "tuple[str, str]"
Combination: TypeAlias = "tuple[tuple[Cell, ...], History]"


class Space:
    """The joint space of two versions."""

    def __init__(self, old: Guideline, new: Guideline) -> None:
        """Draw the cuts of both versions, and gather the histories that they tell apart."""
        self._placers = (_Placer(old), _Placer(new))
        every = tuple(dict.fromkeys(leaf for one in self._placers for leaf in one.leaves))
        facts = {**old.vocabulary.facts, **new.vocabulary.facts}
        open_facts = {name for one in self._placers for name in one.open_facts}
        read = {name for one in self._placers for name in one.read} | {*_implied(old, new)}
        read |= _contested(*self._placers)
        found = {
            name: (cells(facts[name], every) or _yes_or_no())
            + (_unknown(name, every) if name in open_facts else ())
            for name in facts
            if name in read
        }
        self.facts = tuple(name for name, own in found.items() if len(own) > 1)
        self._cells = tuple(found[name] for name in self.facts)
        self._histories = histories([(one.guideline, one.history) for one in self._placers])
        self._at: dict[str, dict[tuple[int, ...], list[History]]] = {}
        self.size = prod(len(one) for one in self._cells) * len(self._histories)

    def compared(self, door: Door) -> Placed:
        """Place every combination by both versions; ``door`` finds the smallest patients."""
        same = self._placers[0].same_as(self._placers[1])  # the same criteria place alike
        survey = {} if same else self._survey
        moved = {one: told for one, told in survey.items() if one[0] != one[1]}
        moves = tuple(
            Move(
                *places, told.count, door.smallest_move(self._documents(told)[:MOST_TRIED], *places)
            )
            for places, told in moves_first(moved)
        )
        changed = sum(one.count for one in moved.values())
        return Placed(self.facts, len(self._histories), self.size, changed, moves)

    def at(self, node: str, names: Iterable[str]) -> tuple[tuple[Document, ...], ...]:
        """Give patients who are at a node in both versions: some for each way of these facts.

        The facts are placing ones; each way is all that these may be while the place is the node.
        """
        wanted = set(names)
        ways: dict[object, list[Combination]] = {}
        for chosen, held in self._nodes_of().get(node, {}).items():
            pairs = zip(self.facts, chosen, strict=True)
            way = tuple(place for name, place in pairs if name in wanted)
            kept = ways.setdefault(way, [])
            cells_chosen = tuple(own[place] for own, place in zip(self._cells, chosen, strict=True))
            for history in held[: MOST_TRIED - len(kept)]:
                kept.append((cells_chosen, history))
        return tuple(
            tuple(self._document(*one) for one in combinations) for combinations in ways.values()
        )

    def _nodes_of(self) -> dict[str, dict[tuple[int, ...], list[History]]]:
        """Give the combinations of each node, once everybody is placed."""
        return self._at if self._survey else {}

    @cached_property
    def _survey(self) -> dict[Places, _Told]:
        """Place every combination once, and keep some of each outcome, evenly spread."""
        found: dict[Places, _Told] = {}
        same = self._placers[0].same_as(self._placers[1])
        places_of = (range(len(own)) for own in self._cells)
        for at in product(*places_of):
            chosen = tuple(own[place] for own, place in zip(self._cells, at, strict=True))
            pairs = zip(self.facts, chosen, strict=True)
            values = {name: one[0] for name, one in pairs if one[0] is not None}
            truths = {leaf: truth for one in chosen for leaf, truth in one[1].items()}
            for history in self._histories:
                old = self._placers[0].place(values, truths, history.truths[0])
                # The same criteria place everybody alike.
                new = old if same else self._placers[1].place(values, truths, history.truths[1])
                places = (old, new)
                told = found.get(places)
                if told is None:
                    told = found[places] = _Told()
                told.add((chosen, history))
                if places[0] == places[1]:
                    held = self._at.setdefault(places[0], {}).setdefault(at, [])
                    if len(held) < MOST_TRIED:
                        held.append(history)
        return found

    def _documents(self, told: _Told) -> list[Document]:
        return [self._document(*one) for one in told.kept]

    def _document(self, chosen: tuple[Cell, ...], history: History) -> Document:
        facts = {
            name: as_document(one[0])
            for name, one in zip(self.facts, chosen, strict=True)
            if one[0] is not None
        }
        return {**facts, TREATMENTS: history.document}


def moves_first(moved: dict[Places, _Told]) -> list[tuple[Places, _Told]]:
    """Put the outcome of most combinations first."""
    return sorted(moved.items(), key=lambda one: (-one[1].count, one[0]))


class _Told:
    """How many combinations ended alike, and a few of them, evenly spread."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: list[Combination] = []
        self._step = 1

    def add(self, one: Combination) -> None:
        if self.count % self._step == 0:
            self.kept.append(one)
            if len(self.kept) >= 2 * MOST_DOCUMENTS:
                self.kept = self.kept[::2]
                self._step *= 2
        self.count += 1


class _Placer:
    """The placing criteria of one version.

    ``read`` are the facts that places depend on, ``contested`` those that contradictions read,
    ``open_facts`` those of which it may be that another way of stating them settles it.
    """

    def __init__(self, guideline: Guideline) -> None:
        self.guideline = guideline
        whens = [(node.id, All(node.when)) for node in guideline.nodes]
        wins = {node.id for node in guideline.nodes if node.wins}
        self._winning = [one for one in whens if one[0] in wins]
        self._others = [one for one in whens if one[0] not in wins]
        self.conflicts = [one.when for one in guideline.conflicts]
        placing: list[Criterion] = [*(one[1] for one in whens), guideline.scope.when]
        every = _once(leaf for one in (*placing, *self.conflicts) for leaf in leaves(one))
        self.history = tuple(one for one in every if isinstance(one, Ended | RegimenEnded))
        self.leaves = tuple(one for one in every if one not in self.history)
        self.read = facts_read(leaf for one in placing for leaf in leaves(one))
        self.open_facts = facts_read(
            leaf for one in placing for way in _ways(one) for leaf in leaves(way)
        )

    def same_as(self, other: _Placer) -> bool:
        """Say whether another version places by the very same criteria."""
        return self._sort == other._sort

    @cached_property
    def _sort(self) -> object:
        classes = {one.drug_class for one in self.history}
        return (self._winning, self._others, self.conflicts, self.guideline.scope.when,
                self.guideline.implications, self.guideline.unstated_purpose,
                {one: self.guideline.drugs_of(one) for one in classes})  # fmt: skip

    def place(
        self,
        values: dict[str, Value],
        truths: dict[Leaf, Truth],
        history: Mapping[HistoryLeaf, Truth],
    ) -> str:
        """Place a patient of whom everything is known."""
        view = _View(truths, history)
        if evaluate(self.guideline.scope.when, view) is Truth.TRUE:
            return NOT_COVERED
        for node, when in self._winning:
            if evaluate(when, view) is Truth.TRUE:
                return node
        if self._contradicts(values, view):
            return CONFLICT
        settled = True
        for node, when in self._others:
            truth = evaluate(when, view)
            if truth is Truth.TRUE:
                return node
            settled = settled and truth is Truth.FALSE
        return NOWHERE if settled else UNSETTLED

    def _contradicts(self, values: dict[str, Value], view: _View) -> bool:
        if any(evaluate(one, view) is Truth.TRUE for one in self.conflicts):
            return True
        return any(
            values.get(one.given) is True and values.get(one.then) is False
            for one in self.guideline.implications
        )


class _View:
    """Everything known; what is left (two ages apart) contradicts nothing."""

    def __init__(self, truths: dict[Leaf, Truth], history: Mapping[HistoryLeaf, Truth]) -> None:
        self._truths = truths
        self._history = history
        self.terms: dict[str, Truth] = {}

    def truth(self, leaf: Leaf) -> Truth:
        if isinstance(leaf, Ended | RegimenEnded):
            return self._history[leaf]
        return self._truths.get(leaf, Truth.FALSE)


def _implied(old: Guideline, new: Guideline) -> Iterator[str]:
    """Name the facts of implications that only one version has."""
    for one in {*old.implications} ^ {*new.implications}:
        yield from (one.given, one.then)


def _contested(old: _Placer, new: _Placer) -> set[str]:
    """Name the facts of contradictions that only one version knows: the others change nobody."""
    alone = [one for one in old.conflicts if one not in new.conflicts]
    alone += [one for one in new.conflicts if one not in old.conflicts]
    return {*facts_read(leaf for one in alone for leaf in leaves(one))}


def _ways(criterion: Criterion) -> Iterator[FirstKnown]:
    """Walk the places where several ways to state one thing stand."""
    match criterion:
        case FirstKnown():
            yield criterion
        case Named(part=part) | Not(part=part):
            yield from _ways(part)
        case All(parts=parts) | Any(parts=parts) | AtLeast(parts=parts):
            for part in parts:
                yield from _ways(part)
        case _:
            return


def _once(found: Iterable[Leaf]) -> tuple[Leaf, ...]:
    return tuple(dict.fromkeys(found))


def _yes_or_no() -> tuple[Cell, ...]:
    return ((False, {}), (True, {}))


def _unknown(name: str, every: Iterable[Leaf]) -> tuple[Cell, ...]:
    return ((None, {one: Truth.UNKNOWN for one in every if name in facts_of(one)}),)
