"""Growing the diagram of a patient: fact by fact in the order of the dictionary, history last."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from myopathway.criteria import Apart, Leaf, evaluate, facts_of, unsettled
from myopathway.engine.cuts import TREATMENTS, Cuts
from myopathway.engine.history import COMPLETIONS, Counted
from myopathway.engine.situation import Situation, fact_truth
from myopathway.facts import PURPOSES, Known
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from myopathway.engine.diagram import Diagram, Maker
    from myopathway.facts import Value

Vector: TypeAlias = tuple[bool, ...]


class Assumed:
    """A view of assumed facts, with the history criteria settled by a vector, or open."""

    def __init__(self, truths: dict[Leaf, Truth]) -> None:
        """Assume these truths; a history criterion that is not among them is open."""
        self._truths = truths
        self.terms: dict[str, Truth] = {}

    def truth(self, leaf: Leaf) -> Truth:
        """Give the truth of a leaf under the assumptions."""
        return self._truths.get(leaf, Truth.UNKNOWN)


class Growth:
    """Grows one diagram; ``grown`` holds what was grown before, by what it depends on."""

    def __init__(
        self,
        cuts: Cuts,
        situation: Situation,
        maker: Maker,
        grown: dict[object, Diagram | None],
        history: object,
    ) -> None:
        """Grow from what the situation knows; ``history`` is what its history adds to a key."""
        self._cuts = cuts
        self._situation = situation
        self._maker = maker
        self._grown = grown
        self._history = history

    def diagram(self) -> Diagram | None:
        """Fold every completion into one diagram; None where each contradicts itself."""
        known = self._situation.known
        return self._grow({name: known[name] for name in self._cuts.facts if name in known})

    def _grow(self, known: dict[str, Known]) -> Diagram | None:
        day = self._situation.day
        truths: dict[Leaf, Truth] = {
            leaf: fact_truth(leaf, known, day) for leaf in self._cuts.leaves
        }
        key = (tuple(truths.values()), self._history)
        if key not in self._grown:
            self._grown[key] = self._from(known, truths)
        return self._grown[key]

    def _from(self, known: dict[str, Known], truths: dict[Leaf, Truth]) -> Diagram | None:
        view = Assumed(truths)
        settled, end = self._end(view)
        if settled:
            return end
        fact = self._asked(view)
        if fact is None:
            return self._by_history(truths)
        values = self._cuts.cells[fact]
        arms = [self._grow(self._assume(known, fact, value)) for value in values]
        return self._maker.test(fact, arms)

    def _end(self, view: Assumed) -> tuple[bool, Diagram | None]:
        """Say whether the end is settled, and give it (None: no patient can be so)."""
        cuts, maker = self._cuts, self._maker
        if evaluate(cuts.guideline.scope.when, view) is Truth.TRUE:
            return True, maker.end("", "not-covered")
        truths = {node: evaluate(cuts.when[node.id], view) for node in cuts.nodes}
        reached = [node for node, truth in truths.items() if truth is Truth.TRUE]
        if any(node.wins for node in reached):
            return True, maker.end(reached[0].id)
        if any(evaluate(one, view) is Truth.TRUE for one in cuts.silent):
            return True, None
        asking = [evaluate(one, view) for one in cuts.asking]
        if Truth.TRUE in asking:
            return True, maker.end("", "conflict")
        if Truth.UNKNOWN in asking or Truth.UNKNOWN in truths.values():
            return False, None
        return True, maker.end(reached[0].id) if reached else maker.end("", "nowhere")

    def _asked(self, view: Assumed) -> str | None:
        """Give the first fact, in the order of the dictionary, that something unsettled reads."""
        cuts = self._cuts
        names: set[str] = set()
        for criterion in (*cuts.when.values(), cuts.guideline.scope.when, *cuts.asking):
            for leaf in unsettled(criterion, view):
                if not isinstance(leaf, Apart):
                    names.update(facts_of(leaf))
        return next((name for name in cuts.facts if name in names), None)

    def _assume(self, known: dict[str, Known], fact: str, value: Value) -> dict[str, Known]:
        assumed = {**known, fact: Known(value)}
        for one in self._cuts.guideline.implications:
            if one.given == fact and value is True:
                assumed.setdefault(one.then, Known(value=True))
            if one.then == fact and value is False:
                assumed.setdefault(one.given, Known(value=False))
        return assumed

    def _by_history(self, truths: dict[Leaf, Truth]) -> Diagram | None:
        leaves = self._cuts.lines.leaves
        memo: dict[Vector, Diagram | None] = {}

        def end_of(vector: Vector) -> Diagram | None:
            if vector not in memo:
                settled = zip(leaves, map(Truth.of, vector), strict=True)
                memo[vector] = self._end(Assumed({**truths, **dict(settled)}))[1]
            return memo[vector]

        history = self._situation.history
        if history is None:
            arms = [end_of(vector) for vector in self._cuts.vectors]
            return self._maker.test(TREATMENTS, arms)
        unstated = self._cuts.guideline.unstated_purpose
        stated = evaluate(unstated.when, Assumed(truths)) is Truth.TRUE
        read = unstated.purpose if stated else None
        sure = 0
        unsure: list[tuple[Counted, str | None]] = []
        for one in history.regimens:
            purpose, outcome = one.purpose or read, one.regimen.outcome
            if purpose and outcome:
                sure |= self._cuts.lines.added(one, purpose, outcome)
            else:
                unsure.append((one, purpose))
        return self._unsure(tuple(unsure), sure, end_of)

    def _unsure(
        self,
        unsure: tuple[tuple[Counted, str | None], ...],
        sure: int,
        end_of: Callable[[Vector], Diagram | None],
    ) -> Diagram | None:
        """Ask how each regimen ended and what it was for, as far as that is not recorded."""
        lines = self._cuts.lines
        memo: dict[tuple[int, int], Diagram | None] = {}

        def from_here(place: int, bits: int) -> Diagram | None:
            if place == len(unsure):
                return end_of(lines.vector(bits))
            if (place, bits) not in memo:
                one, purpose = unsure[place]
                name = f"{TREATMENTS}[{one.regimen.index}]"
                outcome = one.regimen.outcome
                by_purpose: list[Diagram | None] = []
                for aim in (purpose,) if purpose else PURPOSES:
                    arms = [
                        from_here(place + 1, bits | lines.added(one, aim, end))
                        for end in ((outcome,) if outcome else COMPLETIONS)
                    ]
                    by_purpose.append(self._maker.test(f"{name}.outcome", arms))
                memo[place, bits] = self._maker.test(f"{name}.purpose", by_purpose)
            return memo[place, bits]

        return from_here(0, sure)
