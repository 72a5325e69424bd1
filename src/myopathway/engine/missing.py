"""What is not known and would matter, most useful first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from myopathway.criteria import evaluate
from myopathway.engine.factual import fact_truth
from myopathway.engine.outcome import Missing
from myopathway.facts import Known
from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.criteria import Leaf
    from myopathway.engine.asked import Wanted
    from myopathway.engine.cuts import Cuts
    from myopathway.engine.place import Place
    from myopathway.engine.situation import Situation

MOST_KEPT: Final = 20_000
_REGIMEN: Final = re.compile(r"treatments\[(\d+)\]\.(outcome|purpose)")
_ASKS: Final = {
    "outcome": "How did this regimen end (worked, did not, not tolerated, goes on, completed)?",
    "purpose": "Was this regimen given for induction or for maintenance?",
}


class Questions:
    """Collects what is missing and puts it in order; remembers it for patients that look alike."""

    def __init__(self, cuts: Cuts) -> None:
        """Ask by these cuts."""
        self._cuts = cuts
        self._facts = cuts.guideline.vocabulary.facts
        self._ease = {
            name: (one.ease, place) for place, (name, one) in enumerate(self._facts.items())
        }
        self._kept: dict[object, tuple[Missing, ...]] = {}

    def missing(
        self, situation: Situation, place: Place, wanted: tuple[Wanted, ...]
    ) -> tuple[Missing, ...]:
        """Give what decides the place first, then what decides doses and verdicts."""
        known = situation.known
        contested = [
            None if (own := known.get(one)) is None else own.value for one in self._cuts.contested
        ]
        key = (place, wanted, *contested)
        found = self._kept.get(key)
        if found is None:
            found = self._missing(situation, place, wanted)
            if not any("[" in one.fact for one in found):  # a regimen is told in its own words
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = found
        return found

    def _missing(
        self, situation: Situation, place: Place, wanted: tuple[Wanted, ...]
    ) -> tuple[Missing, ...]:
        found = [
            Missing(one.fact, self._question(situation, one.fact), one.separates)
            for one in place.deciders
        ]
        asked = {one.fact for one in found}
        options: dict[str, dict[str, int]] = {}
        pointless: set[str] = set()
        for one in wanted:
            if one.fact in asked or one.fact in pointless:
                continue
            if one.fact not in options and not self._can_differ(situation, one.fact):
                pointless.add(one.fact)
            else:
                own = options.setdefault(one.fact, {})
                own[one.option] = max(own.get(one.option, 0), one.strictness)
        ranked = [
            (-max(own.values()), -len(own), *self._ease[fact.partition("[")[0]], place, fact)
            for place, (fact, own) in enumerate(options.items())
        ]
        ranked.sort()
        found += [
            Missing(fact, self._question(situation, fact), tuple(options[fact]))
            for *_, fact in ranked
        ]
        return tuple(found)

    def _question(self, situation: Situation, fact: str) -> str:
        known = self._facts.get(fact)
        if known is not None:
            return known.question
        found = _REGIMEN.fullmatch(fact)
        regimens = situation.history.regimens if situation.history else ()
        for one in regimens if found else ():
            if found is not None and one.regimen.index == int(found[1]):
                return f"{_ASKS[found[2]]} ({situation.told(one.regimen)})"
        return fact

    def _can_differ(self, situation: Situation, fact: str) -> bool:
        """Say whether more than one answer is left that contradicts nothing stated."""
        cells = self._cuts.contested.get(fact)
        if cells is None:
            return True
        free = 0
        for value in cells:
            view = _With(situation, fact, Known(value))
            free += all(evaluate(one, view) is not Truth.TRUE for one in self._cuts.silent)
        return free > 1


class _With:
    """A situation with one more fact."""

    def __init__(self, situation: Situation, fact: str, known: Known) -> None:
        self._situation = situation
        self._known = {**situation.known, fact: known}
        self.terms: dict[str, Truth] = {}

    def truth(self, leaf: Leaf) -> Truth:
        return fact_truth(leaf, self._known, self._situation.day)
