"""What a regimen says of now: which drugs are being given, and how much of them a day.

The dose of a regimen is a text; it is read where it plainly says milligrams (or grams) a day, and
is not known where it says anything else.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.truth import Truth

if TYPE_CHECKING:
    from myopathway.facts import Regimen

ONGOING: Final = "ongoing"
_AMOUNT: Final = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?) ?(?P<unit>mg|g) ?"
    r"(?P<times>once |twice |three times |[1-4] ?x |[1-4] times )?"
    r"(?:/ ?day|/ ?d|daily|a day|per day|od|bd|bid|tds|tid|qd)"
)
_TIMES: Final = {"": 1, "once": 1, "twice": 2, "three times": 3}
_ENDS: Final = {"bd": 2, "bid": 2, "tds": 3, "tid": 3}


def being_given(regimen: Regimen, *, ended: bool) -> Truth:
    """Say whether a regimen goes on; ``ended``: a day is recorded on which it stopped."""
    if regimen.outcome is None:
        return Truth.FALSE if ended else Truth.UNKNOWN
    return Truth.of(regimen.outcome == ONGOING)


def milligrams_a_day(dose: str) -> Decimal | None:
    """Read a dose that is said in milligrams or grams a day; None where it says anything else."""
    text = " ".join(dose.lower().split())
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    amount = Decimal(found["number"].replace(",", ".")) * (1000 if found["unit"] == "g" else 1)
    times = (found["times"] or "").strip()
    number = _TIMES[times] if times in _TIMES else int(times[0])
    return amount * number * next((n for end, n in _ENDS.items() if text.endswith(end)), 1)
