"""Results of tests as a record calls them: grades, and what is positive or negative."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    FALSE,
    TRUE,
    among,
    equals,
    known,
    number,
    op,
    path,
    record,
    text,
)
from myopathway.export.cql.syntax import (
    Alias,
    Call,
    Case,
    Define,
    If,
    Items,
    Literal,
    Null,
    Operand,
    Query,
    Ref,
)
from myopathway.export.reading import RESULTS
from myopathway.fhir.results import INTERPRETATION

if TYPE_CHECKING:
    from collections.abc import Iterator


SECTION: Final = "Facts"
_GRADES: Final = tuple(
    [f"{whole}{sign}" for whole in "1234" for sign in ("", "-", "+")] + ["0", "5", "5-"]
)
_SAID: Final = ("positive", "pos", "detected", "reactive", "present")
_DENIED: Final = (
    "negative", "neg", "not detected", "non-detected", "non-reactive", "nonreactive",
    "non reactive", "not reactive", "none detected", "absent", "not present", "undetected",
)  # fmt: skip


def _helpers() -> Iterator[Define]:
    rows = [(text(one), number(_grade(one))) for one in _GRADES]
    yield Define(
        "Grade",
        Case(tuple(rows), Null("Decimal"), Operand("word")),
        ("An MRC grade on a line: a minus lies below, a plus above the whole grade.",),
        (("word", "String"),),
        SECTION,
    )
    # A result that is called positive or negative, by its interpretation or in words.
    codings = op(
        "Flatten",
        Query(
            Operand("readings"),
            "Reading",
            known(path("Reading", "coding")),
            path("Reading", "coding"),
        ),
    )
    marks = Query(
        codings,
        "Mark",
        equals(path("Mark", "system", "value"), INTERPRETATION),
        Case(
            tuple(
                [(text(one), TRUE) for one in ("POS", "DET", "RR")]
                + [(text(one), FALSE) for one in ("NEG", "ND", "NR")]
            ),
            Null("Boolean"),
            path("Mark", "code", "value"),
        ),
    )
    yield Define(
        "Marks",
        marks,
        ("What the interpretation of a result says, by its codes.",),
        (("readings", "List<FHIR.CodeableConcept>"),),
        SECTION,
    )
    said = op("Lower", Operand("word"))
    yield Define(
        "In words",
        Case(
            ((among(said, _SAID), TRUE), (among(said, _DENIED), FALSE)),
            Null("Boolean"),
        ),
        takes=(("word", "String"),),
        section=SECTION,
    )
    row = Alias("Result")
    told = path(row, "yes")
    concept = path(row, "concept")
    texts_of = op(
        "Coalesce",
        path(concept, "text", "value"),
        op(
            "First",
            Query(path(concept, "coding"), "Worded", returns=path("Worded", "display", "value")),
        ),
        path(row, "word"),
    )
    marked = Call("Marks", (path(row, "readings"),))
    found = Items((told, Call("In words", (texts_of,))), "Boolean")
    every = op("Union", Query(found, "Told", known(Alias("Told"))), marked)
    yield Define(
        "Called results",
        Query(
            Ref(RESULTS),
            "Result",
            returns=record(
                codes=path(row, "codes"),
                dated=path(row, "dated"),
                at=path(row, "at"),
                source=path(row, "source"),
                verdicts=op("Distinct", every),
            ),
        ),
        ("Results with all that calls them positive (true) or negative (false).",),
        section=SECTION,
    )

    verdicts = Operand("verdicts")
    yield Define(
        "Verdict of",
        If(equals(op("Count", verdicts), Literal(1)), op("First", verdicts), Null("Boolean")),
        ("Positive or negative; null where the result is called neither, or both.",),
        (("verdicts", "List<Boolean>"),),
        SECTION,
    )


def _grade(one: str) -> Decimal:
    step = {"-": Decimal("-0.3"), "+": Decimal("0.3")}.get(one[-1], Decimal(0))
    return Decimal(one[0]) + step


def results() -> Iterator[Define]:
    """Define how a grade and a result are read."""
    yield from _helpers()
