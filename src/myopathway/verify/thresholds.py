"""Numbers in drug-safety rules: one direction for each fact, and no hole between two bounds."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from myopathway.criteria import Compare, leaves
from myopathway.truth import Truth
from myopathway.verify.axes import truth, values
from myopathway.verify.report import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.drugsafety import SafetyRule
    from myopathway.guideline.model import Guideline
    from myopathway.verify.report import Facts

_STRICT: Final = {"block": 2, "hold": 1, "warn": 0, "vaccine": 0}
Profile = list[tuple[Any, int]]


class Thresholds:
    """How strict the rules of each drug are along each number that they read."""

    def __init__(self, guideline: Guideline, at: dict[str, Facts]) -> None:
        """Draw the profile of every drug along every fact of which a rule speaks by itself."""
        self._at = at
        self._guideline = guideline
        self._day = dt.date.fromisoformat(guideline.edition.date)
        groups: dict[tuple[str, str], list[SafetyRule]] = {}
        for rule in guideline.safety.rules:
            read = list(leaves(rule.when))
            facts = {leaf.fact for leaf in read if isinstance(leaf, Compare)}
            if len(facts) == 1 and all(isinstance(leaf, Compare) for leaf in read):
                groups.setdefault((rule.drug, facts.pop()), []).append(rule)
        self.profiles = {key: self._profile(key[1], rules) for key, rules in groups.items()}

    def _profile(self, name: str, rules: list[SafetyRule]) -> Profile:
        read = [leaf for rule in rules for leaf in leaves(rule.when)]
        fact = self._guideline.vocabulary.facts[name]
        found = []
        for value in sorted(values(fact, read, self._day)):
            facts = {name: value}
            true = [one for one in rules if truth(one.when, facts, self._day) is Truth.TRUE]
            found.append((value, max((_STRICT[one.effect] for one in true), default=0)))
        return found

    def holes(self) -> Iterator[Failure]:
        """Find values for which a drug is let through although milder and worse ones are not."""
        for (drug, name), profile in self.profiles.items():
            steps = [after - before for (_, before), (_, after) in pairwise(profile)]
            if any(step > 0 for step in steps) and any(step < 0 for step in steps):
                least = min(strict for _, strict in profile[1:-1])
                value = next(value for value, strict in profile[1:-1] if strict == least)
                says = (
                    f"safety/{drug}.yaml: {name} {value} is treated more mildly than less and more"
                )
                yield Failure(says, self._patient(drug, name, value))

    def turned(self) -> Iterator[Failure]:
        """Find drugs for which a number is bad in the direction that is good for all others."""
        directions: dict[str, dict[str, int]] = {}
        for (drug, name), profile in self.profiles.items():
            change = profile[-1][1] - profile[0][1]
            if change:
                directions.setdefault(name, {})[drug] = 1 if change > 0 else -1
        for name, own in directions.items():
            common = 1 if sum(own.values()) > 0 else -1
            for drug, direction in own.items():
                if direction != common:
                    profile = self.profiles[drug, name]
                    value = max(profile, key=lambda one: one[1])[0]
                    way = "high" if direction > 0 else "low"
                    says = f"safety/{drug}.yaml: {name} is bad when {way}, unlike for other drugs"
                    yield Failure(says, self._patient(drug, name, value))

    def _patient(self, drug: str, name: str, value: object) -> Facts:
        for node in self._guideline.nodes:
            if any(drug in one.drugs for part in node.therapies for one in part.options):
                return {**(self._at.get(node.id) or {}), name: value}
        return {name: value}
