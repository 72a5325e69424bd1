"""
Law 3: safety only subtracts.  Law 5 with safety.  An open question excludes nothing.

The engine that knows the sources alone stands beside the one with the safety layer.
"""

import json
from random import Random
from typing import Any

import pytest

from myopathway.engine.outcome import Answer, OptionAnswer
from myopathway.facts import Vocabulary
from tests import oracle, safety_population
from tests.safety_harms import ROWS, not_tolerated_but_offered
from tests.safety_patients import (
    GUIDELINE,
    HEALTHY,
    NODES,
    ask,
    options,
    patient,
    same,
    sources_alone,
    whole,
)

Facts = dict[str, Any]
VOCABULARY: Vocabulary = GUIDELINE.vocabulary
# What only the drug-safety rules read: none of it says where a patient stands.
SAFETY_FACTS = [name for name, one in VOCABULARY.facts.items() if one.section == "safety"]
PLACE = ("status", "node", "group", "line", "possible", "about", "trace", "as_of", "facts")


def strictness(verdict: str) -> int:
    """Favoured and offered are equally strict here: safety takes no preference away or gives it."""
    return max(oracle.STRICTNESS[verdict], 1)


def only_subtracts(before: Answer, after: Answer, told: str) -> None:
    assert same(before, after, PLACE), told
    assert len(before.therapies) == len(after.therapies)
    for old, new in zip(before.therapies, after.therapies, strict=True):
        assert same(old, new, ("role", "text", "statements")), told
        assert [one.id for one in old.options] == [one.id for one in new.options], told
        for plain, option in zip(old.options, new.options, strict=True):
            option_only_stricter(plain, option, told)
    # A remark on how a dose was worked out may go with the dose; what is urgent stays.
    urgent = [(x.level, x.text, x.basis) for x in before.notices if x.level != "info"]
    assert set(urgent) <= {(x.level, x.text, x.basis) for x in after.notices}, told
    assert before.before_start == ()
    assert before.safety == ()
    assert not ROWS & {x.basis for option in options(before) for x in option.reasons}


def option_only_stricter(plain: OptionAnswer, option: OptionAnswer, told: str) -> None:
    assert same(plain, option, ("id", "tier", "evidence")), told
    assert strictness(option.verdict) >= strictness(plain.verdict), (option.id, told)
    if strictness(option.verdict) == 1:
        assert option.verdict == plain.verdict, (option.id, told)
    for old, new in zip(plain.drugs, option.drugs, strict=True):
        assert same(old, new, ("drug", "route", "basis")), told
        assert new.calculated == (() if option.verdict == "excluded" else old.calculated), told
        assert (new.dose == old.dose) or option.verdict == "excluded", told
    if option.verdict != "excluded":
        kept = {(one.text, one.basis) for one in option.reasons}
        assert kept >= {
            (one.text, one.basis) for one in plain.reasons if not one.text.startswith("Not known")
        }, told


@pytest.mark.parametrize("seed", range(100, 104))
def test_safety_only_subtracts(seed: int) -> None:
    """Place, options, order and doses are the sources'; verdicts only get stricter."""
    rng = Random(seed)
    stricter = 0
    for _ in range(250):
        facts = safety_population.patient(rng)
        before, after = ask(sources_alone(), facts), ask(whole(), facts)
        only_subtracts(before, after, json.dumps(facts))
        stricter += [x.verdict for x in options(before)] != [x.verdict for x in options(after)]
    assert stricter > 50


@pytest.mark.parametrize("node", NODES)
def test_the_place_is_the_same_whatever_safety_knows(node: str) -> None:
    """No safety fact moves a patient."""
    rng = Random(node)
    reference = ask(sources_alone(), patient(node))
    for _ in range(40):
        extra = safety_population.add_safety(rng, {"sex": "female"}, 0.3)
        answer = ask(whole(), patient(node, {x: extra[x] for x in SAFETY_FACTS if x in extra}))
        assert (
            (answer.node, answer.possible)
            == (reference.node, reference.possible)
            == (
                node,
                (node,),
            )
        )
        assert [x.criterion for x in answer.trace] == [x.criterion for x in reference.trace]


@pytest.mark.parametrize("seed", range(200, 203))
def test_an_open_question_excludes_nothing(seed: int) -> None:
    """To forget a safety fact never makes a verdict stricter; to learn one never milder."""
    rng = Random(seed)
    opened = 0
    for _ in range(100):
        facts = safety_population.complete_patient(rng)
        known = ask(whole(), facts)
        forgotten = rng.sample(SAFETY_FACTS, rng.choice((1, 1, 3, len(SAFETY_FACTS))))
        vague = {name: value for name, value in facts.items() if name not in forgotten}
        answer = ask(whole(), vague)
        assert answer.node == known.node
        told = json.dumps([facts, forgotten])
        for less, more in zip(options(answer), options(known), strict=True):
            assert strictness(less.verdict) <= strictness(more.verdict), (less.id, told)
            if less.verdict != "excluded" and more.verdict == "excluded":
                opened += 1
                open_questions = [x for x in less.reasons if x.text.startswith("Not known: ")]
                assert open_questions, (less.id, told)
                assert {x.fact for x in answer.missing} & set(forgotten), (less.id, told)
    assert opened > 10


def test_nothing_known_of_safety_excludes_nothing() -> None:
    """The patient of each node with not one safety fact: every option is there, with questions."""
    for node in NODES:
        vague = {name: None for name in HEALTHY if name in SAFETY_FACTS}
        vague["pregnant"] = vague["infection"] = None
        before, after = (ask(x, patient(node, vague)) for x in (sources_alone(), whole()))
        assert after.node == node
        for plain, option in zip(options(before), options(after), strict=True):
            if "cyclophosphamide" not in option.id and "+" not in option.id:
                assert option.verdict == plain.verdict
            assert option.verdict != "excluded"


@pytest.mark.parametrize("seed", range(300, 303))
def test_what_was_not_tolerated_stays_out_whatever_safety_says(seed: int) -> None:
    """Law 5: no fact that safety reads brings a drug back."""
    rng = Random(seed)
    met = 0
    for _ in range(150):
        facts = safety_population.patient(rng)
        drug = rng.choice(oracle.DRUGS)
        harmed = {"drugs": [drug], "purpose": rng.choice(("induction", "maintenance"))}
        harmed["outcome"] = "intolerance"
        facts["treatments"] = [*(facts.get("treatments") or []), harmed]
        answer = ask(whole(), facts)
        met += any(drug in option.id.split("+") for option in options(answer))
        assert not list(not_tolerated_but_offered(facts, answer)), json.dumps(facts)
    assert met > 20
