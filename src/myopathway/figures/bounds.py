"""The bounds that the content states for a daily dose: amounts and where they hold, no schedule."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from myopathway.engine.dose import calculated
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Dose, Guideline


class Bound(msgspec.Struct, frozen=True):
    """An amount a day that the sources state: what it is, and in which places it holds."""

    amount: Decimal
    unit: str
    says: str
    nodes: tuple[str, ...]
    basis: str
    most: bool


def tapered(guideline: Guideline) -> tuple[str, ...]:
    """Name the drugs whose daily dose by mouth the content bounds and that stay in the background.

    Which class stays in the background, and what it holds, is content.
    """
    background = {one.name for one in guideline.drug_classes.values() if one.background}
    return tuple(
        name
        for name, drug in guideline.drugs.items()
        if background.intersection(drug.classes)
        and any("oral" in dose.routes for dose in _doses(guideline, name))
    )


def unit_of(guideline: Guideline, drug: str) -> str:
    """Give the unit of a drug's daily doses."""
    return next(dose.unit for dose in _doses(guideline, drug))


def bounds(guideline: Guideline, drug: str, weight: Decimal | None) -> tuple[Bound, ...]:
    """Give the stated bounds of a drug's daily dose, worked out for a weight where need be."""
    found: dict[tuple[object, ...], Bound] = {}
    for node in guideline.nodes:
        own = [one for therapy in node.therapies for option in therapy.options
               for one in option.doses if one.drug == drug and one.per == "day"]  # fmt: skip
        for dose in own:
            for amount, says, most in _of(dose, weight):
                key = (amount, says, dose.cite if dose.below else "")
                known = found.get(key)
                nodes = (*known.nodes, node.id) if known else (node.id,)
                found[key] = Bound(amount, dose.unit, says, tuple(dict.fromkeys(nodes)),
                                   known.basis if known else dose.cite, most)  # fmt: skip
    return tuple(found.values())


def _of(dose: Dose, weight: Decimal | None) -> Iterator[tuple[Decimal, str, bool]]:
    worked = {one.kind: one for one in calculated(dose, weight)}
    if "maximum" in worked:
        top = worked["maximum"].high
        yield top, f"at most {plain(top)} {dose.unit}/day", True
    own = worked.get(dose.kind)
    if own is None:
        return
    if dose.below:
        yield own.high, f"to maintain, below {plain(own.high)} {dose.unit}/day", False
    elif own.low != own.high:
        span = f"{plain(own.low)} to {plain(own.high)} {dose.unit}/day"
        yield own.high, f"{'at first' if dose.kind == 'initial' else dose.kind}, {span}", False


def _doses(guideline: Guideline, drug: str) -> Iterator[Dose]:
    for node in guideline.nodes:
        for therapy in node.therapies:
            for option in therapy.options:
                yield from (
                    one for one in option.doses
                    if one.drug == drug and one.per == "day" and one.kind
                )  # fmt: skip
