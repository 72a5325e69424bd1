"""Proofs about a guideline: ``verify`` gives a report in which every property stands.

Where patients belong is worked out a second time from the content alone (``placing``, ``kleene``),
for every combination of facts that its sentences can tell apart, unknown included, and the engine
is held against it. Spaces too large to walk are given to a solver (``solver``).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from myopathway.errors import ContentError, Fault, InputError, nearest
from myopathway.guideline.load import CONTENT, content_files, content_hash, load
from myopathway.verify.proofs import SAYS, Proofs
from myopathway.verify.report import Failure, Finding, Report

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["PROPERTIES", "Failure", "Finding", "Report", "verify"]

WHOLE: Final = "whole"
PROPERTIES: Final = (WHOLE, *SAYS)
# Of a site's own rules these are asked; the vignettes are the guideline's, and a drug that the
# site does not have is meant to be out of reach.
OF_OVERLAYS: Final = (
    *(WHOLE, "one-node", "nodes-reached", "gone-is-told", "safety-subtracts", "thresholds"),
    *("doses", "histories", "places", "questions", "learning"),
)
_WHOLE_SAYS: Final = "The content can be read: every id resolves, every statement is carried"


def verify(
    content: Path = CONTENT,
    *,
    only: Collection[str] = PROPERTIES,
    workers: int = 2,
    overlay: Path | None = None,
) -> Report:
    """Prove the properties of a content folder, all of them or some.

    Content that cannot be read fails the property ``whole``, and no other is tried. ``workers``
    processes share the longest proof. With an ``overlay`` the guideline is proved as it is with a
    site's own rules on it. Raises ``InputError`` for an unknown property.
    """
    for name in only:
        if name not in PROPERTIES:
            want = ", ".join(PROPERTIES)
            found = f"no property {name!r}{nearest(name, PROPERTIES)}"
            raise InputError([Fault("--only", found, want)])
    start = time.perf_counter()
    try:
        guideline = load(content, overlay=overlay)
    except ContentError as error:
        failures = tuple(Failure(str(fault)) for fault in error.faults)
        spent = time.perf_counter() - start
        finding = Finding(WHOLE, _WHOLE_SAYS, "read", str(content), spent, failures)
        return Report("", "", _hash(content), (finding,))
    spent = time.perf_counter() - start
    space = f"{len(guideline.statements):,} statements"
    whole = Finding(WHOLE, _WHOLE_SAYS, "read", space, spent, ())
    proofs = Proofs(guideline, content / "cases", workers=workers)
    findings = ((whole,) if WHOLE in only else ()) + tuple(proofs.findings(only))
    edition = guideline.edition
    return Report(edition.id, edition.version, guideline.content_hash, findings)


def _hash(content: Path) -> str:
    try:
        return content_hash(content_files(content))
    except ContentError:
        return ""
