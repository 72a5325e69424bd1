"""Plain JSON, looked at without trust: accessors that give nothing where the type is wrong."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

Resource: TypeAlias = dict[str, Any]

LONGEST: Final = 80
_DAY: Final = 10  # characters of 2026-03-31
_SECOND: Final = 19  # characters of 2026-03-31T12:00:00


def as_map(value: object) -> Resource:
    """Give a JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_maps(value: object) -> list[Resource]:
    """Give the objects of a list; a lone object counts as a list of one."""
    if isinstance(value, list):
        if len(value) == 1:  # nearly always
            return value if isinstance(value[0], dict) else []
        return [one for one in value if isinstance(one, dict)]
    return [value] if isinstance(value, dict) else []


def as_text(value: object) -> str:
    """Give a text without surrounding space; an empty one for anything else."""
    return value.strip() if isinstance(value, str) else ""


def brief(value: object) -> str:
    """Give a text of the input so that it can be shown: one line, printable, not long."""
    text = str(value)[:400]
    if not text.isprintable():
        text = "".join([ch if ch.isprintable() else " " for ch in text])
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def codes_of(concept: object, system: str) -> list[str]:
    """Give the codes that a CodeableConcept holds of one system."""
    return [
        code
        for coding in as_maps(as_map(concept).get("coding"))
        if coding.get("system") == system and isinstance(code := coding.get("code"), str)
    ]


def words_of(concept: object) -> list[str]:
    """Give what a CodeableConcept says in words: its text, then what its codings display."""
    said = as_map(concept)
    texts = [said.get("text"), *(coding.get("display") for coding in as_maps(said.get("coding")))]
    return [text for one in texts if (text := as_text(one))]


def day_of(raw: object) -> str | None:
    """Give the day of a FHIR date as written: the first of a month or year, "" where absent.

    None means that something stands there which is no date.
    """
    if isinstance(raw, str):
        if len(raw) > _DAY:
            if raw[_DAY] != "T":
                return None
            raw = raw[:_DAY]
        return _day(raw)
    return "" if raw is None else None


@lru_cache(maxsize=8192)
def _day(text: str) -> str | None:
    if len(text) in {4, 7}:
        text = f"{text}-01-01"[:_DAY]
    if len(text) != _DAY or text[4] != "-" or text[7] != "-":
        return None
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return None
    return text


@lru_cache(maxsize=8192)
def moment_of(written: str, day: str) -> str:
    """Give when a day with its time was, to the second and in UTC, so that texts can be compared.

    Without a time that can be read it is the beginning of the day; without a zone it is UTC.
    """
    try:
        when = dt.datetime.fromisoformat(written)
        if when.tzinfo is not None:
            when = when.astimezone(dt.UTC)
        return when.isoformat()[:_SECOND]
    except (ValueError, OverflowError):
        return f"{day}T00:00:00" if day else ""


def canonical(value: object) -> str:
    """Write JSON so that equal content gives equal text, whatever the order of keys."""
    try:
        return msgspec.json.encode(value, order="deterministic").decode()
    except (TypeError, ValueError, RecursionError):
        return ""
