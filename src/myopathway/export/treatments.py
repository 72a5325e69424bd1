"""The treatments so far: stated outright, else as recorded; null while nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    both,
    either,
    equals,
    known,
    op,
    path,
    record,
    some,
    text,
    within,
)
from myopathway.export.cql.syntax import (
    Alias,
    Call,
    Case,
    Cast,
    Define,
    Expression,
    Items,
    Null,
    Op,
    Query,
    Ref,
)
from myopathway.export.medications import RECORDED
from myopathway.export.names import TREATMENTS, fact_name
from myopathway.fhir.codebook import COMPLETE_MEDICATIONS
from myopathway.fhir.questionnaire import NO_REGIMEN
from myopathway.fhir.values import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator

SECTION: Final = "Treatments as stated"
REGIMEN: Final = (
    "Tuple { drugs List<String>, intolerant List<String>, purpose String, outcome String }"
)


def treatments() -> Iterator[Define]:
    """Define the treatments."""
    answer = Alias("Answer")
    value = path(answer, "value")
    told = op(
        "Coalesce",
        path(Cast(value, "FHIR.Coding"), "code", "value"),
        path(Cast(value, "FHIR.string"), "value"),
    )
    link = path("Part", "linkId", "value")
    item = Alias("Item")

    def answered(key: str) -> Expression:
        inner = Query(path("Part", "answer"), "Answer", returns=told)
        return within(path(item, "item"), "Part", inner, op("EndsWith", link, text(f".{key}")))

    drugs = Query(answered("drugs"), "Named", returns=Call("Drug", (Alias("Named"),)))
    blamed = Query(answered("intolerant_of"), "Named", returns=Call("Drug", (Alias("Named"),)))
    yield Define(
        "Regimens answered",
        Query(
            Ref("Items"),
            "Item",
            both(equals(path(item, "link"), TREATMENTS), op("Exists", answered("drugs"))),
            record(
                dated=path(item, "dated"),
                at=path(item, "at"),
                source=path(item, "source"),
                drugs=op("Distinct", drugs),
                intolerant=op("Distinct", blamed),
                purpose=op("First", answered("purpose")),
                outcome=op("First", answered("outcome")),
            ),
        ),
        ("The regimens of an answered questionnaire.",),
        section=SECTION,
    )
    statement = Alias("Statement")
    none = Query(
        Ref("Statements"),
        "Statement",
        both(
            either(
                both(
                    equals(path(statement, "fact"), TREATMENTS),
                    equals(path(statement, "word"), NONE),
                ),
                both(equals(path(statement, "fact"), NO_REGIMEN), path(statement, "yes")),
            ),
            op("LessOrEqual", path(statement, "dated"), Ref("Day decided for")),
        ),
        record(place=_place(statement), source=path(statement, "source")),
    )
    given = Alias("Given")
    answers = Query(
        Ref("Regimens answered"),
        "Given",
        op("LessOrEqual", path(given, "dated"), Ref("Day decided for")),
        record(place=_place(given), source=path(given, "source")),
    )
    every = Query(op("Union", none, answers), "Row", returns=Alias("Row"), sort_by="place")
    yield Define(
        "Newest statement of treatments", path(op("Last", every), "source"), section=SECTION
    )
    source = Ref("Newest statement of treatments")
    newest = Query(
        Ref("Regimens answered"),
        "Given",
        equals(path(given, "source"), source),
        record(
            drugs=path(given, "drugs"),
            intolerant=path(given, "intolerant"),
            purpose=path(given, "purpose"),
            outcome=path(given, "outcome"),
        ),
    )
    yield Define("Stated regimens", newest, section=SECTION)
    whole = some(
        Ref("Statements"),
        "Statement",
        both(
            equals(path(statement, "fact"), COMPLETE_MEDICATIONS),
            path(statement, "yes"),
            op("LessOrEqual", path(statement, "dated"), Ref("Day decided for")),
        ),
    )
    yield Define("Medication list is complete", whole, section=SECTION)
    nothing: Expression = Items((), REGIMEN)
    yield Define(
        fact_name(TREATMENTS),
        Case(
            (
                (op("Exists", Ref("Stated regimens")), Ref("Stated regimens")),
                (op("Exists", Ref("Entries that count")), Ref(RECORDED)),
                (either(known(source), Ref("Medication list is complete")), nothing),
            ),
            Null(f"List<{REGIMEN}>"),
        ),
        ("Every regimen given for the myositis so far. An empty list says that there was none.",),
        section=SECTION,
    )


def _place(row: Expression) -> Expression:
    return Op("Concatenate", (path(row, "at"), text(" "), path(row, "source")))
