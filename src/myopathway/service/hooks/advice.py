"""The card of patient-view: where the patient stands, what is recommended, drafts to take over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from myopathway.render.page import loud
from myopathway.service.hooks.card import ENCODER, Coding, Link, Origin, Written, within
from myopathway.service.hooks.detail import Details
from myopathway.service.hooks.kept import Kept
from myopathway.service.hooks.numbers import suggestion_id
from myopathway.service.hooks.options import Parts
from myopathway.service.hooks.pagelink import page_query
from myopathway.service.hooks.reasons import Reasons, deciding
from myopathway.service.hooks.summary import Summaries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myopathway.engine.outcome import Answer
    from myopathway.patient import Patient
    from myopathway.service.hooks.part import Part
    from myopathway.service.site import Site

ANSWER: Final = "example.myopathway.answer"
# The answer with a ``Card``, of pieces that are kept: writing it anew costs as much as advising.
_CARD: Final = (
    b'{"cards":[{"uuid":"%b","summary":%b,"indicator":"%b","detail":"%b","source":%b,%b'
    b'"overrideReasons":%b,"links":%b,"extension":{"' + ANSWER.encode() + b'":%b}}]}'
)
_SUGGESTED: Final = b'"suggestions":[%b],"selectionBehavior":"%b",'
_SHORT: Final = b'%b,"options":[%b],"missing":%b,"guideline":%b}'


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
        origin = Origin(f"{source.publisher}, read by myopathway{here}", source.url, topic)
        self.origin = ENCODER.encode(origin)
        self._edition = ENCODER.encode({
            "id": edition.id,
            "version": edition.version,
            "content_hash": site.guideline.content_hash,
        })  # fmt: skip
        self._places: Kept[tuple[object, ...], bytes] = Kept()
        self.reasons = Reasons(site.guideline, settings.canonical)

    def card(self, number: str, patient: Patient, answer: Answer, subject: str) -> Written:
        """Write the card of an answer; ``subject`` is the patient's id in the record."""
        parts = self.parts.of(answer)
        advised = "ibm" if answer.node and not any(parts) else answer.status
        told = loud(answer)
        level = told[0].level if told else "info"
        written = (
            number.encode(),
            self._summaries.of(answer, parts),
            level.encode(),
            self.details.of(answer, parts, told),
            self.origin,
            self._suggested(number, answer, parts, subject),
            self.reasons.of(advised, deciding(answer)),
            ENCODER.encode(self.links(patient, answer)),
            self._short(answer, parts),
        )
        return Written(level, _CARD % written)

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

    def _suggested(
        self, number: str, answer: Answer, parts: Sequence[Sequence[Part]], subject: str
    ) -> bytes:
        """Write the members of suggestions; none where there are no drafts."""
        whose = within(subject), answer.as_of.encode()
        given = b'"subject":{"reference":"Patient/%b"},"authoredOn":"%b"' % whose
        found: list[bytes] = []
        therapies = 0
        for own in parts:
            drafted = [one for one in own if one.drafts]
            therapies += bool(drafted)
            stands_out = any(one.verdict != "favoured" for one in drafted)
            for one in drafted:
                name = suggestion_id(number, len(found)).encode()
                best = stands_out and one.verdict == "favoured"
                found.append(one.suggestion(name, given, best=best))
        if not found:
            return b""
        # Options of one therapy stand in each other's place; therapies are given together.
        behaviour = b"at-most-one" if therapies == 1 else b"any"
        return _SUGGESTED % (b",".join(found), behaviour)

    def _short(self, answer: Answer, parts: Sequence[Sequence[Part]]) -> bytes:
        """Write the answer in short: what a machine compares."""
        place = (answer.status, answer.node, answer.possible, answer.as_of)
        begun = self._places.get(place)
        if begun is None:
            begun = self._places.keep(place, ENCODER.encode({
                "status": answer.status,
                "node": answer.node,
                "group": answer.group,
                "line": answer.line,
                "possible": answer.possible,
                "as_of": answer.as_of,
            })[:-1])  # fmt: skip
        options = b",".join([one.short for own in parts for one in own])
        missing = ENCODER.encode([one.fact for one in answer.missing])
        return _SHORT % (begun, options, missing, self._edition)
