"""What a hook needs and was not given: a 412 that names it, as the standard says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA = "application/fhir+json"


class NeededError(Exception):
    """Ends a call for which data are missing; ``templates`` are the queries by prefetch key."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        """Keep what is missing."""
        super().__init__(", ".join(templates))
        self.templates = templates

    def response(self) -> Response:
        """Write the OperationOutcome."""
        return Response(msgspec.json.encode(self._outcome()), 412, media_type=MEDIA)

    def _outcome(self) -> dict[str, Any]:
        return {
            "resourceType": "OperationOutcome",
            "issue": [
                {
                    "severity": "error",
                    "code": "required",
                    "diagnostics": f"prefetch.{key} is needed and could not be had from fhirServer:"
                    f" {query}. Send null where the record has nothing.",
                    "expression": [f"prefetch.{key}"],
                }
                for key, query in self.templates.items()
            ],
        }
