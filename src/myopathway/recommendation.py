"""The one door: every way into the system asks here, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from myopathway.engine.answer import Engine
from myopathway.guideline.load import shipped

if TYPE_CHECKING:
    import datetime as dt

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.patient import Patient


_engines: dict[tuple[str, bool], Engine] = {}


def engine_for(guideline: Guideline, *, safety: bool = True) -> Engine:
    """Give the engine of a guideline, made once for each content.

    Without ``safety`` it knows the sources alone: for proofs and comparisons, never for users.
    """
    key = (guideline.content_hash, safety)
    engine = _engines.get(key)
    if engine is None:
        engine = _engines[key] = Engine(guideline, safety=safety)
    return engine


def recommend_on(
    patient: Patient,
    day: dt.date,
    guideline: Guideline | None = None,
    brief: frozenset[str] | None = None,
) -> Answer:
    """Give the answer for a patient; ``day`` counts where the patient states no ``as_of``.

    ``brief`` names the facts of which the reader wants to hear: then the answer is the same but for
    its reasons, of which there are only the steps that are true, and not where they come from.

    The answer is the same for the same patient, day and content. A half-known patient, a
    contradiction and a patient outside the guideline are answers too; nothing is raised.
    """
    engine = engine_for(guideline or shipped())
    stated = patient.record.value("as_of")
    own = stated or day
    answer = engine.answer(patient.record, own, patient.occasions, brief)  # type: ignore[arg-type]
    if patient.unread is None:
        return answer
    return msgspec.structs.replace(answer, unread=patient.unread)
