"""From medication entries to regimens: what was one course of treatment, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    TRUE,
    among,
    both,
    either,
    equals,
    known,
    negated,
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
    Expression,
    Fold,
    Gathered,
    If,
    Items,
    Literal,
    Null,
    Op,
    Operand,
    Query,
    Ref,
)
from myopathway.fhir.endings import ENDED
from myopathway.fhir.history import GAP_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator


RECORDED: Final = "Recorded regimens"

SECTION: Final = "Medication entries"
_NOW: Final = ("active", "in-progress", "on-hold")


def _given() -> Iterator[Define]:
    """Define the entries of the guideline's drugs, with their end and outcome on the day."""
    row = Alias("Entry")
    start, stop = path(row, "start"), path(row, "stop")
    reasons = path(row, "reasons")
    ended = among(path(row, "status"), sorted(ENDED))
    reason = If(equals(op("Count", reasons), Literal(1)), op("First", reasons), Null("String"))
    by_status = Case(
        (
            (among(path(row, "status"), _NOW), text("ongoing")),
            (equals(path(row, "status"), "completed"), text("completed")),
        ),
        Null("String"),
    )
    last = Case(
        (
            (negated(ended), text("")),
            (equals(stop, ""), If(path(row, "single"), start, text(""))),
            (op("Less", stop, start), text("")),
            (path(row, "exact"), stop),
        ),
        text(""),
    )
    purposes = path(row, "purposes")
    counts = both(
        op("NotEqual", path(row, "named"), text("another")),
        negated(path(row, "refused")),
        op("LessOrEqual", start, Ref("Day decided for")),
    )
    plain = record(
        drug=path(row, "named"),
        source=path(row, "source"),
        request=path(row, "request"),
        start=start,
        stop=last,
        ended=ended,
        reason=reason,
        outcome=op("Coalesce", reason, by_status),
        purpose=If(
            equals(op("Count", purposes), Literal(1)), op("First", purposes), Null("String")
        ),
    )
    yield Define(
        "Courses as recorded",
        Query(Ref("Entries that count"), "Entry", counts, plain),
        section=SECTION,
    )
    one = Alias("Course")
    ahead = op("Greater", path(one, "stop"), Ref("Day decided for"))
    taken = both(ahead, negated(path(one, "request")))
    outcome = If(
        taken,
        If(known(path(one, "reason")), Null("String"), text("ongoing")),
        path(one, "outcome"),
    )
    kept = If(ahead, text(""), path(one, "stop"))
    closed = either(
        negated(path(one, "ended")), taken, both(known(path(one, "reason")), negated(taken))
    )
    place = _strung(
        If(equals(path(one, "start"), ""), kept, path(one, "start")),
        text(" "),
        If(closed, text("1"), text("0")),
        text(" "),
        kept,
        text(" "),
        path(one, "source"),
    )
    yield Define(
        "Courses",
        Query(
            Ref("Courses as recorded"),
            "Course",
            returns=record(
                drug=path(one, "drug"),
                source=path(one, "source"),
                start=path(one, "start"),
                stop=kept,
                ended=both(path(one, "ended"), negated(taken)),
                open=negated(closed),
                outcome=outcome,
                purpose=path(one, "purpose"),
                place=place,
            ),
        ),
        ("What had not ended on the day was still being given. open: it may go on in the next.",),
        section=SECTION,
    )


def _strung(*parts: Expression) -> Expression:
    return Op("Concatenate", parts)


def _courses() -> Iterator[Define]:
    """Define what a drug was given for, as far as the stated course of the disease tells."""
    row = Alias("Statement")
    told = Query(
        Ref("Statements"),
        "Statement",
        both(
            equals(path(row, "fact"), "course"),
            among(path(row, "word"), ("initial", "remission", "relapse")),
            op("LessOrEqual", path(row, "dated"), Ref("Day decided for")),
        ),
        record(
            place=_strung(path(row, "at"), text(" "), path(row, "source")),
            dated=path(row, "dated"),
            value=path(row, "word"),
        ),
        sort_by="place",
    )
    yield Define("Course of the disease", told, section=SECTION)
    dated = Query(
        Ref("Course of the disease"), "Stage", op("NotEqual", path("Stage", "dated"), text(""))
    )
    remission = Query(dated, "Stage", equals(path("Stage", "value"), "remission"))
    yield Define("Last remission", path(op("Last", remission), "dated"), section=SECTION)
    start = Operand("start")
    before = Query(dated, "Stage", op("LessOrEqual", path("Stage", "dated"), start))
    in_remission = equals(path(op("Last", before), "value"), "remission")
    begun = both(op("NotEqual", start, text("")), known(Ref("Last remission")))
    newest = path(op("Last", Ref("Course of the disease")), "value")
    yield Define(
        "Purpose by date",
        Case(
            (
                (both(begun, in_remission), text("maintenance")),
                (both(begun, op("Less", start, Ref("Last remission"))), text("induction")),
                (equals(newest, "initial"), text("induction")),
            ),
            Null("String"),
        ),
        ("Begun in remission: to maintain it. Begun before one: to induce it.",),
        (("start", "String"),),
        SECTION,
    )


def _joined() -> Iterator[Define]:
    """Define the courses of each drug joined where one goes on in the next, then the regimens."""
    own = Query(
        Query(Ref("Courses"), "Course", equals(path("Course", "drug"), Alias("Name"))),
        "Course",
        returns=Alias("Course"),
        sort_by="place",
    )
    last = op("Last", Gathered("Chain"))
    after = Alias("Next")
    until = If(equals(path(last, "stop"), ""), path(last, "start"), path(last, "stop"))
    gap = op("DaysBetween", op("ToDate", until), op("ToDate", path(after, "start")))
    same_aim = op("Coalesce", op("Equal", path(last, "purpose"), path(after, "purpose")), TRUE)
    goes_on = both(
        op("IsTrue", path(last, "open")),
        op("NotEqual", path(after, "start"), text("")),
        op("NotEqual", until, text("")),
        same_aim,
        op("LessOrEqual", gap, Literal(GAP_DAYS)),
    )
    merged = record(
        drug=path(after, "drug"),
        source=path(after, "source"),
        start=path(last, "start"),
        stop=path(after, "stop"),
        ended=path(after, "ended"),
        open=path(after, "open"),
        outcome=path(after, "outcome"),
        purpose=op("Coalesce", path(last, "purpose"), path(after, "purpose")),
        place=path(after, "place"),
    )
    earlier = Query(
        Gathered("Chain"), "Link", op("NotEqual", path("Link", "source"), path(last, "source"))
    )
    kind = "Tuple"
    joined = If(
        goes_on,
        op("Flatten", Items((earlier, Items((merged,), kind)), kind)),
        op("Flatten", Items((Gathered("Chain"), Items((after,), kind)), kind)),
    )
    start = Items((), COURSE)
    chains = Query(own, "Next", fold=Fold("Chain", start, joined))
    yield Define(
        "Joined courses",
        op("Flatten", Query(Ref("Drugs of the guideline"), "Name", returns=chains)),
        (
            f"What ended without a reason and is followed within {GAP_DAYS} days by the same",
            "drug is one course.",
        ),
        section=SECTION,
    )
    one = Alias("Course")
    purpose = op("Coalesce", path(one, "purpose"), Call("Purpose by date", (path(one, "start"),)))
    together = both(path(one, "ended"), op("NotEqual", path(one, "stop"), text("")))
    key = If(
        together,
        _strung(
            op("Coalesce", purpose, text("?")),
            text(" "),
            op("Coalesce", path(one, "outcome"), text("?")),
            text(" "),
            path(one, "stop"),
        ),
        path(one, "source"),
    )
    yield Define(
        "Courses with purpose",
        Query(
            Ref("Joined courses"),
            "Course",
            returns=record(
                drug=path(one, "drug"), purpose=purpose, outcome=path(one, "outcome"), key=key
            ),
        ),
        ("key: what one regimen has in common: purpose, outcome and the day on which it ended.",),
        section=SECTION,
    )
    keys = op("Distinct", Query(Ref("Courses with purpose"), "Course", returns=path(one, "key")))
    group = Query(Ref("Courses with purpose"), "Course", equals(path(one, "key"), Alias("Key")))
    yield Define(
        RECORDED,
        Query(
            keys,
            "Key",
            returns=record(
                drugs=op("Distinct", Query(group, "Course", returns=path(one, "drug"))),
                intolerant=Items(()),
                purpose=path(op("First", group), "purpose"),
                outcome=path(op("First", group), "outcome"),
            ),
        ),
        section=SECTION,
    )


COURSE: Final = (
    "Tuple { drug String, source String, start String, stop String, ended Boolean, open Boolean,"
    " outcome String, purpose String, place String }"
)


def courses() -> Iterator[Define]:
    """Define the courses of each drug, and the regimens that they are parts of."""
    yield from _given()
    yield from _courses()
    yield from _joined()
