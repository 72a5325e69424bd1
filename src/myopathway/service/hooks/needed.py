"""What a hook needs and was not given: a 412 that names it, as the standard says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA = "application/fhir+json"


class NeededError(Exception):
    """Ends a call for which data are missing; ``templates`` are the queries by prefetch key."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        """Keep what is missing."""
        super().__init__(", ".join(templates))
        self.templates = templates

    def outcome(self) -> bytes:
        """Write the OperationOutcome."""
        issues: list[dict[str, Any]] = [
            {
                "severity": "error",
                "code": "required",
                "diagnostics": f"prefetch.{key} is needed and could not be had from fhirServer:"
                f" {query}. Send null where the record has nothing.",
                "expression": [f"prefetch.{key}"],
            }
            for key, query in self.templates.items()
        ]
        return msgspec.json.encode({"resourceType": "OperationOutcome", "issue": issues})
