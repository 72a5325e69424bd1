"""The card of patient-view: where the patient stands, what is recommended, drafts to take over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from msgspec import UNSET

from myopathway.render.page import loud
from myopathway.render.words import capital
from myopathway.service.hooks.card import (
    ENCODER,
    Action,
    Card,
    Coding,
    Link,
    Origin,
    Suggestion,
)
from myopathway.service.hooks.detail import Details
from myopathway.service.hooks.numbers import suggestion_id
from myopathway.service.hooks.options import Parts
from myopathway.service.hooks.pagelink import page_query
from myopathway.service.hooks.reasons import deciding, reasons
from myopathway.service.hooks.summary import Summaries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.engine.outcome import Answer
    from myopathway.patient import Patient
    from myopathway.service.hooks.card import Indicator
    from myopathway.service.hooks.options import Part
    from myopathway.service.site import Site

ANSWER: Final = "example.myopathway.answer"
_JOINTS: Final = {"core": "Core", "plus": "Plus", "consider": "Consider"}


class Adviser:
    """Writes the cards of one site."""

    def __init__(self, site: Site) -> None:
        """Make ready what is the same on every card."""
        self._site = site
        settings = site.settings
        self.parts = Parts(site.guideline, settings.canonical)
        self.details = Details(site.guideline, settings)
        self._summaries = Summaries(site.guideline)
        edition = site.guideline.edition
        source = edition.sources[0]
        here = f" at {settings.site_name}" if settings.site_name else ""
        topic = Coding(f"{settings.canonical}/PlanDefinition", edition.id, edition.title)
        self.origin = Origin(f"{source.publisher}, read by myopathway{here}", source.url, topic)

    def card(self, number: str, patient: Patient, answer: Answer, subject: str) -> Card:
        """Write the card of an answer; ``subject`` is the patient's id in the record."""
        parts = self.parts.of(answer)
        suggestions = tuple(self._suggestions(number, answer, parts, subject))
        advised = "ibm" if answer.node and not any(parts) else answer.status
        canonical = self._site.settings.canonical
        return Card(
            uuid=number,
            summary=self._summaries.of(answer, parts),
            indicator=indicator(answer),
            detail=self.details.of(answer, parts),
            source=self.origin,
            suggestions=suggestions or UNSET,
            selection_behavior=_behaviour(parts) if suggestions else UNSET,
            override_reasons=reasons(canonical, advised, self._site.guideline, deciding(answer)),
            links=self.links(patient, answer),
            extension={ANSWER: shown(answer)},
        )

    def links(self, patient: Patient, answer: Answer, plan_for: str = "") -> tuple[Link, ...]:
        """Link the page for this patient, and the monitoring plan of a drug."""
        settings = self._site.settings
        query = page_query(patient, answer)
        to = settings.address(f"/?{query}" if query else "/")
        found = [Link("Everything behind this, on one page", to, "absolute")]
        if settings.smart_client_id:
            address = settings.address("/smart/launch")
            found.append(Link("The page with this record", address, "smart", "patient-view"))
        if plan_for and query:
            plan = settings.address(f"/calendar.ics?{query}&plan.drugs={quote(plan_for)}")
            found.append(Link("Monitoring plan (calendar file)", plan, "absolute"))
        return tuple(found)

    def _suggestions(
        self, number: str, answer: Answer, parts: Sequence[Sequence[Part]], subject: str
    ) -> Iterator[Suggestion]:
        given = ENCODER.encode({
            "subject": {"reference": f"Patient/{subject}"},
            "authoredOn": answer.as_of,
        })[1:-1]  # fmt: skip
        place = 0
        for own in parts:
            stands_out = any(one.verdict != "favoured" for one in own if one.drafts)
            for one in own:
                if not one.drafts:
                    continue
                favoured = one.verdict == "favoured" and stands_out
                yield Suggestion(
                    f"{_JOINTS.get(one.role, capital(one.role))}: {one.label}",
                    suggestion_id(number, place),
                    tuple(
                        Action("create", draft.says, draft.written(given)) for draft in one.drafts
                    ),
                    True if favoured else UNSET,
                )
                place += 1


def indicator(answer: Answer) -> Indicator:
    """Give the tier: what the gravest message of the answer is."""
    levels = {one.level for one in loud(answer)}
    if "critical" in levels:
        return "critical"
    return "warning" if "warning" in levels else "info"


def shown(answer: Answer) -> dict[str, Any]:
    """Give the answer in short: what a machine compares."""
    return {
        "status": answer.status,
        "node": answer.node,
        "group": answer.group,
        "line": answer.line,
        "possible": answer.possible,
        "as_of": answer.as_of,
        "options": [
            {"id": one.id, "role": therapy.role, "tier": one.tier, "verdict": one.verdict}
            for therapy in answer.therapies
            for one in therapy.options
        ],
        "missing": [one.fact for one in answer.missing],
        "guideline": {
            "id": answer.guideline.id,
            "version": answer.guideline.version,
            "content_hash": answer.guideline.content_hash,
        },
    }


def _behaviour(parts: Sequence[Sequence[Part]]) -> Any:  # noqa: ANN401 - a literal
    """Options of one therapy stand in each other's place; therapies are given together."""
    drafted = sum(any(one.drafts for one in own) for own in parts)
    return "at-most-one" if drafted == 1 else "any"
