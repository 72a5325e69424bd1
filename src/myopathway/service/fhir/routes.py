"""The routes of the FHIR interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response

from myopathway.errors import InputError
from myopathway.service.body import decoded, worked
from myopathway.service.fhir.apply import applied, asked
from myopathway.service.fhir.artefacts import Artefacts
from myopathway.service.fhir.capability import capability
from myopathway.service.fhir.outcome import MEDIA, resource
from myopathway.service.openapi import body, gives
from myopathway.service.problems import ProblemError

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer
    from myopathway.service.site import Site

PLAN = "iim-treatment"
_OUTCOME: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["resourceType", "issue"],
        "properties": {
            "resourceType": {"const": "OperationOutcome"},
            "issue": {"type": "array", "minItems": 1, "items": {"type": "object"}},
        },
    }
}


def router(site: Site) -> APIRouter:
    """Give the routes of the FHIR interface of one site."""
    routes = APIRouter(prefix="/fhir", tags=["FHIR"])
    artefacts = Artefacts(site)

    @routes.get("/metadata", responses=gives("Resource", MEDIA), response_class=Response)
    async def metadata() -> Response:
        """Say what this interface can (CapabilityStatement)."""
        return resource(capability(site, (await artefacts.prepared()).kinds()))

    @routes.post(
        f"/PlanDefinition/{PLAN}/$apply",
        responses=gives("Bundle", MEDIA) | _outcomes(400, 401, 408, 413, 422, 503),
        openapi_extra=body("Applied", MEDIA),
        response_class=Response,
    )
    async def apply(request: Request) -> Response:
        """Apply the guideline to a patient: Bundle or Parameters in, CarePlan and more out."""
        client = await site.clients.client(request.scope, f"/fhir/PlanDefinition/{PLAN}/$apply")
        raw = await request.body()

        def work() -> tuple[Answer, dict[str, Any]]:
            return applied(site, asked(decoded(raw, site.settings.limits)), site.today())

        try:
            answer, found = await worked(raw, work)
        except InputError as error:
            raise ProblemError(422, "The patient cannot be read.", error.faults) from None
        site.audit("apply", answer, request.scope["began"], client)
        return resource(found)

    @routes.get(
        "/{kind}/{name}",
        responses=gives("Resource", MEDIA) | _outcomes(404, 422),
        response_class=Response,
    )
    async def read(kind: Annotated[str, Path()], name: Annotated[str, Path()]) -> Response:
        """Give an exported artefact."""
        found = (await artefacts.prepared()).read(kind, name)
        if found is None:
            raise ProblemError(404, "There is no such resource.")
        return resource(found)

    @routes.get(
        "/{kind}", responses=gives("Resource", MEDIA) | _outcomes(404, 422), response_class=Response
    )
    async def search(kind: Annotated[str, Path()], url: str = "") -> Response:
        """Give the exported artefacts of a type, or the one of a canonical address."""
        if kind not in (await artefacts.prepared()).kinds():
            raise ProblemError(404, "There are no resources of that type.")
        found = artefacts.found(kind, url)
        here = site.settings.address(f"/fhir/{kind}")
        asked = f"{here}?{urlencode({'url': url})}" if url else here
        answer: dict[str, Any] = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(found),
            "link": [{"relation": "self", "url": asked}],
        }
        if found:
            answer["entry"] = [
                {"fullUrl": f"{here}/{one['id']}", "resource": one, "search": {"mode": "match"}}
                for one in found
            ]
        return resource(answer)

    return routes


def _outcomes(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"description": "Refused", **({} if status == 401 else {"content": {  # noqa: PLR2004 - a status
            MEDIA: _OUTCOME}})}
        for status in statuses
    }  # fmt: skip
