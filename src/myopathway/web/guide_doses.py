"""Every dose of the guideline in one place, and what it comes to for a range of weights."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.engine.dose import calculated, in_words, needs_weight
from myopathway.quantity import plain
from myopathway.render.doses import amount
from myopathway.render.words import capital, listed
from myopathway.web.guide_markup import Html, html, items, table, tag
from myopathway.web.guide_nodes import option_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.guideline.model import Dose, Node, Option
    from myopathway.web.guide_links import Links

# Rows of the table, in kg; between two rows the reader works it out or asks the service.
WEIGHTS: Final = tuple(Decimal(kg) for kg in range(40, 131, 10))


def weight_table(links: Links) -> Html:
    """Give what each weight-based dose comes to, worked out as for a patient."""
    adult = links.guideline.adult
    found = list(_by_weight(links))
    if not found:
        return Html()
    head = ("Weight", *(f"{links.guideline.drugs[one.drug].title} ({where})"
                        for one, where in found))  # fmt: skip
    rows: list[tuple[str, ...]] = [
        (f"{plain(kg)} kg", *(_cell(one, kg) for one, _ in found)) for kg in WEIGHTS
    ]
    return html(
        tag("p", f"For adults, that is from {plain(adult.from_years)} years on. {adult.child}",
            links.cited(adult.cites)),
        table(head, rows, "Doses by weight"),
    )  # fmt: skip


def dose_rules(links: Links) -> Html:
    """Give every dose sentence in words, drug by drug, with where it holds and its basis."""
    told: dict[str, dict[str, tuple[list[str], str]]] = {}
    for node, _, dose in _all(links):
        of_drug = told.setdefault(dose.drug, {})
        of_drug.setdefault(in_words((dose,)), ([], dose.cite))[0].append(node.title)
    return html(*(
        html(tag("h3", links.guideline.drugs[drug].title),
             items([html(f"{capital(words)}.", tag("p", "In: ", "; ".join(dict.fromkeys(where)),
                    ".", links.cited([cite]), class_="quiet"))
                    for words, (where, cite) in sentences.items()]))
        for drug, sentences in told.items()
    ))  # fmt: skip


def _by_weight(links: Links) -> Iterator[tuple[Dose, str]]:
    """Give each dose that depends on the weight once, with the options that hold it."""
    found: dict[Dose, list[str]] = {}
    for node, option, dose in _all(links):
        if needs_weight(dose):
            bare = msgspec.structs.replace(dose, words="", sentence="", cite="")
            name = option_title(links, option).lower() if len(option.drugs) > 1 else ""
            found.setdefault(bare, []).append(f"{node.id}{f', with {name}' if name else ''}")
    for dose, where in found.items():
        every = len(where) > len(links.guideline.nodes) // 2
        yield dose, "wherever it is an option" if every else listed(dict.fromkeys(
            one.partition(",")[0] for one in where))  # fmt: skip


def _all(links: Links) -> Iterator[tuple[Node, Option, Dose]]:
    for node in links.guideline.nodes:
        for therapy in node.therapies:
            for option in therapy.options:
                for dose in option.doses:
                    yield node, option, dose


def _cell(dose: Dose, weight: Decimal) -> str:
    return amount(dose, {one.kind: one for one in calculated(dose, weight)})
