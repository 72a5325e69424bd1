"""The answer as FHIR R4: a Bundle with a CarePlan and the RequestGroup that it carries out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.render.fhir_plan import request_group
from myopathway.render.fhir_values import (
    Desk,
    Element,
    annotation,
    based,
    concept,
    desk_for,
    fhir_id,
    narrative,
    said,
    subject,
)
from myopathway.render.paper import clean
from myopathway.render.record import edition, sources, unread
from myopathway.render.views import therapy_views
from myopathway.render.words import LEVELS, decided, node_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.render.views import TherapyView

BASE: Final = "https://myopathway.example/fhir"


def fhir(answer: Answer, guideline: Guideline, *, base: str = BASE) -> dict[str, Any]:
    """Write an answer as a Bundle of plain JSON values.

    Everything in it is a draft proposal. An answer without a recommendation is a CarePlan that
    says so, without a RequestGroup.
    """
    at = desk_for(answer, guideline, base)
    views = therapy_views(answer, guideline)
    requests = request_group(at, views)
    resources = (_care_plan(at, views, requests[:1]), *requests)
    return {
        "resourceType": "Bundle",
        "id": at.address("Bundle", "answer").removeprefix("urn:uuid:"),
        "identifier": {"system": f"{at.base}/answer", "value": at.seal},
        "type": "collection",
        "entry": [
            {"fullUrl": at.address(one["resourceType"], one["id"]), "resource": one}
            for one in resources
        ],
    }


def _care_plan(at: Desk, views: tuple[TherapyView, ...], groups: tuple[Element, ...]) -> Element:
    answer = at.answer
    notes = list(_notes(at, views))
    written = clean(f"{edition(answer)} {sources(at.guideline)}")
    plan: Element = {
        "resourceType": "CarePlan",
        "id": fhir_id("care-plan", answer.node or answer.status),
        "text": narrative(answer.about.title, [answer.about.text, *notes, written]),
        "instantiatesCanonical": [at.canonical],
        "status": "draft",
        "intent": "proposal",
        "category": [concept(clean(at.guideline.edition.title))],
        "title": clean(answer.about.title),
        "description": clean(answer.about.text),
        "subject": subject(),
        "created": answer.as_of,
    }
    if groups:
        plan["activity"] = [{"reference": at.to(one)} for one in groups]
    closing = (annotation(written, links=True), annotation(at.guideline.edition.intended_use))
    return {**plan, "note": [*(annotation(one) for one in notes), *closing]}


def _notes(at: Desk, views: tuple[TherapyView, ...]) -> Iterator[str]:
    """Say what no action can: messages, what is ruled out, not known, not read, from where."""
    answer = at.answer
    for notice in answer.notices:
        yield based(f"{LEVELS[notice.level]}: {notice.text}", notice.basis)
    if answer.status == "needs-information":
        for name in answer.possible:
            yield f"Still possible: {node_title(at.guideline, name)} ({name})"
    for view in views:
        for option in view.options:
            if option.excluded:
                yield f"Ruled out: {option.title}. {said(option.answer.reasons)}"
    for missing in answer.missing:
        decides = ", ".join(decided(at.guideline, one) for one in missing.decides)
        told = f" Decides: {decides}." if decides else ""
        yield f"Not known: {missing.question} ({missing.fact}){told}"
    for one in unread(answer):
        yield f"Not read: {one.resource}: {one.reason}"
