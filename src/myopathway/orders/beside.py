"""The situation as seen from one drug, with the drugs that are ordered beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.criteria import TakenWith
from myopathway.engine.view import OptionView
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.criteria import Leaf
    from myopathway.engine.situation import Situation


class BesideView:
    """An option's view in which some drugs are known to be taken too."""

    def __init__(
        self,
        situation: Situation,
        drugs: tuple[str, ...],
        purpose: str,
        beside: frozenset[str],
    ) -> None:
        """See the situation from an option of these drugs, others being ordered beside it."""
        self._situation = situation
        self._view = OptionView(situation, drugs, purpose)
        self._beside = beside
        self.drugs = drugs
        self.purpose = purpose
        self.terms = self._view.terms

    def truth(self, leaf: Leaf) -> Truth:
        """Give the truth of a leaf."""
        if isinstance(leaf, TakenWith) and leaf.drug in self._beside:
            return Truth.TRUE
        truth = self._view.truth(leaf)
        if truth is Truth.FALSE and self._untold(leaf):
            return Truth.UNKNOWN
        return truth

    def questions(self, leaf: Leaf) -> Iterator[str]:
        """Name what is not known and keeps a leaf unknown."""
        if self._untold(leaf):
            yield "treatments"
        else:
            yield from self._view.questions(leaf)

    def _untold(self, leaf: Leaf) -> bool:
        """Say whether a drug of the algorithm may be taken that no known history tells of."""
        return (
            isinstance(leaf, TakenWith)
            and leaf.drug in self._situation.guideline.drugs
            and self._situation.history is None
        )
