"""What the validators at hand do not see in a resource: seven faults, found by our own eyes."""

import re
from collections.abc import Iterator
from typing import Any

Resource = dict[str, Any]

MACHINE_NAME = re.compile(r"[A-Z][A-Za-z0-9_]{0,254}")
SCRIPT = re.compile(r"<\s*script|\bon\w+\s*=|javascript:", re.IGNORECASE)


def faults(resource: Resource, known: frozenset[str] = frozenset()) -> list[str]:
    """The faults of one resource; `known` holds what references may lead to."""
    return [
        *unreferenced(resource),
        *dangling(resource, known),
        *(one for at, value in walk(resource, "") for one in at_place(at, value)),
        *unrelated(resource),
        *unnamed(resource),
    ]


def walk(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    yield at, value
    inner = value.items() if isinstance(value, dict) else ()
    for key, one in inner:
        yield from walk(one, f"{at}.{key}")
    for place, one in enumerate(value if isinstance(value, list) else ()):
        yield from walk(one, f"{at}[{place}]")


def at_place(at: str, value: Any) -> Iterator[str]:
    if value in ([], {}, "", None):
        yield f"empty: {at}"
    said = isinstance(value, dict) and (value.get("expression") or value.get("reference"))
    if isinstance(value, dict) and "language" in value and at.endswith("expression") and not said:
        yield f"exp-1: {at}"
    if at.endswith("text.div") and SCRIPT.search(str(value)):
        yield f"txt-1: {at}"


def references(resource: Resource) -> list[str]:
    return [
        value
        for at, value in walk(resource, "")
        if at.endswith(".reference") and isinstance(value, str)
    ]


def unreferenced(resource: Resource) -> Iterator[str]:
    for one in resource.get("contained", ()):
        if f"#{one['id']}" not in references(resource):
            yield f"dom-3: {one['id']}"


def dangling(resource: Resource, known: frozenset[str]) -> Iterator[str]:
    own = {f"#{one['id']}" for one in resource.get("contained", ())}
    for one in references(resource):
        if one not in known | own:
            yield f"ref-1: {one}"


def unrelated(resource: Resource) -> Iterator[str]:
    actions = [value for at, value in walk(resource, "") if re.search(r"\.action\[\d+\]$", at)]
    ids = [one["id"] for one in actions if "id" in one]
    yield from (f"twice: {one}" for one in ids if ids.count(one) > 1)
    for action in actions:
        for related in action.get("relatedAction", ()):
            if related["actionId"] not in ids:
                yield f"relatedAction: {related['actionId']}"


def unnamed(resource: Resource) -> Iterator[str]:
    if "url" in resource and not MACHINE_NAME.fullmatch(resource.get("name", "")):
        yield f"name: {resource.get('name')!r}"
