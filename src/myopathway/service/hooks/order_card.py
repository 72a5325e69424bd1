"""The card about orders: what is wrong with them, and how to put it right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET

from myopathway.render.markdown import escaped
from myopathway.render.words import LEVELS, capital, drug_title, small
from myopathway.service.hooks.card import ENCODER, Action, Card, Suggestion, Written, as_is, cut
from myopathway.service.hooks.numbers import suggestion_id
from myopathway.service.hooks.reasons import deciding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from myopathway.engine.outcome import Answer
    from myopathway.orders import OrderAnswer
    from myopathway.patient import Patient
    from myopathway.service.hooks.advice import Adviser
    from myopathway.service.hooks.card import Indicator
    from myopathway.service.hooks.orders import Drafted
    from myopathway.service.hooks.part import Draft
    from myopathway.service.site import Site

ORDERS: Final = "example.myopathway.orders"
_GRAVE: Final = ("critical", "warning")
_HEADS: Final[dict[str, str]] = {"critical": "STOP", "warning": "Caution"}


class Objection:
    """What the check of one order found, beside the order as it was sent."""

    def __init__(self, draft: Drafted, answer: OrderAnswer | None, *, signing: bool) -> None:
        """Keep the findings that matter now: what is not said yet matters when signing."""
        self.draft = draft
        self.answer = answer
        told = [] if answer is None else [one for one in answer.findings if one.severity in _GRAVE]
        self.findings = tuple(told)
        self.unread = draft.faults if signing else ()
        self.unchecked = answer.unchecked if answer is not None and signing else ()

    @property
    def level(self) -> Indicator:
        """Give the tier: critical is for what must not be signed as it is."""
        if any(one.severity == "critical" for one in self.findings):
            return "critical"
        if self.findings or self.unread or self.unchecked:
            return "warning"
        return "info"

    @property
    def name(self) -> str:
        """Give the drug as the order names it."""
        return self.answer.order.name if self.answer is not None else "order"


class OrderCards:
    """Writes the cards about orders of one site."""

    def __init__(self, site: Site, adviser: Adviser) -> None:
        """Share what the site's other cards are written with."""
        self._site = site
        self._adviser = adviser

    def card(
        self,
        number: str,
        patient: Patient,
        answer: Answer,
        objections: Sequence[Objection],
    ) -> Written:
        """Write one card about all orders that something speaks against, the gravest first."""
        first = objections[0]
        suggestions = tuple(self._suggestions(number, answer, objections))
        drug = first.answer.order.drug if first.answer is not None else ""
        level = first.level
        card = Card(
            uuid=number,
            summary=self._summary(answer, first, len(objections) - 1),
            indicator=level,
            detail="\n".join(self._detail(answer, objections)),
            source=as_is(self._adviser.origin),
            suggestions=suggestions or UNSET,
            selection_behavior=UNSET if not suggestions
            else "at-most-one" if len(objections) == 1 else "any",
            override_reasons=as_is(
                self._adviser.reasons.of("order", self._facts(answer, objections))
            ),
            links=self._adviser.links(patient, answer, drug),
            extension={
                ORDERS: [
                    {
                        "order": one.draft.reference,
                        "status": one.answer.status if one.answer else "not-read",
                        "basis": [found.basis for found in one.findings],
                    }
                    for one in objections
                ]
            },
        )  # fmt: skip
        return Written(level, b'{"cards":[%b]}' % ENCODER.encode(card))

    def _title(self, one: Objection) -> str:
        if one.answer is None:
            return "An order"
        order = one.answer.order
        return drug_title(self._site.guideline, order.drug) if order.drug else capital(order.name)

    def _summary(self, answer: Answer, first: Objection, more: int) -> str:
        head = f"{_HEADS[first.level]}: {small(self._title(first))}"
        if first.findings:
            text = first.findings[0].text
        elif first.unchecked:
            text = first.unchecked[0].text
        else:
            text = "the order could not be read, so it was not checked"
        place = f" ({answer.group}, line {answer.line})" if answer.line else ""
        rest = f" (and {more} more)" if more else ""
        return cut(f"{head}{rest}{place}: {text}")

    def _detail(self, answer: Answer, objections: Sequence[Objection]) -> Iterator[str]:
        said = self._adviser.details.said
        for one in objections:
            ordered = f": {one.answer.order.text}" if one.answer is not None else ""
            yield f"**{escaped(self._title(one))}{escaped(ordered)}**"
            yield ""
            for found in one.findings:
                yield f"- **{LEVELS[found.severity]}:** {said(found.text, found.basis)}"
                if found.working:
                    yield f"  - {escaped(capital(found.working))}"
            for left in one.unchecked:
                yield f"- **Unchecked:** {said(left.text, left.basis)}"
            for fault in one.unread:
                yield f"- **Not read:** {escaped(str(fault))}"
            yield ""
        yield said(answer.about.title)
        yield ""
        yield self._adviser.details.closing(answer)

    def _suggestions(
        self, number: str, answer: Answer, objections: Sequence[Objection]
    ) -> Iterator[Suggestion]:
        place = 0
        for one in objections:
            if not one.draft.reference:
                continue
            title = small(self._title(one))
            for draft in self._drafts(answer, one):
                changed = {**one.draft.resource, "dosageInstruction": draft.resource[
                    "dosageInstruction"]}  # fmt: skip
                label = f"Change to the dose of the pathway. {draft.says.removeprefix('Draft ')}"
                action = Action("update", label, changed)
                yield Suggestion(label, suggestion_id(number, place), (action,))
                place += 1
            if one.level == "critical":
                label = f"Remove the order of {title}"
                action = Action("delete", label, resource_id=one.draft.reference)
                yield Suggestion(label, suggestion_id(number, place), (action,))
                place += 1

    def _drafts(self, answer: Answer, one: Objection) -> list[Draft]:
        """Give the pathway's dose of the drug, where the patient may have it and it is known."""
        if one.answer is None or not one.answer.order.drug:
            return []
        about_dose = any(
            found.working or found.basis in _dose_bases(answer, one.answer.order.drug)
            for found in one.findings
        )
        alone = [
            draft
            for own in self._adviser.parts.of(answer)
            for part in own
            if len(part.drafts) == 1 and part.verdict != "excluded"
            for draft in part.drafts
            if draft.drug == one.answer.order.drug
        ]
        return alone[:1] if about_dose else []

    def _facts(self, answer: Answer, objections: Sequence[Objection]) -> list[str]:
        asked: dict[str, Any] = {}
        for one in objections:
            for found in one.findings:
                asked |= dict.fromkeys(found.asks)
        return list(asked) or list(deciding(answer))


def _dose_bases(answer: Answer, drug: str) -> set[str]:
    return {
        one.basis
        for therapy in answer.therapies
        for option in therapy.options
        for one in option.drugs
        if one.drug == drug
    }
