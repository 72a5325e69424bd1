"""A site's lower maximum of a dose: one sentence, and the doses of the guideline held at it.

``drug at most amount unit[/kg]/day|week|cycle``. It may only lower what the guideline allows.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.errors import nearest, shown
from myopathway.guideline.model import Ceiling, Dose, Node, Option, Therapy
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from myopathway.yamltext import Path, YamlText

_SENTENCE: Final = re.compile(
    r"(?P<drug>[a-z][a-z-]*) at most (?P<amount>\d+(?:\.\d+)?) (?P<unit>mg|g)(?P<per_kg>/kg)?"
    r"/(?P<per>day|week|cycle)"
)
_EXAMPLE: Final = "for example: prednisolone at most 60 mg/day"
_MILLIGRAMS: Final = {"mg": Decimal(1), "g": Decimal(1000)}
_DAYS: Final = {"day": 1, "week": 7, "cycle": 0}


class Maximum(msgspec.Struct, frozen=True):
    """A maximum, parsed; ``days`` is the stretch in which an order is held to it (0: none)."""

    drug: str
    amount: Decimal
    unit: str
    per: str
    per_kg: bool
    days: int
    sentence: str


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    """Why a dose cannot be held at a maximum, and what would be right."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(found)
        self.found = found
        self.wanted = wanted


def limits(text: YamlText, path: Path, sentence: str, drugs: Collection[str]) -> Maximum | None:
    """Read the sentence; notes a fault at its line and gives None where it is refused."""
    sentence = " ".join(sentence.split())
    found = _SENTENCE.fullmatch(sentence)
    if found is None:
        text.fault(path, f"not a maximum: {shown(sentence, 100)}", _EXAMPLE)
        return None
    if found["drug"] not in drugs:
        hint = nearest(found["drug"], drugs)
        text.fault(path, f"unknown drug{hint} in {shown(sentence, 100)}", ", ".join(sorted(drugs)))
        return None
    return Maximum(found["drug"], Decimal(found["amount"]), found["unit"], found["per"],
                   bool(found["per_kg"]), _DAYS[found["per"]], sentence)  # fmt: skip


def held_lower(
    text: YamlText, path: Path, nodes: tuple[Node, ...], maximum: Maximum, label: str
) -> tuple[Node, ...]:
    """Give the nodes with every dose of the drug held at the maximum; notes why it cannot be."""
    try:
        held = tuple(_node(one, maximum, label) for one in nodes)
    except _Refused as refused:
        text.fault(path, refused.found, refused.wanted)
        return nodes
    if held == nodes:
        found = f"{shown(maximum.sentence)} is not below what the guideline allows"
        text.fault(path, found, "; ".join(dict.fromkeys(_given(nodes, maximum))) or "no such dose")
    return held


def _given(nodes: tuple[Node, ...], maximum: Maximum) -> Iterator[str]:
    """Walk the doses of the drug as the guideline writes them."""
    for node in nodes:
        for therapy in node.therapies:
            for option in therapy.options:
                yield from (one.sentence for one in option.doses if one.drug == maximum.drug)


def _node(node: Node, maximum: Maximum, label: str) -> Node:
    therapies = tuple(_therapy(one, maximum, label) for one in node.therapies)
    return msgspec.structs.replace(node, therapies=therapies)


def _therapy(therapy: Therapy, maximum: Maximum, label: str) -> Therapy:
    options = tuple(_option(one, maximum, label) for one in therapy.options)
    return msgspec.structs.replace(therapy, options=options)


def _option(option: Option, maximum: Maximum, label: str) -> Option:
    doses = tuple(
        _dose(one, maximum, label)
        if one.drug == maximum.drug and one.kind and one.per == maximum.per
        else one
        for one in option.doses
    )
    return msgspec.structs.replace(option, doses=doses)


def _dose(dose: Dose, maximum: Maximum, label: str) -> Dose:
    """Hold one dose lower; a dose that stays below the maximum anyway is left as it is."""
    amount = maximum.amount * _MILLIGRAMS[maximum.unit] / _MILLIGRAMS[dose.unit]
    ceiling = dose.ceiling
    if ceiling is not None and ceiling.per_kg is not maximum.per_kg:
        by = "by weight" if ceiling.per_kg else "not by weight"
        raise _Refused(f"the guideline's own maximum is {by}: {dose.sentence}", "a maximum like it")
    if dose.per_kg is maximum.per_kg:
        if amount < dose.low:
            lowest = f"{plain(dose.low)} {dose.unit}{'/kg' if dose.per_kg else ''}/{dose.per}"
            raise _Refused(f"below the lowest dose of the guideline, {lowest}",
                           "a maximum above it, or the drug as unavailable")  # fmt: skip
        if ceiling is None:
            if amount >= dose.high:
                return dose
            return _labelled(msgspec.structs.replace(dose, high=amount), maximum, label)
    elif dose.days is not None and ceiling is None:
        raise _Refused(f"a dose over several days: {dose.sentence}", "a maximum by weight")
    if ceiling is not None and amount >= ceiling.amount:
        return dose
    portions = ceiling.portions if ceiling is not None else ""
    held = Ceiling(amount, dose.unit, dose.per, maximum.per_kg, portions)
    return _labelled(msgspec.structs.replace(dose, ceiling=held), maximum, label)


def _labelled(dose: Dose, maximum: Maximum, label: str) -> Dose:
    """Say beside the dose whose maximum it is."""
    words = f"{dose.words}; {label}" if dose.words else label
    sentence = f"{dose.sentence} (held lower: {maximum.sentence})"
    return msgspec.structs.replace(dose, words=words, sentence=sentence)
