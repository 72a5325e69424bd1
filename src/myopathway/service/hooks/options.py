"""An option as a card shows it: its lines, and the drafts of its orders where a dose is known.

Patients who look alike get the same words; they are written once and remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.fhir.codes import ATC, RXNORM, SNOMED
from myopathway.render.fhir_doses import dosages
from myopathway.render.fhir_values import annotation, based, concept
from myopathway.render.markdown import escaped
from myopathway.render.views import therapy_views
from myopathway.render.words import small

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer, OptionAnswer
    from myopathway.guideline.model import Guideline
    from myopathway.render.doses import DrugLine
    from myopathway.render.views import OptionView, TherapyView

_WORDS: Final = {"favoured": "FAVOURED", "caution": "CAUTION", "excluded": "RULED OUT"}
_MOST_KEPT: Final = 20_000


class Draft(msgspec.Struct, frozen=True):
    """The order of one drug, without patient and date; ``says`` describes it."""

    drug: str
    says: str
    resource: dict[str, Any]


class Part(msgspec.Struct, frozen=True):
    """An option of a therapy, ready to be shown; ``drafts`` is empty where no dose is known."""

    id: str
    title: str
    verdict: str
    primary: bool
    role: str
    label: str
    lines: tuple[str, ...]
    drafts: tuple[Draft, ...]


class Parts:
    """Writes the options of one guideline; remembers what it wrote."""

    def __init__(self, guideline: Guideline, canonical: str) -> None:
        """Start with nothing written."""
        self._guideline = guideline
        content = guideline.edition
        self._canonical = f"{canonical}/PlanDefinition/{content.id}|{content.version}"
        self._kept: dict[tuple[Any, ...], Part] = {}

    def of(self, answer: Answer) -> tuple[tuple[Part, ...], ...]:
        """Give the options of every therapy of an answer, in its order."""
        kept = self._kept
        keys = [
            [_key(answer, place, one) for one in therapy.options]
            for place, therapy in enumerate(answer.therapies)
        ]
        if any(key not in kept for own in keys for key in own):
            if len(kept) > _MOST_KEPT:
                kept.clear()
            for place, view in enumerate(therapy_views(answer, self._guideline)):
                for key, option in zip(keys[place], view.options, strict=True):
                    if key not in kept:
                        kept[key] = self._part(view, option, len(view.options))
        return tuple(tuple(kept[key] for key in own) for own in keys)

    def _part(self, view: TherapyView, option: OptionView, count: int) -> Part:
        answer = option.answer
        known = bool(option.lines) and all(one.drug.calculated for one in option.lines)
        drafts = (
            tuple(self._draft(option, line) for line in option.lines)
            if known and not option.excluded
            else ()
        )
        amounts = "; ".join(_amount(line, len(option.lines)) for line in option.lines)
        return Part(
            id=answer.id,
            title=option.title,
            verdict=answer.verdict,
            primary=answer.tier == "primary" or count == 1,
            role=view.answer.role,
            label=f"Draft {small(option.title)}: {amounts}" if drafts else "",
            lines=tuple(_lines(option)),
            drafts=drafts,
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


def _key(answer: Answer, place: int, option: OptionAnswer) -> tuple[Any, ...]:
    doses = tuple([(one.dose, one.calculated) for one in option.drugs])
    return (answer.node, place, option.id, option.verdict, option.reasons, doses)


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
