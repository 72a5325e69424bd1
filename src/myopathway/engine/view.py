"""The situation as seen from one option: what became of its drugs, what is taken beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import Held, Leaf, OptionEvent, TakenWith, facts_of
from myopathway.engine.history import EVENTS, NO_EVENTS
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.situation import Situation

_PLACE: Final = {leaf: place for place, leaf in enumerate(EVENTS)}


class OptionView:
    """The situation as seen from one option: leaves about the option's drugs have an answer."""

    def __init__(self, situation: Situation, drugs: tuple[str, ...], purpose: str) -> None:
        """See the situation from an option of these drugs in a node of this purpose."""
        self._situation = situation
        self.drugs = drugs
        self.purpose = purpose
        self.terms = situation.terms
        history = situation.history
        self.events = NO_EVENTS if history is None else history.events(drugs, purpose)

    def truth(self, leaf: Leaf) -> Truth:
        """Give the truth of a leaf."""
        if isinstance(leaf, TakenWith):
            return self._taken_with(leaf.drug)
        if not isinstance(leaf, OptionEvent):
            return self._situation.truth(leaf)
        if leaf.event == "allergy":
            allergies = self._situation.value("allergies")
            if not isinstance(allergies, tuple):
                return Truth.UNKNOWN
            return Truth.of(not set(self.drugs).isdisjoint(allergies))
        if self._situation.history is None:
            return Truth.UNKNOWN
        return self.events[_PLACE[leaf]]

    def _taken_with(self, drug: str) -> Truth:
        """Say whether a drug would be taken beside the option's others."""
        given, others = self._situation.company
        if drug in self.drugs or (given is not None and drug in given):
            return Truth.TRUE
        if others is not None:
            return Truth.of(drug in others)
        # A drug of the algorithm would stand in the history; others have to be asked for.
        of_ours = drug in self._situation.guideline.drugs
        return Truth.FALSE if of_ours and given is not None else Truth.UNKNOWN

    def questions(self, leaf: Leaf) -> Iterator[str]:
        """Name what is not known and keeps a leaf unknown."""
        history = self._situation.history
        if isinstance(leaf, OptionEvent) and leaf.event == "allergy":
            yield "allergies"
        elif isinstance(leaf, OptionEvent | Held) and history is not None:
            yield from history.open_questions(leaf, self.drugs, self.purpose)
        else:
            yield from facts_of(leaf)
