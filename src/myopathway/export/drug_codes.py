"""Drugs by their codes: in medications, products and allergies."""

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
    some,
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
    Items,
    Literal,
    Null,
    Operand,
    Query,
    Ref,
    Retrieve,
)
from myopathway.export.drug_words import drug_words, every_word
from myopathway.export.lists import RECORDED_ALLERGIES
from myopathway.fhir.codes import ATC, RXNORM, SNOMED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Guideline

SECTION: Final = "Medication entries"
_CODINGS: Final = (("codes", "List<FHIR.Coding>"),)


def _drugs(guideline: Guideline) -> Iterator[Define]:
    coding = Alias("Coding")
    rows: list[tuple[Expression, Expression]] = []
    for url, key in ((ATC, "atc"), (RXNORM, "rxnorm"), (SNOMED, "snomed")):
        cases = tuple(
            (among(path(coding, "code", "value"), codes), text(name))
            for name, drug in guideline.drugs.items()
            if (codes := getattr(drug, key))
        )
        system = equals(path(coding, "system", "value"), url)
        rows.append((system, Case(cases, Null("String"))))
    found = Query(Operand("codes"), "Coding", returns=Case(tuple(rows), Null("String")))
    yield Define(
        "Drugs by code",
        op("Coalesce", op("Distinct", Query(found, "Found", known(Alias("Found")))), Items(())),
        ("The drugs of the guideline that codes name.",),
        _CODINGS,
        SECTION,
    )
    others = {
        (url, code): name
        for url, key in ((ATC, "atc"), (RXNORM, "rxnorm"), (SNOMED, "snomed"))
        for name, drug in guideline.other_drugs.items()
        for code in getattr(drug, key)
    }
    cases = tuple(
        (
            both(
                equals(path(coding, "system", "value"), url),
                equals(path(coding, "code", "value"), code),
            ),
            text(name),
        )
        for (url, code), name in others.items()
    )
    beside = Query(
        path(Operand("substance"), "coding"),
        "Coding",
        returns=Case(cases, Null("String")) if cases else Null("String"),
    )
    yield Define(
        "Other drugs by code",
        op("Coalesce", op("Distinct", Query(beside, "Found", known(Alias("Found")))), Items(())),
        ("The drugs beside the guideline's own that codes name.",),
        (("substance", "FHIR.CodeableConcept"),),
        SECTION,
    )
    yield Define(
        "Words and codes",
        op(
            "Flatten",
            Items(
                (
                    Call("Words", (Operand("substance"),)),
                    Call("Other drugs by code", (Operand("substance"),)),
                ),
                "List",
            ),
        ),
        ("What a concept says in words, and the names of other drugs that its codes name.",),
        (("substance", "FHIR.CodeableConcept"),),
        SECTION,
    )
    words = Call("Words", (Operand("substance"),))
    by_word = Query(words, "Told", returns=Call("Drug at start", (Alias("Told"),)))
    named = op(
        "Distinct",
        op(
            "Flatten",
            Items(
                (
                    Call("Drugs by code", (path(Operand("substance"), "coding"),)),
                    Query(by_word, "Found", known(Alias("Found"))),
                ),
                "List",
            ),
        ),
    )
    yield Define(
        "Drugs named",
        named,
        ("The drugs of the guideline that a concept names, by its codes or its words.",),
        (("substance", "FHIR.CodeableConcept"),),
        SECTION,
    )
    said = Call("Words and codes", (Operand("product"),))
    drugs = Call("Drugs named", (Operand("product"),))
    count = op("Count", drugs)
    torn = both(
        op("Greater", count, Literal(0)),
        op("Exists", Call("Other drugs by code", (Operand("product"),))),
    )
    inside = op("Exists", every_word("Drugs anywhere", said))
    yield Define(
        "Drug named",
        Case(
            (
                (torn, Null("String")),
                (equals(count, Literal(1)), op("First", drugs)),
                (either(op("Greater", count, Literal(0)), inside), Null("String")),
                (op("Exists", said), text("another")),
            ),
            Null("String"),
        ),
        ("One drug of the guideline, another drug, or null where it cannot be told.",),
        (("product", "FHIR.CodeableConcept"),),
        SECTION,
    )


def allergies() -> Iterator[Define]:
    """Define the drugs of the guideline that the patient is recorded to be allergic to."""
    row = Alias("Allergy")
    clinical, verified = path(row, "clinicalStatus"), path(row, "verificationStatus")
    onset = path(row, "onset")
    dated = op(
        "Coalesce",
        path(row, "recordedDate", "value"),
        path(Cast(onset, "FHIR.dateTime"), "value"),
        path(Cast(onset, "FHIR.Period"), "start", "value"),
    )
    code = Call("Status code", (verified,))
    counts = both(
        either(unknown(clinical), equals(Call("Status code", (clinical,)), "active")),
        either(unknown(verified), negated(among(code, ("refuted", "entered-in-error")))),
        op("LessOrEqual", Call("Day", (dated,)), Ref("Day decided for")),
    )
    words = Call("Words", (path(row, "code"),))
    ours = op(
        "Distinct",
        op(
            "Flatten",
            Items(
                (Call("Drugs named", (path(row, "code"),)), every_word("Drugs anywhere", words)),
                "List",
            ),
        ),
    )
    denied = some(words, "Told", Call("Says no", (Alias("Told"),)))
    said = Call("Words and codes", (path(row, "code"),))
    substances = If(op("Exists", ours), ours, every_word("Other drugs anywhere", said))
    rows = Query(
        If(denied, Items(()), substances),
        "Named",
        returns=record(
            dated=Call("Day", (dated,)),
            member=Alias("Named"),
            code=text("recorded"),
            negative=FALSE,
            stated=FALSE,
            lasting=TRUE,
        ),
    )
    every = within(Retrieve("AllergyIntolerance"), "Allergy", rows, counts)
    yield Define(RECORDED_ALLERGIES, every, section=SECTION)


def _product() -> Define:
    """Define the concept of the Medication to which an entry refers."""
    product = Alias("Made")
    own = op(
        "Concatenate", text("Medication/"), op("Coalesce", path(product, "id", "value"), text(""))
    )
    found = Query(
        Retrieve("Medication"),
        "Made",
        equals(own, path(Operand("medication"), "reference", "value")),
        path(product, "code"),
    )
    return Define(
        "Product", op("First", found), takes=(("medication", "FHIR.Reference"),), section=SECTION
    )


def drug_codes(guideline: Guideline) -> Iterator[Define]:
    """Define which drug codes name, the product that an entry refers to, and the allergies."""
    yield from drug_words(guideline)
    yield from _drugs(guideline)
    yield _product()
    yield from allergies()
