"""The library resource: the guideline's logic as CQL and as ELM, with what it gives and takes."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from myopathway.export.cql.elm import compiled
from myopathway.export.cql.text import written
from myopathway.export.library import library
from myopathway.export.names import LIBRARY, POSSIBLE, STATUS

if TYPE_CHECKING:
    from myopathway.export.canonical import Resource, Site
    from myopathway.guideline.model import Guideline

_TYPES: Final = "http://terminology.hl7.org/CodeSystem/library-type"
_READ: Final = (
    "Patient", "Observation", "QuestionnaireResponse", "Condition", "AllergyIntolerance",
    "MedicationRequest", "MedicationStatement", "MedicationAdministration", "Medication",
)  # fmt: skip
_GIVEN: Final = (
    (STATUS, "string", "recommended, needs-information, conflict or not-covered"),
    (POSSIBLE, "string", "every node that the known facts still allow"),
    ("Node", "string", "the node, where one is left"),
    ("Group", "string", "its group"),
    ("Line", "integer", "its line of therapy"),
)


def cql_text(guideline: Guideline) -> str:
    """Give the guideline as CQL."""
    return written(library(guideline))


def elm_text(guideline: Guideline) -> str:
    """Give the guideline as ELM in JSON."""
    return json.dumps(compiled(library(guideline)), indent=1, ensure_ascii=False) + "\n"


def logic_library(site: Site) -> Resource:
    """Give the library resource."""
    guideline = site.guideline
    head = site.artefact(
        "Library",
        LIBRARY,
        "Logic of the myositis guideline",
        "Where a patient stands, which options are open and in which doses, worked out of facts.",
    )
    head["name"] = LIBRARY
    made = library(guideline)
    texts = {
        "text/cql": written(made),
        # Plain ASCII: engines differ in what they make of other bytes.
        "application/elm+json": json.dumps(compiled(made), separators=(",", ":")),
    }
    return {
        **head,
        "type": {"coding": [{"system": _TYPES, "code": "logic-library"}]},
        "relatedArtifact": [
            {"type": "depends-on", "resource": site.canonical("CodeSystem", "facts")},
            {"type": "depends-on", "resource": site.canonical("Questionnaire", "iim-facts")},
        ],
        "parameter": [
            {
                "name": name.replace(" ", ""),
                "use": "out",
                "min": 0,
                "max": "*" if name == POSSIBLE else "1",
                "documentation": says,
                "type": kind,
            }
            for name, kind, says in _GIVEN
        ],
        "dataRequirement": [{"type": kind} for kind in _READ],
        "content": [
            {"contentType": kind, "data": base64.b64encode(text.encode()).decode()}
            for kind, text in texts.items()
        ],
    }
