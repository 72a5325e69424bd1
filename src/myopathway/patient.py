"""A patient as users hand one in: typed facts, or a FHIR R4 Bundle."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from myopathway.facts import Record, Unread  # msgspec reads the annotations
from myopathway.guideline.load import shipped

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from myopathway.fhir.reading import Reading
    from myopathway.guideline.model import Guideline


@cache
def _reader() -> Callable[..., Reading]:
    """Give what reads Bundles; it is loaded for FHIR input only."""
    from myopathway.fhir.read import read_bundle  # noqa: PLC0415

    return read_bundle


class Patient(msgspec.Struct, frozen=True):
    """What is known of one patient, where it came from, and what could not be read."""

    record: Record
    unread: tuple[Unread, ...] | None = None
    occasions: tuple[str, ...] = ()

    @classmethod
    def from_facts(
        cls, facts: Mapping[str, object], *, guideline: Guideline | None = None
    ) -> Patient:
        """Read typed facts; a fact that is absent or None is unknown.

        Raises ``InputError`` that names each unknown fact, wrong type and impossible value.
        """
        vocabulary = (guideline or shipped()).vocabulary
        return cls(vocabulary.read(dict(facts)))

    @classmethod
    def from_fhir(
        cls,
        bundle: Mapping[str, object],
        *,
        today: dt.date,
        complete_problem_list: bool = False,
        complete_medication_list: bool = False,
        guideline: Guideline | None = None,
    ) -> Patient:
        """Read a FHIR R4 Bundle of one patient, as decoded JSON.

        ``today`` counts where the Bundle states no ``as_of``; nothing dated later is read. The
        two ``complete`` flags say that the record's lists leave nothing out. Raises
        ``InputError`` for what is no Bundle of one patient; anything else that cannot be read is
        listed in ``unread``.
        """
        reading = _reader()(
            bundle,
            guideline or shipped(),
            today=today,
            complete_problem_list=complete_problem_list,
            complete_medication_list=complete_medication_list,
        )
        return cls(reading.record, reading.unread, reading.occasions)
