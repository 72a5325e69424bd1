"""What a record gave, carried from page to page inside the form: the server keeps nothing.

A page that was opened from a FHIR record holds the facts found, each with where it came from, in
one hidden field. What the reader leaves as it was keeps its source; what the reader changes is
stated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.errors import Fault, InputError
from myopathway.facts import KEYS, Known, Record, Regimen, Source, Unread
from myopathway.patient import Patient
from myopathway.web.entries import NONE, SOME, TREATMENTS

if TYPE_CHECKING:
    from myopathway.facts import Vocabulary
    from myopathway.web.entries import Entries
    from myopathway.web.filled import Filled

RECORD: Final = "record"  # the hidden field
MOST_BYTES: Final = 400_000
_MANY: Final = 400


class CarriedFact(msgspec.Struct, frozen=True, array_like=True):
    """A fact as a facts document holds it, and where it came from."""

    raw: Any
    source: Source


class Carried(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that a record gave."""

    facts: dict[str, CarriedFact] = {}
    regimens: tuple[CarriedFact, ...] = ()
    history: Source | None = None
    unread: tuple[Unread, ...] = ()
    occasions: tuple[str, ...] = ()


def carry(patient: Patient) -> Carried:
    """Make what was read of a record ready to be carried."""
    record = patient.record
    history = record.facts.get(TREATMENTS)
    unread = patient.unread or ()
    if len(unread) > _MANY:
        rest = Unread("record", f"and {len(unread) - _MANY} more entries that were not read")
        unread = (*unread[:_MANY], rest)
    return Carried(
        {
            name: CarriedFact(_plain(known), known.source)
            for name, known in record.facts.items()
            if name != TREATMENTS
        },
        tuple(CarriedFact(_regimen(one), one.source) for one in record.regimens or ()),
        history.source if history is not None else None,
        unread,
        patient.occasions,
    )


def packed(carried: Carried) -> str:
    """Write it as the hidden field holds it."""
    return msgspec.json.encode(carried).decode()


def unpacked(text: str) -> Carried:
    """Read the hidden field; raises ``InputError``."""
    try:
        if len(text) > MOST_BYTES:
            raise InputError([Fault(RECORD, f"{len(text)} bytes", f"at most {MOST_BYTES}")])
        return msgspec.json.decode(text, type=Carried)
    except (msgspec.DecodeError, RecursionError):
        want = "what this page had filled in; open the record anew"
        raise InputError([Fault(RECORD, "it was changed on the way", want)]) from None


def typed(carried: Carried) -> Entries:
    """Give the fields of the form as they are when the record is opened."""
    found: Entries = {}
    for name, one in carried.facts.items():
        found[name] = _texts(one.raw) if one.raw != [] else [NONE]
    if carried.history is not None:
        found[TREATMENTS] = [SOME if carried.regimens else NONE]
    for number, one in enumerate(carried.regimens, 1):
        for key in KEYS:
            if one.raw.get(key):
                found[f"t{number}_{key}"] = _texts(one.raw[key])
    return found


def patient_of(filled: Filled, carried: Carried | None, vocabulary: Vocabulary) -> Patient:
    """Give the patient: what the form states, with the record's sources where it kept them."""
    if carried is None:
        return Patient(filled.record)
    facts = {
        name: _sourced(name, known, carried, vocabulary)
        for name, known in filled.record.facts.items()
    }
    return Patient(Record(facts), carried.unread, carried.occasions)


def _sourced(name: str, known: Known, carried: Carried, vocabulary: Vocabulary) -> Known:
    if name == TREATMENTS:
        return _history(known, carried, vocabulary)
    own = carried.facts.get(name)
    fact = vocabulary.facts[name]
    if own is None or _read(vocabulary, name, own.raw) != known.value:
        return known
    return vocabulary.known(fact, own.raw, own.source)


def _history(known: Known, carried: Carried, vocabulary: Vocabulary) -> Known:
    given = [_read(vocabulary, TREATMENTS, [one.raw]) for one in carried.regimens]
    found: list[Regimen] = []
    for one in known.value if isinstance(known.value, tuple) else ():
        if not isinstance(one, Regimen):
            continue
        match = next(
            (
                CarriedFact(own[0], carried.regimens[place].source)
                for place, own in enumerate(given)
                if own and _alike(own[0], one)
            ),
            None,
        )
        if match is not None:
            found.append(msgspec.structs.replace(match.raw, index=one.index, source=match.source))
        else:
            found.append(one)
    source = carried.history if carried.history is not None else known.source
    kept = len(found) == len(given) and all(one.source.kind != "stated" for one in found)
    return Known(tuple(found), source if kept else known.source)


def _alike(one: Regimen, other: Regimen) -> bool:
    """Compare what the form can show."""
    return all(getattr(one, key) == getattr(other, key) for key in KEYS if key != "dose")


def _read(vocabulary: Vocabulary, name: str, raw: object) -> Any:  # noqa: ANN401 - any value
    fact = vocabulary.facts.get(name)
    try:
        return None if fact is None else vocabulary.known(fact, raw).value
    except InputError:
        return None


def _plain(known: Known) -> Any:  # noqa: ANN401 - as a facts document holds it
    if known.text:
        return known.text
    value = known.value
    match value:
        case bool() | str():
            return value
        case tuple():
            return list(value)
        case _:
            return _text(value)


def _regimen(one: Regimen) -> dict[str, Any]:
    found = {key: getattr(one, key) for key in KEYS}
    return {
        key: list(value) if isinstance(value, tuple) else _text(value)
        for key, value in found.items()
        if value
    }


def _text(value: Any) -> str | float:  # noqa: ANN401 - a number, a date, a text
    if isinstance(value, str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else float(value)


def _texts(raw: Any) -> list[str]:  # noqa: ANN401 - a document's value
    match raw:
        case bool():
            return ["yes" if raw else "no"]
        case list():
            return [str(one) for one in raw]
        case float() if raw == int(raw):
            return [str(int(raw))]
        case _:
            return [str(raw)]
