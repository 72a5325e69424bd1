"""Changes of one sentence of the criteria language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VALUES = {
    "poor": "intermediate", "intermediate": "poor", "positive": "negative", "active": "latent",
    "latent": "active", "true": "false", "false": "true", "remission": "relapse",
    "male": "female",
}  # fmt: skip
_FACTS = {
    "pregnant": "breastfeeding", "breastfeeding": "pregnant", "infection": "malignancy",
    "malignancy": "infection", "egfr": "platelets", "platelets": "neutrophils",
    "neutrophils": "platelets", "white_cells": "neutrophils", "age_years": "weight_kg",
    "ild": "ild_predominant", "ild_predominant": "ild", "tuberculosis": "tuberculosis",
}  # fmt: skip
_SENTENCE = re.compile(r"^(\s*(?:- )?(?:\w+: )?)(\w+) (is not|is|<=|>=|<|>) (\S+)\n")


def in_sentence(line: str) -> Iterator[tuple[str, str]]:
    """Another fact, another value, another number, the other direction."""
    found = _SENTENCE.match(line)
    if not found:
        return
    lead, fact, relation, value = found.groups()

    def swapped(fact: str = fact, relation: str = relation, value: str = value) -> tuple[str, str]:
        return f"{fact} {relation} {value}", f"{lead}{fact} {relation} {value}\n"

    if relation in ("is", "is not"):
        if value in _VALUES:
            yield swapped(value=_VALUES[value])
        yield swapped(relation={"is": "is not", "is not": "is"}[relation])
        other = _FACTS.get(fact, "peptic_ulcer_active" if value in ("true", "false") else fact)
        if other not in (fact, "tuberculosis"):
            yield swapped(fact=other)
        return
    step = 1 if "." not in value else 0.1
    for number in (float(value) + step, float(value) - step):
        yield swapped(value=f"{round(number, 3):g}")
    yield swapped(relation={"<": "<=", "<=": "<", ">": ">=", ">=": ">"}[relation])
    yield swapped(relation={"<": ">", "<=": ">=", ">": "<", ">=": "<="}[relation])
    if fact in _FACTS:
        yield swapped(fact=_FACTS[fact])
