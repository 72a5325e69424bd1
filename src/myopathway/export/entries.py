"""Medication resources, one by one: which drug, from when to when, for what, how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.export.cql.build import (
    FALSE,
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
    Cast,
    Define,
    Expression,
    If,
    Items,
    Null,
    Operand,
    Query,
    Ref,
    Retrieve,
)
from myopathway.export.drug_words import every_word
from myopathway.export.lists import RECORDED_OTHERS
from myopathway.facts import OUTCOMES, PURPOSES
from myopathway.fhir.codes import FACTS
from myopathway.fhir.endings import STATUS_REASON

if TYPE_CHECKING:
    from collections.abc import Iterator


SECTION: Final = "Medication entries"
_NOW: Final = ("active", "in-progress", "on-hold")
_NEVER: Final = ("draft", "cancelled", "not-taken", "not-done", "intended")
_INTENTIONS: Final = ("proposal", "plan", "option")
_ENDINGS: Final = tuple(one for one in OUTCOMES if one not in {"ongoing", "completed"})
_INTOLERANCE: Final = ("sintol", "salg")
_KINDS: Final = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")


def _endings() -> Iterator[Define]:
    coding = Alias("Coding")
    system, code = path(coding, "system", "value"), path(coding, "code", "value")
    told = Case(
        (
            (both(equals(system, FACTS), among(code, _ENDINGS)), code),
            (both(equals(system, STATUS_REASON), among(code, _INTOLERANCE)), text("intolerance")),
        ),
        Null("String"),
    )
    every = _codings("reasons", "Reason")
    found = Query(Query(every, "Coding", returns=told), "Told", known(Alias("Told")))
    yield Define(
        "Reasons given",
        op("Distinct", found),
        ("How an entry ended, by its recorded reasons.",),
        (("reasons", "List<FHIR.CodeableConcept>"),),
        SECTION,
    )
    aims = _codings("categories", "Kind")
    so = both(equals(system, FACTS), among(code, PURPOSES))
    purposes = op("Distinct", Query(aims, "Coding", so, code))
    yield Define(
        "Purposes given",
        purposes,
        takes=(("categories", "List<FHIR.CodeableConcept>"),),
        section=SECTION,
    )


def _codings(concepts: str, alias: str) -> Expression:
    coding = path(alias, "coding")
    return op("Flatten", Query(Operand(concepts), alias, known(coding), coding))


def _entries(kind: str) -> Expression:
    row = Alias("Entry")
    request = kind == "MedicationRequest"
    status = path(row, "status", "value")
    medication = path(row, "medication")
    concept = op(
        "Coalesce",
        Cast(medication, "FHIR.CodeableConcept"),
        Call("Product", (Cast(medication, "FHIR.Reference"),)),
    )
    refused: list[Expression] = [among(status, _NEVER)]
    if request:
        refused.append(op("IsTrue", path(row, "doNotPerform", "value")))
        refused.append(among(path(row, "intent", "value"), _INTENTIONS))
        begin: Expression = path(row, "authoredOn", "value")
        bounds = Query(
            path(row, "dosageInstruction"),
            "Dosage",
            returns=path(
                Cast(path("Dosage", "timing", "repeat", "bounds"), "FHIR.Period"), "end", "value"
            ),
        )
        latest = op("Max", bounds)
        end = op("Coalesce", path(row, "dispenseRequest", "validityPeriod", "end", "value"), latest)
        reasons: Expression = Items((path(row, "statusReason"),), "FHIR.CodeableConcept")
        categories: Expression = path(row, "category")
    else:
        effective = path(row, "effective")
        day = path(Cast(effective, "FHIR.dateTime"), "value")
        period = Cast(effective, "FHIR.Period")
        begin = op("Coalesce", day, path(period, "start", "value"))
        end = op("Coalesce", day, path(period, "end", "value"))
        reasons = path(row, "statusReason")
        categories = Items((path(row, "category"),), "FHIR.CodeableConcept")
    whole = known(op("day", end))
    return Query(
        Retrieve(kind),
        "Entry",
        op("NotEqual", op("Coalesce", status, text("")), text("entered-in-error")),
        record(
            named=Call("Drug named", (concept,)),
            words=Call("Words and codes", (concept,)),
            refused=op("IsTrue", either(*refused)),
            status=op("Coalesce", status, text("")),
            reasons=Call("Reasons given", (reasons,)),
            purposes=Call("Purposes given", (categories,)),
            start=Call("Day", (begin,)),
            stop=Call("Day", (end,)),
            exact=op("IsTrue", whole),
            single=op("IsTrue", known(op("day", begin))) if request else FALSE,
            request=TRUE if request else FALSE,
            source=op(
                "Concatenate",
                text(f"{kind} "),
                op("Coalesce", path(row, "id", "value"), text("")),
            ),
        ),
    )


def entries() -> Iterator[Define]:
    """Define the entries that count."""
    yield from _endings()
    for kind in _KINDS:
        yield Define(f"Entries of {kind}", _entries(kind), section=SECTION)
    counting = op("Union", *(Ref(f"Entries of {kind}") for kind in _KINDS))
    row = Alias("Entry")
    yield Define(
        "Entries that count",
        Query(counting, "Entry", known(path(row, "named"))),
        section=SECTION,
    )
    yield _others()


def _others() -> Define:
    """Define the other drugs that are taken now, by the names that rules know them by."""
    row = Alias("Entry")
    words = path(row, "words")
    known_ones = every_word("Other drugs anywhere", words)
    first = Items((op("First", words),))
    taken = Query(
        If(op("Exists", known_ones), known_ones, first),
        "Named",
        returns=record(
            dated=path(row, "start"),
            member=Alias("Named"),
            code=text("recorded"),
            negative=FALSE,
            stated=FALSE,
            lasting=FALSE,
        ),
    )
    counts = both(
        equals(path(row, "named"), "another"),
        negated(path(row, "refused")),
        among(path(row, "status"), _NOW),
        op("LessOrEqual", path(row, "start"), Ref("Day decided for")),
    )
    return Define(
        RECORDED_OTHERS,
        op("Flatten", Query(Ref("Entries that count"), "Entry", counts, taken)),
        section=SECTION,
    )
