"""``POST /api/recommend``: a facts document or a FHIR Bundle in, the answer out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from myopathway.errors import InputError
from myopathway.intake import Intake
from myopathway.recommendation import recommend_on
from myopathway.render.json import json_bytes
from myopathway.service.problems import ProblemError

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline


def router(guideline: Guideline) -> APIRouter:
    """Give the routes of the plain interface."""
    routes = APIRouter(tags=["recommend"])

    @routes.post("/api/recommend")
    async def recommend(
        request: Request,
        *,
        complete_problem_list: bool = False,
        complete_medication_list: bool = False,
    ) -> Response:
        """Recommend for one patient."""
        today = dt.date.today()  # noqa: DTZ011 - the day of the place where it runs
        intake = Intake(guideline, today, complete_problem_list, complete_medication_list)
        try:
            patient = intake.patient(await request.body(), "body")
        except InputError as error:
            raise ProblemError(422, "The patient cannot be read.", error.faults) from None
        answer = recommend_on(patient, today, guideline)
        return Response(json_bytes(answer), media_type="application/json")

    return routes
