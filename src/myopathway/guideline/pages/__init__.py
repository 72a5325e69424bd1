"""The reading pages: what the guideline says, set beside what the machine reads from it.

Plain GitHub Markdown, made from the loaded guideline alone and written by ``guideline.generate``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.guideline.pages.dictionaries import drugs_page, facts_page
from myopathway.guideline.pages.index import index_page
from myopathway.guideline.pages.monitoring import ABOUT as MONITORING
from myopathway.guideline.pages.monitoring import monitoring_page
from myopathway.guideline.pages.node import node_page
from myopathway.guideline.pages.orders import ABOUT as ORDERS
from myopathway.guideline.pages.orders import orders_page
from myopathway.guideline.pages.parts import node_file
from myopathway.guideline.pages.registers import (
    interpretations_page,
    references_page,
    statements_page,
    terms_page,
)
from myopathway.guideline.pages.rules import rules_page
from myopathway.guideline.pages.safety import ABOUT as SAFETY
from myopathway.guideline.pages.safety import safety_page

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline


def pages(guideline: Guideline) -> dict[str, str]:
    """Give every page by its file name."""
    further = {}
    if guideline.safety.rules:
        further["safety.md"] = SAFETY, safety_page(guideline)
    if guideline.monitoring:
        further["monitoring.md"] = MONITORING, monitoring_page(guideline)
    if guideline.order_limits.limits:
        further["orders.md"] = ORDERS, orders_page(guideline)
    return {
        "README.md": index_page(guideline, {name: about for name, (about, _) in further.items()}),
        **{node_file(node.id): node_page(guideline, node) for node in guideline.nodes},
        "terms.md": terms_page(guideline),
        "rules.md": rules_page(guideline),
        "interpretations.md": interpretations_page(guideline),
        "facts.md": facts_page(guideline),
        "statements.md": statements_page(guideline),
        "references.md": references_page(guideline),
        "drugs.md": drugs_page(guideline),
        **{name: page for name, (_, page) in further.items()},
    }
