"""Whether a record is of a patient with myositis: for everybody else the hooks are silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.patient import Patient

_SUBTYPE = "subtype"


class Concern:
    """Knows the patients of one guideline."""

    def __init__(self, guideline: Guideline) -> None:
        """Gather what shows a myositis.

        A judgement about the myositis that was stated shows one, and so does a code that means
        one without saying which: then the subtype has to be asked for.
        """
        facts = guideline.vocabulary.facts
        self._judgements = frozenset(name for name, one in facts.items() if one.judgement)
        codings = facts[_SUBTYPE].conditions
        told = {one.row for one in codings if one.value}
        self._doubts = tuple(one.doubt for one in codings if one.doubt and one.row in told)

    def concerns(self, patient: Patient, answer: Answer) -> bool:
        """Say whether the guideline has something to say of this patient."""
        if answer.status == "not-covered":
            return False
        if not self._judgements.isdisjoint(patient.record.facts):
            return True
        return any(one.reason.endswith(self._doubts) for one in patient.unread or ())
