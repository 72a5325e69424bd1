"""An option as a card shows it: its lines, and the drafts of its orders where a dose is known.

Patients who look alike get the same words; they are written once and remembered.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from msgspec import structs

from myopathway.fhir.codes import ATC, RXNORM, SNOMED
from myopathway.render.doses import drug_line
from myopathway.render.fhir_doses import dosages
from myopathway.render.fhir_values import annotation, based, concept
from myopathway.render.markdown import escaped
from myopathway.render.views import therapy_views
from myopathway.render.words import TIERS, capital, small
from myopathway.service.hooks.card import ENCODER, Action, Suggestion, as_is, within
from myopathway.service.hooks.part import GIVEN, NAME, Draft, Part

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer, OptionAnswer
    from myopathway.guideline.model import Guideline
    from myopathway.render.doses import DrugLine
    from myopathway.render.views import OptionView, TherapyView

_JOINTS: Final = {"core": "Core", "plus": "Plus", "consider": "Consider"}
_WORDS: Final = {"favoured": "FAVOURED", "caution": "CAUTION", "excluded": "RULED OUT"}
# A node, which of its therapies, and how many options that one has.
_Where: TypeAlias = tuple[str | None, int, int]
_MOST_KEPT: Final = 20_000
_MOST_SAME: Final = 5_000


class Parts:
    """Writes the options of one guideline; remembers what it wrote."""

    def __init__(self, guideline: Guideline, canonical: str) -> None:
        """Start with nothing written."""
        self._guideline = guideline
        content = guideline.edition
        self._canonical = f"{canonical}/PlanDefinition/{content.id}|{content.version}"
        self._kept: dict[tuple[Any, ...], Part] = {}
        self._same: dict[tuple[Any, ...], tuple[OptionAnswer, Part]] = {}
        self._views: dict[tuple[Any, ...], tuple[TherapyView, OptionView]] = {}

    def of(self, answer: Answer) -> tuple[tuple[Part, ...], ...]:
        """Give the options of every therapy of an answer, in its order."""
        found = []
        for place, therapy in enumerate(answer.therapies):
            # The words of an option tell whether it is the only one.
            where = (answer.node, place, len(therapy.options))
            found.append(tuple([self._option(answer, where, one) for one in therapy.options]))
        return tuple(found)

    def _option(self, answer: Answer, where: _Where, option: OptionAnswer) -> Part:
        """Give an option; the engine hands out the same values for the same findings.

        Values that are the very same need not be compared; they are held, so that no other takes
        their place.
        """
        ids = [id(each) for one in option.drugs for each in (one.dose, one.calculated)]
        same = (*where, option.id, option.verdict, id(option.reasons), *ids)
        known = self._same.get(same)
        if known is None:
            if len(self._same) > _MOST_SAME:
                self._same.clear()
            known = self._same[same] = (option, self._equal(answer, where, option))
        return known[1]

    def _equal(self, answer: Answer, where: _Where, option: OptionAnswer) -> Part:
        reasons = (*where, option.id, option.verdict, option.reasons)
        key = (*reasons, *[(one.dose, one.calculated) for one in option.drugs])
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = self._written(answer, where, option, reasons)
        return found

    def _written(
        self, answer: Answer, where: _Where, option: OptionAnswer, reasons: tuple[Any, ...]
    ) -> Part:
        """Write an option; of one that differs in its doses alone, the doses alone."""
        _, place, count = where
        seen = self._views.get(reasons)
        if seen is None:
            if len(self._views) > _MOST_KEPT:
                self._views.clear()
            seen = self._views[reasons] = self._viewed(answer, place, option, count)
        view, own = seen
        lines = tuple(
            drug_line(self._guideline, drug, line.doses)
            for drug, line in zip(option.drugs, own.lines, strict=True)
        )
        return self._part(view, replace(own, answer=option, lines=lines), count)

    def _viewed(
        self, answer: Answer, place: int, option: OptionAnswer, count: int
    ) -> tuple[TherapyView, OptionView]:
        """Look at one option alone; beside others its tier is told."""
        alone = tuple(
            structs.replace(one, options=(option,) if at == place else ())
            for at, one in enumerate(answer.therapies)
        )
        view = therapy_views(structs.replace(answer, therapies=alone), self._guideline)[place]
        tier = TIERS.get(option.tier or "", option.tier or "") if count > 1 else ""
        return view, replace(view.options[0], tier=tier)

    def _part(self, view: TherapyView, option: OptionView, count: int) -> Part:
        answer = option.answer
        known = bool(option.lines) and all(one.drug.calculated for one in option.lines)
        drafts = (
            tuple(self._draft(option, line) for line in option.lines)
            if known and not option.excluded
            else ()
        )
        role = view.answer.role
        begun = _suggestion(role, option, drafts) if drafts else None
        short = {"id": answer.id, "role": role, "tier": answer.tier, "verdict": answer.verdict}
        return Part(
            id=answer.id,
            title=option.title,
            verdict=answer.verdict,
            primary=answer.tier == "primary" or count == 1,
            lines=within("\n".join(_lines(option))),
            short=ENCODER.encode(short),
            drafts=drafts,
            begun=ENCODER.encode(begun) if begun else b"",
            begun_best=ENCODER.encode(structs.replace(begun, is_recommended=True))
            if begun
            else b"",
        )

    def _draft(self, option: OptionView, line: DrugLine) -> Draft:
        cautions = [based(one.text, one.basis) for one in option.lead] * (
            option.answer.verdict == "caution"
        )
        cautions += [based(one.text, one.basis) for one in option.unknown]
        drug = self._guideline.drugs[line.drug.drug]
        codes = ((ATC, drug.atc), (RXNORM, drug.rxnorm), (SNOMED, drug.snomed))
        coded = [{"system": system, "code": known[0]} for system, known in codes if known]
        resource: dict[str, Any] = {
            "resourceType": "MedicationRequest",
            "status": "draft",
            "intent": "proposal",
            "instantiatesCanonical": [self._canonical],
            "medicationCodeableConcept": concept(line.title, *coded),
            "dosageInstruction": dosages(line),
        }
        if cautions:
            resource["note"] = [annotation(one) for one in cautions]
        return Draft(line.drug.drug, f"Draft {small(line.title)}: {line.text}", resource)


def _suggestion(role: str, option: OptionView, drafts: tuple[Draft, ...]) -> Suggestion:
    """Begin the suggestion of an option, with marks where the patient's own will stand."""
    amounts = "; ".join(_amount(line, len(option.lines)) for line in option.lines)
    label = f"{_JOINTS.get(role, capital(role))}: Draft {small(option.title)}: {amounts}"
    return Suggestion(
        label,
        as_is(b'"%b"' % NAME),
        tuple(
            Action(
                "create", one.says, as_is(b"%b,%b}" % (ENCODER.encode(one.resource)[:-1], GIVEN))
            )
            for one in drafts
        ),
    )


def _lines(option: OptionView) -> list[str]:
    word = _WORDS.get(option.answer.verdict, "")
    tier = f" ({escaped(option.tier)})" if option.tier else ""
    first = f"- **{escaped(option.title)}**{tier}{f' – **{word}**' if word else ''}"
    if option.excluded:
        why = " ".join(escaped(based(one.text, one.basis)) for one in option.lead)
        return [f"{first}: {why}"]
    found = [first]
    for line in option.lines:
        name = f"{escaped(line.title)}: " if len(option.lines) > 1 else ""
        amount = f"**{escaped(line.amount)}**; " if line.amount else ""
        found.append(f"  - {name}{amount}{escaped(based(line.rest, line.drug.basis))}")
    told = (*option.standing, *option.lead)
    found.extend(f"  - {escaped(based(one.text, one.basis))}" for one in told)
    if option.unknown_facts:
        asked = escaped(", ".join(option.unknown_facts))
        found.append(f"  - Not known, could rule it out: {asked}")
    return found


def _amount(line: DrugLine, count: int) -> str:
    text = line.amount or line.text
    return f"{small(line.title)} {text}" if count > 1 else text
