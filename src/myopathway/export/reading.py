"""What a record states: facts under our own codes, answers to the questionnaire, measurements.

Each becomes a row that can be put in order; of several values of a fact the newest counts.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    among,
    both,
    either,
    equals,
    known,
    number,
    op,
    path,
    record,
    text,
    unknown,
    within,
)
from myopathway.export.cql.syntax import (
    Call,
    Case,
    Cast,
    Define,
    Expression,
    If,
    Literal,
    Null,
    Op,
    Operand,
    Query,
    Ref,
    Retrieve,
)
from myopathway.export.names import AS_OF
from myopathway.fhir.codes import FACTS
from myopathway.fhir.questionnaire import QUESTIONNAIRES
from myopathway.fhir.values import UCUM
from myopathway.quantity import convert, units_for

if TYPE_CHECKING:
    from collections.abc import Iterator

SECTION: Final = "What the record states"
STATEMENTS: Final = "Statements"
RESULTS: Final = "Results"
_COUNTING: Final = ("final", "amended", "corrected")
_ANSWERED: Final = ("completed", "amended")
_SECONDS: Final = 86_400  # of a day
_WIDTH: Final = 11  # digits, one more than there can be
_LEVELS: Final = 3  # how deep an item of the questionnaire may stand


def reading() -> Iterator[Define]:
    """Define the rows of everything that states a fact outright or measures one."""
    yield Define(
        "Day",
        If(
            unknown(Operand("moment")),
            text(""),
            op(
                "ToString",
                op(
                    "Date",
                    op("year", Operand("moment")),
                    op("Coalesce", op("month", Operand("moment")), Literal(1)),
                    op("Coalesce", op("day", Operand("moment")), Literal(1)),
                ),
            ),
        ),
        ("A day as text, to put in order; the first of a month or year, empty where unknown.",),
        (("moment", "DateTime"),),
        SECTION,
    )
    yield _moment()
    yield Define("Day decided for", op("ToString", Ref(AS_OF)), section=SECTION)
    yield Define(
        "Observations that count",
        Query(
            Retrieve("Observation"),
            "Seen",
            either(
                unknown(path("Seen", "status")),
                among(path("Seen", "status", "value"), _COUNTING),
            ),
        ),
        section=SECTION,
    )
    yield Define(
        RESULTS,
        op(
            "Union",
            _carried("Seen", "Seen", "0"),
            within(
                Ref("Observations that count"),
                "Seen",
                Query(path("Seen", "component"), "Part", returns=_row("Seen", "Part", "1")),
            ),
        ),
        ("Every value of an Observation or of a part of one.",),
        section=SECTION,
    )
    coding = Query(
        path("Result", "codes"),
        "Coding",
        equals(path("Coding", "system", "value"), FACTS),
        _statement("Result", path("Coding", "code", "value")),
    )
    stated = within(Ref(RESULTS), "Result", coding)
    yield from _answers()
    yield Define(
        STATEMENTS,
        op("Union", stated, Ref("Answers")),
        ("Facts stated under the facts code system, or as answers to the questionnaire.",),
        section=SECTION,
    )


def _moment() -> Define:
    """Define when something was, as a text to put in order: seconds from the year 1970 on, UTC."""
    moment = Operand("moment")
    first = (1970, 1, 1)
    start = op("DateTime", *map(Literal, (*first, 0, 0, 0, 0)), Literal(Decimal(0)))
    day = op("ToDate", Call("Day", (moment,)))
    days = op("DaysBetween", op("Date", *map(Literal, first)), day)
    seconds = If(
        known(op("second", moment)),
        op("SecondsBetween", start, moment),
        op("Multiply", days, Literal(_SECONDS)),
    )
    count = op("ToString", If(op("Less", seconds, Literal(0)), Literal(0), seconds))
    zeros = op("Substring", text("0" * _WIDTH), op("Length", count), Literal(_WIDTH))
    return Define(
        "Moment",
        If(unknown(moment), text(""), op("Concatenate", zeros, count)),
        ("When it was, to put in order; without a time the beginning of its day.",),
        (("moment", "DateTime"),),
        SECTION,
    )


def _carried(outer: str, carrier: str, place: str) -> Expression:
    return Query(Ref("Observations that count"), outer, returns=_row(outer, carrier, place))


def _row(outer: str, carrier: str, place: str) -> Expression:
    value = path(carrier, "value")
    effective = path(outer, "effective")
    moment = op(
        "Coalesce",
        path(Cast(effective, "FHIR.dateTime"), "value"),
        path(Cast(effective, "FHIR.instant"), "value"),
        path(Cast(effective, "FHIR.Period"), "start", "value"),
        path(Cast(effective, "FHIR.Period"), "end", "value"),
        path(outer, "issued", "value"),
    )
    quantity = Cast(value, "FHIR.Quantity")
    measured = op("And", known(quantity), unknown(path(quantity, "comparator")))
    ours = Query(
        path(Cast(value, "FHIR.CodeableConcept"), "coding"),
        "Meant",
        equals(path("Meant", "system", "value"), FACTS),
        path("Meant", "code", "value"),
    )
    return record(
        codes=path(carrier, "code", "coding"),
        dated=Call("Day", (moment,)),
        at=Call("Moment", (moment,)),
        source=_joined(text("Observation "), path(outer, "id"), text(f" {place}")),
        yes=path(Cast(value, "FHIR.boolean"), "value"),
        count=op("ToDecimal", path(Cast(value, "FHIR.integer"), "value")),
        amount=If(measured, path(quantity, "value", "value"), Null("Decimal")),
        unit=_unit(quantity),
        word=op("Coalesce", op("First", ours), path(Cast(value, "FHIR.string"), "value")),
        moment=path(Cast(value, "FHIR.dateTime"), "value"),
        concept=Cast(value, "FHIR.CodeableConcept"),
        readings=path(carrier, "interpretation"),
    )


def _unit(quantity: Expression) -> Expression:
    system = path(quantity, "system", "value")
    coded = op("Coalesce", equals(system, UCUM), Literal(value=True))
    unit = path(quantity, "unit", "value")
    return If(coded, op("Coalesce", path(quantity, "code", "value"), unit), unit)


def _joined(*parts: Expression) -> Expression:
    named = [
        part if isinstance(part, Literal) else op("Coalesce", path(part, "value"), text(""))
        for part in parts
    ]
    return Op("Concatenate", tuple(named))


def _statement(row: str, fact: Expression) -> Expression:
    kept = ("dated", "at", "source", "yes", "count", "amount", "unit", "word", "moment")
    return record(fact=fact, **{name: path(row, name) for name in kept})


def _answers() -> Iterator[Define]:
    """Define the answers to the questionnaire, wherever an item stands."""
    url = path("Form", "questionnaire", "value")
    yield Define(
        "Responses",
        Query(
            Retrieve("QuestionnaireResponse"),
            "Form",
            both(
                op("StartsWith", url, text(QUESTIONNAIRES)),
                among(path("Form", "status", "value"), _ANSWERED),
            ),
            record(
                dated=Call("Day", (path("Form", "authored", "value"),)),
                at=Call("Moment", (path("Form", "authored", "value"),)),
                source=_joined(text("QuestionnaireResponse "), path("Form", "id"), text(" 0")),
                item=path("Form", "item"),
            ),
        ),
        section=SECTION,
    )
    source: Expression = Ref("Responses")
    for level in range(1, _LEVELS + 1):
        inner = record(
            dated=path("Above", "dated"),
            at=path("Above", "at"),
            source=path("Above", "source"),
            link=path("Item", "linkId", "value"),
            answer=path("Item", "answer"),
            item=path("Item", "item"),
        )
        below = Query(path("Above", "item"), "Item", returns=inner)
        name = f"Items at level {level}"
        yield Define(name, within(source, "Above", below), section=SECTION)
        source = Ref(name)
    union = op("Union", *(Ref(f"Items at level {level}") for level in range(1, _LEVELS + 1)))
    yield Define("Items", union, section=SECTION)
    value = path("Answer", "value")
    quantity = Cast(value, "FHIR.Quantity")
    coding = Cast(value, "FHIR.Coding")
    coded = If(
        equals(path(coding, "system", "value"), FACTS),
        path(coding, "code", "value"),
        Null("String"),
    )
    moment = op("Coalesce", path(Cast(value, "FHIR.dateTime"), "value"),
                op("ToDateTime", path(Cast(value, "FHIR.date"), "value")))  # fmt: skip
    row = record(
        fact=path("Given", "link"),
        dated=path("Given", "dated"),
        at=path("Given", "at"),
        source=path("Given", "source"),
        yes=path(Cast(value, "FHIR.boolean"), "value"),
        count=op(
            "Coalesce",
            path(Cast(value, "FHIR.decimal"), "value"),
            op("ToDecimal", path(Cast(value, "FHIR.integer"), "value")),
        ),
        amount=path(quantity, "value", "value"),
        unit=_unit(quantity),
        word=op("Coalesce", coded, path(Cast(value, "FHIR.string"), "value")),
        moment=moment,
    )
    answered = Query(path("Given", "answer"), "Answer", returns=row)
    yield Define(
        "Answers",
        within(Ref("Items"), "Given", answered),
        section=SECTION,
    )


def units(wanted: str) -> Define:
    """Define the conversion of an amount to one unit; null where the unit is not known."""
    rows = []
    for code in units_for(wanted):
        factor = convert(Decimal(1), code, wanted)
        if factor is not None:
            rows.append((text(code), number(factor)))
    factor_of = Case(tuple(rows), Null("Decimal"), Operand("unit"))
    return Define(
        unit_name(wanted),
        op("Multiply", Operand("amount"), factor_of),
        (f"An amount in {wanted}.",),
        (("amount", "Decimal"), ("unit", "String")),
        SECTION,
    )


def unit_name(wanted: str) -> str:
    """Name the conversion to a unit."""
    return f"In {wanted}"
