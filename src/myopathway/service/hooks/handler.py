"""One call of a hook, from what was sent to the cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.errors import InputError
from myopathway.orders import check_orders
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from myopathway.render.words import PATIENT
from myopathway.service.body import LARGE, worked
from myopathway.service.hooks.advice import Adviser
from myopathway.service.hooks.call import read_call, refused
from myopathway.service.hooks.card import ENCODER
from myopathway.service.hooks.concern import Concern
from myopathway.service.hooks.discovery import HOOKS
from myopathway.service.hooks.fetch import Fetcher
from myopathway.service.hooks.needed import NeededError
from myopathway.service.hooks.numbers import advice_of, card_id
from myopathway.service.hooks.order_card import Objection, OrderCards
from myopathway.service.hooks.orders import drafted
from myopathway.service.hooks.record import collect
from myopathway.service.hooks.seen import Seen
from myopathway.service.hooks.templates import templates
from myopathway.service.site import Became

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from myopathway.engine.outcome import Answer
    from myopathway.service.hooks.call import Call
    from myopathway.service.hooks.card import Indicator, Written
    from myopathway.service.hooks.orders import Drafted
    from myopathway.service.hooks.record import Collected
    from myopathway.service.site import Site

# A card says no more of the facts than who the patient is.
BRIEF: Final = frozenset(PATIENT)
NO_CARDS: Final = b'{"cards":[]}'


class Handler:
    """Answers the hooks of one site."""

    def __init__(self, site: Site) -> None:
        """Make ready what every call needs."""
        self.site = site
        self._concern = Concern(site.guideline)
        self._adviser = Adviser(site)
        self._orders = OrderCards(site, self._adviser)
        self._fetcher = Fetcher(site.settings, site.metrics)
        self._templates = templates(site.guideline)
        optional = site.settings.optional_prefetch
        self._wanted = tuple(one for one in self._templates if one not in optional)

    async def cards(self, service: str, raw: bytes, client: str, began: float) -> bytes:
        """Answer a call with cards; raises ``NeededError`` where data are missing."""
        site = self.site
        call, found, missing, seen = await worked(raw, lambda: self._read(service, raw))
        if missing or found.pages:
            await self._fetcher.complete(call, found, self._templates, missing)
            if missing := found.missing(missing):
                raise NeededError({key: self._templates[key] for key in missing})
            seen = await worked(raw, lambda: self._seen(call, found, site.today()))
        await site.store.catch_up()
        return self._shown(service, call, seen, client, began)

    def at_once(self, service: str, raw: bytes, began: float) -> bytes | None:
        """Answer a call of a client whom nobody need know, as ``cards`` does, without waiting.

        None where something has to be waited for; then nothing was done.
        """
        if len(raw) > LARGE or not self.site.store.current():
            return None
        call, found, missing, seen = self._read(service, raw)
        if missing or found.pages:
            return None
        return self._shown(service, call, seen, "", began)

    def _read(
        self, service: str, raw: bytes
    ) -> tuple[Call, Collected, tuple[str, ...], Seen | None]:
        """Read a call, and evaluate it where nothing is missing."""
        call = read_call(raw, HOOKS[service], self.site.settings.limits)
        found = collect(call.prefetch, call.context.patient)
        missing = found.missing(self._wanted)
        whole = not missing and not found.pages
        return call, found, missing, self._seen(call, found, self.site.today()) if whole else None

    def _shown(
        self, service: str, call: Call, seen: Seen | None, client: str, began: float
    ) -> bytes:
        """Write what was found, and keep that it was shown."""
        site = self.site
        if seen is None:
            return NO_CARDS
        if seen.advice == ():
            site.audit(service, seen.answer, began, client, Became("none"))
            return NO_CARDS
        whose = (call.context.patient, client or call.fhir_server or "", call.context.user_id)
        advice = advice_of(site, service, *whose, *seen.advice)
        outcome = "card"
        if site.settings.silent:
            outcome = "silent"
        elif site.store.acknowledged(advice, site.settings.repeat_days):
            outcome = "acknowledged"
        number = card_id(site, advice)
        card = self._card(number, seen, call.context.patient)
        became = Became(outcome, card.indicator, number, advice, seen.rules)
        site.audit(service, seen.answer, began, client, became)
        if outcome != "card":
            return NO_CARDS
        site.metrics.shown(service, card.indicator)
        return card.json

    def _seen(self, call: Call, found: Collected, today: dt.date) -> Seen | None:
        """Evaluate; None for a patient whom the guideline does not concern."""
        guideline = self.site.guideline
        drafts = drafted(call, guideline) if call.hook != "patient-view" else None
        try:
            patient = Patient.from_fhir(found.bundle(), today=today, guideline=guideline)
        except InputError as error:
            raise refused(*error.faults) from None
        if found.notes:
            unread = (*found.notes, *(patient.unread or ()))
            patient = msgspec.structs.replace(patient, unread=unread)
        answer = recommend_on(patient, today, guideline, BRIEF)
        if not self._concern.concerns(patient, answer):
            return None
        if drafts is None:
            return Seen(patient, answer, None, _advice(answer))
        objections = self._objections(call, patient, drafts, today)
        rules = tuple(found.basis for one in objections for found in one.findings)
        return Seen(patient, answer, objections, tuple(_objected(objections)), rules)

    def _objections(
        self, call: Call, patient: Patient, drafts: Sequence[Drafted], today: dt.date
    ) -> tuple[Objection, ...]:
        """Check the chosen orders beside all of the session; the gravest first."""
        read = [one for one in drafts if one.order is not None]
        orders = [one.order for one in read if one.order is not None]
        checked = check_orders(patient, orders, today, self.site.guideline)
        answers = {id(one): answer for one, answer in zip(read, checked, strict=True)}
        signing = call.hook == "order-sign"
        found = [
            Objection(one, answers.get(id(one)), signing=signing) for one in drafts if one.chosen
        ]
        order: dict[Indicator, int] = {"critical": 0, "warning": 1, "info": 2}
        against = [one for one in found if one.level != "info"]
        return tuple(sorted(against, key=lambda one: order[one.level]))

    def _card(self, number: str, seen: Seen, subject: str) -> Written:
        if seen.objections is None:
            return self._adviser.card(number, seen.patient, seen.answer, subject)
        return self._orders.card(number, seen.patient, seen.answer, seen.objections)


def _advice(answer: Answer) -> tuple[str, ...]:
    """Give what makes an advice the same: its place, its verdicts, what it warns of, what it asks.

    Another weight changes a dose and not the advice.
    """
    return (
        answer.guideline.version,
        answer.status,
        *answer.possible,
        *[f"{one.id}={one.verdict}" for each in answer.therapies for one in each.options],
        *[f"{one.level}:{one.basis}" for one in answer.notices if one.level != "info"],
    )


def _objected(objections: Sequence[Objection]) -> list[str]:
    """Give what makes objections the same: the order, as drafted, and what speaks against it."""
    found: list[str] = []
    for one in objections:
        found += [one.draft.reference, one.answer.order.text if one.answer else ""]
        found += [f"{each.severity}:{each.basis}" for each in one.findings]
        found += [str(each) for each in one.unread]
        found += [each.basis for each in one.unchecked]
    return found


def encoded(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Write JSON."""
    return ENCODER.encode(value)
