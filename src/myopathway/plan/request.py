"""What a plan is asked for: drugs of the algorithm, a policy, days that can be planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from myopathway.errors import Fault, InputError, nearest, shown
from myopathway.guideline.policy import Policy
from myopathway.plan.dates import months_after

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from myopathway.guideline.model import Guideline

MONTHS: Final = 12
MOST_MONTHS: Final = 120
_YEARS: Final = (1900, 2200)


class Asked(msgspec.Struct, frozen=True):
    """The drugs by their names in the algorithm, each once, and the policy."""

    drugs: tuple[str, ...]
    policy: Policy


def asked(drugs: Sequence[str], policy: str, guideline: Guideline) -> Asked:
    """Read drugs and policy; raises ``InputError`` that names what is accepted.

    A text may join several drugs by ``+``, as options are named.
    """
    known = [name for name, drug in guideline.drugs.items() if not drug.supplement]
    faults: list[Fault] = []
    found: list[str] = []
    for text in (part for joined in drugs for part in joined.split("+")):
        name = guideline.vocabulary.drug(text)
        if name is None or name not in known:
            told = "a supplement: it is a check of the drug that it goes with" if name else (
                f"no drug of the algorithm{nearest(text.strip().lower(), known)}"
            )  # fmt: skip
            faults.append(Fault("regimen", f"found {shown(text)}, {told}", ", ".join(known)))
        else:
            found.append(name)
    if not found and not faults:
        faults.append(Fault("regimen", "no drug", ", ".join(known)))
    chosen = guideline.monitoring.get(policy)
    if chosen is None:
        policies = ", ".join(guideline.monitoring) or "none: this content has no policy"
        hint = nearest(policy, guideline.monitoring)
        faults.append(Fault("policy", f"found {shown(policy)}{hint}", policies))
    if faults or chosen is None:
        raise InputError(faults)
    return Asked(tuple(dict.fromkeys(found)), chosen)


def last_day(start: dt.date, until: dt.date | None, months: int | None) -> dt.date | None:
    """Give the last day from one of two ways to ask for it; raises ``InputError`` for both."""
    _begins(start)
    if months is None:
        return until
    if until is not None:
        raise InputError([Fault("months", "beside until", "one of the two")])
    if not 1 <= months <= MOST_MONTHS:
        raise InputError([Fault("months", f"found {months}", f"1 to {MOST_MONTHS}")])
    return months_after(start, months)


def horizon(start: dt.date, until: dt.date | None) -> dt.date:
    """Give the last day of the plan, a year after its start where none is asked for."""
    _begins(start)
    end = months_after(start, MONTHS) if until is None else until
    most = months_after(start, MOST_MONTHS)
    if not start < end <= most:
        raise InputError([Fault("until", f"found {end}", f"a day after {start}, up to {most}")])
    return end


def _begins(start: dt.date) -> None:
    first, last = _YEARS
    if not first <= start.year <= last:
        raise InputError([Fault("start", f"found {start}", f"a day from {first} to {last}")])
