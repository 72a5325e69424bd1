"""A record written as the facts document that says it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from myopathway.facts import Regimen

if TYPE_CHECKING:
    from myopathway.facts import Known, Record


def document(record: Record) -> dict[str, Any]:
    """Give the facts document of a record, in JSON's own types; reading it gives the record."""
    return {name: _plain(known) for name, known in record.facts.items()}


def _plain(known: Known) -> object:
    match known.value:
        case bool() | str():
            return known.value
        case _ if known.text:
            return known.text
        case Decimal():
            whole = known.value == known.value.to_integral_value()
            return int(known.value) if whole else float(known.value)
        case dt.date():
            return known.value.isoformat()
        case members:
            return [_regimen(one) if isinstance(one, Regimen) else one for one in members]


def _regimen(one: Regimen) -> dict[str, Any]:
    given = {
        "drugs": list(one.drugs),
        "purpose": one.purpose,
        "outcome": one.outcome,
        "intolerant_of": list(one.intolerant_of),
        "started": one.started and one.started.isoformat(),
        "stopped": one.stopped and one.stopped.isoformat(),
        "dose": one.dose,
    }
    return {key: value for key, value in given.items() if value}
