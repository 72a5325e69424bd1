"""Answers as FHIR clients read them; refusals are OperationOutcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from myopathway.errors import Fault

MEDIA: Final = "application/fhir+json"
_CODES: Final = {
    400: "structure",
    404: "not-found",
    405: "not-supported",
    408: "timeout",
    412: "required",
    413: "too-long",
    422: "invalid",
    500: "exception",
    503: "transient",
}
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def resource(
    value: Any,  # noqa: ANN401 - a FHIR resource
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Send a resource."""
    return Response(_ENCODER.encode(value), status, headers, MEDIA)


def outcome(
    status: int,
    detail: str,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a refusal: an issue for each fault."""
    code = _CODES.get(status, "processing")
    told = [str(one) for one in faults] or [detail]
    issues = [{"severity": "error", "code": code, "diagnostics": one} for one in told]
    return resource({"resourceType": "OperationOutcome", "issue": issues}, status, headers)
