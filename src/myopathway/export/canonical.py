"""Where exported artefacts live and what all of them say of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from myopathway.errors import Fault, InputError, shown
from myopathway.export.names import machine_name
from myopathway.fhir.codes import FACTS
from myopathway.fhir.questionnaire import QUESTIONNAIRES
from myopathway.render.fhir_values import narrative

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.guideline.model import Guideline, Reference

Resource: TypeAlias = dict[str, Any]

PUBLISHER: Final = "myopathway"
_LONGEST: Final = 200
_PUBMED: Final = "https://pubmed.ncbi.nlm.nih.gov/"
# What the reader knows by its address keeps it, wherever the rest is published.
_FIXED: Final = {"CodeSystem/facts": FACTS, "Questionnaire/iim-facts": f"{QUESTIONNAIRES}iim-facts"}


@dataclass(frozen=True, slots=True)
class Site:
    """The guideline and the address under which its artefacts are published."""

    guideline: Guideline
    base: str

    def url(self, kind: str, name: str) -> str:
        """Give the canonical URL of an artefact."""
        return _FIXED.get(f"{kind}/{name}", f"{self.base}/{kind}/{name}")

    def canonical(self, kind: str, name: str) -> str:
        """Give the canonical URL with the version."""
        return f"{self.url(kind, name)}|{self.guideline.edition.version}"

    def artefact(self, kind: str, name: str, title: str, description: str = "") -> Resource:
        """Begin an artefact: what it is called, where it lives, that it is a draft."""
        edition = self.guideline.edition
        return {
            "resourceType": kind,
            "id": name,
            "text": narrative(title, [description] if description else []),
            "url": self.url(kind, name),
            "version": edition.version,
            "name": machine_name("IIM", name),
            "title": title,
            "status": "draft",
            "experimental": False,
            "date": edition.date,
            "publisher": PUBLISHER,
            "description": description or title,
        }

    def references(self, cites: Iterable[str]) -> list[Reference]:
        """Give the works behind ids of statements, each once, by their number."""
        known = self.guideline.statements
        numbers = {number for one in cites if one in known for number in known[one].cites}
        return [one for one in self.guideline.references.values() if one.number in numbers]

    def documentation(self, cites: Iterable[str]) -> list[Resource]:
        """Give the statements and interpretations behind ids, then the works that they cite."""
        asked = list(dict.fromkeys(cites))
        guideline = self.guideline
        found: list[Resource] = []
        for name in asked:
            if name in guideline.statements:
                found.append(
                    {
                        "type": "citation",
                        "label": name,
                        "citation": guideline.statements[name].says,
                        "resource": self.canonical("Evidence", evidence_id(name)),
                    }
                )
            elif name in guideline.interpretations:
                says = f"As we read it: {guideline.interpretations[name].says}"
                found.append({"type": "justification", "label": name, "citation": says})
        return found + [work(one) for one in self.references(asked)]


def work(one: Reference) -> Resource:
    """Give a cited work."""
    found: Resource = {"type": "citation", "label": str(one.number), "citation": one.citation}
    if one.pmid:
        found["url"] = f"{_PUBMED}{one.pmid}/"
    return found


def evidence_id(statement: str) -> str:
    """Make a resource id of a statement's id."""
    return statement


def base_url(text: str) -> str:
    """Check an address for canonical URLs; raises ``InputError``."""
    base = text.rstrip("/")
    plain = all(33 <= ord(sign) <= 126 and sign not in '|#?"<>\\^`{}' for sign in base)  # noqa: PLR2004 - visible ASCII
    scheme, _, rest = base.partition("://")
    if scheme in {"http", "https"} and rest and plain and len(base) <= _LONGEST:
        return base
    want = "an address such as https://example.org/fhir"
    raise InputError([Fault("canonical base", f"found {shown(text)}", want)])
