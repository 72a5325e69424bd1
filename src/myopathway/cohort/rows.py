"""A row of a facts table as the engine's record, and back again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.cohort.table import written
from myopathway.facts import STATED, Known, Record, Regimen, Source, Unread
from myopathway.patient import Patient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from myopathway.facts import Fact, Value, Vocabulary

_HISTORY: Final = "treatments"


def record_of(vocabulary: Vocabulary, row: Mapping[str, Any]) -> Record:
    """Give the record of a row; the columns may be fewer than a whole facts table has."""
    sources = {
        one["fact"]: Source(one["kind"], one["reference"] or "", one["date"] or "",
                            one["detail"] or "")
        for one in row.get("sources") or ()
    }  # fmt: skip
    order = {drug: place for place, drug in enumerate(vocabulary.drug_names.values())}
    found: dict[str, Known] = {}
    for name, fact in vocabulary.facts.items():
        value = row.get(name)
        if value is None:
            continue
        source = sources.get(name, STATED)
        text = row.get(written(name)) if fact.type == "grade" else None
        found[name] = Known(_value(fact, value, sources, order), source, text or "")
    return Record(found)


def patient_of(vocabulary: Vocabulary, row: Mapping[str, Any]) -> Patient:
    """Give the patient of a row, with what the FHIR reader noted beside the facts."""
    unread = row.get("unread")
    return Patient(
        record_of(vocabulary, row),
        None if unread is None else tuple(Unread(**one) for one in unread),
        tuple(row.get("occasions") or ()),
    )


def row_of(patient: Patient, name: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """Give the row of a patient; unknown facts have no entry."""
    row: dict[str, Any] = {"id": name}
    sources: list[dict[str, str]] = []
    for fact, known in patient.record.facts.items():
        row[fact] = _plain(known.value)
        if known.text and vocabulary.facts[fact].type == "grade":
            row[written(fact)] = known.text
        _note(sources, fact, known.source)
    for one in patient.record.regimens or ():
        _note(sources, f"{_HISTORY}[{one.index}]", one.source)
    if sources:
        row["sources"] = sources
    if patient.unread is not None:
        row["unread"] = [msgspec.structs.asdict(one) for one in patient.unread]
    if patient.occasions:
        row["occasions"] = list(patient.occasions)
    return row


def _note(sources: list[dict[str, str]], fact: str, source: Source) -> None:
    if source != STATED:
        sources.append({"fact": fact, **msgspec.structs.asdict(source)})


def _drugs(names: list[str] | None, order: Mapping[str, int]) -> tuple[str, ...]:
    """Give drugs in the order of the content, each once."""
    return tuple(sorted(set(names or ()), key=order.__getitem__))


def _value(
    fact: Fact,
    value: Any,  # noqa: ANN401 - a cell
    sources: Mapping[str, Source],
    order: Mapping[str, int],
) -> Value:
    match fact.type:
        case "number" | "grade":
            whole = isinstance(value, int) or value.is_integer()
            return Decimal(int(value)) if whole else Decimal(repr(value))
        case "set" | "names":
            return tuple(sorted(set(value)))
        case "treatments":
            return tuple(
                Regimen(
                    _drugs(one["drugs"], order),
                    one.get("purpose"),
                    one.get("outcome"),
                    _drugs(one.get("intolerant_of"), order),
                    _day(one.get("started")),
                    _day(one.get("stopped")),
                    one.get("dose") or "",
                    index,
                    sources.get(f"{_HISTORY}[{index}]", STATED),
                )
                for index, one in enumerate(value)
            )
        case "date":
            day = _day(value)
            assert day is not None  # noqa: S101 - a value of None was left out before
            return day
        case _:
            return value  # type: ignore[no-any-return] # a truth or a word


def _day(value: dt.date | str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _plain(value: Value) -> Any:  # noqa: ANN401 - a cell
    if isinstance(value, Decimal):
        return float(value)
    if not isinstance(value, tuple):
        return value
    return [one if isinstance(one, str) else _regimen(one) for one in value]


def _regimen(one: Regimen) -> dict[str, Any]:
    return {
        "drugs": list(one.drugs),
        "purpose": one.purpose,
        "outcome": one.outcome,
        "intolerant_of": list(one.intolerant_of),
        "started": one.started,
        "stopped": one.stopped,
        "dose": one.dose or None,
    }
