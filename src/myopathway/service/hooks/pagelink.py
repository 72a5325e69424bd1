"""The address of the page for a patient, without anything that says who it is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

from myopathway.facts import Regimen
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer
    from myopathway.patient import Patient

_LONGEST: Final = 4000  # longer addresses are cut off by some clients
_TREATMENTS: Final = "treatments"
_quoted: Final = lru_cache(maxsize=8192)(quote_plus)


def page_query(patient: Patient, answer: Answer) -> str:
    """Write the facts as the fields of the page's form.

    Dates are left out, since they could identify: age stands for the date of birth. Empty where
    the address would be too long: the page then asks.
    """
    pairs = [f"as_of={_quoted(answer.as_of)}"]
    facts = patient.record.facts
    for name, known in facts.items():
        value = known.value
        if value is True:
            pairs.append(f"{name}=yes")
        elif value is False:
            pairs.append(f"{name}=no")
        elif isinstance(value, str):
            pairs.append(f"{name}={_quoted(value)}")
        elif isinstance(value, Decimal):
            pairs.append(f"{name}={_quoted(known.text or plain(value))}")
        elif isinstance(value, dt.date):
            if name == "birth_date" and "age_years" not in facts:
                age = _years(value, dt.date.fromisoformat(answer.as_of))
                pairs.append(f"age_years={age}")
        elif name == _TREATMENTS:
            pairs.extend([f"{field}={_quoted(text)}" for field, text in _regimens(value)])
        else:
            pairs.extend([f"{name}={_quoted(str(one))}" for one in value or ("none",)])
    query = "&".join(pairs)
    return query if len(query) <= _LONGEST else ""


def _regimens(found: tuple[object, ...]) -> Iterator[tuple[str, str]]:
    yield _TREATMENTS, "some" if found else "none"
    for number, one in enumerate(found, 1):
        if isinstance(one, Regimen):
            yield from ((f"t{number}_drugs", drug) for drug in one.drugs)
            if one.purpose:
                yield f"t{number}_purpose", one.purpose
            if one.outcome:
                yield f"t{number}_outcome", one.outcome
            yield from ((f"t{number}_intolerant_of", drug) for drug in one.intolerant_of)


def _years(birth: dt.date, day: dt.date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
