"""Conditions: what the codes of a problem list show, while the problem is there."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from myopathway.facts import Known
from myopathway.fhir.codes import SHORT
from myopathway.fhir.finding import ANY, Aside, Finding, source, unread
from myopathway.fhir.plain import as_map, as_maps, as_text, brief, day_of, words_of

if TYPE_CHECKING:
    from myopathway.fhir.codebook import CodeBook
    from myopathway.fhir.entry import Entry
    from myopathway.fhir.finding import Item
    from myopathway.fhir.meaning import Meaning
    from myopathway.fhir.plain import Resource

_PRESENT: Final = frozenset({"active", "recurrence", "relapse"})
_PAST: Final = frozenset({"inactive", "remission", "resolved"})
_ABATED: Final = frozenset(
    {"abatementDateTime", "abatementPeriod", "abatementBoolean", "abatementString",
     "abatementAge", "abatementRange"}
)  # fmt: skip
_WRONG: Final = frozenset({"refuted", "entered-in-error"})
_SYSTEMS: Final = frozenset(SHORT)
# Facts of this ending ask for what has been: a problem that is over is no reason to say never.
_HISTORY: Final = "_history"


def read_condition(entry: Entry, book: CodeBook, as_of: dt.date) -> list[Item] | None:
    """Read one Condition; None where no fact is read from its codes."""
    resource = entry.resource
    meanings = book.conditions.read(resource.get("code"))
    if not meanings:
        return _in_words(entry, as_of)
    if (refused := _refused(resource, as_of)) is not None:
        return _aside(entry, meanings, *refused)
    items: list[Item] = []
    begun = _onset(resource)
    recorded, onset = day_of(resource.get("recordedDate")), day_of(begun)
    if recorded is None or onset is None:
        items.append(unread(entry, "a date of it cannot be read: counted as missing"))
    day = recorded or onset or ""
    settled: set[str] = set()
    if len(meanings) > 1:
        settled = {one.fact.name for one in meanings if one.fact is not None
                   and one.coding is not None and not one.coding.doubt}  # fmt: skip
    for meaning in meanings:
        fact, coding = meaning.fact, meaning.coding
        if fact is None or coding is None:
            items.append(unread(entry, meaning.detail))
        elif coding.doubt:
            if fact.name not in settled:
                named = (words_of(resource.get("code")) or [meaning.detail])[0]
                items.append(Aside(fact.name, unread(entry, f"{brief(named)}: {coding.doubt}")))
        elif coding.within_days and (late := _too_old(recorded, onset, coding.within_days, as_of)):
            items.append(Aside(fact.name, unread(entry, f"{meaning.detail}: {late}")))
        else:
            value = True if fact.type == "boolean" else coding.value
            known = Known(value, source(entry, day, meaning.detail))
            when = as_text(resource.get("recordedDate") if recorded else begun)
            items.append(Finding(fact, known, entry, day, place=-meaning.order, when=when))
    return items


def _in_words(entry: Entry, as_of: dt.date) -> list[Item] | None:
    """List a problem of which nobody knows which facts it would show.

    It has words but no code, or only codes of systems in which no fact is looked up.
    """
    concept = entry.resource.get("code")
    codings = []
    for one in as_maps(as_map(concept).get("coding")):
        if one.get("code"):
            if one.get("system") in _SYSTEMS:
                return None
            codings.append(one)
    named = [*words_of(concept), *(as_text(one.get("code")) for one in codings)]
    if not named or _refused(entry.resource, as_of) is not None:
        return None
    why = "without a code"
    if codings:
        system = brief(codings[0].get("system") or "no system")
        why = f"with a code of a system that is not read ({system})"
    return [Aside(ANY, unread(entry, f"{brief(named[0])}: a problem {why}"))]


def _refused(resource: Resource, as_of: dt.date) -> tuple[str, bool] | None:
    """Say why a Condition sets nothing, and whether the problem may be there for all that."""
    if (verification := status_of(resource, "verificationStatus")) not in {"", "confirmed"}:
        return f"verificationStatus {brief(verification)}", verification not in _WRONG
    if (clinical := status_of(resource, "clinicalStatus")) and clinical not in _PRESENT:
        return f"clinicalStatus {brief(clinical)}", clinical not in _PAST
    end = _abated(resource)
    if end is not None and end <= as_of.isoformat():
        return f"ended {end}".strip(), clinical in _PRESENT
    return None


def _aside(
    entry: Entry,
    meanings: tuple[Meaning, ...],
    reason: str,
    open_still: bool,  # noqa: FBT001 - comes with the reason
) -> list[Item]:
    """Set a Condition aside; where the problem may be there, or was, it keeps its facts open."""
    told = unread(entry, reason)
    facts = {meaning.fact.name for meaning in meanings if meaning.fact is not None}
    kept = sorted(name for name in facts if open_still or name.endswith(_HISTORY))
    return [told, *(Aside(name, told) for name in kept)]


def status_of(resource: Resource, key: str) -> str:
    """Give the code of a status; a word where there is no code; "" only where it is absent."""
    raw = resource.get(key)
    if raw is None:
        return ""
    try:
        (coding,) = raw["coding"]
        if code := coding["code"].strip():
            return str(code)
    except (KeyError, TypeError, ValueError, AttributeError):
        pass  # several, none, or not as FHIR has it
    codes = {as_text(coding.get("code")) for coding in as_maps(as_map(raw).get("coding"))} - {""}
    if len(codes) == 1:
        return codes.pop()
    if codes:
        return " and ".join(sorted(codes))
    words = words_of(raw)
    return words[0].lower() if words else as_text(raw) or "that cannot be read"


def _abated(resource: Resource) -> str | None:
    """Give the day on which a problem ended, "" where only that it ended is known, else None."""
    # A null is no value: FHIR has none.
    if all(resource.get(name) is None for name in _ABATED.intersection(resource)):
        return None
    period = as_map(resource.get("abatementPeriod"))
    when = resource.get("abatementDateTime") or period.get("end") or period.get("start")
    if when is None and resource.get("abatementBoolean") is False:
        return None
    return day_of(when) or ""


def _onset(resource: Resource) -> object:
    onset = resource.get("onsetDateTime")
    return onset or as_map(resource.get("onsetPeriod")).get("start")


def _too_old(recorded: str | None, onset: str | None, days: int, as_of: dt.date) -> str:
    """Say why a problem that passes by itself is not known to be there now."""
    known = [day for day in (recorded, onset) if day]
    if not known:
        return f"no date, and it counts for {days} days only"
    first = min(known)
    if (as_of - dt.date.fromisoformat(first)).days > days:
        return f"of {first}, more than {days} days before {as_of}"
    return ""
