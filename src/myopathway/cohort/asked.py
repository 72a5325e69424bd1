"""What a node asks for, and the order in which questions are asked.

A question is one whole number, so that sorting numbers sorts questions, most useful first: what
it could make stricter, for how many options, how easily it is answered, its place in the
dictionary. Below that it carries what it asks for: a fact, or which regimen and what about it. What
decides the place is asked before all that, in its own order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from myopathway.cohort.leaves import HISTORY, Atom  # msgspec reads the annotations
from myopathway.criteria import Held
from myopathway.facts import MOST_REGIMENS

if TYPE_CHECKING:
    from myopathway.cohort.circuit import Gate
    from myopathway.engine.history import History
    from myopathway.guideline.model import Guideline

KINDS: Final = ("outcome", "purpose")  # of a regimen: what may not be recorded of it
MOST_QUESTIONS: Final = 64
STRICTEST: Final = 7
MOST_OPTIONS: Final = 63
_KIND, _INDEX, _PLACE, _REGIMEN, _ORDER, _EASE, _COUNT, _STRICT = 1, 9, 12, 1, 8, 4, 6, 3
_AT_INDEX: Final = _KIND
_AT_PLACE: Final = _AT_INDEX + _INDEX
_AT_REGIMEN: Final = _AT_PLACE + _PLACE
AT_ORDER: Final = _AT_REGIMEN + _REGIMEN
_AT_EASE: Final = AT_ORDER + _ORDER
_AT_COUNT: Final = _AT_EASE + _EASE
_AT_STRICT: Final = _AT_COUNT + _COUNT
BITS: Final = _AT_STRICT + _STRICT


class Question(msgspec.Struct, frozen=True):
    """A leaf about the history that an option leaves open, and where it is worth asking."""

    atom: Atom
    option: int
    strictness: int
    when: int


class Asking:
    """The questions about regimens that one node can raise, in the order in which they are asked.

    A question has the bit of its place; a node raises at most ``MOST_QUESTIONS``.
    """

    def __init__(self, guideline: Guideline) -> None:
        """Begin with no question."""
        self._guideline = guideline
        self.questions: list[Question] = []

    def add(self, atom: Atom, option: int, strictness: int, when: Gate) -> None:
        """Ask where something holds."""
        self.questions.append(Question(atom, option, strictness, when))
        assert len(self.questions) <= MOST_QUESTIONS  # noqa: S101 - content, not input, decides

    def of(self, history: History) -> tuple[int, int]:
        """Say which questions a regimen leaves open: about its outcome and about its purpose."""
        found = [0, 0]
        held = {drug for one in history.regimens for drug in one.drugs}
        for place, one in enumerate(self.questions):
            atom = one.atom
            wanted = (atom.leaf.drug,) if isinstance(atom.leaf, Held) else atom.drugs
            if held.isdisjoint(wanted):
                continue
            for token in history.open_questions(atom.leaf, atom.drugs, atom.purpose):
                found[KINDS.index(token.rpartition(".")[2])] |= 1 << place
        return found[0], found[1]

    def rank(self, asked: int, kind: int) -> int:
        """Rank what is asked about a regimen's outcome or purpose, its index left out."""
        chosen = [one for n, one in enumerate(self.questions) if asked >> n & 1]
        strictness = max(one.strictness for one in chosen)
        count = len({one.option for one in chosen})
        first = (asked & -asked).bit_length() - 1
        about = (first << _AT_PLACE) + (1 << _AT_REGIMEN) + kind
        return _ranked(self._guideline, HISTORY, strictness, count) + about


def rank(guideline: Guideline, fact: str, strictness: int, options: int) -> int:
    """Give the question for a fact: the lower, the earlier it is asked."""
    order = list(guideline.vocabulary.facts).index(fact)
    return _ranked(guideline, fact, strictness, options) + order


def _ranked(guideline: Guideline, fact: str, strictness: int, options: int) -> int:
    known = guideline.vocabulary.facts[fact]
    order = list(guideline.vocabulary.facts).index(fact)
    return (
        ((STRICTEST - strictness) << _AT_STRICT)
        + ((MOST_OPTIONS - options) << _AT_COUNT)
        + (known.ease << _AT_EASE)
        + (order << AT_ORDER)
    )


def of_regimen(index: int) -> int:
    """Give what is to be added to a rank for a regimen's place in the history."""
    return index << _AT_INDEX


def names(guideline: Guideline) -> list[str]:
    """Name all that can be asked for: the facts, then what a regimen may not have recorded."""
    about = [f"{HISTORY}[{n}].{kind}" for n in range(MOST_REGIMENS) for kind in KINDS]
    return [*guideline.vocabulary.facts, *about]


def decider(name: int, order: int, facts: int) -> int:
    """Give the question that asks for a name to decide the place, in its order."""
    about = name if name < facts else (1 << _AT_REGIMEN) + name - facts
    return (order << AT_ORDER) + about


def names_of(questions: np.ndarray, facts: int) -> np.ndarray:
    """Give the place of what each asks for among the names; ``facts``: how many there are."""
    regimen = questions >> np.uint64(_AT_REGIMEN) & np.uint64(1)
    regimen *= np.uint64(facts)
    return (questions & np.uint64((1 << _AT_PLACE) - 1)) + regimen
