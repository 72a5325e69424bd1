"""Reading a monitoring policy: what to test while a drug is taken, how often, what it calls for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.guideline.policy import Monitored, Phase, Policy, Threshold
from myopathway.guideline.safety import CONFIDENCES
from myopathway.guideline.shape import Key, Shape

if TYPE_CHECKING:
    from myopathway.yamltext import Path, YamlText

_SAYS = Key("says", "text", "what it says to the reader")
_ROW = Key("row", "text", "the row of the fact sheet")
_SOURCE = Key("source", "text", "where it stands")
_CONFIDENCE = Key("confidence", "words", "how well it is confirmed", words=CONFIDENCES)

PHASE: Final = Shape(
    "phase",
    (
        Key("every_days", "integer", "the interval in days"),
        Key("until", "open", "{after_days: days from the first dose}, or a text"),
        _SAYS,
    ),
)
MONITORED: Final = Shape(
    "monitored",
    (
        Key("test", "text", "what is tested"),
        Key("first", "open", "{days: days from the first dose}, or a text"),
        Key("phases", "entries", "the intervals in order; none where no interval is stated",
            shape=PHASE),
        _ROW,
        _SAYS,
        _SOURCE,
        _CONFIDENCE,
    ),
)  # fmt: skip
THRESHOLD: Final = Shape(
    "threshold",
    (
        Key("test", "text", "what is tested"),
        Key("when", "text", "the finding"),
        _SAYS,
        _ROW,
        Key("drugs", "texts", "the drugs that it concerns", of="drugs"),
        _SOURCE,
        _CONFIDENCE,
    ),
)
POLICY: Final = Shape(
    "monitoring policy",
    (
        Key("id", "text", "its id"),
        Key("title", "text", "its title"),
        _SOURCE,
        _CONFIDENCE,
        _SAYS,
        Key("drugs", "open", "what to test, by drug"),
        Key("thresholds", "entries", "findings and what to do about them", shape=THRESHOLD),
    ),
)  # fmt: skip


def policy(text: YamlText, drugs: dict[str, Any]) -> Policy:
    """Read one policy whose shape has been checked; what is left to check is noted as faults."""
    one = text.value
    found: dict[str, tuple[Monitored, ...]] = {}
    for name, entries in one["drugs"].items():
        if name not in drugs:
            text.fault(("drugs", name), f"no drug {name!r}", ", ".join(drugs))
        if not isinstance(entries, list):
            text.fault(("drugs", name), "found no list", "a list of tests")
            continue
        for place, entry in enumerate(entries):
            MONITORED.check(text, ("drugs", name, place), entry)
        if not text.faults:
            found[name] = tuple(
                _monitored(text, ("drugs", name, place), entry)
                for place, entry in enumerate(entries)
            )
    thresholds = tuple(
        Threshold(entry["test"], entry["when"], entry["says"], entry["row"],
                  tuple(entry["drugs"]), entry["source"], entry["confidence"])
        for entry in one["thresholds"]
    )  # fmt: skip
    return Policy(one["id"], one["title"], one["source"], one["confidence"], one["says"].strip(),
                  found, thresholds)  # fmt: skip


def _monitored(text: YamlText, path: Path, one: dict[str, Any]) -> Monitored:
    first, days = _text_or_days(text, (*path, "first"), one["first"], "days")
    phases = []
    for place, entry in enumerate(one["phases"]):
        where = (*path, "phases", place, "until")
        until, until_days = _text_or_days(text, where, entry["until"], "after_days")
        phases.append(Phase(entry["every_days"], until, until_days, entry["says"]))
    return Monitored(one["test"], first, days, tuple(phases), one["row"], one["says"].strip(),
                     one["source"], one["confidence"])  # fmt: skip


def _text_or_days(text: YamlText, path: Path, raw: object, key: str) -> tuple[str, int | None]:
    match raw:
        case str():
            return raw, None
        case dict() if list(raw) == [key] and isinstance(days := raw[key], int):
            return "", days
        case _:
            text.fault(path, "neither a text nor days", f"a text, or {{{key}: 14}}")
            return "", None
