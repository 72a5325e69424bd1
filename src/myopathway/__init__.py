"""Treatment recommendations for idiopathic inflammatory myopathies, each with its reasons.

>>> import myopathway
>>> patient = myopathway.Patient.from_facts({"subtype": "inclusion-body-myositis"})
>>> myopathway.recommend(patient).node
'ibm'
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from myopathway.errors import ContentError, Fault, InputError, MyopathwayError
from myopathway.patient import Patient

if TYPE_CHECKING:
    from pathlib import Path

    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline

__all__ = [
    "ContentError",
    "Fault",
    "InputError",
    "MyopathwayError",
    "Patient",
    "load",
    "recommend",
]
__version__ = "0.1.0"


def load(folder: Path, *, overlay: Path | None = None) -> Guideline:
    """Load the guideline of a content folder; raises ``ContentError`` with every fault.

    ``overlay`` is a folder with a site's own rules, laid over the guideline.
    """
    from myopathway.guideline.load import load as read  # noqa: PLC0415 - only on demand

    return read(folder, overlay=overlay)


def recommend(
    patient: Patient, *, today: dt.date | None = None, guideline: Guideline | None = None
) -> Answer:
    """Give the answer for a patient.

    ``today`` (default: the present day) counts where the patient states no ``as_of``;
    ``guideline`` defaults to the one shipped. Nothing is raised: a half-known patient, a
    contradiction and a patient outside the guideline are answers.
    """
    from myopathway.recommendation import recommend_on  # noqa: PLC0415 - only on demand

    return recommend_on(patient, today or dt.date.today(), guideline)  # noqa: DTZ011, TID251 - the day of the place where it runs
