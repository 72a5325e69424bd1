"""``$apply``: the guideline for one patient, as a CarePlan and the RequestGroup it carries out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.errors import Fault, shown
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.render.fhir import fhir
from myopathway.service.problems import ProblemError

if TYPE_CHECKING:
    import datetime as dt

    from myopathway.engine.outcome import Answer
    from myopathway.service.site import Site

_LISTS: Final = {
    "complete-problem-list": "complete_problem_list",
    "complete-medication-list": "complete_medication_list",
}
_SUBJECTS: Final = ("CarePlan", "RequestGroup", "MedicationRequest", "ServiceRequest")


class Asked(msgspec.Struct, frozen=True):
    """What is asked: of whom (where that is said), and from which data."""

    bundle: dict[str, Any]
    subject: str = ""
    complete: dict[str, bool] = {}


def asked(document: object) -> Asked:
    """Read a Bundle, or Parameters with ``subject`` and ``data``; refuses anything else."""
    kind = document.get("resourceType") if isinstance(document, dict) else None
    if not isinstance(document, dict) or kind not in ("Bundle", "Parameters"):  # it may be no text
        raise _refused(Fault("body", f"found {shown(kind)}", "a Bundle, or Parameters"))
    if kind == "Bundle":
        return Asked(document)
    given = document.get("parameter")
    if not isinstance(given, list):
        raise _refused(Fault("Parameters.parameter", "it is not there", "subject and data"))
    bundles: list[dict[str, Any]] = []
    subject = ""
    complete: dict[str, bool] = {}
    for place, one in enumerate(given):
        name = one.get("name") if isinstance(one, dict) else None
        match name:
            case "data":
                bundles.append(_data(one, place))
            case "subject":
                named = _subject(one, place)
                if subject and named != subject:
                    where = f"Parameters.parameter[{place}]"
                    raise _refused(Fault(where, "another patient", "one subject"))
                subject = named
            case str() if name in _LISTS:
                complete[_LISTS[name]] = one.get("valueBoolean") is True
            case _:
                pass  # the operation has parameters that change nothing here
    if not bundles:
        raise _refused(Fault("Parameters.parameter", "no data", "data: a Bundle of the patient"))
    entries = [entry for one in bundles for entry in one.get("entry") or ()]
    return Asked({"resourceType": "Bundle", "entry": entries}, subject, complete)


def applied(site: Site, one: Asked, today: dt.date) -> tuple[Answer, dict[str, Any]]:
    """Apply the guideline; raises ``InputError`` where the data are of no one patient."""
    patient = Patient.from_fhir(one.bundle, today=today, guideline=site.guideline, **one.complete)
    own = _patient_id(one.bundle)
    if one.subject and own != one.subject:
        want = "the patient of the data"
        raise _refused(Fault("Parameters.parameter[subject]", "it is another patient", want))
    answer = recommend_on(patient, today, site.guideline)
    found = fhir(answer, site.guideline, base=site.settings.canonical)
    if own:
        for entry in found["entry"]:
            if entry["resource"]["resourceType"] in _SUBJECTS:
                entry["resource"]["subject"] = {"reference": f"Patient/{own}"}
    return answer, found


def _patient_id(bundle: dict[str, Any]) -> str:
    for entry in bundle.get("entry") or ():
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") == "Patient":
            own = resource.get("id")
            return own if isinstance(own, str) else ""
    return ""


def _data(one: dict[str, Any], place: int) -> dict[str, Any]:
    held = one.get("resource")
    entries = held.get("entry", []) if isinstance(held, dict) else None
    if not isinstance(held, dict) or held.get("resourceType") != "Bundle":
        raise _refused(Fault(f"Parameters.parameter[{place}]", "no Bundle", "a Bundle"))
    if not isinstance(entries, list):
        raise _refused(Fault(f"Parameters.parameter[{place}]", "its entry is no list", "a Bundle"))
    return held


def _subject(one: dict[str, Any], place: int) -> str:
    reference = one.get("valueReference")
    text = reference.get("reference") if isinstance(reference, dict) else one.get("valueString")
    path = text.partition("/_history/")[0].split("/") if isinstance(text, str) else [""]
    if not path[-1] or path[-2:-1] not in ([], ["Patient"]):
        where = f"Parameters.parameter[{place}]"
        raise _refused(Fault(where, "no patient is named", "valueString: Patient/id"))
    return path[-1]


def _refused(fault: Fault) -> ProblemError:
    return ProblemError(422, "The guideline cannot be applied.", [fault])
