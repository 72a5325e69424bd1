"""Small functions of the library that no one guideline needs more than another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    FALSE,
    TRUE,
    both,
    either,
    equals,
    known,
    not_false,
    op,
    path,
    some,
    text,
    texts,
    unknown,
)
from myopathway.export.cql.syntax import (
    Alias,
    Call,
    Case,
    Define,
    Expression,
    If,
    Literal,
    Null,
    Operand,
    Query,
    Ref,
)
from myopathway.export.names import REGIMENS, fact_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline

SECTION: Final = "Three values"
_ANSWERS: Final = (("answers", "List<Boolean>"),)


def logic() -> Iterator[Define]:
    """Define what CQL's own and, or and not leave out: unknown is never false."""
    answers = Operand("answers")
    yield Define(
        "One of",
        Case(
            (
                (unknown(answers), Null("Boolean")),
                (some(answers, "Answer", Alias("Answer")), TRUE),
                (some(answers, "Answer", unknown(Alias("Answer"))), Null("Boolean")),
            ),
            FALSE,
        ),
        ("True if one answer is, else unknown if one may be; unknown where there is no list.",),
        _ANSWERS,
        SECTION,
    )
    count = Operand("wanted")
    surely = op("Count", Query(answers, "Answer", Alias("Answer")))
    possibly = op("Count", Query(answers, "Answer", not_false(Alias("Answer"))))
    yield Define(
        "At least",
        Case(
            (
                (op("GreaterOrEqual", surely, count), TRUE),
                (op("GreaterOrEqual", possibly, count), Null("Boolean")),
            ),
            FALSE,
        ),
        ("So many of the answers are true, or may be.",),
        (("wanted", "Integer"), *_ANSWERS),
        SECTION,
    )
    names = Operand("names")
    named = (("names", "List<String>"),)
    yield Define(
        "Holds any",
        If(unknown(names), Null("Boolean"), op("Exists", names)),
        takes=named,
        section=SECTION,
    )
    inside = op("In", Operand("name"), names)
    yield Define(
        "Holds",
        If(unknown(names), Null("Boolean"), inside),
        takes=(*named, ("name", "String")),
        section=SECTION,
    )
    born, day = Operand("since"), Operand("until")
    earlier = either(
        op("Less", op("month", day), op("month", born)),
        both(
            equals(op("month", day), op("month", born)), op("Less", op("day", day), op("day", born))
        ),
    )
    years = op(
        "Subtract",
        op("Subtract", op("year", day), op("year", born)),
        If(earlier, Literal(1), Literal(0)),
    )
    yield Define(
        "Years between",
        op("ToDecimal", years),
        ("Completed years; a birthday on 29 February falls on 1 March in other years.",),
        (("since", "Date"), ("until", "Date")),
        SECTION,
    )
    yield Define(
        "Plain name",
        op(
            "ReplaceMatches",
            op("ReplaceMatches", op("Lower", Operand("name")), text("['’`.]"), text("")),
            text(" +"),
            text("-"),
        ),
        ("Case, blanks, apostrophes and full stops do not matter.",),
        (("name", "String"),),
        SECTION,
    )


def company(guideline: Guideline) -> Iterator[Define]:
    """Define what an option's drugs would be taken beside, and which are not to be given."""
    given = Query(Ref(REGIMENS), "Past", equals(path("Past", "outcome"), "ongoing"))
    drugs = Query(given, "Current", returns=path("Current", "drugs"))
    section = "What is taken"
    yield Define("Drugs being given", op("Flatten", drugs), section=section)
    yield Define(
        "Other drugs",
        Query(
            Ref(fact_name("other_drugs")), "Other", returns=Call("Plain name", (Alias("Other"),))
        ),
        section=section,
    )
    yield Define("Drugs of the guideline", texts(guideline.drugs), section=section)
    drug = Operand("drug")
    ours: Expression = op("In", drug, Ref("Drugs of the guideline"))
    yield Define(
        "Taken with",
        Case(
            (
                (either(op("In", drug, Operand("drugs")), op("In", drug, Ref("Drugs being given"))),
                 TRUE),
                (known(Ref("Other drugs")), op("In", drug, Ref("Other drugs"))),
                (both(ours, known(Ref(REGIMENS))), FALSE),
            ),
            Null("Boolean"),
        ),
        (
            "The option holds the drug too, or it is being given, or it is taken besides.",
            "A drug of the guideline would stand in the history; others have to be asked for.",
        ),
        (("drug", "String"), ("drugs", "List<String>")),
        section,
    )  # fmt: skip
    allergic = op("Exists", op("Intersect", Ref(fact_name("allergies")), Operand("drugs")))
    yield Define(
        "Allergic to one of",
        If(unknown(Ref(fact_name("allergies"))), Null("Boolean"), allergic),
        takes=(("drugs", "List<String>"),),
        section=section,
    )
