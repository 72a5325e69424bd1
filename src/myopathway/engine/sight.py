"""What some criteria can see of a situation: patients who look alike to them are treated alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.criteria import Includes, Is, OptionEvent, TakenWith, leaves

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.criteria import Criterion, View
    from myopathway.engine.situation import Situation


class Sight:
    """The facts and leaves that some criteria read; gives a key for what they see.

    Plain values are seen as they are, everything else by its truth; what is taken together is
    seen all at once.
    """

    def __init__(self, criteria: Iterable[Criterion]) -> None:
        """Note what the criteria read."""
        read = dict.fromkeys(leaf for one in criteria for leaf in leaves(one))
        plain = [leaf for leaf in read if isinstance(leaf, Is | Includes)]
        self._facts = tuple(dict.fromkeys(leaf.fact for leaf in plain))
        self._company = any(isinstance(leaf, TakenWith) for leaf in read)
        self._leaves = tuple(
            leaf
            for leaf in read
            if not isinstance(leaf, Is | Includes | TakenWith)
            and (not isinstance(leaf, OptionEvent) or leaf.event == "allergy")
        )

    def key(self, situation: Situation, view: View) -> tuple[object, ...]:
        """Give what the criteria see; equal keys, equal truths (events of options aside)."""
        known = situation.known
        return (
            situation.company if self._company else None,
            tuple([None if (own := known.get(one)) is None else own.value for one in self._facts]),
            tuple([view.truth(leaf) for leaf in self._leaves]),
        )
