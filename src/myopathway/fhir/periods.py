"""From when to when a medication entry was given, as far as its type can say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.fhir.finding import unread
from myopathway.fhir.plain import as_map, as_maps, as_text, day_of

if TYPE_CHECKING:
    from myopathway.facts import Unread
    from myopathway.fhir.entry import Entry
    from myopathway.fhir.plain import Resource


def period_of(entry: Entry, out: list[Unread]) -> tuple[str, str, str]:
    """Give start and stop for comparing, and the stop that is recorded as a whole day; "" unknown.

    Where a request has one date only, that day stands for its end too.
    """
    resource = entry.resource
    is_request = entry.kind == "MedicationRequest"
    if is_request:
        begin, end = resource.get("authoredOn"), None
        if "dispenseRequest" in resource or "dosageInstruction" in resource:
            end = _planned_end(resource)
    else:
        begin = end = resource.get("effectiveDateTime")
        if begin is None:
            period = as_map(resource.get("effectivePeriod"))
            begin, end = period.get("start"), period.get("end")
    start, stop = day_of(begin), "" if end is None else day_of(end)
    if start is None or stop is None:
        out.append(unread(entry, "a date of it cannot be read: counted as missing"))
        start, stop = start or "", stop or ""
    if not stop:
        return start, start if is_request and _is_whole(begin) else "", ""
    if stop < start:
        out.append(unread(entry, f"it ends {stop}, before it begins: the end is not used"))
        return start, "", ""
    # A month or a year is no day on which two drugs can be seen to have been stopped together.
    return (start, stop, stop) if _is_whole(end) else (start, "", "")


def _is_whole(date: object) -> bool:
    return len(as_text(date)) >= len("2026-03-31")


def _planned_end(resource: Resource) -> object:
    validity = as_map(as_map(resource.get("dispenseRequest")).get("validityPeriod"))
    if (end := validity.get("end")) is not None:
        return end
    timings = [as_map(one.get("timing")) for one in as_maps(resource.get("dosageInstruction"))]
    bounds = [as_map(as_map(timing.get("repeat")).get("boundsPeriod")) for timing in timings]
    return max((end for one in bounds if (end := as_text(one.get("end")))), default=None)
