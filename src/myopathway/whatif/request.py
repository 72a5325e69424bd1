"""``fact=value`` on a patient: the record as it would be, checked like any record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.errors import Fault, InputError, nearest, shown
from myopathway.facts import OUTCOMES, PURPOSES, Known, Record, Regimen, checked
from myopathway.intake import document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from myopathway.facts import Vocabulary
    from myopathway.patient import Patient

UNKNOWN: Final = "unknown"
_HISTORY: Final = "treatments"
_FORM: Final = "fact=value, fact+=member, fact-=member or treatments[0].outcome=value"
_ASKED: Final = re.compile(
    r"(?P<fact>[a-z_0-9]+)(?P<path>\[\d+\]\.[a-z]+)?(?P<how>[+-]?)=(?P<value>.*)"
)
_PATH: Final = re.compile(r"\[(\d+)\]\.([a-z]+)")
_ENDS: Final = {"outcome": OUTCOMES, "purpose": PURPOSES}


class Change(msgspec.Struct, frozen=True):
    """One fact that is to be another: set (to ``value``; None: unknown), joined, or taken away.

    ``path`` is ``[0].outcome`` where one regimen of the history changes.
    """

    fact: str
    value: Any
    how: str = ""
    path: str = ""

    @property
    def written(self) -> str:
        """Write the change as the command takes it."""
        value = UNKNOWN if self.value is None else _plain(self.value)
        return f"{self.fact}{self.path}{self.how}={value}"


def read_changes(asked: Iterable[str]) -> tuple[Change, ...]:
    """Read ``fact=value`` as written on a command line; raises ``InputError``.

    A value is YAML: ``true``, ``62.5``, ``[anti-jo-1]``; ``unknown``, or nothing, takes it away.
    """
    faults: list[Fault] = []
    found: list[Change] = []
    for one in asked:
        parts = _ASKED.fullmatch(one)
        if parts is None:
            faults.append(Fault(one[:80], "no change of a fact", _FORM))
            continue
        try:
            value = _value(parts["value"])
        except InputError as error:
            faults += [Fault(f"{one[:80]}: {fault.where}", fault.found, fault.accepted)
                       for fault in error.faults]  # fmt: skip
            continue
        change = Change(parts["fact"], value, parts["how"], parts["path"] or "")
        if not change.how and any((change.fact, change.path) == (o.fact, o.path) for o in found):
            faults.append(Fault(f"{change.fact}{change.path}", "it stands twice", "one value"))
        found.append(change)
    if faults:
        raise InputError(faults)
    return tuple(found)


def changed(patient: Patient, changes: Iterable[Change], vocabulary: Vocabulary) -> Patient:
    """Give the patient as the changes would have it, all else as it is.

    Raises ``InputError`` for a fact that there is not, and a value that the fact does not take.
    """
    facts = dict(patient.record.facts)
    faults: list[Fault] = []
    for one in changes:
        try:
            known = _known(facts.get(one.fact), one, vocabulary)
        except InputError as error:
            faults.extend(error.faults)
            continue
        if known is None:
            facts.pop(one.fact, None)
        else:
            facts[one.fact] = known
    if faults:
        raise InputError(faults)
    return msgspec.structs.replace(patient, record=checked(Record(facts)))


def _known(own: Known | None, change: Change, vocabulary: Vocabulary) -> Known | None:
    fact = vocabulary.facts.get(change.fact)
    if fact is None:
        hint = nearest(change.fact, vocabulary.facts)
        want = "a fact of the dictionary: myopathway facts lists them"
        raise InputError([Fault(change.fact, f"no such fact{hint}", want)])
    if change.path:
        return _regimen(own, change)
    if not change.how:
        return None if change.value is None else vocabulary.known(fact, change.value)
    if fact.type not in ("set", "names", "treatments"):
        raise InputError([Fault(fact.name, f"{change.how}= on a {fact.type}", "a list, or =")])
    if fact.type == "treatments" and change.how == "-":
        want = f"{fact.name}+=..., {fact.name}[0].outcome="
        raise InputError([Fault(fact.name, f"{fact.name}-=", want)])
    members = change.value if isinstance(change.value, list) else [change.value]
    joined = vocabulary.known(fact, members)
    held = _members(own)
    if fact.type == "treatments":
        after = len(held)
        new = [
            msgspec.structs.replace(one, index=after + place)
            for place, one in enumerate(_members(joined))
            if isinstance(one, Regimen)
        ]
        return Known((*held, *new), joined.source)  # type: ignore[arg-type]
    own_members = {str(one) for one in held}
    named = {str(one) for one in _members(joined)}
    if change.how == "-" and not named <= own_members:
        # Of a list that is not known nothing can be taken away: what is left is not known either.
        stand = "one that is in the list" if own is not None else f"{fact.name}=[...]"
        found = ", ".join(sorted(named - own_members)) + " is not in the list"
        raise InputError([Fault(fact.name, found if own is not None else "not known", stand)])
    left = own_members | named if change.how == "+" else own_members - named
    return Known(tuple(sorted(left)), joined.source)


def _regimen(own: Known | None, change: Change) -> Known:
    """Change how one regimen ended, or what it was for."""
    where = f"{change.fact}{change.path}"
    found = _PATH.fullmatch(change.path)
    regimens = _members(own)
    if change.fact != _HISTORY or found is None or found[2] not in _ENDS or change.how:
        raise InputError([Fault(where, "no change of a fact", _FORM)])
    place, words = int(found[1]), _ENDS[found[2]]
    if place >= len(regimens):
        raise InputError([Fault(where, f"there {_are(len(regimens))}", "[0] for the first")])
    if change.value is not None and change.value not in words:
        hint = nearest(str(change.value)[:80], words)
        raise InputError([Fault(where, f"found {shown(change.value)}{hint}", ", ".join(words))])
    regimen = regimens[place]
    if not isinstance(regimen, Regimen):  # pragma: no cover - the history holds regimens
        raise TypeError(where)
    new = msgspec.structs.replace(regimen, **{found[2]: change.value})
    whole = (*regimens[:place], new, *regimens[place + 1 :])
    return Known(whole, regimen.source)  # type: ignore[arg-type]


def _are(count: int) -> str:
    return "is 1 regimen" if count == 1 else f"are {count} regimens"


def _members(known: Known | None) -> tuple[str | Regimen, ...]:
    return known.value if known is not None and isinstance(known.value, tuple) else ()


def _value(text: str) -> Any:  # noqa: ANN401 - any YAML value
    if text.strip() in ("", "null", UNKNOWN):
        return None
    value = document(f"value: {text}".encode())
    return value.get("value") if isinstance(value, dict) else value


def _plain(value: Any) -> str:  # noqa: ANN401 - any value of a fact
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_plain(one) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_plain(one)}' for key, one in value.items())}}}"
    return str(value)
