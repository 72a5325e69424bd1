"""One resource and how it is named; a Bundle of them."""

from __future__ import annotations

import msgspec

from myopathway.facts import Unread
from myopathway.fhir.plain import Resource


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One resource and how it is named; ``tie`` sets it apart where its id does not."""

    kind: str
    id: str
    label: str
    resource: Resource
    tie: str = ""
    url: str = ""


class Bundle(msgspec.Struct, frozen=True):
    """What a Bundle holds of one patient; ``counts`` are of types that no fact reads."""

    patient: Entry
    entries: dict[str, list[Entry]]
    unread: list[Unread]
    counts: dict[str, int]
