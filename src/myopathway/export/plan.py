"""The plan: group, line, therapies and options as nested actions, each with its condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export.activities import activity_id
from myopathway.export.names import (
    LIBRARY,
    group_name,
    open_name,
    recommended,
    therapy_id,
    therapy_name,
)
from myopathway.render.fhir_values import concept, fhir_id
from myopathway.render.paper import clean
from myopathway.render.words import ROLES, capital

if TYPE_CHECKING:
    from myopathway.export.canonical import Resource, Site
    from myopathway.guideline.model import Group, Node, Option, Therapy

CQL: Final = "text/cql"
_TYPES: Final = "http://terminology.hl7.org/CodeSystem/plan-definition-type"


def plan_definition(site: Site) -> Resource:
    """Give the plan."""
    guideline = site.guideline
    edition = guideline.edition
    head = site.artefact("PlanDefinition", edition.id, edition.title, edition.intended_use)
    protocol = {"system": _TYPES, "code": "clinical-protocol", "display": "Clinical Protocol"}
    sources = [
        {"type": "derived-from", "display": clean(f"{one.title}. {one.publisher}"), "url": one.url}
        for one in edition.sources
    ]
    evidence = [cite for one in edition.evidence for cite in one.cites]
    return {
        **head,
        "type": {"coding": [protocol]},
        "usage": edition.intended_use,
        "relatedArtifact": [*sources, *site.documentation(evidence)],
        "library": [site.canonical("Library", LIBRARY)],
        "action": [_ask(site), *(_group(site, one) for one in guideline.groups)],
    }


def _applies(name: str) -> list[Resource]:
    expression = {"language": CQL, "expression": name}
    return [{"kind": "applicability", "expression": expression}]


def _ask(site: Site) -> Resource:
    """Ask what is not known, while more than one node is possible."""
    return {
        "id": "ask",
        "title": "More has to be known",
        "description": "More than one place of the guideline is possible: ask for what decides.",
        "condition": _applies("More has to be known"),
        "definitionCanonical": site.canonical("Questionnaire", "iim-facts"),
    }


def _group(site: Site, group: Group) -> Resource:
    nodes = [one for one in site.guideline.nodes if one.group == group.id]
    return {
        "id": f"group-{group.id}",
        "title": group.title,
        "description": clean(group.says),
        **_cited(site, group.cites),
        "condition": _applies(group_name(group.id)),
        "groupingBehavior": "logical-group",
        "action": [_node(site, one) for one in nodes],
    }


def _node(site: Site, node: Node) -> Resource:
    evidence = [cite for one in node.evidence for cite in one.cites]
    return {
        "id": node.id,
        **({"prefix": str(node.line)} if node.line is not None else {}),
        "title": node.title,
        "description": clean(node.says),
        **_cited(site, [*node.cites, *evidence]),
        "condition": _applies(recommended(node.id)),
        "groupingBehavior": "logical-group",
        "action": [
            _therapy(site, node, therapy, place) for place, therapy in enumerate(node.therapies, 1)
        ],
    }


def _therapy(site: Site, node: Node, therapy: Therapy, place: int) -> Resource:
    name = therapy_id(therapy, place)
    role = ROLES.get(therapy.role, capital(therapy.role))
    action: Resource = {
        "id": fhir_id(node.id, name),
        "prefix": str(place),
        "title": role,
        "description": clean(therapy.says),
        "code": [concept(role, {"system": site.url("CodeSystem", "role"), "code": therapy.role})],
        **_cited(site, therapy.cites),
    }
    if not therapy.options:
        return {
            **action,
            "definitionCanonical": site.canonical("ActivityDefinition", activity_id(node, name)),
        }
    action["condition"] = _applies(therapy_name(node, place))
    action["groupingBehavior"] = "logical-group"
    if len(therapy.options) > 1:
        some = therapy.role == "consider"
        action["selectionBehavior"] = "at-most-one" if some else "exactly-one"
    if therapy.role == "consider":
        action["requiredBehavior"] = "could"
    action["action"] = [_option(site, node, name, one) for one in therapy.options]
    return action


def _option(site: Site, node: Node, therapy: str, option: Option) -> Resource:
    drugs = site.guideline.drugs
    evidence = [cite for one in option.evidence for cite in one.cites]
    rules = [cite for rule in option.rules for cite in rule.cites]
    action: Resource = {
        "id": fhir_id(node.id, therapy, option.id),
        "title": " + ".join(drugs[name].title for name in option.drugs),
        "description": clean(option.says),
        **_cited(site, [*option.cites, *evidence, *rules, *(one.cite for one in option.doses)]),
        "condition": _applies(open_name(node, option)),
    }
    if len(option.drugs) == 1:
        return {**action, "definitionCanonical": _activity(site, node, therapy, option, 0)}
    parts: list[Resource] = []
    for place, name in enumerate(option.drugs):
        part: Resource = {
            "id": fhir_id(node.id, therapy, option.id, str(place + 1)),
            "title": drugs[name].title,
        }
        if before := _before(option, name):
            step = option.drugs.index(before) + 1
            related = fhir_id(node.id, therapy, option.id, str(step))
            part["relatedAction"] = [{"actionId": related, "relationship": "after-end"}]
        parts.append({**part, "definitionCanonical": _activity(site, node, therapy, option, place)})
    return {
        **action,
        "groupingBehavior": "logical-group",
        "selectionBehavior": "all",
        "action": parts,
    }


def _activity(site: Site, node: Node, therapy: str, option: Option, place: int) -> str:
    name = activity_id(node, therapy, option.id, option.drugs[place])
    return site.canonical("ActivityDefinition", name)


def _before(option: Option, name: str) -> str:
    """Name the drug of the same option after whose course this one is given."""
    words = [one.words for one in option.doses if one.drug == name]
    for other in option.drugs:
        if other != name and any(f"after the {other} course" in said for said in words):
            return other
    return ""


def _cited(site: Site, cites: list[str] | tuple[str, ...]) -> Resource:
    found = site.documentation(cites)
    return {"documentation": found} if found else {}
