"""A form read: the facts that it states, and what could not be read, each at its own field."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.errors import Fault, InputError
from myopathway.facts import Known, Record, checked
from myopathway.web.entries import NONE, SOME, TREATMENTS, rows

if TYPE_CHECKING:
    from myopathway.facts import Fact, Vocabulary
    from myopathway.web.entries import Entries

_WORDS: Final = {"yes": True, "true": True, "no": False, "false": False}
_NUMBER: Final = re.compile(r"-?\d{1,9}(\.\d{1,9})?")
_SEVERAL: Final = ("drugs", "intolerant_of")
_BOTH: Final = "none is ticked beside an entry"


class Filled(msgspec.Struct, frozen=True):
    """What a form states.

    A field with a fault states nothing: its fact counts as not known. ``faults`` holds them by
    the name of the field (``egfr``, ``t1_started``), ``shown`` what each field held.
    """

    record: Record
    faults: dict[str, Fault]
    shown: dict[str, list[str]]
    rows: tuple[dict[str, list[str]], ...]


def filled(vocabulary: Vocabulary, found: Entries) -> Filled:
    """Read what a form holds; nothing is raised."""
    faults: dict[str, Fault] = {}
    known: dict[str, Known] = {}
    typed = rows(found)
    for name, fact in vocabulary.facts.items():
        try:
            raw = (
                _history(found, typed) if name == TREATMENTS else raw_of(fact, found.get(name, []))
            )
            if raw is not None:
                known[name] = vocabulary.known(fact, raw)
        except InputError as error:
            for one in error.faults:
                faults.setdefault(field_of(one.where), one)
    try:
        record = checked(Record(known))
    except InputError as error:
        for one in error.faults:
            known.pop(one.where, None)
            faults.setdefault(one.where, one)
        record = Record(known)
    return Filled(record, faults, found, typed)


def field_of(where: str) -> str:
    """Give the field that a fault stands beside: ``treatments[0].drugs[1]`` is ``t1_drugs``."""
    if match := re.match(r"treatments\[(\d+)\](?:\.(\w+))?", where):
        return f"t{int(match[1]) + 1}_{match[2] or 'drugs'}"
    return where.partition("[")[0]


def raw_of(fact: Fact, held: list[str]) -> Any:  # noqa: ANN401 - any value of a document
    """Give what a field holds as a facts document has it; raises ``InputError``."""
    if not held:
        return None
    match fact.type:
        case "set" | "names":
            members = _members(held) if fact.type == "names" else held
            if members == [NONE]:
                return []
            if NONE in members:
                raise InputError([Fault(fact.name, _BOTH, "one of the two")])
            return members
        case _ if len(held) > 1:
            told = f"found {len(held)} answers"
            raise InputError([Fault(fact.name, told, "one answer")])
        case "boolean":
            return _WORDS.get(held[0].lower(), held[0])
        case "number" | "grade" if fact.type == "number" or "." in held[0]:
            return msgspec.json.decode(held[0]) if _plain(held[0]) else held[0]
        case _:
            return held[0]


def _plain(text: str) -> bool:
    """Say whether a text is a number as JSON writes it, which is read without loss."""
    return bool(_NUMBER.fullmatch(text)) and not re.match(r"-?0\d", text)


def _parts(held: list[str]) -> list[str]:
    parts = (part.strip() for text in held for part in re.split(r"[,;\n]", text))
    return [part for part in parts if part]


def _members(held: list[str]) -> list[str]:
    members = _parts(held)
    return [NONE] if members and {one.lower() for one in members} == {NONE} else members


def _history(found: Entries, typed: tuple[Entries, ...]) -> list[dict[str, Any]] | None:
    """Give the regimens as a facts document holds them; None while the history is not known."""
    answer = found.get(TREATMENTS, [])
    if any(one not in {NONE, SOME} for one in answer) or len(answer) > 1:
        told = f"found {', '.join(answer)[:60]}"
        raise InputError([Fault(TREATMENTS, told, f"{NONE} or {SOME}")])
    if answer == [NONE]:
        if typed:
            raise InputError([Fault(TREATMENTS, _BOTH, "none yet, or the regimens")])
        return []
    return [_regimen(one) for one in typed] or None


def _regimen(typed: Entries) -> dict[str, Any]:
    return {key: _parts(held) if key in _SEVERAL else held[0] for key, held in typed.items()}
