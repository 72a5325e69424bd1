"""The services that are offered, as discovery gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.service.hooks.templates import templates

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline

HOOKS: Final = {
    "iim-recommendation": "patient-view",
    "iim-order-select": "order-select",
    "iim-order-sign": "order-sign",
}
_TITLES: Final = {
    "iim-recommendation": "Myositis: where the patient stands and what is recommended",
    "iim-order-select": "Myositis: the drug just chosen, against the pathway and drug safety",
    "iim-order-sign": "Myositis: drug, dose and rhythm before the order is signed",
}
_SAYS: Final = {
    "iim-recommendation": "For a patient with an idiopathic inflammatory myopathy: group, line of"
    " treatment, the options with doses worked out, what is ruled out and why, what is not known."
    " Silent for every other patient.",
    "iim-order-select": "For a patient with an idiopathic inflammatory myopathy: says what speaks"
    " against a drug as soon as it is chosen. Silent where nothing does.",
    "iim-order-sign": "For a patient with an idiopathic inflammatory myopathy: checks dose, rhythm,"
    " contraindications and place in the pathway before the order is signed.",
}
_USE: Final = (
    "Decision support for professionals who treat myositis in adults. Send null for a prefetch"
    " key that the record has nothing for: what is not known is never taken as no."
)


def discovery(guideline: Guideline) -> dict[str, Any]:
    """Give the answer of the discovery endpoint."""
    prefetch = templates(guideline)
    return {
        "services": [
            {
                "id": name,
                "hook": hook,
                "title": _TITLES[name],
                "description": _SAYS[name],
                "prefetch": prefetch,
                "usageRequirements": _USE,
            }
            for name, hook in HOOKS.items()
        ]
    }
