"""The pages that list things once: terms, interpretations, statements and their works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.guideline.carried import carried
from myopathway.guideline.pages.markdown import anchor, code, link, spot, table, text
from myopathway.guideline.pages.parts import (
    BEHIND,
    READS,
    SAYS,
    SOURCES,
    cited,
    framed,
    node_file,
    reads,
    reference_anchor,
    works,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.guideline.model import Guideline, Statement, Term

_PUBMED = "https://pubmed.ncbi.nlm.nih.gov/"


def terms_page(guideline: Guideline) -> str:
    """Give the page of the terms: what a word of the guideline means in facts."""
    parts = [part for name, term in guideline.terms.items()
             for part in (f"## {name}", _term(guideline, term))]  # fmt: skip
    return framed(
        "Terms", "A term is written once and used by name; here it stands opened.", *parts
    )


def _term(guideline: Guideline, term: Term) -> str:
    row = [text(term.says), reads(guideline, term.criterion), cited(guideline, term.cites)]
    return table([SAYS, READS, BEHIND], [row])


def interpretations_page(guideline: Guideline) -> str:
    """Give the page of the readings of ambiguous sentences."""
    places = carried(guideline)
    parts = []
    for name, one in guideline.interpretations.items():
        where = _places(guideline, places.get(name, []))
        parts += [f"## {name}", f"**{text(one.title)}.** {text(one.says)}", f"Used in: {where}"]
    return framed(
        "Interpretations",
        "How ambiguous sentences of the sources are read here. An answer cites the id wherever a"
        " reading changed it, so that a clinician can disagree with it.",
        *parts,
    )


def statements_page(guideline: Guideline) -> str:
    """Give the ledger: every statement of the sources, and where it is carried."""
    places = carried(guideline)
    rows = [
        [
            f"{spot(name)}{code(name)}",
            SOURCES[one.source],
            text(one.kind),
            text(one.says),
            works(one.cites),
            _carried(guideline, one, places.get(name, [])),
        ]
        for name, one in guideline.statements.items()
    ]
    count = sum(1 for one in guideline.statements.values() if one.not_encoded)
    told = f"{len(rows)} statements; {len(rows) - count} are carried by content"
    left = f", {count} are left out with a reason" if count else ", none is left out"
    head = ["Id", "From", "Kind", SAYS, "Works", "Carried by"]
    return framed(
        "Statements",
        "The ledger: every assertion of the two source texts in our own words. Content that cites"
        " none of them does not load, and neither does a ledger with one that nothing carries.",
        f"{told}{left}.",
        table(head, rows),
    )


def references_page(guideline: Guideline) -> str:
    """Give the works that the sources cite, with the statements that rest on each."""
    rows = []
    for one in guideline.references.values():
        resting = [
            link(name, f"statements.md#{anchor(name)}")
            for name, statement in guideline.statements.items()
            if one.number in statement.cites
        ]
        ids = [f"[PubMed {one.pmid}]({_PUBMED}{one.pmid}/)"]
        if one.doi:
            ids.append(f"[DOI](https://doi.org/{one.doi})")
        number = f"{spot(reference_anchor(one.number))}{one.number}"
        rows.append([number, text(one.citation), "<br>".join(ids), "<br>".join(resting)])
    head = ["Number", "Work", "Where", "Statements that cite it"]
    return framed(
        "References",
        "The works that the source texts cite, under the sources' own numbers.",
        table(head, rows),
    )


def _carried(guideline: Guideline, statement: Statement, places: Iterable[str]) -> str:
    if statement.not_encoded:
        return f"Left out: {text(statement.not_encoded)}"
    return _places(guideline, places)


def _places(guideline: Guideline, places: Iterable[str]) -> str:
    return "<br>".join(_place(guideline, place) for place in places) or "nothing"


def _place(guideline: Guideline, place: str) -> str:
    """Link a place of the ledger to the page that shows it."""
    kind, _, rest = place.partition("/")
    first, _, inner = rest.partition("/")
    match kind:
        case "nodes":
            part, _, option = inner.partition("/")
            drugs = " with ".join(guideline.drugs[name].title for name in option.split("+") if name)
            where = f"{first} {part}".strip()
            return link(f"{where}: {drugs}" if drugs else where, node_file(first))
        case "terms":
            return link(f"term {first}", f"terms.md#{anchor(first)}")
        case "drugs":
            return link(f"drug or class {first}", f"drugs.md#{anchor(first)}")
        case "orders":
            return link(f"orders of {first}", "orders.md")
        case "edition":
            return link("the whole topic", "README.md#what-holds-for-the-whole-topic")
        case "position" if first == "readings":
            return link(f"reading {inner}", "rules.md#readings-of-the-engine")
        case "position" if any(group.id == first for group in guideline.groups):
            return link(f"group {first}", "README.md#groups")
        case _:
            return link(f"{kind} {first}", f"rules.md#{anchor(first)}")
