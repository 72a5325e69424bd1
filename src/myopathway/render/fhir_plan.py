"""The options as a FHIR RequestGroup, with a draft request for each drug of each option."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.render.fhir_doses import dosages
from myopathway.render.fhir_values import (
    Desk,
    Element,
    annotation,
    based,
    citations,
    concept,
    fhir_id,
    narrative,
    said,
    subject,
)
from myopathway.render.page import loud
from myopathway.render.paper import clean
from myopathway.render.words import LEVELS, capital, titles_listed

if TYPE_CHECKING:
    from myopathway.render.doses import DrugLine
    from myopathway.render.views import OptionView, TherapyView

_ATC: Final = "http://www.whocc.no/atc"
_RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
_SNOMED: Final = "http://snomed.info/sct"
_DRAFT: Final[Element] = {"status": "draft", "intent": "proposal"}


def request_group(desk: Desk, therapies: tuple[TherapyView, ...]) -> tuple[Element, ...]:
    """Give the RequestGroup and the requests that it names; nothing where nothing is open.

    What is ruled out is no action. Nothing is preselected.
    """
    requests: list[Element] = []
    actions = [
        _therapy(desk, place, one, requests)
        for place, one in enumerate(therapies, 1)
        if one.open or not one.options
    ]
    if not actions:
        return ()
    answer = desk.answer
    told = [based(f"{LEVELS[one.level]}: {one.text}", one.basis) for one in loud(answer)]
    group: Element = {
        "resourceType": "RequestGroup",
        "id": fhir_id(answer.node or answer.status),
        "text": narrative(answer.about.title, [*told, *(one["title"] for one in actions)]),
        "instantiatesCanonical": [desk.canonical],
        **_DRAFT,
        "code": concept(clean(answer.about.title)),
        "subject": subject(),
        "authoredOn": answer.as_of,
    }
    if told:
        group["note"] = [annotation(one) for one in told]
    return ({**group, "action": actions}, *requests)


def _therapy(desk: Desk, place: int, view: TherapyView, requests: list[Element]) -> Element:
    name = fhir_id(f"{view.answer.role}-{place}")
    titles = titles_listed((one.title for one in view.open), "or")
    action: Element = {
        "id": name,
        "prefix": str(place),
        "title": clean(f"{view.label}: {titles}" if titles else view.label),
        "description": clean(view.answer.text),
        "code": [_coded(desk, "role", view.answer.role, view.label)],
    }
    if found := citations(desk, view.answer.statements):
        action["documentation"] = found
    if not view.open:
        requests.append(_service(desk, name, view.answer.text))
        return {**action, "resource": desk.to(requests[-1])}
    action["groupingBehavior"] = "logical-group"
    if len(view.open) > 1:
        for_all = view.answer.role != "consider"
        action["selectionBehavior"] = "exactly-one" if for_all else "at-most-one"
    if view.answer.role == "consider":
        action["requiredBehavior"] = "could"
    action["action"] = [_option(desk, name, view, one, requests) for one in view.open]
    return action


def _option(
    desk: Desk, therapy: str, view: TherapyView, option: OptionView, requests: list[Element]
) -> Element:
    answer = option.answer
    name = fhir_id(therapy, answer.id)
    doses = ". ".join(f"{one.title}: {one.text}" for one in option.lines)
    action: Element = {
        "id": name,
        "title": clean(option.title),
        "description": clean(f"{capital(answer.verdict)}. {said(answer.reasons)}"),
        **({"textEquivalent": clean(doses)} if doses else {}),
        "code": [_coded(desk, "verdict", answer.verdict, capital(answer.verdict))],
    }
    bases = [one.basis for one in (*answer.reasons, *answer.evidence)]
    for drug in answer.drugs:
        bases += [drug.basis, *(one.basis for one in drug.advice)]
    more = (one for one in bases if one not in view.answer.statements)
    if found := citations(desk, more):
        action["documentation"] = found
    if not option.lines:
        requests.append(_service(desk, name, option.title))
        return {**action, "resource": desk.to(requests[-1])}
    if len(option.lines) == 1:
        requests.append(_medication(desk, name, option, option.lines[0]))
        return {**action, "resource": desk.to(requests[-1])}
    parts: list[Element] = []
    for line in option.lines:
        part = fhir_id(name, line.drug.drug)
        requests.append(_medication(desk, part, option, line))
        step: Element = {"id": part, "title": line.title, "textEquivalent": clean(line.text)}
        if before := _before(option, line):
            related = {"actionId": fhir_id(name, before), "relationship": "after-end"}
            step["relatedAction"] = [related]
        parts.append({**step, "resource": desk.to(requests[-1])})
    return {
        **action,
        "groupingBehavior": "logical-group",
        "selectionBehavior": "all",
        "action": parts,
    }


def _before(option: OptionView, line: DrugLine) -> str:
    """Name the drug of the same option after whose course this one is given."""
    for other in option.lines:
        phrase = f"after the {other.drug.drug} course"
        if other is not line and any(phrase in one.words for one in line.doses):
            return other.drug.drug
    return ""


def _medication(desk: Desk, name: str, option: OptionView, line: DrugLine) -> Element:
    """Draft the request for one drug of an option."""
    cautions = (
        [based(f"CAUTION: {one.text}", one.basis) for one in option.lead]
        if option.answer.verdict == "caution"
        else []
    )
    cautions += [based(one.text, one.basis) for one in option.unknown]
    cautions += [
        based(f"Before the first dose ({one.state}): {one.text}", one.basis)
        for drug in desk.answer.before_start
        if drug.drug == line.drug.drug
        for one in drug.checks
        if one.state != "done"
    ]
    instructions = dosages(line)
    told = [*(one["text"] for one in instructions), *cautions]
    request: Element = {
        "resourceType": "MedicationRequest",
        "id": name,
        "text": narrative(line.title, told),
        **_DRAFT,
        "medicationCodeableConcept": _drug(desk, line),
        "subject": subject(),
        "authoredOn": desk.answer.as_of,
    }
    if cautions:
        request["note"] = [annotation(one) for one in cautions]
    return {**request, "dosageInstruction": instructions}


def _drug(desk: Desk, line: DrugLine) -> Element:
    """Code a drug; of a system's codes only the first, since the others are its near relatives."""
    drug = desk.guideline.drugs.get(line.drug.drug)
    codes = ((_ATC, drug.atc), (_RXNORM, drug.rxnorm), (_SNOMED, drug.snomed)) if drug else ()
    found = [{"system": system, "code": known[0]} for system, known in codes if known]
    return concept(line.title, *found)


def _service(desk: Desk, name: str, what: str) -> Element:
    """Draft the request for a measure that is no drug."""
    return {
        "resourceType": "ServiceRequest",
        "id": name,
        "text": narrative(desk.answer.about.title, [what]),
        **_DRAFT,
        "code": concept(clean(what)),
        "subject": subject(),
        "authoredOn": desk.answer.as_of,
    }


def _coded(desk: Desk, system: str, code: str, text: str) -> Element:
    return concept(text, {"system": f"{desk.base}/CodeSystem/{system}", "code": code})
