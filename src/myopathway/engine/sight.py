"""What some criteria can see of a situation: patients who look alike to them are treated alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import OptionEvent
from myopathway.engine.history import EVENTS
from myopathway.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.criteria import Criterion
    from myopathway.engine.marks import Marks
    from myopathway.engine.situation import Situation

_ALLERGY: Final = OptionEvent("allergy")


class Sight:
    """The leaves that some criteria read, seen from an option of these drugs (or from none).

    ``seen`` gives the truth of all of them in one number (see ``engine.marks``): equal numbers,
    equal truths.
    """

    def __init__(
        self,
        marks: Marks,
        criteria: Iterable[Criterion],
        drugs: tuple[str, ...] = (),
        purpose: str = "",
    ) -> None:
        """Note what the criteria read."""
        self._marks = marks
        self._mask = marks.mask(criteria)
        self.drugs = drugs
        self._purpose = purpose
        self._events: dict[tuple[Truth, ...], int] = {}
        allergic = marks.mark(_ALLERGY, Truth.TRUE)
        self._allergy = (allergic, marks.mark(_ALLERGY, Truth.FALSE))
        self._asks_allergy = bool(self._mask & allergic)
        events = sum(3 << marks.shift(leaf) for leaf in EVENTS if leaf != _ALLERGY)
        self._asks_events = bool(self._mask & events)
        own = [shift for drug, shift in marks.taken.items() if drug in drugs]
        self._own = sum(1 << shift for shift in own) & self._mask
        self._others = self._mask & ~sum(2 << shift for shift in own)

    def seen(self, situation: Situation) -> int:
        """Give what the criteria see."""
        if not self.drugs:
            return situation.marks & self._mask
        found = situation.beside & self._others | self._own
        history = situation.history
        if history is not None and self._asks_events:
            events = history.events(self.drugs, self._purpose)
            told = self._events.get(events)
            found |= self._of_events(events) if told is None else told
        if self._asks_allergy:
            allergies = situation.value("allergies")
            if isinstance(allergies, tuple):
                found |= self._allergy[not allergies or set(self.drugs).isdisjoint(allergies)]
        return found

    def _of_events(self, events: tuple[Truth, ...]) -> int:
        found = 0
        for leaf, truth in zip(EVENTS, events, strict=True):
            if leaf != _ALLERGY:
                found |= self._marks.mark(leaf, truth)
        found &= self._mask
        self._events[events] = found
        return found
