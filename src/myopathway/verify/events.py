"""What became of a drug, read a second time: the sentences in which rules speak of an option."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from myopathway.criteria import Held, OptionEvent
from myopathway.facts import OUTCOMES, PURPOSES
from myopathway.verify.documents import counted_drugs, given_drugs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.guideline.model import Guideline

Drugs = tuple[str, ...]
# They speak of what was recorded, not of what was so: a record that says more may undo them.
ABOUT_THE_RECORD: Final = ("no-outcome", "inadequate-elsewhere")


def happened(
    guideline: Guideline,
    leaf: OptionEvent | Held,
    regimen: dict[str, Any],
    drugs: Drugs,
    purpose: str,
) -> bool:
    """Say whether a fully recorded regimen makes a sentence about an option's drugs true."""
    if isinstance(leaf, Held):
        return leaf.drug in regimen["drugs"] and regimen["purpose"] == leaf.purpose
    outcome = regimen["outcome"]
    counted = counted_drugs(guideline, regimen)
    touched = not counted.isdisjoint(drugs)
    blamed = (
        bool(regimen.get("intolerant_of")) or len(counted) == 1 or _background(guideline, counted)
    )
    match leaf.event:
        case "not-tolerated":
            return outcome == "intolerance" and touched and blamed
        case "perhaps-not-tolerated":
            return outcome == "intolerance" and touched and not blamed
        case "inadequate" | "inadequate-elsewhere":
            same = regimen["purpose"] == purpose
            whole = counted.issuperset(drugs)
            return (
                outcome == "inadequate-response" and whole and same is (leaf.event == "inadequate")
            )
        case "ongoing":
            given = not set(given_drugs(guideline, regimen)).isdisjoint(drugs)
            return outcome == "ongoing" and given
        case "worked":
            return outcome == "adequate-response" and touched
        case _:
            return False


def _background(guideline: Guideline, drugs: Iterable[str]) -> bool:
    """Say whether all of the drugs stay in the background: together they are one treatment."""
    behind = [one.name for one in guideline.drug_classes.values() if one.background]
    return any(guideline.drugs_of(name).issuperset(drugs) for name in behind)


def regimens_of(drugs: Iterable[Drugs]) -> Iterator[dict[str, Any]]:
    """Walk every full record of regimens with these drugs."""
    for given in drugs:
        for purpose in PURPOSES:
            for outcome in OUTCOMES:
                yield {"drugs": list(given), "purpose": purpose, "outcome": outcome}
            if len(given) > 1:
                for one in given:
                    yield {"drugs": list(given), "purpose": purpose, "outcome": "intolerance",
                           "intolerant_of": [one]}  # fmt: skip


def drug_sets(guideline: Guideline, most: int = 2) -> list[Drugs]:
    """Give every drug and every set of drugs up to a size, supplements left out."""
    drugs = [name for name, one in guideline.drugs.items() if not one.supplement]
    return [given for size in range(1, most + 1) for given in combinations(drugs, size)]
