"""What one medication resource says."""

from __future__ import annotations

import msgspec

from myopathway.facts import Unread
from myopathway.fhir.entry import Entry
from myopathway.fhir.finding import Finding


class Given(msgspec.Struct, frozen=True, gc=False):
    """One entry of the medication list that counts: a drug of the algorithm, given or taken.

    ``start`` and ``stop`` are days for comparing, "" where unknown; ``stopped`` is the day that
    is shown as its end. ``reasoned``: the outcome comes from a recorded reason.
    """

    drug: str
    entry: Entry
    detail: str
    start: str = ""
    stop: str = ""
    stopped: str = ""
    ended: bool = False
    outcome: str | None = None
    reasoned: bool = False
    purpose: str | None = None
    dose: str = ""


class Medication(msgspec.Struct, frozen=True):
    """What one medication resource says.

    ``known``: its drug is known, so that it is some history, if perhaps not of this disease.
    ``hidden``: it may be of any drug.
    ``idle``: it is of another drug, which is not taken now.
    """

    known: bool = True
    hidden: bool = False
    given: Given | None = None
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()
    idle: bool = False
