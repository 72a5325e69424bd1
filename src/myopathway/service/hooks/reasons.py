"""The reasons for which advice may be set aside: coded, few, and fit to what was advised."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from myopathway.render.words import called, fact_says, listed, small
from myopathway.service.hooks.card import ENCODER, Coding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline

FACT_WRONG: Final = "fact-wrong"
OTHER: Final = "other"
REASONS: Final = {
    "contraindication": "A contraindication is not in the record",
    "declined": "The patient declines",
    "tried": "Already tried",
    "policy": "Local policy differs",
    "waiting": "Waiting for a result",
    "specialist": "A specialist advised otherwise",
    "monitoring": "Will monitor (the plan is linked on the card)",
    FACT_WRONG: "A fact used here is wrong",
    OTHER: "Another reason (say which)",
}
_FOR: Final = {
    "recommended": (
        "contraindication", "declined", "tried", "policy", "waiting", "specialist", FACT_WRONG,
    ),
    "needs-information": ("waiting", "specialist", "policy", FACT_WRONG, OTHER),
    "conflict": (FACT_WRONG, "waiting", OTHER),
    "ibm": ("declined", "policy", "specialist", FACT_WRONG, OTHER),
    "order": ("monitoring", "specialist", "policy", "waiting", "tried", FACT_WRONG, OTHER),
}  # fmt: skip
_MOST_NAMED: Final = 3
_MOST_KEPT: Final = 4_096


def system(canonical: str) -> str:
    """Give the code system of the reasons."""
    return f"{canonical}/CodeSystem/override-reasons"


def codes(advised: str) -> tuple[str, ...]:
    """Give the codes of the reasons that fit: ``advised`` is a status, ``ibm`` or ``order``."""
    return _FOR[advised]


class Reasons:
    """Writes the reasons of one site; remembers those that it wrote."""

    def __init__(self, guideline: Guideline, canonical: str) -> None:
        """Start with none written."""
        self._guideline = guideline
        self._system = system(canonical)
        self._kept: dict[tuple[str, ...], bytes] = {}

    def of(self, advised: str, facts: Iterable[str]) -> bytes:
        """Write, as JSON, the reasons that fit what was advised (as for ``codes``).

        The first facts that decided are named, to be denied by one click.
        """
        key = (advised, *itertools.islice(facts, _MOST_NAMED))
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = ENCODER.encode(self._worded(advised, key[1:]))
        return found

    def _worded(self, advised: str, facts: Iterable[str]) -> tuple[Coding, ...]:
        named = [small(called(fact_says(self._guideline, one))) for one in facts]
        wrong = f"{REASONS[FACT_WRONG]}: {listed(named, 'or')}" if named else REASONS[FACT_WRONG]
        return tuple(
            Coding(self._system, code, wrong if code == FACT_WRONG else REASONS[code])
            for code in _FOR[advised]
        )


def deciding(answer: Answer) -> Iterator[str]:
    """Name the facts that decided, each once, those of the last steps first."""
    told: set[str] = set()
    for step in reversed(answer.trace):
        if step.value == "true":
            for one in step.facts:
                if one.value is not None and one.source is not None:
                    name = one.name.partition("[")[0]
                    if name not in told:
                        told.add(name)
                        yield name
