"""AllergyIntolerance resources: the drugs that must not be given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from myopathway.facts import Known
from myopathway.fhir.conditions import status_of
from myopathway.fhir.finding import Finding, source, unread
from myopathway.fhir.plain import as_map, brief, day_of, words_of

if TYPE_CHECKING:
    from myopathway.fhir.codebook import CodeBook
    from myopathway.fhir.entry import Entry
    from myopathway.fhir.finding import Item

_WRONG: Final = frozenset({"refuted", "entered-in-error"})
# "No known allergy", "nil known", "not allergic to x", "NKDA": what is said not to be there.
_NEGATION: Final = re.compile(r"(?:no|not|nil|none|nka|nkda|nkma|denies|never|without)\b")


def read_allergy(entry: Entry, book: CodeBook) -> list[Item]:
    """Read one AllergyIntolerance, active or without a clinicalStatus."""
    resource = entry.resource
    fact = book.vocabulary.facts.get("allergies")
    if fact is None:
        return []
    if (verification := status_of(resource, "verificationStatus")) in _WRONG:
        return [unread(entry, f"verificationStatus {brief(verification)}")]
    if (clinical := status_of(resource, "clinicalStatus")) not in {"", "active"}:
        return [unread(entry, f"clinicalStatus {brief(clinical)}")]
    concept = resource.get("code")
    words = words_of(concept)
    for text in words:
        if _NEGATION.match(text.lower()):
            return [unread(entry, f"{brief(text)}: names no allergy")]
    naming = book.drugs.named(concept)
    found = set(naming.named)
    found.update(book.drugs.anywhere(words))
    if not found:
        found.update(book.drugs.others(naming.words))
    if not found:
        return [unread(entry, "names no substance that can be read")]
    items: list[Item] = []
    day = _day(resource)
    if day is None:
        items.append(unread(entry, "a date of it cannot be read: counted as missing"))
    where = source(entry, day or "", naming.detail or "by name")
    items += [Finding(fact, Known((name,), where), entry, day or "") for name in sorted(found)]
    return items


def _day(resource: dict[str, object]) -> str | None:
    recorded = resource.get("recordedDate")
    if recorded is None:
        period = as_map(resource.get("onsetPeriod"))
        recorded = resource.get("onsetDateTime") or period.get("start")
    return day_of(recorded)
