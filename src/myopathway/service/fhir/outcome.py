"""Refusals as FHIR clients read them: an OperationOutcome."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, ParamSpec

import msgspec
from starlette.responses import Response

from myopathway.service.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MEDIA: Final = "application/fhir+json"
_CODES: Final = {
    400: "structure",
    404: "not-found",
    408: "timeout",
    412: "required",
    413: "too-long",
    422: "invalid",
    503: "transient",
}
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_Asked = ParamSpec("_Asked")


def answered(
    route: Callable[_Asked, Awaitable[Response]],
) -> Callable[_Asked, Awaitable[Response]]:
    """Let the refusals of a route be OperationOutcomes."""

    @functools.wraps(route)
    async def told(*args: _Asked.args, **kwargs: _Asked.kwargs) -> Response:
        try:
            return await route(*args, **kwargs)
        except ProblemError as error:
            return resource(_outcome(error), error.status_code)

    return told


def resource(value: Any, status: int = 200) -> Response:  # noqa: ANN401 - a FHIR resource
    """Send a resource."""
    return Response(_ENCODER.encode(value), status, media_type=MEDIA)


def _outcome(error: ProblemError) -> dict[str, Any]:
    code = _CODES.get(error.status_code, "processing")
    told = [str(one) for one in error.faults] or [error.detail]
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": code, "diagnostics": one} for one in told],
    }
