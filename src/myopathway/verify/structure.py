"""The content as a whole: no reading uncited, no word unused, no option without a source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.criteria import (
    Criterion,
    Ended,
    Held,
    Named,
    RegimenEnded,
    TakenWith,
    facts_of,
    leaves,
)
from myopathway.guideline.load import carried
from myopathway.verify.report import Failure
from myopathway.verify.sentences import sentences_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline
    from myopathway.verify.report import Facts


def uncited(guideline: Guideline) -> Iterator[Failure]:
    """Find readings that nothing rests on."""
    cited = carried(guideline)
    for name in guideline.interpretations:
        if name not in cited:
            yield Failure(f"interpretations.yaml: nothing rests on {name}")


def citations(guideline: Guideline) -> int:
    """Count the citations of the content."""
    return sum(len(places) for places in carried(guideline).values())


def unsourced(guideline: Guideline, at: dict[str, Facts]) -> Iterator[Failure]:
    """Find therapies and options that rest on no statement of the sources, only on readings."""
    known = guideline.statements
    for node in guideline.nodes:
        patient = at.get(node.id) or {}
        for therapy in node.therapies:
            if not any(one in known for one in therapy.cites):
                yield Failure(f"{node.id}: {therapy.role} cites no statement", patient)
            for option in therapy.options:
                if not any(one in known for one in option.cites):
                    yield Failure(f"{node.id}: {option.id} cites no statement", patient)


def unused(guideline: Guideline) -> Iterator[Failure]:
    """Find facts, terms, drugs and classes of which no sentence speaks."""
    sentences = list(sentences_of(guideline))
    read = [leaf for one in sentences for leaf in leaves(one.criterion)]
    facts = {name for leaf in read for name in facts_of(leaf)} | {"as_of", guideline.adult.fact}
    facts |= {name for one in guideline.implications for name in (one.given, one.then)}
    facts |= {name for drug in guideline.drugs.values() for name in drug.dose_weight}
    facts |= {one.from_date for one in guideline.vocabulary.facts.values()}
    for name in guideline.vocabulary.facts:
        if name not in facts:
            yield Failure(f"facts.yaml: no sentence reads {name}")
    terms = {name for one in sentences for name in _terms(one.criterion)}
    for name in guideline.terms:
        if name not in terms:
            yield Failure(f"terms.yaml: no sentence uses {name}")
    counted = [leaf for leaf in read if isinstance(leaf, Ended | RegimenEnded)]
    classes = {leaf.drug_class for leaf in counted}
    classes |= {name for rule in guideline.rules for name in rule.not_classes}
    classes |= {name for bar in guideline.order_limits.never for name in bar.classes}
    for one in guideline.drug_classes.values():
        if one.name not in classes and not one.background and not one.combines:
            yield Failure(f"drugs.yaml: no sentence counts the class {one.name}")
    drugs = {leaf.drug for leaf in read if isinstance(leaf, Held | TakenWith)}
    drugs |= {
        name
        for node in guideline.nodes
        for therapy in node.therapies
        for option in therapy.options
        for name in option.drugs
    }
    for name, drug in guideline.drugs.items():
        if name not in drugs and not drug.supplement:
            yield Failure(f"drugs.yaml: no option and no sentence has {name}")


def _terms(criterion: Criterion) -> Iterator[str]:
    if isinstance(criterion, Named):
        yield criterion.term
        yield from _terms(criterion.part)
    elif (part := getattr(criterion, "part", None)) is not None:
        yield from _terms(part)
    for part in getattr(criterion, "parts", ()):
        yield from _terms(part)
