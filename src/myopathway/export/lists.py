"""Facts that are lists: the members that still stand, and an empty list where none was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    FALSE,
    among,
    both,
    either,
    equals,
    known,
    negated,
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
    Define,
    Expression,
    If,
    Items,
    Literal,
    Null,
    Query,
    Ref,
)
from myopathway.export.names import fact_name
from myopathway.export.reading import STATEMENTS
from myopathway.fhir.codes import LOINC
from myopathway.fhir.values import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.facts import Coding, Fact

SECTION: Final = "Facts"
ALLERGIES: Final = "allergies"
RECORDED_ALLERGIES: Final = "Recorded allergies"
OTHER_DRUGS: Final = "other_drugs"
RECORDED_OTHERS: Final = "Recorded other drugs"


def listed(fact: Fact) -> Iterator[Define]:
    """Define a list fact, with the rows that it rests on."""
    rows = [_stated(fact), *(_found(one) for one in fact.observations if not one.doubt)]
    if fact.name == ALLERGIES:
        rows.append(Ref(RECORDED_ALLERGIES))
    if fact.name == OTHER_DRUGS:
        rows.append(Ref(RECORDED_OTHERS))
    named = f"{fact.name} rows"
    whole = rows[0] if len(rows) == 1 else op("Flatten", Items(tuple(rows), "List"))
    yield Define(
        named,
        whole,
        ("An empty member says that there is none.",),
        section=SECTION,
    )
    none = Query(
        Ref(named),
        "Row",
        equals(path("Row", "member"), ""),
        record(place=path("Row", "dated")),
        sort_by="place",
    )
    cleared = f"{fact.name} said to be none"
    yield Define(cleared, path(op("Last", none), "place"), section=SECTION)
    older = both(
        op("IsTrue", op("Less", path("Row", "dated"), Ref(cleared))),
        negated(path("Row", "lasting")),
    )
    denied = some(
        Ref(named),
        "Later",
        both(
            path("Later", "negative"),
            equals(path("Later", "member"), path("Row", "member")),
            op("Greater", path("Later", "dated"), path("Row", "dated")),
            either(path("Row", "stated"), equals(path("Later", "code"), path("Row", "code"))),
        ),
    )
    stands = both(
        op("NotEqual", path("Row", "member"), text("")),
        negated(path("Row", "negative")),
        negated(older),
        negated(denied),
    )
    standing = f"{fact.name} that stand"
    yield Define(
        standing,
        op("Distinct", Query(Ref(named), "Row", stands, path("Row", "member"))),
        section=SECTION,
    )
    yield Define(
        fact_name(fact.name),
        Case(
            (
                (op("Exists", Ref(standing)), Ref(standing)),
                (known(Ref(cleared)), Items(())),
            ),
            Null("List<String>"),
        ),
        (f"{fact.says}. {fact.question}",),
        section=SECTION,
    )


def member_row(
    row: Expression,
    member: Expression,
    code: Expression,
    *,
    negative: Expression = FALSE,
    stated: bool = False,
    lasting: bool = False,
) -> Expression:
    """Give one row: a member that was found, or (negative) looked for and not found."""
    return record(
        dated=path(row, "dated"),
        member=member,
        code=code,
        negative=negative,
        stated=Literal(value=stated),
        lasting=Literal(value=lasting),
    )


def _stated(fact: Fact) -> Expression:
    row = Alias("Statement")
    word = path(row, "word")
    none = equals(word, NONE)
    if fact.type == "set":
        so = either(none, among(word, fact.values))
        member: Expression = If(none, text(""), word)
    else:
        so = known(word)
        member = If(none, text(""), Call("Drug", (word,)))
    return Query(
        Ref(STATEMENTS),
        "Statement",
        both(
            equals(path(row, "fact"), fact.name),
            op("LessOrEqual", path(row, "dated"), Ref("Day decided for")),
            so,
        ),
        member_row(row, member, text("stated"), stated=True),
    )


def _found(coding: Coding) -> Expression:
    """Give the results of one coding: each a member found, or not found."""
    row = Alias("Result")
    code = Query(
        path(row, "codes"),
        "Coded",
        both(
            equals(path("Coded", "system", "value"), LOINC),
            among(path("Coded", "code", "value"), coding.loinc),
        ),
        path("Coded", "code", "value"),
    )
    verdict = Call("Verdict of", (path(row, "verdicts"),))
    member = text(coding.value)
    rows = Query(
        code,
        "Test",
        returns=member_row(row, member, Alias("Test"), negative=op("IsFalse", verdict)),
    )
    counts = both(known(verdict), op("LessOrEqual", path(row, "dated"), Ref("Day decided for")))
    return within(Ref("Called results"), "Result", rows, counts)
