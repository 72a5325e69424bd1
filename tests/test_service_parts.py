"""What is written once is shown only where the very same would be written again."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from myopathway.errors import InputError
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.service.hooks.options import Parts
from tests.population import TODAY, complete_patient, patient

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer

GUIDELINE = shipped()
CANONICAL = "https://example.org"


@pytest.fixture(scope="module", name="answers")
def _answers() -> list[Answer]:
    rng = Random(5)
    found: list[Answer] = []
    while len(found) < 1_500:
        facts = complete_patient(rng) if rng.random() < 0.7 else patient(rng)
        try:
            record = Patient.from_facts(facts)
        except InputError:
            continue
        answer = recommend_on(record, TODAY)
        if answer.therapies:
            found.append(answer)
    return found


def shown(parts: Parts, answer: Answer) -> list[list[tuple[object, ...]]]:
    """Give all of an answer's parts."""
    return [
        [
            (one.id, one.title, one.verdict, one.primary, one.lines, one.short, one.begun,
             one.begun_best, [(each.drug, each.says, each.resource) for each in one.drafts])
            for one in therapy
        ]
        for therapy in parts.of(answer)
    ]  # fmt: skip


def test_after_many_others_a_patient_is_shown_as_if_alone(answers: list[Answer]) -> None:
    kept = Parts(GUIDELINE, CANONICAL)
    for answer in answers:
        kept.of(answer)
    for answer in answers[::5]:
        assert shown(kept, answer) == shown(Parts(GUIDELINE, CANONICAL), answer)


def test_an_option_that_stands_alone_is_not_shown_as_one_of_several(answers: list[Answer]) -> None:
    """A site's own rules may leave one option of several."""
    kept = Parts(GUIDELINE, CANONICAL)
    differ = 0
    for answer in answers[::10]:
        alone = structs.replace(
            answer,
            therapies=tuple(
                structs.replace(one, options=one.options[:1]) for one in answer.therapies
            ),
        )
        several = shown(kept, answer)
        assert shown(kept, alone) == shown(Parts(GUIDELINE, CANONICAL), alone)
        differ += shown(kept, alone) != [one[:1] for one in several]
    assert differ
