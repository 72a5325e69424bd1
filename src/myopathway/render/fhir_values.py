"""Small FHIR R4 values: ids, quantities, citations, narrative; no empty element is ever made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from myopathway.render.json import json_bytes
from myopathway.render.markdown import escaped
from myopathway.render.paper import clean

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from myopathway.engine.outcome import Answer, Reason
    from myopathway.guideline.model import Guideline

Element: TypeAlias = dict[str, Any]

UCUM: Final = "http://unitsofmeasure.org"
_LONGEST_ID: Final = 64
_HASH: Final = 8


@dataclass(frozen=True, slots=True)
class Desk:
    """What every resource of one answer is written from; ``seal`` is the answer's own digest."""

    answer: Answer
    guideline: Guideline
    base: str
    seal: str

    def address(self, kind: str, name: str) -> str:
        """Give a resource's full URL: the same for the same answer, another for any other."""
        return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{self.base}/{kind}/{name}#{self.seal}')}"

    def to(self, resource: Element) -> Element:
        """Refer to a resource of the Bundle; its type is said, since a uuid does not show it."""
        kind = resource["resourceType"]
        return {"reference": self.address(kind, resource["id"]), "type": kind}

    @property
    def canonical(self) -> str:
        """Give the canonical URL of the guideline's PlanDefinition, with its version."""
        content = self.answer.guideline
        return f"{self.base}/PlanDefinition/{content.id}|{content.version}"


def desk_for(answer: Answer, guideline: Guideline, base: str) -> Desk:
    """Make ready to write an answer's resources."""
    return Desk(answer, guideline, base.rstrip("/"), sha256(json_bytes(answer)).hexdigest())


def fhir_id(*parts: str) -> str:
    """Make a valid FHIR id of words; one that is too long ends in a digest of the whole."""
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", ".".join(parts)).strip("-.") or "none"
    if len(name) <= _LONGEST_ID:
        return name
    digest = sha256(name.encode()).hexdigest()[:_HASH]
    return f"{name[: _LONGEST_ID - _HASH - 1]}-{digest}"


def subject() -> Element:
    """Name the patient, whom the answer does not know by any id."""
    return {"display": "The patient"}


def number(value: Decimal) -> int | float:
    """Give an amount as a JSON number."""
    return int(value) if value == value.to_integral_value() else float(value)


def quantity(value: Decimal, unit: str) -> Element:
    """Give an amount in a plain UCUM unit (mg, g, d, wk)."""
    return {"value": number(value), "unit": unit, "system": UCUM, "code": unit}


def concept(text: str, *codings: Element) -> Element:
    """Give a concept: its codes, where there are any, and its text."""
    return {**({"coding": list(codings)} if codings else {}), "text": text}


def annotation(text: str, *, links: bool = False) -> Element:
    """Give a note; FHIR reads it as Markdown, so nothing in it may be markup."""
    return {"text": escaped(text, links=links)}


def said(reasons: Iterable[Reason]) -> str:
    """Join reasons, each with the id that it rests on."""
    return " ".join(based(one.text, one.basis) for one in reasons)


def based(text: str, basis: str) -> str:
    """Give a sentence with the id that it rests on."""
    return f"{text} [{basis}]" if basis else text


def narrative(title: str, lines: Iterable[str]) -> Element:
    """Give a short XHTML text for people; every word of it is escaped."""
    items = "".join(f"<li>{escape(clean(line))}</li>" for line in lines if line)
    body = f"<p><b>{escape(clean(title))}</b></p>{f'<ul>{items}</ul>' if items else ''}"
    return {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>',
    }


def citations(desk: Desk, bases: Iterable[str]) -> list[Element]:
    """Give the statements and safety rules behind ids, then the works cited, each once.

    A dose sentence is named and not quoted: what it says may be ruled out for this patient.
    """
    guideline = desk.guideline
    asked = tuple(dict.fromkeys(bases))
    ids = [one for one in asked if one in guideline.statements]
    found: list[Element] = []
    for name in ids:
        cited: Element = {"type": "citation", "label": name}
        if guideline.statements[name].kind != "dose":
            cited["citation"] = escaped(guideline.statements[name].says)
        found.append(cited)
    for row in (one for one in desk.answer.safety if one.row in asked):
        word = "" if row.verified else " (not yet verified)"
        told = escaped(f"Drug-safety rule {row.row}, from {row.source}{word}")
        found.append({"type": "citation", "label": row.row, "citation": told})
    numbers = {number for one in ids for number in guideline.statements[one].cites}
    for work in (one for one in guideline.references.values() if one.number in numbers):
        told = escaped(work.citation)
        cited = {"type": "citation", "label": str(work.number), "citation": told}
        if work.pmid:
            cited["url"] = f"https://pubmed.ncbi.nlm.nih.gov/{work.pmid}/"
        found.append(cited)
    return found
