"""The drug of an order: one of the algorithm's, or another by the names that rules know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.criteria import TakenWith, leaves
from myopathway.fhir.codebook import code_book

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline


def named(guideline: Guideline, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the drugs of the algorithm that a name names, and the other names that rules know.

    A name that holds a drug of the algorithm as a whole word is that drug: to check an order too
    many is the lesser evil.
    """
    folded = " ".join(name.lower().split())
    for spelt in (folded, folded.replace(" ", "-"), folded.replace("-", " ")):
        drug = guideline.vocabulary.drug(spelt)
        if drug is not None:
            return (drug,), ()
    held = tuple(code_book(guideline).drugs.anywhere([folded]))
    return held, () if held else other_names(guideline, folded)


def other_names(guideline: Guideline, text: str) -> tuple[str, ...]:
    """Give the names, known to drug-safety rules, that a drug's name holds as whole words."""
    words = f"-{_hyphened(text)}-"
    return tuple(sorted(name for name in partners(guideline) if f"-{name}-" in words))


def partners(guideline: Guideline) -> frozenset[str]:
    """Give every name that a drug-safety rule looks for beside a drug."""
    return frozenset(
        leaf.drug
        for rule in guideline.safety.rules
        for leaf in leaves(rule.when)
        if isinstance(leaf, TakenWith)
    )


def _hyphened(text: str) -> str:
    kept = "".join(one if one.isalnum() else " " for one in text.lower().replace("'", ""))
    return "-".join(kept.split())
