"""``POST /api/recommend``: a facts document or a FHIR Bundle in, the answer out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from myopathway.errors import InputError
from myopathway.intake import Intake
from myopathway.recommendation import recommend_on
from myopathway.render.json import json_bytes
from myopathway.service.body import bounded, worked
from myopathway.service.openapi import body, gives
from myopathway.service.problems import ProblemError, refusals

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer
    from myopathway.service.site import Site


def router(site: Site) -> APIRouter:
    """Give the routes of the plain interface."""
    routes = APIRouter(tags=["recommend"])

    @routes.post(
        "/api/recommend",
        responses=gives("Answer") | refusals(400, 401, 408, 413, 422, 503),
        openapi_extra=body("Patient"),
    )
    async def recommend(
        request: Request,
        *,
        complete_problem_list: bool = False,
        complete_medication_list: bool = False,
    ) -> Response:
        """Recommend for one patient: a facts document (JSON or YAML) or a FHIR R4 Bundle."""
        client = await site.clients.client(request.scope, "/api/recommend")
        raw = await request.body()
        intake = Intake(
            site.guideline, site.today(), complete_problem_list, complete_medication_list
        )

        def work() -> Answer:
            bounded(raw, site.settings.limits)
            patient = intake.patient(raw, "body")
            return recommend_on(patient, intake.today, intake.guideline)

        try:
            answer = await worked(raw, work)
        except InputError as error:
            raise ProblemError(422, "The patient cannot be read.", error.faults) from None
        site.audit("recommend", answer, request.scope["began"], client)
        return Response(json_bytes(answer), media_type="application/json")

    return routes
