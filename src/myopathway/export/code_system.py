"""Our own code systems: the facts with their values, and the two that answers carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.facts import OUTCOMES, PURPOSES
from myopathway.fhir.codebook import COMPLETE_MEDICATIONS, COMPLETE_PROBLEMS
from myopathway.fhir.values import NONE
from myopathway.render.words import ROLES, capital

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.export.canonical import Resource, Site

_VERDICTS = ("favoured", "offered", "caution", "excluded")


def code_systems(site: Site) -> Iterator[Resource]:
    """Give the code systems."""
    yield {
        **site.artefact(
            "CodeSystem",
            "facts",
            "Facts of the myositis guideline",
            "Every fact that the guideline reads, the values that a fact can have, and the drugs.",
        ),
        "caseSensitive": True,
        "content": "complete",
        "property": [
            {"code": "kind", "description": "What the code stands for", "type": "code"},
            {"code": "unit", "description": "The UCUM unit of an amount", "type": "string"},
        ],
        "concept": list(_facts(site)),
    }
    yield _plain(site, "role", "Roles of a therapy", {name: ROLES[name] for name in ROLES})
    yield _plain(site, "verdict", "Verdicts on an option", {one: capital(one) for one in _VERDICTS})


def _plain(site: Site, name: str, title: str, words: dict[str, str]) -> Resource:
    return {
        **site.artefact("CodeSystem", name, title),
        "caseSensitive": True,
        "content": "complete",
        "concept": [{"code": code, "display": display} for code, display in words.items()],
    }


def _facts(site: Site) -> Iterator[Resource]:
    vocabulary = site.guideline.vocabulary
    seen: dict[str, Resource] = {}
    for fact in vocabulary.facts.values():
        concept = _concept(fact.name, fact.says, "fact", fact.question)
        if fact.unit and not fact.unit.startswith("{"):
            concept["property"].append({"code": "unit", "valueString": fact.unit})
        seen[fact.name] = concept
    for name in (COMPLETE_PROBLEMS, COMPLETE_MEDICATIONS):
        seen[name] = _concept(name, capital(name.replace("-", " ")), "fact", "")
    for fact in vocabulary.facts.values():
        for value, words in fact.values.items():
            seen.setdefault(value, _concept(value, words, "value", ""))
    for value in (NONE, *PURPOSES, *OUTCOMES):
        seen.setdefault(value, _concept(value, capital(value.replace("-", " ")), "value", ""))
    for name, drug in site.guideline.drugs.items():
        seen.setdefault(name, _concept(name, drug.title, "drug", ""))
    yield from seen.values()


def _concept(code: str, display: str, kind: str, definition: str) -> Resource:
    concept: Resource = {"code": code, "display": display}
    if definition:
        concept["definition"] = definition
    return {**concept, "property": [{"code": "kind", "valueCode": kind}]}
