"""The ledger: for each statement and interpretation, where the content cites it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline, Node, Option


def carried(guideline: Guideline) -> dict[str, list[str]]:
    """Say for each cited id where the content cites it (node, rule, term, drug, ...)."""
    found: dict[str, list[str]] = {}
    for where, cites in _places(guideline):
        for one in cites:
            places = found.setdefault(one, [])
            if where not in places:
                places.append(where)
    return found


def _places(guideline: Guideline) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in guideline.nodes:
        yield from _node(node)
    for name, term in guideline.terms.items():
        yield f"terms/{name}", term.cites
    for name, drug in guideline.drugs.items():
        yield from ((f"drugs/{name}", advice.cites) for advice in drug.advice)
    for name, drug_class in guideline.drug_classes.items():
        yield f"drugs/{name}", drug_class.cites
    yield from _position(guideline)
    yield from ((f"rules/{rule.id}", rule.cites) for rule in guideline.rules)
    yield from ((f"notices/{notice.id}", notice.cites) for notice in guideline.notices)
    yield from ((f"notices/{old.fact}", old.cites) for old in guideline.old_measurements)
    yield from (("edition", basis.cites) for basis in guideline.edition.evidence)
    yield from ((f"orders/{one.drug}", one.cites) for one in guideline.order_limits.limits)
    for bar in guideline.order_limits.never:
        yield from ((f"orders/{name}", bar.cites) for name in bar.classes)
    yield from ((f"orders/{one.drug}", one.cites) for one in guideline.order_limits.products)


def _position(guideline: Guideline) -> Iterator[tuple[str, tuple[str, ...]]]:
    for group in guideline.groups:
        yield f"position/{group.id}", group.cites
    for conflict in guideline.conflicts:
        yield f"position/{conflict.id}", conflict.cites
    for implication in guideline.implications:
        yield f"position/{implication.id}", implication.cites
    yield "position/not_covered", guideline.scope.cites
    yield "position/adult", guideline.adult.cites
    yield "position/unstated_purpose", guideline.unstated_purpose.cites
    for name, cites in guideline.readings.items():
        yield f"position/readings/{name}", cites


def _node(node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield f"nodes/{node.id}", node.cites
    for basis in node.evidence:
        yield f"nodes/{node.id}", basis.cites
    for therapy in node.therapies:
        yield f"nodes/{node.id}/{therapy.role}", therapy.cites
        for option in therapy.options:
            where = f"nodes/{node.id}/{therapy.role}/{option.id}"
            for cites in _option(option):
                yield where, cites


def _option(option: Option) -> Iterator[tuple[str, ...]]:
    yield option.cites
    for rule in option.rules:
        yield rule.cites
    for basis in option.evidence:
        yield basis.cites
