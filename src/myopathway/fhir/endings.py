"""How a medication entry ended: what its status and its recorded reasons tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.facts import OUTCOMES
from myopathway.fhir.codes import FACTS
from myopathway.fhir.plain import as_maps, as_text, brief, words_of

if TYPE_CHECKING:
    from myopathway.fhir.plain import Resource

STATUS_REASON: Final = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"
NOW: Final = frozenset({"active", "in-progress", "on-hold"})
ENDED: Final = frozenset({"stopped", "completed"})
_OUTCOMES: Final = {
    "active": "ongoing",
    "in-progress": "ongoing",
    "on-hold": "ongoing",
    "completed": "completed",
}
_INTOLERANCE: Final = "intolerance"
# Side effect not tolerated; allergy.
_NOT_TOLERATED: Final = frozenset({"sintol", "salg"})
_ENDINGS: Final = frozenset(OUTCOMES) - {"ongoing", "completed"}


def outcome_of(resource: Resource, status: str, remarks: list[str]) -> tuple[str | None, bool]:
    """Give the outcome, None where it is unknown, and whether a recorded reason told it."""
    reason = _reason(resource, remarks) if "statusReason" in resource else None
    if reason is not None:
        if status in NOW:
            remarks.append(f"status {status}, but its statusReason says {reason}, which counts")
        return reason, True
    outcome = _OUTCOMES.get(status)
    if status == "on-hold":
        remarks.append("on hold: counted as ongoing")
    elif outcome is None and status != "stopped":
        said = f"status {brief(status)}" if status else "no status"
        remarks.append(f"{said}: counted, but how it ended is unknown")
    return outcome, False


def _told(concept: Resource) -> set[str]:
    """Give the outcomes that the codes of a reason tell."""
    told: set[str] = set()
    for coding in as_maps(concept.get("coding")):
        system, code = coding.get("system"), coding.get("code")
        if not isinstance(code, str):
            continue
        if system == FACTS and code in _ENDINGS:
            told.add(code)
        elif system == STATUS_REASON and code in _NOT_TOLERATED:
            told.add(_INTOLERANCE)
    return told


def _reason(resource: Resource, remarks: list[str]) -> str | None:
    found: set[str] = set()
    unknown: list[str] = []
    for concept in as_maps(resource["statusReason"]):
        told = _told(concept)
        if not told:
            codes = [as_text(one.get("code")) for one in as_maps(concept.get("coding"))]
            unknown += ([*words_of(concept), *codes] or ["without words"])[:1]
        found |= told
    if len(found) > 1:
        # Intolerance keeps the drug from being given again, so it is the one to keep.
        chosen = _INTOLERANCE if _INTOLERANCE in found else max(found)
        remarks.append(f"reasons {' and '.join(sorted(found))}: {chosen} counts")
        return chosen
    if not found and unknown:
        remarks.append(f"reason {brief(unknown[0])!r} tells no outcome")
    return next(iter(found), None)
