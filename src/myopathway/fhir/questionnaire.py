"""A QuestionnaireResponse to the exported Questionnaire: each linkId is the name of a fact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.errors import Fault, InputError
from myopathway.facts import Known
from myopathway.fhir.codes import FACTS
from myopathway.fhir.finding import Finding, source, unread
from myopathway.fhir.plain import as_map, as_maps, as_text, brief, day_of
from myopathway.fhir.values import NONE, stated_value, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.facts import Fact, Source, Vocabulary
    from myopathway.fhir.codebook import CodeBook
    from myopathway.fhir.entry import Entry
    from myopathway.fhir.finding import Item
    from myopathway.fhir.plain import Resource

QUESTIONNAIRES: Final = "https://myopathway.example/fhir/Questionnaire/"
_COUNT: Final = frozenset({"completed", "amended"})
_TREATMENTS: Final = "treatments"
# A group has no answer of its own: that no regimen was given is a question beside it.
NO_REGIMEN: Final = f"{_TREATMENTS}.{NONE}"
_NONE: Final = {"system": FACTS, "code": NONE}
_LISTS: Final = ("drugs", "intolerant_of")


def read_response(entry: Entry, book: CodeBook) -> list[Item] | None:
    """Read the answers as stated facts; None for the answers to another questionnaire."""
    resource = entry.resource
    if not as_text(resource.get("questionnaire")).startswith(QUESTIONNAIRES):
        return None
    if (status := as_text(resource.get("status"))) not in _COUNT:
        return [unread(entry, f"status {brief(status)}" if status else "no status")]
    items: list[Item] = []
    when = as_text(resource.get("authored"))
    day = day_of(resource.get("authored"))
    if day is None:
        items.append(unread(entry, "its date cannot be read: counted as the oldest"))
        day = ""
    asked: dict[str, list[Resource]] = {}
    for item in _items(resource):
        link = as_text(item.get("linkId"))
        if link in book.vocabulary.facts:
            asked.setdefault(link, []).append(item)
        elif link == NO_REGIMEN and _is_yes(item):
            asked.setdefault(_TREATMENTS, []).append({"answer": [{"valueCoding": _NONE}]})
        elif item.get("answer") and link.split(".")[0] not in book.vocabulary.facts:
            items.append(unread(entry, f"{brief(link)!r} names no fact"))
    for name, parts in asked.items():
        fact = book.vocabulary.facts[name]
        where = source(entry, day, f"answer {name}")
        try:
            items += [Finding(fact, known, entry, day, stated=True, when=when)
                      for known in _answered(fact, parts, where, book.vocabulary)]  # fmt: skip
        except InputError as error:
            items.append(unread(entry, "; ".join(str(fault) for fault in error.faults)))
    return items


def _items(outer: Resource) -> Iterator[Resource]:
    """Walk all items, an item before those in it, however deep they lie."""
    waiting = as_maps(outer.get("item"))[::-1]
    while waiting:
        item = waiting.pop()
        yield item
        waiting += as_maps(item.get("item"))[::-1]


def _is_yes(item: Resource) -> bool:
    return any(answer.get("valueBoolean") is True for answer in as_maps(item.get("answer")))


def _answered(
    fact: Fact, parts: list[Resource], where: Source, vocabulary: Vocabulary
) -> list[Known]:
    answers = [answer for part in parts for answer in as_maps(part.get("answer"))]
    if fact.type == "treatments":
        raw = [regimen for part in parts if (regimen := _regimen(fact, part))]
        if raw or answers:
            for answer in answers:
                stated_value(fact, answer)  # refuses all but the code none
            return [vocabulary.known(fact, raw, where)]
        return []
    values = [stated_value(fact, answer) for answer in answers]
    if fact.type in {"set", "names"}:
        members = [member for value in values if isinstance(value, list) for member in value]
        if members and [] in values:
            raise InputError([Fault(fact.name, "none beside a member", "one of the two")])
        # A list is answered as a whole: what it does not hold is not there.
        none = [Known((), where)] if values else []
        return none + [vocabulary.known(fact, [member], where) for member in members]
    known = [vocabulary.known(fact, value, where) for value in values]
    if any(one.value != known[0].value for one in known):
        raise InputError([Fault(fact.name, "several answers", "one")])
    return known[:1]


def _regimen(fact: Fact, part: Resource) -> dict[str, object]:
    """Give one regimen as a facts document has it: the last part of each linkId is its key."""
    found: dict[str, object] = {}
    for item in _items(part):
        key = as_text(item.get("linkId")).split(".")[-1]
        values = [_plain(fact, answer) for answer in as_maps(item.get("answer"))]
        if values:
            found[key] = values if key in _LISTS else values[0]
    return found


def _plain(fact: Fact, answer: Resource) -> object:
    name, raw = value_of(fact, answer)
    if name == "valueCoding":
        return as_map(raw).get("code")
    return raw
