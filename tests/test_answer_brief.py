"""An answer in brief decides what the whole answer decides, and leaves out nothing but reasons."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from myopathway.errors import InputError
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.service.fired import fired
from myopathway.service.hooks.handler import BRIEF
from myopathway.service.hooks.reasons import deciding
from tests.population import TODAY, complete_patient, patient

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer


@pytest.fixture(scope="module", name="both")
def _both() -> list[tuple[Answer, Answer]]:
    rng = Random(3)
    found: list[tuple[Answer, Answer]] = []
    while len(found) < 600:
        facts = complete_patient(rng) if rng.random() < 0.5 else patient(rng)
        try:
            record = Patient.from_facts(facts)
        except InputError:
            continue
        found.append((recommend_on(record, TODAY), recommend_on(record, TODAY, None, BRIEF)))
    assert {whole.status for whole, _ in found} == {
        "recommended", "needs-information", "conflict", "not-covered",
    }  # fmt: skip
    return found


def test_it_is_the_whole_answer_without_what_was_left_out(
    both: list[tuple[Answer, Answer]],
) -> None:
    for whole, brief in both:
        assert brief == structs.replace(
            whole,
            trace=tuple(one for one in whole.trace if one.value == "true"),
            facts=tuple(one for one in whole.facts if one.fact in BRIEF),
            references=(),
            safety=(),
        )
    assert any(len(whole.facts) > len(brief.facts) > 0 for whole, brief in both)
    assert any(len(whole.trace) > len(brief.trace) > 0 for whole, brief in both)


def test_what_a_hook_takes_from_it_is_the_same(both: list[tuple[Answer, Answer]]) -> None:
    for whole, brief in both:
        assert fired(whole) == fired(brief)
        assert list(deciding(whole)) == list(deciding(brief))
