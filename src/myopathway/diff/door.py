"""Both versions asked by the one door about one facts document, and the smallest that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from myopathway.errors import InputError
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline

Document: TypeAlias = "dict[str, Any]"
CONFLICT: Final = "conflict"
NOT_COVERED: Final = "not-covered"
NOWHERE: Final = "nowhere"
UNSETTLED: Final = "needs-information"
ABSENT: Final = "absent"
TREATMENTS: Final = "treatments"


class Door:
    """Two versions of the guideline, on one day."""

    def __init__(self, old: Guideline, new: Guideline, day: dt.date) -> None:
        """Ask these versions on this day."""
        self._versions = (old, new)
        self._day = day

    def answers(self, document: Document) -> tuple[Answer, Answer]:
        """Give both answers; a fact that a version does not know is not told to it."""
        old, new = (self._answer(one, document) for one in self._versions)
        return old, new

    def _answer(self, guideline: Guideline, document: Document) -> Answer:
        known = guideline.vocabulary.facts
        own = {name: value for name, value in document.items() if name in known}
        return recommend_on(Patient.from_facts(own, guideline=guideline), self._day, guideline)

    def places(self, document: Document) -> tuple[str, str] | None:
        """Give both places; None where a version cannot read the document."""
        try:
            old, new = self.answers(document)
        except InputError:
            return None
        return place_of(old), place_of(new)

    def verdicts(self, document: Document, node: str, option: str) -> tuple[str, str] | None:
        """Give both verdicts of an option; None unless the patient is at the node in both."""
        try:
            old, new = self.answers(document)
        except InputError:
            return None
        if old.node != node or new.node != node:
            return None
        return verdict_of(old, option), verdict_of(new, option)

    def smallest_move(self, documents: Iterable[Document], before: str, after: str) -> Document:
        """Give the smallest patient found who stands here before and there after."""
        return smallest(documents, lambda one: self.places(one) == (before, after))

    def smallest_verdict(
        self, documents: Iterable[Document], node: str, option: str, verdicts: tuple[str, str]
    ) -> Document:
        """Give the smallest patient found at a node for whom an option's verdicts are these."""
        return smallest(documents, lambda one: self.verdicts(one, node, option) == verdicts)


def place_of(answer: Answer) -> str:
    """Name where an answer places the patient: a node, or why none."""
    if answer.node is not None:
        return answer.node
    settled = answer.status != UNSETTLED or answer.possible
    return answer.status if settled else NOWHERE


def verdict_of(answer: Answer, option: str) -> str:
    """Give an option's verdict; ``absent`` where it is no option."""
    for part in answer.therapies:
        for one in part.options:
            if one.id == option:
                return one.verdict
    return ABSENT


def smallest(documents: Iterable[Document], shows: Callable[[Document], bool]) -> Document:
    """Give the smallest document that shows something: each made as small as it goes."""
    best: Document = {}
    for document in documents:
        if not shows(document):
            continue
        small = _reduced(document, shows)
        if not best or _size(small) < _size(best):
            best = small
    return best


def _reduced(document: Document, shows: Callable[[Document], bool]) -> Document:
    """Leave out whatever can be left out, from the last fact to the first."""
    before: Document | None = None
    while document != before:
        before = document
        for name in reversed(before):
            smaller = {one: value for one, value in document.items() if one != name}
            if shows(smaller):
                document = smaller
        for regimen in before.get(TREATMENTS) or []:
            left = [one for one in document.get(TREATMENTS) or [] if one is not regimen]
            smaller = {**document, TREATMENTS: left}
            if TREATMENTS in document and shows(smaller):
                document = smaller
    return document


def _size(document: Document) -> tuple[int, int]:
    return len(document), len(document.get(TREATMENTS) or [])
