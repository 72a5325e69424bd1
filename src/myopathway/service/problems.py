"""What is refused, as problem details (RFC 9457) or as FHIR and people read it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from myopathway.errors import Fault, shown
from myopathway.service.fhir.outcome import outcome
from myopathway.web.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.types import Scope

MEDIA: Final = "application/problem+json"
_FHIR: Final = "/fhir/"
_FOR_PROGRAMS: Final = (
    "/api/", "/cds-services", _FHIR, "/health", "/ready", "/metrics", "/openapi.json",
)  # fmt: skip


class FaultShown(msgspec.Struct, frozen=True):
    """One thing that is wrong with the input."""

    where: str
    found: str
    accepted: str


class Problem(msgspec.Struct, frozen=True):
    """A refusal: what kind, in a sentence, and each fault where the input has some."""

    title: str
    status: int
    detail: str
    type: str = "about:blank"
    faults: tuple[FaultShown, ...] = ()


class ProblemError(HTTPException):
    """Ends a request with a problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what is wrong, as users read it."""
        super().__init__(status, detail, headers)
        self.faults = tuple(faults)


class NotKnownError(Exception):
    """Ends a request of a client that is not known, with a 401 that says nothing."""


def bare_401() -> Response:
    """Write the refusal of a client: what is wrong with a token is nobody's business."""
    return Response(status_code=401, headers={"www-authenticate": "Bearer"})


def refused(
    scope: Scope,
    status: int,
    detail: str,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a refusal as its reader expects it.

    A page where a person looks at a page, an OperationOutcome for FHIR clients, else a problem.
    """
    if scope["path"].startswith(_FHIR):
        return outcome(status, detail, faults, headers)
    if _looked_at(scope):
        return HTMLResponse(refusal(status, detail), status, dict(headers or {}))
    return problem(status, detail, faults, headers)


def _looked_at(scope: Scope) -> bool:
    accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return b"text/html" in accepted and not scope["path"].startswith(_FOR_PROGRAMS)


def problem(
    status: int,
    detail: str,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write a refusal."""
    shown = tuple(FaultShown(one.where, one.found, one.accepted) for one in faults)
    body = Problem(HTTPStatus(status).phrase, status, detail, faults=shown)
    return Response(msgspec.json.encode(body), status, headers, MEDIA)


def install(app: FastAPI) -> None:
    """Let every refusal of the app, its own and the framework's, be a problem."""

    async def handled(request: Request, error: Exception) -> Response:
        at = request.scope
        match error:
            case NotKnownError():
                return bare_401()
            case ProblemError():
                return refused(at, error.status_code, error.detail, error.faults, error.headers)
            case HTTPException():
                return refused(at, error.status_code, error.detail, (), error.headers)
            case RequestValidationError():
                return refused(at, 422, "A parameter cannot be read.", _faults(error))
            case _:
                raise error

    app.add_exception_handler(HTTPException, handled)
    app.add_exception_handler(NotKnownError, handled)
    app.add_exception_handler(RequestValidationError, handled)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the refusals of a route for its OpenAPI."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            **({} if status == HTTPStatus.UNAUTHORIZED else {"content": {MEDIA: _SCHEMA}}),
        }
        for status in statuses
    }


def _faults(error: RequestValidationError) -> list[Fault]:
    return [
        Fault(".".join(str(part) for part in one["loc"]), shown(one.get("input")), one["msg"])
        for one in error.errors()
    ]


_SCHEMA: Final[dict[str, Any]] = {"schema": {"$ref": "#/components/schemas/Problem"}}
