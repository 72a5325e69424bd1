"""The history as a record has it: medication entries by their codes, joined to regimens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.export.courses import RECORDED, courses
from myopathway.export.drug_codes import drug_codes
from myopathway.export.entries import entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.export.cql.syntax import Define
    from myopathway.guideline.model import Guideline

__all__ = ["RECORDED", "recorded"]


def recorded(guideline: Guideline) -> Iterator[Define]:
    """Define the regimens that medication resources tell of, and the recorded allergies."""
    yield from drug_codes(guideline)
    yield from entries()
    yield from courses()
