"""Value sets: what a fact can be answered with, and the codes by which records show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.export.names import machine_name
from myopathway.facts import OUTCOMES, PURPOSES
from myopathway.fhir.codes import ATC, FACTS, ICD10, ICD10CM, LOINC, RXNORM, SNOMED
from myopathway.fhir.values import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.export.canonical import Resource, Site
    from myopathway.facts import Coding, Fact


def value_sets(site: Site) -> Iterator[Resource]:
    """Give the value sets."""
    guideline = site.guideline
    for fact in guideline.vocabulary.facts.values():
        if fact.values:
            yield _of_facts(site, answers_id(fact), f"Answers: {fact.says}", answers(fact))
        for name, kind, codings in (
            ("conditions", "Problems that show", fact.conditions),
            ("observations", "Results that show", fact.observations),
        ):
            telling = [one for one in codings if not one.doubt]
            if telling:
                title = f"{kind}: {fact.says}"
                included = list(_codes(telling))
                yield _value_set(site, f"{name}-{_dashed(fact.name)}", title, included)
    yield _of_facts(site, "drugs", "Drugs of the guideline", guideline.drugs)
    yield _of_facts(site, "purposes", "What a regimen was given for", PURPOSES)
    yield _of_facts(site, "outcomes", "How a regimen ended", OUTCOMES)
    for name, drug in guideline.drugs.items():
        systems = ((ATC, drug.atc), (RXNORM, drug.rxnorm), (SNOMED, drug.snomed))
        included = [_include(system, codes) for system, codes in systems if codes]
        if included:
            yield _value_set(site, f"drug-{name}", f"Codes of {drug.title}", included)


def answers_id(fact: Fact) -> str:
    """Name the value set of the answers to a fact."""
    return f"answers-{_dashed(fact.name)}"


def answers(fact: Fact) -> list[str]:
    """Give the codes with which a fact can be answered."""
    return [*fact.values, NONE] if fact.type == "set" else list(fact.values)


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _of_facts(site: Site, name: str, title: str, codes: Iterable[str]) -> Resource:
    return _value_set(site, name, title, [_include(FACTS, codes)])


def _include(system: str, codes: Iterable[str]) -> Resource:
    return {"system": system, "concept": [{"code": one} for one in dict.fromkeys(codes)]}


def _codes(codings: list[Coding]) -> Iterator[Resource]:
    """Give the codes by system; a range of ICD is given as the codes of its chapter's letters."""
    for system, key in ((SNOMED, "snomed"), (LOINC, "loinc"), (ICD10, "icd10"),
                        (ICD10CM, "icd10cm")):  # fmt: skip
        codes = [code for one in codings for code in getattr(one, key)]
        listed = [one for one in codes if "-" not in one or system == LOINC]
        if listed:
            yield _include(system, listed)
        for one in codes:
            if "-" in one and system != LOINC:
                yield _range(system, one)


def _range(system: str, codes: str) -> Resource:
    """Give the categories of a range; what lies below a category is meant with it."""
    low, _, high = codes.partition("-")
    if low[0] != high[0] or not (low[1:].isdigit() and high[1:].isdigit()):
        parts = "|".join(_spanned(low, high))
        filtered = {"property": "code", "op": "regex", "value": f"({parts}).*"}
        return {"system": system, "filter": [filtered]}
    width = len(low) - 1
    every = (f"{low[0]}{n:0{width}d}" for n in range(int(low[1:]), int(high[1:]) + 1))
    return _include(system, every)


def _spanned(low: str, high: str) -> Iterator[str]:
    """Give patterns for the three signs of a category from low to high."""
    for letter in range(ord(low[0]), ord(high[0]) + 1):
        yield f"{chr(letter)}[0-9][0-9A-Z]"


def _value_set(site: Site, name: str, title: str, included: list[Resource]) -> Resource:
    head = site.artefact("ValueSet", name, title)
    head["name"] = machine_name("IIM", "values", name)
    return {**head, "immutable": False, "compose": {"include": included}}
