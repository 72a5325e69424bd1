"""What became of an option's drugs: the engine's reading beside the second one."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from myopathway.engine.history import COMPLETIONS, EVENTS
from myopathway.engine.lines import Lines
from myopathway.engine.situation import Situation
from myopathway.engine.view import OptionView
from myopathway.facts import PURPOSES
from myopathway.truth import Truth
from myopathway.verify.events import ABOUT_THE_RECORD, happened, regimens_of
from myopathway.verify.report import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import OptionEvent
    from myopathway.guideline.model import Guideline
    from myopathway.verify.events import Drugs
    from myopathway.verify.report import Facts

READ: Final = tuple(one for one in EVENTS if one.event != "allergy")
Regimens = tuple[dict[str, Any], ...]


class Becoming:
    """Every record of one regimen, and of two that tell different things, for every option."""

    def __init__(self, guideline: Guideline) -> None:
        """Find the options that differ in drugs or purpose."""
        self._guideline = guideline
        self._lines = Lines(guideline, [])
        self._day = dt.date.fromisoformat(guideline.edition.date)
        self.options = tuple(
            dict.fromkeys(
                (option.drugs, node.purpose)
                for node in guideline.nodes
                for therapy in node.therapies
                for option in therapy.options
            )
        )
        self.looked_at = 0

    def unlike(self) -> Iterator[Failure]:
        """Find the smallest history that the engine reads otherwise, for each thing it can say."""
        found: dict[OptionEvent, Failure] = {}
        for drugs, purpose in self.options:
            for regimens in self._histories(drugs):
                self.looked_at += 1
                facts: Facts = {"treatments": list(regimens)}
                record = self._guideline.vocabulary.read(facts)
                situation = Situation(self._guideline, self._lines, record, self._day)
                view = OptionView(situation, drugs, purpose)
                for leaf in READ:
                    if leaf not in found and leaf.event not in ABOUT_THE_RECORD:
                        says = self._differs(leaf, regimens, drugs, purpose, view.truth(leaf))
                        if says:
                            found[leaf] = Failure(f"{'+'.join(drugs)}: {says}", facts)
        yield from found.values()

    def _differs(
        self, leaf: OptionEvent, regimens: Regimens, drugs: Drugs, purpose: str, engine: Truth
    ) -> str:
        answers = {
            any(happened(self._guideline, leaf, one, drugs, purpose) for one in whole)
            for whole in product(*(_completions(one) for one in regimens))
        }
        wanted = Truth.UNKNOWN if len(answers) > 1 else Truth.of(answers.pop())
        if engine is wanted:
            return ""
        return f"{leaf.event} is {engine.value} to the engine, {wanted.value} by its completions"

    def _histories(self, drugs: Drugs) -> Iterator[Regimens]:
        other = next(one for one in self._guideline.drugs if one not in drugs)
        behind = [
            name
            for one in self._guideline.drug_classes.values()
            if one.background
            for name in sorted(self._guideline.drugs_of(one.name))
        ][:1]
        sets = [(one,) for one in drugs] + [drugs, (*drugs, other), (other,)]
        sets += [(*drugs, *behind), (drugs[0], other, *behind)]
        unique = list(dict.fromkeys(tuple(dict.fromkeys(one)) for one in sets))
        singles = [*regimens_of(unique), *_half_recorded(unique)]
        yield ()
        yield from ((one,) for one in singles)
        told: dict[tuple[bool, ...], dict[str, Any]] = {}
        for one in regimens_of(unique):
            key = tuple(
                happened(self._guideline, leaf, one, drugs, purpose)
                for leaf in READ
                for purpose in PURPOSES
            )
            told.setdefault(key, one)
        yield from product(told.values(), _half_recorded(unique))


def _half_recorded(sets: list[Drugs]) -> Iterator[dict[str, Any]]:
    for drugs in sets:
        yield {"drugs": list(drugs)}
        yield from ({"drugs": list(drugs), "purpose": one} for one in PURPOSES)
        yield from ({"drugs": list(drugs), "outcome": one} for one in COMPLETIONS)


def _completions(regimen: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give what a regimen may have been: a purpose, and an end of those that matter."""
    purposes = (regimen["purpose"],) if "purpose" in regimen else PURPOSES
    outcomes = (regimen["outcome"],) if "outcome" in regimen else COMPLETIONS
    for purpose, outcome in product(purposes, outcomes):
        yield {**regimen, "purpose": purpose, "outcome": outcome}
