"""The questionnaire: the whole facts dictionary as a form, read back by ``fhir.questionnaire``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.facts import OUTCOMES, PURPOSES
from myopathway.fhir.codes import FACTS
from myopathway.fhir.questionnaire import NO_REGIMEN
from myopathway.fhir.values import NONE, UCUM
from myopathway.render.words import capital

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.export.canonical import Resource, Site
    from myopathway.facts import Fact

_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/"
_GRADES: Final = (
    "5",
    "5-",
    "4+",
    "4",
    "4-",
    "3+",
    "3",
    "3-",
    "2+",
    "2",
    "2-",
    "1+",
    "1",
    "1-",
    "0",
)


def questionnaire(site: Site) -> Resource:
    """Give the questionnaire: a group for each section of the dictionary, an item for each fact."""
    sections: dict[str, list[Resource]] = {}
    for fact in site.guideline.vocabulary.facts.values():
        sections.setdefault(fact.section, []).extend(_items(site, fact))
    groups = [
        {
            "linkId": f"section-{place}",
            "text": capital(name),
            "type": "group",
            "item": items,
        }
        for place, (name, items) in enumerate(sections.items(), 1)
    ]
    return {
        **site.artefact(
            "Questionnaire",
            "iim-facts",
            "What the myositis guideline asks",
            "Every fact that the guideline reads. What is left out stays unknown, never no.",
        ),
        "subjectType": ["Patient"],
        "item": groups,
    }


def _items(site: Site, fact: Fact) -> list[Resource]:
    if fact.type == "treatments":
        none = {
            "linkId": NO_REGIMEN,
            "text": "No treatment was given for the myositis so far.",
            "type": "boolean",
        }
        return [none, _regimens(site, fact)]
    item: Resource = {
        "linkId": fact.name,
        "code": [_coding(site, fact.name)],
        "text": fact.question,
    }
    match fact.type:
        case "boolean":
            item["type"] = "boolean"
        case "date":
            item["type"] = "date"
        case "number":
            item = {**_bounds(fact), **item, "type": "decimal"}
        case "grade":
            item["type"] = "choice"
            item["answerOption"] = [{"valueString": one} for one in _GRADES]
        case "choice":
            item |= _choice(site, fact.values)
        case "set":
            item |= {**_choice(site, [*fact.values, NONE]), "repeats": True}
        case _:
            options = _choice(site, [*site.guideline.drugs, NONE])
            item |= {**options, "type": "open-choice", "repeats": True}
    if fact.help:
        item["item"] = [{"linkId": f"{fact.name}.help", "text": fact.help, "type": "display"}]
    return [_ordered(item)]


def _ordered(item: Resource) -> Resource:
    """Put the parts in the order in which FHIR lists them."""
    order = ("extension", "linkId", "code", "text", "type", "repeats", "answerOption", "item")
    return {key: item[key] for key in order if key in item}


def _bounds(fact: Fact) -> Resource:
    found = []
    for key, bound in (("minValue", fact.low), ("maxValue", fact.high)):
        if bound is not None:
            found.append({"url": f"{_EXTENSION}{key}", "valueDecimal": int(bound)})
    if fact.unit:
        unit = {"system": UCUM, "code": fact.unit, "display": _unit(fact)}
        found.append({"url": f"{_EXTENSION}questionnaire-unit", "valueCoding": unit})
    return {"extension": found} if found else {}


def _unit(fact: Fact) -> str:
    return "years" if fact.unit == "a" else fact.unit


def _choice(site: Site, codes: Iterable[str]) -> Resource:
    options = [{"valueCoding": _coding(site, code)} for code in codes]
    return {"type": "choice", "answerOption": options}


def _coding(site: Site, code: str) -> Resource:
    return {"system": FACTS, "code": code, "display": _display(site, code)}


def _display(site: Site, code: str) -> str:
    """Give the words of a code, as the code system has them."""
    vocabulary = site.guideline.vocabulary
    if code in vocabulary.facts:
        return vocabulary.facts[code].says
    for fact in vocabulary.facts.values():
        if code in fact.values:
            return fact.values[code]
    if code in site.guideline.drugs:
        return site.guideline.drugs[code].title
    return capital(code.replace("-", " "))


def _regimens(site: Site, fact: Fact) -> Resource:
    drugs = _choice(site, site.guideline.drugs)
    name = fact.name
    parts = [
        {"linkId": f"{name}.drugs", "text": "Drugs given together", "required": True, **drugs},
        {"linkId": f"{name}.purpose", "text": "Given for", **_choice(site, PURPOSES)},
        {"linkId": f"{name}.outcome", "text": "How it ended", **_choice(site, OUTCOMES)},
        {"linkId": f"{name}.intolerant_of", "text": "Drugs that were not tolerated", **drugs},
        {"linkId": f"{name}.started", "text": "Begun on", "type": "date"},
        {"linkId": f"{name}.stopped", "text": "Ended on", "type": "date"},
        {"linkId": f"{name}.dose", "text": "Dose, in words", "type": "string"},
    ]
    for part in parts:
        if part["linkId"].endswith((".drugs", ".intolerant_of")):
            part["repeats"] = True
    return {
        "linkId": name,
        "code": [_coding(site, name)],
        "text": fact.question,
        "type": "group",
        "enableWhen": [{"question": NO_REGIMEN, "operator": "!=", "answerBoolean": True}],
        "enableBehavior": "all",
        "repeats": True,
        "item": parts,
    }
