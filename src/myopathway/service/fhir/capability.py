"""What the FHIR interface can: its CapabilityStatement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.service.site import Site

APPLIED: Final = "PlanDefinition"
_APPLY: Final = "http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply"


def capability(site: Site, kinds: Iterable[str]) -> dict[str, Any]:
    """Write the statement; ``kinds`` are the types of the artefacts."""
    edition = site.guideline.edition
    return {
        "resourceType": "CapabilityStatement",
        "id": "myopathway",
        "url": site.settings.address("/fhir/metadata"),
        "name": "Myopathway",
        "title": edition.title,
        "version": edition.version,
        "status": "active",
        "date": edition.date,
        "kind": "instance",
        "description": edition.intended_use,
        "software": {"name": "myopathway", "version": __version__},
        "implementation": {
            "description": site.settings.site_name or edition.title,
            "url": site.settings.address("/fhir"),
        },
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "resource": [_resource(kind) for kind in sorted({*kinds, APPLIED})],
            }
        ],
    }


def _resource(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchParam": [{"name": "url", "type": "uri"}],
    }
    if kind == APPLIED:
        found["operation"] = [{"name": "apply", "definition": _APPLY}]
    return found
