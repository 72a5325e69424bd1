"""Everything that a guideline says of codes and names, indexed once for each content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.facts import Fact
from myopathway.fhir.codes import Codings
from myopathway.fhir.drugnames import DrugNames

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline

COMPLETE_PROBLEMS: Final = "complete-problem-list"
COMPLETE_MEDICATIONS: Final = "complete-medication-list"
# What a record can state of itself, in the same way as a fact of the patient.
_OF_THE_RECORD: Final = tuple(
    Fact(name=name, type="boolean", says="", question="")
    for name in (COMPLETE_PROBLEMS, COMPLETE_MEDICATIONS)
)
_MOST_KEPT: Final = 8


class CodeBook:
    """Finds what the codes of a resource say, in one guideline."""

    def __init__(self, guideline: Guideline) -> None:
        """Index the codings of every fact, and the names and codes of every drug."""
        self.guideline = guideline
        self.vocabulary = guideline.vocabulary
        self.drugs = DrugNames(guideline)
        facts = (*guideline.vocabulary.facts.values(), *_OF_THE_RECORD)
        self.conditions, self.observations = Codings(), Codings(facts)
        for fact in facts:
            for order, coding in enumerate(fact.conditions):
                self.conditions.add(fact, coding, order)
            for order, coding in enumerate(fact.observations):
                self.observations.add(fact, coding, order)


_books: Final[dict[str, CodeBook]] = {}


def code_book(guideline: Guideline) -> CodeBook:
    """Give the index of a guideline; it is built once for each content."""
    book = _books.get(guideline.content_hash)
    if book is None or book.guideline is not guideline:
        if len(_books) >= _MOST_KEPT:
            _books.clear()
        book = _books[guideline.content_hash] = CodeBook(guideline)
    return book
