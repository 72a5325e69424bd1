"""How many questions: beside the fewest possible, found by searching the whole abstract space.

``python -m bench.ask`` measures the same over 2,000 patients.
"""

from random import Random
from statistics import mean

import pytest

from bench.ask import Game, by_ask, by_missing, starts_of

ENOUGH = 1.15


@pytest.mark.parametrize("view", ["alike", "seen"])
def test_few_more_questions_than_the_fewest(view: str) -> None:
    game, rng = Game(), Random(5)
    prior = game.alike() if view == "alike" else game.seen(rng, 500)
    starts = starts_of(game, prior, rng, 60)
    fewest = mean(map(game.best(prior), starts))
    assert fewest > 1.5
    for policy in (by_ask(game), by_missing(game)):
        # (asking what cannot matter is an error of its own there)
        assert fewest - 1e-9 <= mean(map(game.expected(prior, policy), starts)) <= ENOUGH * fewest
