"""A card of CDS Hooks 2.0, as it is sent."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

Indicator = Literal["info", "warning", "critical"]
LONGEST_SUMMARY = 139  # the standard says: fewer than 140 characters


class Coding(msgspec.Struct, frozen=True):
    """A code with its words."""

    system: str
    code: str
    display: str


class Origin(msgspec.Struct, frozen=True):
    """Who says it."""

    label: str
    url: str
    topic: Coding


class Action(msgspec.Struct, frozen=True, rename="camel"):
    """A change that a suggestion makes."""

    type: Literal["create", "update", "delete"]
    description: str
    resource: Any | UnsetType = UNSET
    resource_id: str | UnsetType = UNSET


class Suggestion(msgspec.Struct, frozen=True, rename="camel"):
    """What a clinician may take over with one click."""

    label: str
    uuid: str
    actions: tuple[Action, ...]
    is_recommended: bool | UnsetType = UNSET


class Link(msgspec.Struct, frozen=True, rename="camel"):
    """Where to read on."""

    label: str
    url: str
    type: Literal["absolute", "smart"]
    app_context: str | UnsetType = UNSET


class Card(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One card; ``extension`` holds what machines compare."""

    uuid: str
    summary: str
    indicator: Indicator
    detail: str
    source: Origin
    suggestions: tuple[Suggestion, ...] | UnsetType = UNSET
    selection_behavior: Literal["at-most-one", "any"] | UnsetType = UNSET
    override_reasons: tuple[Coding, ...]
    links: tuple[Link, ...]
    extension: dict[str, Any]


class Written(msgspec.Struct, frozen=True):
    """The answer that holds one card, as it is sent, beside the card's tier."""

    indicator: Indicator
    json: bytes


ENCODER = msgspec.json.Encoder(decimal_format="number")


def as_is(written: bytes) -> Any:  # noqa: ANN401 - stands for whatever was written
    """Put JSON that was written before in the place of a value; what is often said is kept so."""
    return msgspec.Raw(written)


def within(text: str) -> bytes:
    """Write a text as it stands between the quotes of JSON."""
    return ENCODER.encode(text)[1:-1]


def cut(text: str, most: int = LONGEST_SUMMARY) -> str:
    """Shorten a text at a word; what was cut off is marked."""
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:(") + "…"
