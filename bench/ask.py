"""Counts the questions that `ask` needs to settle a node, beside the fewest that are possible.

usage: python -m bench.ask [patients, default 2000] [seed, default 1]

The fewest are found by searching the whole abstract space, worked out from the content without the
engine (`myopathway.verify.placing`): for every state of knowledge the question with which the
fewest are to be expected. Every patient begins half known, at random; what counts is the expected
number of questions from there until one node is left. Two views of what is likely are taken: every
answer alike (a choice by its values), and as often as in the random patients of the tests. The
best fixed order is found by exchanging questions until no exchange helps; it skips, too, what is
known and what cannot matter any more.
"""

from __future__ import annotations

import datetime as dt
import sys
from functools import cache
from itertools import product
from random import Random
from statistics import mean
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from myopathway.ask import Asker, Interview
from myopathway.criteria import evaluate
from myopathway.engine.situation import Situation
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import engine_for
from myopathway.verify.placing import CONFLICT, NOT_COVERED, NOWHERE, Placing
from tests import population

if TYPE_CHECKING:
    from collections.abc import Callable

    from myopathway.facts import Record
    from myopathway.verify.axes import Axis

State: TypeAlias = tuple[int, ...]
Prior: TypeAlias = list[list[float]]
Choice: TypeAlias = "Callable[[State], int]"


class Game:
    """Every state of knowledge: which nodes are left, which questions matter."""

    def __init__(self) -> None:
        self.guideline = shipped()
        self.placing = Placing(self.guideline)
        self.axes = [recorded(axis) for axis in self.placing.axes]
        self.lengths = [len(axis.states) for axis in self.axes]
        possible = self.placing.possible(self.axes)
        deciding = [self.placing.deciding(self.axes, place) for place in range(len(self.axes))]
        ends = {CONFLICT, NOT_COVERED, NOWHERE}
        names = self.placing.names
        nodes = sum(1 << place for place, name in enumerate(names) if name not in ends)
        states = list(product(*(range(length) for length in self.lengths)))
        self.settled = {
            state: (code & nodes).bit_count() < 2
            for state, code in zip(states, possible, strict=True)
        }
        self.matters = {
            state: [place for place, bits in enumerate(deciding) if bits[number]]
            for number, state in enumerate(states)
        }

    def document(self, state: State) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for axis, one in zip(self.axes, state, strict=True):
            facts |= axis.states[one].given
        return facts

    def alike(self) -> Prior:
        """Every value of a choice is as likely as any other, and so is every kind of history."""
        found = []
        for axis in self.axes:
            fact = self.guideline.vocabulary.facts[axis.facts[0]]
            shares = [1.0] * (len(axis.states) - 1)
            if fact.type == "choice":
                for value in fact.values:
                    shares[self.cell(axis, {fact.name: value})] += 1
                shares = [share - 1 for share in shares]
            found.append([share / sum(shares) for share in shares])
        return found

    def seen(self, rng: Random, count: int) -> Prior:
        """As often as among the random patients of the tests."""
        counts = [[1.0] * (length - 1) for length in self.lengths]
        for _ in range(count):
            facts = population.complete_patient(rng)
            for place, axis in enumerate(self.axes):
                counts[place][self.cell(axis, facts)] += 1
        return [[one / sum(own) for one in own] for own in counts]

    def cell(self, axis: Axis, facts: dict[str, Any]) -> int:
        """Find the state along an axis of a patient of whom all of it is known."""
        lines = engine_for(self.guideline).positions.cuts.lines
        situation = Situation(self.guideline, lines, read(facts), population.TODAY)
        truths = tuple(evaluate(atom, situation) for atom in axis.atoms)
        return next(place for place, one in enumerate(axis.states) if one.truths == truths)

    def expected(self, prior: Prior, choose: Choice) -> Callable[[State], float]:
        """Give the questions to expect from a state when asking in this way."""
        known: dict[State, float] = {}

        def left(state: State) -> float:
            if self.settled[state]:
                return 0.0
            if state not in known:
                known[state] = self.after(state, choose(state), prior, left)
            return known[state]

        return left

    def after(
        self, state: State, place: int, prior: Prior, left: Callable[[State], float]
    ) -> float:
        answers = (
            share * left((*state[:place], one, *state[place + 1 :]))
            for one, share in enumerate(prior[place])
        )
        return 1 + sum(answers)

    def best(self, prior: Prior) -> Callable[[State], float]:
        """Search the whole space for the fewest questions."""
        known: dict[State, float] = {}

        def left(state: State) -> float:
            if self.settled[state]:
                return 0.0
            if state not in known:
                known[state] = min(
                    self.after(state, place, prior, left) for place in self.matters[state]
                )
            return known[state]

        return left

    def in_order(self, order: list[int]) -> Choice:
        def choose(state: State) -> int:
            return next(place for place in order if place in self.matters[state])

        return choose

    def fixed(self, prior: Prior, starts: list[State]) -> tuple[list[int], float]:
        """Find a fixed order that no exchange of two questions betters."""
        order = list(range(len(self.axes)))

        def cost(one: list[int]) -> float:
            return mean(map(self.expected(prior, self.in_order(one)), starts))

        least, better = cost(order), True
        while better:
            better = False
            for one in range(len(order)):
                for other in range(one):
                    tried = order.copy()
                    tried[one], tried[other] = tried[other], tried[one]
                    found = cost(tried)
                    if found < least - 1e-9:
                        order, least, better = tried, found, True
        return order, least


def recorded(axis: Axis) -> Axis:
    """Leave out histories that are recorded in part; keep the settled ones and the unknown one."""
    states = (*axis.states[: axis.width], next(one for one in axis.states if not one.given))
    return replace(axis, states=states)


def read(facts: dict[str, Any]) -> Record:
    return Patient.from_facts(facts).record


def half_known(game: Game, prior: Prior, rng: Random) -> State:
    """Draw a patient, and forget some of what is known of them."""
    share = rng.random()
    return tuple(
        length - 1 if rng.random() < share else rng.choices(range(length - 1), own)[0]
        for length, own in zip(game.lengths, prior, strict=True)
    )


def starts_of(game: Game, prior: Prior, rng: Random, count: int) -> list[State]:
    found: list[State] = []
    while len(found) < count:
        state = half_known(game, prior, rng)
        if not game.settled[state]:
            found.append(state)
    return found


def by_ask(game: Game) -> Choice:
    """Ask as the command does: through the engine, knowing nothing of this space."""
    asker = Asker(game.guideline, dt.date.fromisoformat(game.guideline.edition.date))
    place_of = {name: place for place, axis in enumerate(game.axes) for name in axis.facts}

    @cache
    def choose(state: State) -> int:
        question = asker.question(Interview(Patient.from_facts(game.document(state))))
        assert question is not None
        assert place_of[question.fact] in game.matters[state], "asked what cannot matter"
        return place_of[question.fact]

    return choose


def by_missing(game: Game) -> Choice:
    """Ask what stands first in the answer's own list."""
    engine = engine_for(game.guideline).positions
    place_of = {name: place for place, axis in enumerate(game.axes) for name in axis.facts}

    @cache
    def choose(state: State) -> int:
        record = read(game.document(state))
        place = engine.place(Situation(game.guideline, engine.cuts.lines, record, population.TODAY))
        return place_of[place.deciders[0].fact]

    return choose


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    game = Game()
    asking, missing = by_ask(game), by_missing(game)
    print(f"{len(game.settled):,} states of knowledge; {count:,} patients, half known, unsettled")
    for title, prior in (
        ("every answer alike", game.alike()),
        ("answers as often as in the tests' patients", game.seen(rng, 3000)),
    ):
        starts = starts_of(game, prior, rng, count)
        fewest = mean(map(game.best(prior), starts))
        order, fixed = game.fixed(prior, starts)
        names = ", ".join(game.axes[place].facts[0] for place in order)
        print(f"\n{title}: questions to a node, mean")
        for who, number in (
            ("fewest possible (search)", fewest),
            ("ask", mean(map(game.expected(prior, asking), starts))),
            ("first of `missing`", mean(map(game.expected(prior, missing), starts))),
            ("best fixed order", fixed),
        ):
            print(f"  {who:<26} {number:6.3f}   {number / fewest:5.3f} times the fewest")
        print(f"  (the order: {names})")


if __name__ == "__main__":
    main()
