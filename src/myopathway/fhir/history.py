"""From medication entries to regimens: what was one course of treatment, and how it ended."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from myopathway.facts import Regimen
from myopathway.fhir.finding import source, unread
from myopathway.fhir.purpose import Courses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from myopathway.facts import Unread
    from myopathway.fhir.finding import Finding
    from myopathway.fhir.medication import Given

GAP_DAYS: Final = 90

# Purpose, outcome and last day, and what keeps apart the entries that have no known last day.
_Key: TypeAlias = tuple[str | None, str | None, str, int]


def regimens(
    given: Iterable[Given],
    courses: Iterable[Finding],
    as_of: str,
    order: Mapping[str, int],
    out: list[Unread],
) -> tuple[Regimen, ...]:
    """Give the regimens up to a day, in their order in time; ``order`` ranks the drugs of one."""
    counted = [one for each in given if (one := _up_to(each, as_of, out)) is not None]
    disease = Courses(courses)
    groups: dict[_Key, list[Given]] = {}
    for place, one in enumerate(_merged(counted, order)):
        apart = -1 if one.ended and one.stop else place
        purpose = one.purpose or disease.purpose_of(one.start)
        groups.setdefault((purpose, one.outcome, one.stop, apart), []).append(one)
    return tuple(
        _regimen(key, group, index)
        for index, (key, group) in enumerate(sorted(groups.items(), key=_order))
    )


def _up_to(one: Given, as_of: str, out: list[Unread]) -> Given | None:
    """Leave out what had not begun; what had not ended was still being given."""
    if one.start > as_of:
        out.append(unread(one.entry, f"began {one.start}, after {as_of}"))
        return None
    if one.stop <= as_of:
        return one
    if one.entry.kind == "MedicationRequest":
        # How long a request was valid is a plan; its status tells that it has ended.
        return msgspec.structs.replace(one, stop="", stopped="")
    out.append(unread(one.entry, f"its end, {one.stop}, lies after {as_of}: counted as not ended"))
    # A failure that lies ahead is not known on that day, nor is it safe to say that it works.
    outcome = None if one.reasoned else "ongoing"
    return msgspec.structs.replace(
        one, stop="", stopped="", ended=False, outcome=outcome, reasoned=False
    )


def _merged(given: list[Given], order: Mapping[str, int]) -> list[Given]:
    """Join what ended without a reason with what of the same drug follows within 90 days."""
    by_drug: dict[str, list[Given]] = {}
    for one in given:
        by_drug.setdefault(one.drug, []).append(one)
    drugs = sorted(by_drug, key=lambda drug: (order.get(drug, len(order)), drug))
    return [one for drug in drugs for one in _chained(by_drug[drug])]


def _chained(entries: list[Given]) -> list[Given]:
    """Join the entries of one drug."""
    if len(entries) == 1:
        return entries
    chain: list[Given] = []
    for one in sorted(entries, key=_in_time):
        if chain and _continues(chain[-1], one):
            before = chain[-1]
            chain[-1] = msgspec.structs.replace(
                one, start=before.start, purpose=before.purpose or one.purpose,
                dose=one.dose or before.dose,
            )  # fmt: skip
        else:
            chain.append(one)
    return chain


def _in_time(one: Given) -> tuple[str, bool, str, str, str, str]:
    # Of two that begin on one day the one that can be continued stands first.
    entry = one.entry
    closed = not one.ended or one.reasoned
    return (one.start or one.stop, closed, one.stop, entry.kind, entry.id, entry.tie)


def _continues(before: Given, after: Given) -> bool:
    if not before.ended or before.reasoned or not after.start:
        return False
    if before.purpose and after.purpose and before.purpose != after.purpose:
        return False
    # Without a recorded end the gap is at most the time since it began.
    last = before.stop or before.start
    return bool(last) and _days(last, after.start) <= GAP_DAYS


def _days(first: str, second: str) -> int:
    return (dt.date.fromisoformat(second) - dt.date.fromisoformat(first)).days


def _order(item: tuple[_Key, list[Given]]) -> tuple[str, list[str], str, str, str]:
    (purpose, outcome, stop, _), group = item
    drugs = [one.drug for one in group]
    return (_begun(group) or stop, drugs, purpose or "", outcome or "", group[0].entry.label)


def _begun(group: list[Given]) -> str:
    if len(group) == 1:
        return group[0].start
    return min((one.start for one in group if one.start), default="")


def _regimen(key: _Key, group: list[Given], index: int) -> Regimen:
    purpose, outcome, *_ = key
    first = group[0]
    if len(group) == 1:
        drugs: tuple[str, ...] = (first.drug,)
        start, stopped, detail, dose = first.start, first.stopped, first.detail, first.dose
    else:
        drugs = tuple(dict.fromkeys(one.drug for one in group))
        start, dose = _begun(group), ""
        stopped = next((one.stopped for one in group if one.stopped), "")
        others = ", ".join(sorted({one.entry.label for one in group[1:]}))
        detail = f"{first.detail}, with {others}"
    return Regimen(
        drugs=drugs,
        purpose=purpose,
        outcome=outcome,
        started=dt.date.fromisoformat(start) if start else None,
        stopped=dt.date.fromisoformat(stopped) if stopped else None,
        dose=dose,
        index=index,
        source=source(first.entry, start, detail),
    )
