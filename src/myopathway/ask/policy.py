"""Which question settles the place soonest: the expected number of questions still to ask, exactly.

Everything that is unknown and matters stands in one diagram (``engine.diagram``). Each answer to
a question leaves a smaller diagram, so that the fewest questions to expect are found from the end.
Answers count as equally likely, a choice by how many of its values say the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.engine.diagram import Diagram, End, Maker, Test, ends, tests

if TYPE_CHECKING:
    from collections.abc import Mapping


class Policy:
    """Weighs the questions of diagrams; remembers what it weighed."""

    def __init__(self, weights: Mapping[str, tuple[int, ...]]) -> None:
        """Weigh by these numbers of values, one for each answer to a fact; else all alike."""
        self._weights = weights
        self._maker = Maker()
        self._kept: dict[int, Diagram] = {}  # keeps what is known by its identity alive
        self._left: dict[int, float] = {}
        self._given: dict[tuple[int, str, int], Diagram | None] = {}

    def ranked(self, diagram: Diagram) -> list[tuple[float, str]]:
        """Give each fact that can change the place with the questions to expect, it included."""
        whole = self._own(diagram)
        return [(self._after(whole, fact), fact) for fact in tests(whole)]

    def left(self, diagram: Diagram) -> float:
        """Give the questions to expect until one node is left, or none."""
        found = self._left.get(id(diagram))
        if found is None:
            nodes = {end.node for end in ends(diagram) if end.node}
            if len(nodes) < 2:  # noqa: PLR2004 - two nodes are a question
                found = 0.0
            else:
                found = min(self._after(diagram, fact) for fact in tests(diagram))
            self._left[id(diagram)] = found
        return found

    def _after(self, diagram: Diagram, fact: str) -> float:
        answers = [
            (weight, part)
            for arm, weight in enumerate(self._arms(diagram, fact))
            if (part := self._when(diagram, fact, arm)) is not None
        ]
        total = sum(weight for weight, _ in answers)
        return 1 + sum(weight * self.left(part) for weight, part in answers) / total

    def _arms(self, diagram: Diagram, fact: str) -> tuple[int, ...]:
        weights = self._weights.get(fact)
        if weights is not None:
            return weights
        waiting = [diagram]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Test):
                if part.fact == fact:
                    return (1,) * len(part.arms)
                waiting.extend(arm for arm in part.arms if arm is not None)
        return ()

    def _when(self, diagram: Diagram | None, fact: str, arm: int) -> Diagram | None:
        """Give what is left of a diagram once a fact is answered."""
        if diagram is None or isinstance(diagram, End):
            return diagram
        key = (id(diagram), fact, arm)
        if key not in self._given:
            if diagram.fact == fact:
                found = diagram.arms[arm]
            else:
                arms = [self._when(part, fact, arm) for part in diagram.arms]
                found = self._maker.test(diagram.fact, arms)
            self._given[key] = found
        return self._given[key]

    def _own(self, diagram: Diagram) -> Diagram:
        """Copy a diagram into this maker, so that equal ones are the same here."""
        if id(diagram) not in self._kept:
            if isinstance(diagram, End):
                own: Diagram | None = self._maker.end(diagram.node, diagram.reason)
            else:
                arms = [None if part is None else self._own(part) for part in diagram.arms]
                own = self._maker.test(diagram.fact, arms)
            assert own is not None  # noqa: S101 - some answer is possible
            self._kept[id(diagram)] = own
        return self._kept[id(diagram)]
