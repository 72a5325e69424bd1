"""Conditions: what the codes of a problem list show, while the problem is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    among,
    both,
    either,
    equals,
    known,
    op,
    path,
    record,
    text,
    unknown,
    within,
)
from myopathway.export.cql.syntax import (
    Alias,
    Call,
    Case,
    Cast,
    Define,
    Expression,
    If,
    Literal,
    Null,
    Operand,
    Query,
    Ref,
    Retrieve,
)
from myopathway.export.names import AS_OF
from myopathway.fhir.codes import ICD10, ICD10CM, SNOMED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.facts import Coding, Fact

SECTION: Final = "Problems"
PROBLEMS: Final = "Problems that are there"
_PRESENT: Final = ("active", "recurrence", "relapse")
_CATEGORY: Final = 3  # characters of an ICD code before its point
# The subtype that only says that none was stated: a stated one tells more, whatever its date.
_UNSPECIFIC: Final = "unspecified-iim"
_LAST_PLACE: Final = 999


def problems() -> Iterator[Define]:
    """Define the problems that are there on the day, with their dates."""
    row = Alias("Problem")
    yield Define(
        "Status code",
        op(
            "First",
            Query(
                path(Operand("status"), "coding"), "Coding", returns=path("Coding", "code", "value")
            ),
        ),
        takes=(("status", "FHIR.CodeableConcept"),),
        section=SECTION,
    )
    clinical, verified = path(row, "clinicalStatus"), path(row, "verificationStatus")
    abated = path(row, "abatement")
    period = Cast(abated, "FHIR.Period")
    ended = Call(
        "Day",
        (
            op(
                "Coalesce",
                path(Cast(abated, "FHIR.dateTime"), "value"),
                path(period, "end", "value"),
                path(period, "start", "value"),
            ),
        ),
    )
    onset = path(row, "onset")
    began = op(
        "Coalesce",
        path(Cast(onset, "FHIR.dateTime"), "value"),
        path(Cast(onset, "FHIR.Period"), "start", "value"),
    )
    yield Define(
        PROBLEMS,
        Query(
            Retrieve("Condition"),
            "Problem",
            both(
                either(unknown(clinical), among(Call("Status code", (clinical,)), _PRESENT)),
                either(unknown(verified), equals(Call("Status code", (verified,)), "confirmed")),
                either(unknown(abated), op("Greater", ended, Ref("Day decided for"))),
            ),
            record(
                codes=path(row, "code", "coding"),
                recorded=Call("Day", (path(row, "recordedDate", "value"),)),
                at=Call("Moment", (op("Coalesce", path(row, "recordedDate", "value"), began),)),
                onset=Call("Day", (began,)),
                source=op(
                    "Concatenate",
                    text("Condition "),
                    op("Coalesce", path(row, "id", "value"), text("")),
                ),
            ),
        ),
        section=SECTION,
    )
    bare = op("ReplaceMatches", op("Upper", Operand("code")), text("[.-]"), text(""))
    yield Define(
        "Bare code",
        bare,
        ("An ICD code without its point.",),
        (("code", "String"),),
        SECTION,
    )


def shown(fact: Fact) -> Iterator[Define]:
    """Define the rows by which problems show a fact."""
    value_of = f"{fact.name} by code"
    yield Define(
        value_of,
        _meaning(fact),
        ("What a code of a problem says; a code that leaves a doubt says nothing.",),
        (("system", "String"), ("code", "String")),
        SECTION,
    )
    row, coding = Alias("Problem"), Alias("Coded")
    recorded, onset = path(row, "recorded"), path(row, "onset")
    dated = If(equals(recorded, ""), onset, recorded)
    meaning = Call(value_of, (path(coding, "system", "value"), path(coding, "code", "value")))
    inner = Query(
        path(row, "codes"),
        "Coded",
        known(meaning),
        record(
            at=path(row, "at"),
            source=op("Concatenate", path(row, "source"), text(" "), path(meaning, "place")),
            value=path(meaning, "value"),
        ),
    )
    counts: Expression = op("LessOrEqual", dated, Ref("Day decided for"))
    limit = max((one.within_days for one in fact.conditions), default=0)
    if limit:
        first = Case(
            (
                (equals(recorded, ""), onset),
                (equals(onset, ""), recorded),
                (op("Less", recorded, onset), recorded),
            ),
            onset,
        )
        days = op("DaysBetween", op("ToDate", first), Ref(AS_OF))
        counts = both(counts, op("LessOrEqual", days, Literal(limit)))
    rows = within(Ref(PROBLEMS), "Problem", inner, counts)
    named = f"{fact.name} by conditions"
    if fact.type == "choice" and _UNSPECIFIC in fact.values:
        every = f"{fact.name} by conditions, all"
        yield Define(every, rows, section=SECTION)
        telling = Query(Ref(every), "Row", op("NotEqual", path("Row", "value"), text(_UNSPECIFIC)))
        yield Define(named, If(op("Exists", telling), telling, Ref(every)), section=SECTION)
    else:
        yield Define(named, rows, section=SECTION)


def _meaning(fact: Fact) -> Expression:
    """Give what one code says of a fact: exact in SNOMED CT, the longest prefix in ICD."""
    system, code = Operand("system"), Operand("code")
    exact = tuple(
        (among(code, one.snomed), _row(fact, one, place))
        for place, one in enumerate(fact.conditions)
        if one.snomed
    )
    null = Null("Tuple { place String, value Boolean }" if fact.type == "boolean"
                else "Tuple { place String, value String }")  # fmt: skip
    rows: list[tuple[Expression, Expression]] = []
    if exact:
        rows.append((equals(system, SNOMED), Case(exact, null)))
    for url, key in ((ICD10, "icd10"), (ICD10CM, "icd10cm")):
        prefixes = sorted(
            (
                (one.replace(".", ""), place, coding)
                for place, coding in enumerate(fact.conditions)
                for one in getattr(coding, key)
            ),
            key=lambda item: ("-" in item[0], -len(item[0])),
        )
        if prefixes:
            bare = Call("Bare code", (code,))
            cases = tuple((_within(bare, prefix), _row(fact, coding, place))
                          for prefix, place, coding in prefixes)  # fmt: skip
            rows.append((equals(system, url), Case(cases, null)))
    return Case(tuple(rows), null)


def _within(bare: Expression, prefix: str) -> Expression:
    low, dash, high = prefix.partition("-")
    if not dash:
        return op("StartsWith", bare, text(low))
    start = op("Substring", bare, Literal(0), Literal(_CATEGORY))
    return both(op("GreaterOrEqual", start, text(low)), op("LessOrEqual", start, text(high)))


def _row(fact: Fact, coding: Coding, place: int) -> Expression:
    if coding.doubt:
        return Null("Tuple { place String, value Boolean }" if fact.type == "boolean"
                    else "Tuple { place String, value String }")  # fmt: skip
    value = Literal(value=True) if fact.type == "boolean" else text(coding.value)
    return record(place=text(f"{_LAST_PLACE - place}"), value=value)
