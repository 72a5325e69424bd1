"""Observations: facts stated under our own codes, and measurements and results under others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.errors import InputError
from myopathway.facts import Known, Source
from myopathway.fhir.finding import Aside, Finding, unread
from myopathway.fhir.plain import as_map, as_maps, brief, day_of, words_of
from myopathway.fhir.results import is_positive
from myopathway.fhir.values import amount, plain_key, stated_value, value_of

if TYPE_CHECKING:
    from myopathway.facts import Fact, Vocabulary
    from myopathway.fhir.codebook import CodeBook
    from myopathway.fhir.entry import Entry
    from myopathway.fhir.finding import Item
    from myopathway.fhir.meaning import Meaning, Said
    from myopathway.fhir.plain import Resource

_WRONG: Final = ("entered-in-error", "cancelled")
_COUNT: Final = ("final", "amended", "corrected")


def read_observation(entry: Entry, book: CodeBook) -> list[Item] | None:
    """Read one Observation with its components; None where no fact is read from its codes."""
    resource, codes = entry.resource, book.observations
    try:
        (coding,) = resource["code"]["coding"]
        meanings = codes.seen[coding["system"], coding["code"]]
    except (KeyError, TypeError, ValueError, IndexError):
        meanings = codes.read(resource.get("code"))
    if "component" in resource:
        carriers = [(meanings, resource)] if meanings else []
        parts = as_maps(resource["component"])
        carriers += [(found, part) for part in parts if (found := codes.read(part.get("code")))]
    elif not meanings:
        return None
    elif len(meanings) == 1 and resource.get("status") in _COUNT:  # nearly always
        when = resource.get("effectiveDateTime")
        if when is None:
            when = _other_date(resource)
        if (day := day_of(when)) is not None:
            return [_item(entry, resource, meanings[0], (day, str(when) if day else ""), 0, book)]
        carriers = [(meanings, resource)]
    else:
        carriers = [(meanings, resource)]
    if not carriers:
        return None
    items: list[Item] = []
    if (status := resource.get("status")) not in _COUNT:
        if status is not None:
            return _aside(entry, carriers, status)
        items.append(unread(entry, "no status: counted as final"))
    when = resource.get("effectiveDateTime")
    if when is None:
        when = _other_date(resource)
    day = day_of(when)
    if day is None:
        items.append(unread(entry, "its date cannot be read: counted as the oldest"))
        day = ""
    dated = (day, str(when) if day else "")
    for place, (found, carrier) in enumerate(carriers):
        told = found if len(found) == 1 else _outright(found)
        items += [_item(entry, carrier, meaning, dated, place, book) for meaning in told]
    return items


def _aside(
    entry: Entry, carriers: list[tuple[tuple[Meaning, ...], Resource]], status: object
) -> list[Item]:
    """Set an Observation aside; a result that may yet come keeps its facts open."""
    told = unread(entry, f"status {brief(status)}")
    if status in _WRONG:
        return [told]
    facts = {one.fact.name for meanings, _ in carriers for one in meanings if one.fact is not None}
    return [told, *(Aside(name, told) for name in sorted(facts))]


def _other_date(resource: Resource) -> object:
    """Give the date for which an Observation holds, else the one on which it was issued."""
    period = as_map(resource.get("effectivePeriod"))
    when = resource.get("effectiveInstant") or period.get("start") or period.get("end")
    return when or resource.get("issued")


def _outright(meanings: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
    """Leave out a code of a fact that the same resource states outright."""
    stated = {one.fact.name for one in meanings if one.fact is not None and one.coding is None}
    return tuple(
        one for one in meanings
        if one.coding is None or one.fact is None or one.fact.name not in stated
    )  # fmt: skip


def _item(
    entry: Entry,
    carrier: Resource,
    meaning: Meaning,
    dated: tuple[str, str],
    place: int,
    book: CodeBook,
) -> Item:
    day, when = dated
    fact, coding = meaning.fact, meaning.coding
    if fact is None:
        return unread(entry, meaning.detail)
    if coding is not None and coding.doubt:
        named = (words_of(carrier.get("code")) or [meaning.detail])[0]
        return Aside(fact.name, unread(entry, f"{brief(named)}: {coding.doubt}"))
    key = plain_key(carrier)
    said = None if key is None else meaning.said.get(key)
    if said is None:
        try:
            said = _said(carrier, meaning, fact, book.vocabulary)
        except InputError as error:
            return Aside(fact.name, unread(entry, "; ".join(str(one) for one in error.faults)))
        if key is not None:
            meaning.remember(key, said)
    value, text, negative = said
    known = Known(value, Source("fhir", entry.label, day, meaning.detail), text)
    return Finding(fact, known, entry, day, coding is None, negative, place, when)


def _said(carrier: Resource, meaning: Meaning, fact: Fact, vocabulary: Vocabulary) -> Said:
    """Give a value as the dictionary takes it, and whether it is a negative result."""
    coding = meaning.coding
    negative = False
    if coding is None:
        value = stated_value(fact, carrier)
    elif fact.type in {"number", "grade"}:
        value = amount(fact, *value_of(fact, carrier), stated=False)
    else:
        positive = is_positive(fact, carrier)
        value = _result(fact, coding.value, positive=positive)
        negative = bool(coding.value) and not positive
    known = vocabulary.known(fact, value)
    return known.value, known.text, negative


def _result(fact: Fact, value: str, *, positive: bool) -> object:
    if value:
        return [value] if fact.type == "set" else value
    if fact.type == "boolean":
        return positive
    return "positive" if positive else "negative"
