"""What was decided for a thousand random patients: whoever changes a decision sees for whom.

Wording is left out: a line changes with a place, verdict, dose, question, check or basis.
``MYOPATHWAY_GOLDEN=write pytest tests/test_answers_known.py`` writes the file anew; read its diff.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import myopathway
from tests import population, safety_population

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer, OptionAnswer

FILE = Path(__file__).parent / "data" / "answers-known.txt"
KINDS = (
    population.patient,
    population.complete_patient,
    safety_population.patient,
    safety_population.complete_patient,
)
EACH = 300


def option(one: OptionAnswer) -> list[Any]:
    doses = [
        [part.kind, str(part.low), str(part.high), part.unit, part.capped]
        for drug in one.drugs
        for part in drug.calculated
    ]
    return [one.id, one.tier, one.verdict, [reason.basis for reason in one.reasons], doses]


def decided(answer: Answer) -> str:
    """Everything that is decided in an answer, in one text."""
    return json.dumps(
        [
            [answer.status, answer.node, answer.group, answer.line, answer.possible],
            [[therapy.role, therapy.statements, [option(one) for one in therapy.options]]
             for therapy in answer.therapies],
            [[step.value, step.basis, [[fact.name, str(fact.value)] for fact in step.facts]]
             for step in answer.trace],
            [[one.fact, one.decides] for one in answer.missing],
            [[one.level, one.basis] for one in answer.notices],
            [[one.drug, [[check.basis, check.state] for check in one.checks]]
             for one in answer.before_start],
            [one.number for one in answer.references],
            [one.row for one in answer.safety],
        ]
    )  # fmt: skip


def line(kind: int, seed: int) -> str:
    facts = KINDS[kind](Random(seed))
    patient = myopathway.Patient.from_facts(facts)
    answer = myopathway.recommend(patient, today=population.TODAY)
    digest = hashlib.sha256(decided(answer).encode()).hexdigest()[:12]
    name = f"{KINDS[kind].__module__.rpartition('.')[2]}.{KINDS[kind].__name__}({seed})"
    return f"{name}: {answer.node or answer.status} {digest}"


def test_what_was_decided_stays_decided() -> None:
    found = [line(kind, seed) for kind in range(len(KINDS)) for seed in range(EACH)]
    if os.environ.get("MYOPATHWAY_GOLDEN") == "write":
        FILE.write_text("\n".join(found) + "\n")
    known = FILE.read_text().splitlines()
    changed = [new for new, old in zip(found, known, strict=True) if new != old]
    assert not changed, f"{len(changed)} of {len(found)} decisions changed; the first: {changed[0]}"
