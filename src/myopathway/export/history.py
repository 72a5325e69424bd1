"""The treatments so far, as the criteria count them: what each regimen says of each of its drugs.

What is not recorded stays open. For the place of a patient the library follows every history that
the record leaves possible, so that what is possible is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.criteria import Ended, HistoryLeaf
from myopathway.engine.counted import INADEQUATE, INTOLERANCE
from myopathway.engine.history import COMPLETIONS
from myopathway.export.cql.build import (
    among,
    both,
    either,
    equals,
    is_true,
    known,
    op,
    overlap,
    path,
    record,
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
    Fold,
    Gathered,
    If,
    Items,
    Literal,
    Null,
    Operand,
    Query,
    Ref,
)
from myopathway.export.criteria import PLAIN, criterion
from myopathway.export.names import REGIMENS, TREATMENTS, fact_name, leaf_name
from myopathway.facts import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.guideline.model import Guideline

SECTION: Final = "Treatments so far"
LINES: Final = "Lines of therapy"
UNSTATED: Final = "Unstated purpose"
HISTORIES: Final = "Possible histories"
_SAYS: Final = "says "
_DRUGS: Final = Operand("drugs")
_PURPOSE: Final = Operand("purpose")
_OPTION: Final = (("drugs", "List<String>"), ("purpose", "String"))
_REGIMEN: Final = (
    ("purpose", "String"),
    ("outcome", "String"),
    ("held", "List<String>"),
    ("counted", "List<String>"),
)


def regimens(guideline: Guideline) -> Iterator[Define]:
    """Define the regimens as they count, and what became of the drugs of an option."""
    unstated = guideline.unstated_purpose
    when = is_true(criterion(unstated.when, PLAIN))
    yield Define(
        UNSTATED,
        If(when, text(unstated.purpose), Null("String")),
        (f"How a regimen without a purpose is read. [{', '.join(unstated.cites)}]",),
        section=SECTION,
    )
    supplements = [name for name, drug in guideline.drugs.items() if drug.supplement]
    background = [
        name
        for name in guideline.drugs
        if any(
            kind.background and name in guideline.drugs_of(kind.name)
            for kind in guideline.drug_classes.values()
        )
    ]
    yield Define("Supplements", texts(supplements), ("No part of any regimen.",), section=SECTION)
    yield Define(
        "Background drugs",
        texts(background),
        ("Given beside another drug they carry no outcome.",),
        section=SECTION,
    )
    yield from _read()
    yield from _events()


def _read() -> Iterator[Define]:
    """Define the regimens with their supplements struck and their purpose read."""
    row = "Course"
    drugs = op("Except", path(row, "drugs"), Ref("Supplements"))
    plain = Query(
        Ref(fact_name(TREATMENTS)),
        row,
        returns=record(
            drugs=drugs,
            blamed=op("Intersect", path(row, "intolerant"), drugs),
            named=op("Exists", path(row, "intolerant")),
            others=op("Except", drugs, Ref("Background drugs")),
            purpose=op("Coalesce", path(row, "purpose"), Ref(UNSTATED)),
            outcome=path(row, "outcome"),
        ),
    )
    yield Define(
        "Regimens without supplements",
        Query(plain, "Given", op("Exists", path("Given", "drugs"))),
        section=SECTION,
    )
    counts = If(
        op("Exists", path("Given", "others")), path("Given", "others"), path("Given", "drugs")
    )
    one_at_most = op("LessOrEqual", op("Count", path("Given", "others")), Literal(1))
    yield Define(
        REGIMENS,
        Query(
            Ref("Regimens without supplements"),
            "Given",
            returns=record(
                drugs=path("Given", "drugs"),
                counts=counts,
                intolerant=If(
                    op("Exists", path("Given", "blamed")), path("Given", "blamed"), counts
                ),
                clear=either(op("Exists", path("Given", "blamed")), one_at_most),
                named=path("Given", "named"),
                purpose=path("Given", "purpose"),
                outcome=path("Given", "outcome"),
            ),
        ),
        (
            (
                "counts: the drugs for which an outcome counts. intolerant: those for which an"
                " intolerance does. clear: it is known which drug was not tolerated."
            ),
        ),
        section=SECTION,
    )


def _events() -> Iterator[Define]:
    """Define what became of the drugs of an option, in three values."""
    outcome, purpose = path("Past", "outcome"), path("Past", "purpose")
    ended = equals(outcome, INADEQUATE)
    blamed = overlap(path("Past", "intolerant"), _DRUGS)
    clear, named = path("Past", "clear"), path("Past", "named")
    not_tolerated = equals(outcome, INTOLERANCE)
    whole = op("Not", op("Exists", op("Except", _DRUGS, path("Past", "counts"))))
    counted = overlap(path("Past", "counts"), _DRUGS)
    yield _event(
        "Not tolerated",
        Case(
            (
                (op("Not", both(blamed, clear)), Literal(value=False)),
                (named, Literal(value=True)),
            ),
            not_tolerated,
        ),
        "A drug that is named as not tolerated is believed, whatever outcome stands beside it.",
    )
    yield _event(
        "Perhaps not tolerated",
        If(both(blamed, op("Not", clear)), not_tolerated, Literal(value=False)),
        "A regimen of several drugs was not tolerated and nobody recorded which one.",
    )
    yield _event(
        "Inadequate for this purpose",
        If(whole, both(ended, equals(purpose, _PURPOSE)), Literal(value=False)),
        "All drugs of the option were in a regimen that did not work for the purpose.",
    )
    elsewhere = op("Coalesce", op("NotEqual", purpose, _PURPOSE), Literal(value=True))
    yield _event(
        "Inadequate for another purpose",
        If(whole, both(ended, elsewhere), Literal(value=False)),
        "The same for another purpose, or for one that is not known.",
    )
    yield _event(
        "Given without a recorded outcome", both(unknown(outcome), either(counted, blamed)), ""
    )
    going = op("Coalesce", equals(outcome, "ongoing"), Literal(value=False))
    yield _event("Being given", going, "")
    worked = op("Coalesce", equals(outcome, "adequate-response"), Literal(value=False))
    yield _event("Worked", both(worked, counted), "")
    held = Query(
        Ref(REGIMENS),
        "Past",
        op("In", Operand("drug"), path("Past", "drugs")),
        If(equals(_PURPOSE, "unknown"), unknown(purpose), equals(purpose, _PURPOSE)),
    )
    yield Define(
        "Was given",
        Call("One of", (held,)),
        ("Some regimen of this purpose held the drug; unknown: one of no stated purpose.",),
        (("drug", "String"), ("purpose", "String")),
        SECTION,
    )


def _event(name: str, told: Expression, says: str) -> Define:
    touching = Query(Ref(REGIMENS), "Past", overlap(path("Past", "drugs"), _DRUGS), told)
    return Define(name, Call("One of", (touching,)), (says,) if says else (), _OPTION, SECTION)


def lines(guideline: Guideline, leaves: Iterable[HistoryLeaf]) -> Iterator[Define]:
    """Define what each regimen adds to the criteria that place a patient, and every history."""
    counted = list(leaves)
    for name in dict.fromkeys(leaf.drug_class for leaf in counted):
        kind, drugs = guideline.drug_classes[name], guideline.drugs_of(name)
        listed = texts(drug for drug in guideline.drugs if drug in drugs)
        says = (f"The {kind.title}. [{', '.join(kind.cites)}]",)
        yield Define(_class_name(name), listed, says, section=LINES)
    tokens = tuple(token for leaf in counted for token in _tokens(guideline, leaf))
    yield Define(
        "Findings",
        texts(tokens),
        ("Everything that a history can say to the criteria below.",),
        section=LINES,
    )
    for leaf in counted:
        yield _leaf(guideline, leaf)
    added = tuple(_added(guideline, leaf) for leaf in counted)
    yield Define(
        "What a regimen adds",
        op("Flatten", Items(added, "List<String>")),
        ("With this purpose and this outcome; counted: its drugs for which the outcome counts.",),
        _REGIMEN,
        LINES,
    )
    outcome = Operand("outcome")
    yield Define(
        "Counted",
        Case(
            ((text(INADEQUATE), Operand("counts")), (text(INTOLERANCE), Operand("intolerant"))),
            Items(()),
            outcome,
        ),
        ("The drugs for which a bad end counts.",),
        (("outcome", "String"), ("counts", "List<String>"), ("intolerant", "List<String>")),
        LINES,
    )
    yield from _histories()
    for leaf in counted:
        yield _settled(leaf)


def _histories() -> Iterator[Define]:
    aim = op("Coalesce", path("Past", "purpose"), Operand("unstated"))
    aims = If(unknown(aim), texts(PURPOSES), Items((aim,)))
    outcome = path("Past", "outcome")
    ends = If(unknown(outcome), texts(COMPLETIONS), Items((outcome,)))
    counted = Call("Counted", (Alias("Ending"), path("Past", "counts"), path("Past", "intolerant")))
    adds = Call(
        "What a regimen adds", (Alias("Aim"), Alias("Ending"), path("Past", "drugs"), counted)
    )
    additions = op("Flatten", Query(aims, "Aim", returns=Query(ends, "Ending", returns=adds)))
    joined = Query(
        Ref("Findings"),
        "Finding",
        either(
            op("In", Alias("Finding"), Alias("History")),
            op("In", Alias("Finding"), Alias("Addition")),
        ),
    )
    grown = Query(
        Gathered("Histories"), "History", returns=Query(additions, "Addition", returns=joined)
    )
    start = Items((Items(()),), "List<String>")
    yield Define(
        HISTORIES,
        Query(
            Ref(REGIMENS),
            "Past",
            fold=Fold("Histories", start, op("Distinct", op("Flatten", grown))),
        ),
        (
            "Every history that the record leaves possible: a regimen without an outcome may",
            "have ended in any way, one without a purpose may have been for either.",
            "Each history is the list of what it says.",
        ),
        (("unstated", "String"),),
        LINES,
    )
    told = Query(
        Ref(REGIMENS),
        "Past",
        known(outcome),
        Call(
            "What a regimen adds",
            (
                path("Past", "purpose"),
                outcome,
                path("Past", "drugs"),
                Call("Counted", (outcome, path("Past", "counts"), path("Past", "intolerant"))),
            ),
        ),
    )
    yield Define("What is sure", op("Flatten", told), section=LINES)
    most = Call(HISTORIES, (Ref(UNSTATED),))
    yield Define("What may be", op("Flatten", most), section=LINES)


def _tokens(guideline: Guideline, leaf: HistoryLeaf) -> list[str]:
    name = f"{_SAYS}{leaf_name(leaf)}"
    if isinstance(leaf, Ended) and leaf.count > 1:
        return [f"{name}: {drug}" for drug in guideline.drugs if drug in _class(guideline, leaf)]
    return [name]


def _class_name(drug_class: str) -> str:
    return f"Class {drug_class}"


def _class(guideline: Guideline, leaf: HistoryLeaf) -> list[str]:
    drugs = guideline.drugs_of(leaf.drug_class)
    return [name for name in guideline.drugs if name in drugs]


def _leaf(guideline: Guideline, leaf: HistoryLeaf) -> Define:
    tokens = _tokens(guideline, leaf)
    held: Expression = op("In", text(tokens[0]), Operand("history"))
    if isinstance(leaf, Ended) and leaf.count > 1:
        found = Query(texts(tokens), "Finding", op("In", Alias("Finding"), Operand("history")))
        held = op("GreaterOrEqual", op("Count", found), Literal(leaf.count))
    return Define(leaf_name(leaf), held, (), (("history", "List<String>"),), LINES)


def _added(guideline: Guideline, leaf: HistoryLeaf) -> Expression:
    """Give what a regimen adds to one criterion."""
    ends = (INADEQUATE, INTOLERANCE) if leaf.how == "failed" else (leaf.how,)
    outcome, counted = Operand("outcome"), Operand("counted")
    so: Expression = among(outcome, ends) if len(ends) > 1 else equals(outcome, ends[0])
    drugs = Ref(_class_name(leaf.drug_class))
    tokens = _tokens(guideline, leaf)
    if isinstance(leaf, Ended):
        if leaf.count > 1:
            drug = Alias("Listed")
            found = Query(
                op("Intersect", drugs, counted),
                "Listed",
                returns=op("Concatenate", text(f"{_SAYS}{leaf_name(leaf)}: "), drug),
            )
            return If(so, found, Items(()))
        return If(both(so, overlap(counted, drugs)), texts(tokens), Items(()))
    many = op("Count", op("Intersect", op("Intersect", Operand("held"), counted), drugs))
    enough = op("GreaterOrEqual", many, Literal(leaf.count))
    aimed = equals(Operand("purpose"), leaf.purpose)
    return If(both(aimed, so, enough), texts(tokens), Items(()))


def _settled(leaf: HistoryLeaf) -> Define:
    """Define a criterion about the history as known: true, false, or null while it is open."""
    name = leaf_name(leaf)
    return Define(
        f"{name}, if known",
        Case(
            (
                (unknown(Ref(REGIMENS)), Null("Boolean")),
                (Call(name, (Ref("What is sure"),)), Literal(value=True)),
                (Call(name, (Ref("What may be"),)), Null("Boolean")),
            ),
            Literal(value=False),
        ),
        section=LINES,
    )
