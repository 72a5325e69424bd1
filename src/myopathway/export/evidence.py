"""Evidence: each statement of the sources in our words, with the works that it cites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export.canonical import evidence_id, work
from myopathway.export.names import machine_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.export.canonical import Resource, Site

POPULATION: Final = "myositis"


def evidence(site: Site) -> Iterator[Resource]:
    """Give the population once, then a resource for each statement."""
    scope = "Patients with an idiopathic inflammatory myopathy"
    yield {
        **_begun(site, "EvidenceVariable", POPULATION, scope),
        "type": "dichotomous",
        "characteristic": [{"definitionCodeableConcept": {"text": scope}}],
    }
    guideline = site.guideline
    sources = {one.id: one for one in guideline.edition.sources}
    for name, statement in guideline.statements.items():
        title = f"Statement {name}"
        head = _begun(site, "Evidence", evidence_id(name), title, statement.says)
        head["name"] = machine_name("Statement", name)
        related = [
            {
                "type": "derived-from",
                "display": sources[key].title,
                "url": sources[key].url,
            }
            for key in statement.source
            if key in sources
        ]
        cited = (guideline.references.get(str(number)) for number in statement.cites)
        related += [work(one) for one in cited if one is not None]
        if related:
            head["relatedArtifact"] = related
        yield {
            **head,
            "exposureBackground": {
                "reference": f"EvidenceVariable/{POPULATION}",
                "display": scope,
            },
        }


def _begun(site: Site, kind: str, name: str, title: str, description: str = "") -> Resource:
    """Begin an artefact of a type that cannot say whether it is an experiment."""
    head = site.artefact(kind, name, title, description)
    del head["experimental"]
    return head
