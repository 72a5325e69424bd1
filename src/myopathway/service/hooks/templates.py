"""What a hook needs of a record, as narrow FHIR queries; made from the facts dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.fhir.codes import FACTS, LOINC
from myopathway.fhir.questionnaire import QUESTIONNAIRES

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline

TOKEN: Final = "{{context.patientId}}"  # noqa: S105 - a prefetch token, as the standard calls it
PATIENT: Final = "patient"
_WEIGHT: Final = "weight_kg"
_GIVEN: Final = "active,on-hold,completed,stopped"


def templates(guideline: Guideline) -> dict[str, str]:
    """Give the prefetch templates by key.

    No query asks for all vital signs or all results: weight is the newest one, results are those
    that a fact reads.
    """
    facts = guideline.vocabulary.facts
    weight = _codes(guideline, (_WEIGHT,))
    results = _codes(guideline, (name for name in facts if name != _WEIGHT))
    of = f"?patient={TOKEN}"
    return {
        PATIENT: f"Patient/{TOKEN}",
        "conditions": f"Condition{of}&clinical-status=active,recurrence,relapse",
        "requests": f"MedicationRequest{of}&status={_GIVEN}",
        "statements": f"MedicationStatement{of}&status={_GIVEN}",
        "allergies": f"AllergyIntolerance{of}&clinical-status=active",
        "weight": f"Observation{of}&code={weight}&_sort=-date&_count=1",
        "results": f"Observation{of}&code={results}&_sort=-date&_count=100",
        "facts": f"Observation{of}&code={FACTS}|&_sort=-date&_count=200",
        "responses": f"QuestionnaireResponse{of}"
        f"&questionnaire={QUESTIONNAIRES}{guideline.edition.id}"
        "&_sort=-authored&_count=5",
    }


def _codes(guideline: Guideline, names: object) -> str:
    facts = guideline.vocabulary.facts
    codes = dict.fromkeys(
        f"{LOINC}|{code}"
        for name in names  # type: ignore[attr-defined]
        for coding in facts[name].observations
        for code in coding.loinc
    )
    return ",".join(codes)
