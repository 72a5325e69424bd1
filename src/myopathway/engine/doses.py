"""The doses of a drug in an option: those that need no weight, and those worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.engine.dose import calculated, in_words, needs_weight
from myopathway.engine.outcome import Advice, Calculated, DrugDose

if TYPE_CHECKING:
    from decimal import Decimal

    from myopathway.guideline.model import Guideline, Option

MOST_WORKED: Final = 1_000  # weights, of each drug of each option
_WEEKLY: Final = "Whenever it is given: once WEEKLY, never daily."
_NO_DOSE: Final = "No dose: excluded for this patient."


class Doses:
    """The doses of one drug in an option: all answers that need no weight, and those worked out."""

    def __init__(
        self, guideline: Guideline, option: Option, name: str, advice: tuple[Advice, ...]
    ) -> None:
        """Word every answer that may be given."""
        doses = tuple(one for one in option.doses if one.drug == name)
        text = in_words(doses)
        rhythm = _WEEKLY if any(one.per == "week" for one in doses) else ""
        without_figures = rhythm if any(one.kind for one in doses) else f"({text})"
        limits = guideline.adult
        self.doses = doses
        self.by_weight = any(needs_weight(one) for one in doses)
        self.weights = guideline.drugs[name].dose_weight
        routes = tuple(dict.fromkeys(route for one in doses for route in one.routes))

        def answer(text: str, numbers: tuple[Calculated, ...] = ()) -> DrugDose:
            return DrugDose(name, routes, text.strip(), numbers, doses[0].cite, advice)

        self.excluded = answer(f"{_NO_DOSE} {rhythm}")
        self.by_age = {
            None: answer(f"{limits.unknown} {without_figures}"),
            False: answer(f"{limits.child} {without_figures}"),
            True: answer(text, tuple(part for one in doses for part in calculated(one, None))),
        }
        self._worked: dict[Decimal, DrugDose] = {}

    def worked(self, weight: Decimal) -> DrugDose:
        """Give the doses worked out for a weight in kg."""
        found = self._worked.get(weight)
        if found is None:
            if len(self._worked) >= MOST_WORKED:
                self._worked.clear()
            found = self._worked[weight] = msgspec.structs.replace(
                self.by_age[True],
                calculated=tuple(part for one in self.doses for part in calculated(one, weight)),
            )
        return found
