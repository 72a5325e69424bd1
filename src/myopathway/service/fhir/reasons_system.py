"""The reasons for setting a card aside, as a CodeSystem that a client can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from myopathway.service.hooks.reasons import REASONS, system

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline


def reasons_system(guideline: Guideline, canonical: str) -> dict[str, Any]:
    """Write the code system."""
    edition = guideline.edition
    return {
        "resourceType": "CodeSystem",
        "id": "override-reasons",
        "url": system(canonical),
        "version": edition.version,
        "name": "MyopathwayOverrideReasons",
        "title": "Reasons for setting a recommendation aside",
        "status": "active",
        "date": edition.date,
        "description": "Sent with a card of CDS Hooks, and given back as feedback.",
        "caseSensitive": True,
        "content": "complete",
        "count": len(REASONS),
        "concept": [{"code": code, "display": told} for code, told in REASONS.items()],
    }
