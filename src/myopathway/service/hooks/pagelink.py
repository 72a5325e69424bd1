"""The address of the page for a patient, without anything that says who it is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from myopathway.facts import Regimen
from myopathway.quantity import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer
    from myopathway.patient import Patient

_LONGEST: Final = 4000  # longer addresses are cut off by some clients
_TREATMENTS: Final = "treatments"


def page_query(patient: Patient, answer: Answer) -> str:
    """Write the facts as the fields of the page's form.

    Dates are left out, since they could identify: age stands for the date of birth. Empty where
    the address would be too long: the page then asks.
    """
    pairs = [("as_of", answer.as_of)]
    for name, known in patient.record.facts.items():
        match known.value:
            case bool():
                pairs.append((name, "yes" if known.value else "no"))
            case str():
                pairs.append((name, known.value))
            case Decimal():
                pairs.append((name, known.text or plain(known.value)))
            case dt.date():
                if name == "birth_date" and "age_years" not in patient.record.facts:
                    age = _years(known.value, dt.date.fromisoformat(answer.as_of))
                    pairs.append(("age_years", str(age)))
            case tuple() if name == _TREATMENTS:
                pairs.extend(_regimens(known.value))
            case members:
                pairs.extend((name, str(one)) for one in members or ("none",))
    query = "&".join([_pair(name, value) for name, value in pairs])
    return query if len(query) <= _LONGEST else ""


@lru_cache(maxsize=8192)
def _pair(name: str, value: str) -> str:
    return urlencode([(name, value)])


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
