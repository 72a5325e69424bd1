"""Which answer would settle most of what is still open about the options."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from myopathway.criteria import Compare, Includes, leaves
from myopathway.engine.history import COMPLETIONS
from myopathway.engine.options import safety_rule
from myopathway.facts import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline


class Settling:
    """Weighs the questions about options and doses by what their answers would leave open."""

    def __init__(self, guideline: Guideline) -> None:
        """Note the bounds and members at which rules change."""
        self._facts = guideline.vocabulary.facts
        rules = [
            *guideline.rules,
            *(safety_rule(one) for one in guideline.safety.rules if one.effect != "vaccine"),
            *(
                rule
                for node in guideline.nodes
                for therapy in node.therapies
                for option in therapy.options
                for rule in option.rules
            ),
        ]
        read = list(dict.fromkeys(leaf for rule in rules for leaf in leaves(rule.when)))
        self._bounds = {
            name: sorted(
                {leaf.bound for leaf in read if isinstance(leaf, Compare) and leaf.fact == name}
            )
            for name in self._facts
        }
        self._members = {
            name: [leaf.member for leaf in read if isinstance(leaf, Includes) and leaf.fact == name]
            for name in self._facts
        }

    def left(self, fact: str, learnt: Callable[[str, object], Answer | None]) -> float:
        """Give how much stays open on average once a fact is answered.

        ``learnt`` gives the answer with a fact set to a value, None where that cannot be.
        """
        answers = [learnt(fact, value) for value in self.values(fact)]
        counted = [open_questions(one) for one in answers if one is not None]
        return sum(counted) / len(counted) if counted else 0.0

    def values(self, name: str) -> list[object]:
        """Give answers to a question that rules may tell apart."""
        if name.endswith("].outcome"):
            return list(COMPLETIONS)
        if name.endswith("].purpose"):
            return list(PURPOSES)
        fact = self._facts[name]
        match fact.type:
            case "boolean":
                return [True, False]
            case "choice":
                return list(fact.values)
            case "set" | "names":
                spare = [next(iter(fact.values))] if fact.values else []
                return [
                    [],
                    *([one] for one in dict.fromkeys([*self._members[name], *spare]) if one),
                ]
            case "number" | "grade":
                return list(self._numbers(name))
            case _:
                return []

    def _numbers(self, name: str) -> Iterator[float]:
        low, high = self._facts[name].low or 0, self._facts[name].high or 0
        edges = [low, *self._bounds[name], high]
        yield from (float(before + after) / 2 for before, after in pairwise(edges))


def open_questions(answer: Answer) -> int:
    """Count what is open: each option for each fact that could still change it."""
    return sum(len(one.decides) for one in answer.missing)
