"""Drugs by their names, as a record writes them: whole words, whatever the case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from myopathway.criteria import Includes, TakenWith, leaves
from myopathway.export.cql.build import known, op, path, text
from myopathway.export.cql.syntax import (
    Alias,
    Call,
    Case,
    Define,
    Expression,
    If,
    Items,
    Null,
    Operand,
    Query,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from myopathway.criteria import Criterion
    from myopathway.guideline.model import Guideline

SECTION: Final = "Medication entries"
# The facts that name drugs and substances besides those of the guideline.
_NAMING: Final = ("other_drugs", "allergies")
_CONCEPT: Final = (("concept", "FHIR.CodeableConcept"),)
_WORDS: Final = (("words", "String"),)
_BEFORE: Final = "(.*[^a-z0-9_])?"
_AFTER: Final = "([^a-z0-9_].*)?"
# "No known allergy", "nil known", "not allergic to x", "NKDA": what is said not to be there.
_NEGATION: Final = "(no|not|nil|none|nka|nkda|nkma|denies|never|without)"


def drug_words(guideline: Guideline) -> Iterator[Define]:
    """Define how the names of drugs are found in words."""
    said = Alias("Said")
    concept = Operand("concept")
    displays = Query(path(concept, "coding"), "Coding", returns=path("Coding", "display", "value"))
    every = op(
        "Flatten",
        Items(
            (Items((path(concept, "text", "value"),)), op("Coalesce", displays, Items(()))), "List"
        ),
    )
    folded = op("ReplaceMatches", op("Lower", said), text("\\s+"), text(" "))
    trimmed = op("ReplaceMatches", folded, text("^ | $"), text(""))
    words = Query(Query(every, "Said", known(said)), "Said", returns=trimmed)
    yield Define(
        "Words",
        Query(words, "Told", op("NotEqual", Alias("Told"), text(""))),
        ("What a concept says in words, in small letters and single blanks.",),
        _CONCEPT,
        SECTION,
    )
    names = guideline.vocabulary.drug_names
    generic = {name for name in names if any(one.endswith(f" {name}") for one in names)}
    plain = sorted(set(names) - generic, key=lambda name: (-len(name), name))
    rows = [(_matches(f"{_escaped(name)}{_AFTER}"), text(names[name])) for name in plain]
    # A generic word such as the last of "human normal x" may be followed by a dose, no more.
    rows += [
        (_matches(f"{_escaped(name)}([ ,]*|[ ,]*[0-9].*)"), text(names[name]))
        for name in sorted(generic)
    ]
    yield Define(
        "Drug at start",
        Case(tuple(rows), Null("String")),
        ("The drug of the guideline that words are, or begin with.",),
        _WORDS,
        SECTION,
    )
    spelt: dict[str, list[str]] = {}
    for name in plain:
        spelt.setdefault(names[name], []).append(_escaped(name))
    yield _anywhere("Drugs anywhere", spelt, "Every drug of the guideline that words name.")
    others = {name: [_escaped(name).replace("-", "[- ]")] for name in _interacting(guideline)}
    says = "Every drug besides that a rule knows."
    yield _anywhere("Other drugs anywhere", others, says, signs="'’`.")
    yield Define("Says no", _matches(f"{_NEGATION}{_AFTER}"), takes=_WORDS, section=SECTION)


def _matches(pattern: str) -> Expression:
    return op("Matches", Operand("words"), text(pattern))


def _escaped(name: str) -> str:
    return re.sub(r"([.+*?()\[\]{}|^$\\])", r"\\\1", name)


def _anywhere(title: str, spelt: dict[str, list[str]], says: str, signs: str = "'") -> Define:
    rows = tuple(
        If(
            op(
                "Matches",
                op("ReplaceMatches", Operand("words"), text(f"[{signs}]"), text("")),
                text(f"{_BEFORE}({'|'.join(names)}){_AFTER}"),
            ),
            text(drug),
            Null("String"),
        )
        for drug, names in spelt.items()
    )
    return Define(
        title, Query(Items(rows), "Found", known(Alias("Found"))), (says,), _WORDS, SECTION
    )


def every_word(function: str, words: Expression) -> Expression:
    """Give what a function finds in any of several words."""
    found = Query(words, "Told", returns=Call(function, (Alias("Told"),)))
    return op("Distinct", op("Flatten", found))


def _interacting(guideline: Guideline) -> list[str]:
    found = {
        leaf.drug if isinstance(leaf, TakenWith) else leaf.member
        for one in _criteria(guideline)
        for leaf in leaves(one)
        if isinstance(leaf, TakenWith)
        or (isinstance(leaf, Includes) and leaf.fact in _NAMING and leaf.member)
    }
    return sorted(found)


def _criteria(guideline: Guideline) -> Iterable[Criterion]:
    """Walk every criterion that may name another drug."""
    safety = guideline.safety
    yield from (one.when for one in guideline.rules)
    yield from (one.when for one in guideline.notices)
    yield from (one.when for one in safety.rules)
    yield from (one.when for one in safety.checks)
    yield from (one.when for one in safety.notices)
    for node in guideline.nodes:
        yield from node.when
        for therapy in node.therapies:
            for option in therapy.options:
                yield from (one.when for one in option.rules)
                if option.listed is not None:
                    yield option.listed
