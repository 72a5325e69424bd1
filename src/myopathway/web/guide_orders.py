"""What an order is held against, for readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.criteria import ALWAYS
from myopathway.guideline.pages.safety import CONFIDENCE
from myopathway.web.guide_markup import Html, html, items, table, tag
from myopathway.web.guide_reads import reads

if TYPE_CHECKING:
    from myopathway.criteria import Criterion
    from myopathway.web.guide_links import Links


def order_limits(links: Links) -> Html:
    """Give the limits of orders, the drugs never ordered, the products of another kind."""
    guideline = links.guideline
    limits: list[tuple[str, ...]] = [
        (guideline.drugs[one.drug].title, html(one.says, links.cited(one.cites)),
         html(one.sentence, _while(links, one.when)), one.severity,
         f"{one.source} ({CONFIDENCE[one.confidence]})")
        for one in guideline.order_limits.limits
    ]  # fmt: skip
    bars = [
        html(one.says, links.cited(one.cites),
             tag("p", "Any of the ",
                 ", ".join(guideline.drug_classes[name].title for name in one.classes),
                 _while(links, one.when), class_="reads"))
        for one in guideline.order_limits.never
    ]  # fmt: skip
    products = [
        html(one.says, links.cited(one.cites), tag("p", f"Its names: {', '.join(one.names)}.",
                                                   class_="quiet"))
        for one in guideline.order_limits.products
    ]  # fmt: skip
    head = ("Drug", "Said", "Limit", "Severity", "Source")
    return html(
        table(head, limits, "Limits of dose and rhythm"),
        tag("h2", "Never ordered"), items(bars),
        tag("h2", "Products of another kind"), items(products),
    )  # fmt: skip


def _while(links: Links, when: Criterion) -> Html:
    return Html() if when == ALWAYS else html(", while: ", reads(links, when))
