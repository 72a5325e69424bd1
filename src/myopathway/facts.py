"""What can be known of a patient: the vocabulary of facts, and one patient's record in it."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec

from myopathway.errors import Fault, InputError, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KINDS: Final = ("boolean", "number", "grade", "choice", "set", "names", "date", "treatments")

PURPOSES: Final = ("induction", "maintenance")
OUTCOMES: Final = (
    "ongoing",
    "adequate-response",
    "inadequate-response",
    "intolerance",
    "completed",
)
# How a fact may come to be another: by treatment, not once it is known, never asked as "what if".
# With none of these words it changes as the disease and the tests do.
CHANGES: Final = ("by-treatment", "once-known", "never")
KEYS: Final = ("drugs", "purpose", "outcome", "intolerant_of", "started", "stopped", "dose")
MOST_REGIMENS: Final = 500
GRADE: Final = r"(?:[1-4][+-]?|0|5-?)"
_GRADE: Final = re.compile(GRADE + r"\Z")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_GRADES: Final = "a number from 0 to 5, or a grade such as 4-, 4, 4+"


class Coding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Codes by which a record shows a fact, all from one row of the verified code list."""

    row: str
    value: str = ""
    snomed: tuple[str, ...] = ()
    icd10: tuple[str, ...] = ()
    icd10cm: tuple[str, ...] = ()
    loinc: tuple[str, ...] = ()
    doubt: str = ""
    within_days: int = 0


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of the facts dictionary: everything that any part of the system says of a fact."""

    name: str
    type: str
    says: str
    question: str
    ease: int = 3
    section: str = ""
    help: str = ""
    values: dict[str, str] = {}
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = ""
    judgement: bool = False
    problem_list: bool = False
    changes: str = ""
    from_date: str = ""
    conditions: tuple[Coding, ...] = ()
    observations: tuple[Coding, ...] = ()
    line: int = 0


class Source(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Where a value came from: stated by the user, a FHIR resource, or another fact."""

    kind: Literal["stated", "fhir", "derived"]
    reference: str = ""
    date: str = ""
    detail: str = ""


STATED: Final = Source(kind="stated")


class Regimen(msgspec.Struct, frozen=True, gc=False):
    """Drugs that were given together; what is not known is None.

    ``index`` is the place in the input, so that a question can name it. ``doubtful`` marks an
    entry (on hold in the record) that counts but may deserve a look.
    """

    drugs: tuple[str, ...]
    purpose: str | None = None
    outcome: str | None = None
    intolerant_of: tuple[str, ...] = ()
    started: dt.date | None = None
    stopped: dt.date | None = None
    dose: str = ""
    index: int = 0
    source: Source = STATED


Value: TypeAlias = bool | Decimal | str | dt.date | tuple[str, ...] | tuple[Regimen, ...]


class Known(msgspec.Struct, frozen=True, gc=False):
    """A fact's value beside where it came from; ``text`` is how the value is shown."""

    value: Value
    source: Source = STATED
    text: str = ""


class Record(msgspec.Struct, frozen=True):
    """All that is known of one patient; a fact that is absent is unknown, never false."""

    facts: dict[str, Known]

    def value(self, name: str) -> Value | None:
        """Give a fact's value, None while it is unknown."""
        known = self.facts.get(name)
        return None if known is None else known.value

    @property
    def regimens(self) -> tuple[Regimen, ...] | None:
        """Give the treatments so far; None while the history is unknown."""
        value = self.value("treatments")
        return value if isinstance(value, tuple) else None  # type: ignore[return-value]


class Unread(msgspec.Struct, frozen=True, gc=False):
    """What could have carried a fact and was skipped, is doubtful, or is read by no fact."""

    resource: str
    reason: str


class Vocabulary(msgspec.Struct, frozen=True):
    """The facts dictionary with the drug names that it needs (synonym to canonical name)."""

    facts: dict[str, Fact]
    drug_names: dict[str, str]

    def read(self, document: object) -> Record:
        """Read a facts document (a mapping from fact to value) strictly.

        Absent and null mean unknown. Dates may be ISO texts. Raises ``InputError`` with one fault
        for each unknown key, wrong type and impossible value.
        """
        if not isinstance(document, dict):
            raise InputError([Fault("patient", f"found {_kind(document)}", "a mapping of facts")])
        faults: list[Fault] = []
        found: dict[str, Known] = {}
        for key, raw in document.items():
            fact = self.facts.get(key) if isinstance(key, str) else None
            if fact is None:
                hint = nearest(str(key)[:80], self.facts)
                faults.append(
                    Fault(
                        shown(key, 80).strip("'\""),
                        f"no such fact{hint}",
                        "a fact of the dictionary: myopathway facts lists them",
                    )
                )
            elif raw is not None:
                try:
                    found[key] = self.known(fact, raw)
                except InputError as error:
                    faults.extend(error.faults)
        if faults:
            raise InputError(faults)
        return checked(Record(found))

    def known(self, fact: Fact, raw: object, source: Source = STATED) -> Known:
        """Check one value; raises ``InputError`` naming fact, finding and what is accepted."""
        if fact.type == "treatments":
            return Known(self._treatments(fact.name, raw, source), source)
        value = self._value(fact, raw)
        text = raw if fact.type == "grade" and isinstance(raw, str) else ""
        return Known(value, source, text)

    def drug(self, name: str) -> str | None:
        """Give the canonical name of a drug of the algorithm; None for any other drug."""
        return self.drug_names.get(name.strip().lower())

    def _value(self, fact: Fact, raw: object) -> Value:
        match fact.type:
            case "boolean" if isinstance(raw, bool):
                return raw
            case "number" if (number := _number(raw)) is not None:
                if _within(fact, number):
                    return number
            case "grade":
                grade = _grade(raw)
                if grade is not None:
                    return grade
            case "choice" if isinstance(raw, str) and raw in fact.values:
                return raw
            case "date":
                day = _date(raw)
                if day is not None:
                    return day
            case "set" | "names" if isinstance(raw, list | tuple):
                return self._members(fact, raw)
            case _:
                pass
        hint = nearest(raw[:80], fact.values) if isinstance(raw, str) else ""
        raise InputError([Fault(fact.name, f"found {shown(raw)}{hint}", accepted(fact))])

    def _members(self, fact: Fact, raw: Iterable[object]) -> tuple[str, ...]:
        found: list[str] = []
        for place, member in enumerate(raw):
            where = f"{fact.name}[{place}]"
            if not isinstance(member, str) or not member.strip():
                raise InputError([Fault(where, f"found {shown(member)}", accepted(fact))])
            if fact.type == "names":
                name = member.strip().lower()
                found.append(self.drug_names.get(name, name))
            elif member in fact.values:
                found.append(member)
            else:
                hint = nearest(member[:80], fact.values)
                raise InputError([Fault(where, f"found {shown(member)}{hint}", accepted(fact))])
        return tuple(sorted(set(found)))

    def _treatments(self, name: str, raw: object, source: Source) -> tuple[Regimen, ...]:
        if not isinstance(raw, list | tuple):
            want = "a list of regimens, [] for none"
            raise InputError([Fault(name, f"found {shown(raw)}", want)])
        if len(raw) > MOST_REGIMENS:
            found = f"found {len(raw)} regimens"
            raise InputError([Fault(name, found, f"at most {MOST_REGIMENS}")])
        faults: list[Fault] = []
        regimens: list[Regimen] = []
        for index, entry in enumerate(raw):
            try:
                regimens.append(self._regimen(f"{name}[{index}]", index, entry, source))
            except InputError as error:
                faults.extend(error.faults)
        if faults:
            raise InputError(faults)
        return tuple(regimens)

    def _regimen(self, where: str, index: int, raw: object, source: Source) -> Regimen:
        if not isinstance(raw, dict):
            raise InputError([Fault(where, f"found {shown(raw)}", "a mapping with the key drugs")])
        faults = [
            Fault(f"{where}.{key}", f"no such key{nearest(str(key)[:80], KEYS)}", ", ".join(KEYS))
            for key in raw
            if key not in KEYS
        ]
        drugs, blamed = self._given(where, raw, faults)
        started = _day(f"{where}.started", raw.get("started"), faults)
        stopped = _day(f"{where}.stopped", raw.get("stopped"), faults)
        if started and stopped and stopped < started:
            found = f"found {stopped}, which is before started {started}"
            faults.append(Fault(f"{where}.stopped", found, "a date on or after it"))
        dose = raw.get("dose")
        if dose is not None and not isinstance(dose, str):
            faults.append(Fault(f"{where}.dose", f"found {shown(dose)}", "a text"))
        purpose = _word(f"{where}.purpose", raw.get("purpose"), PURPOSES, faults)
        outcome = _word(f"{where}.outcome", raw.get("outcome"), OUTCOMES, faults)
        if faults:
            raise InputError(faults)
        return Regimen(drugs, purpose, outcome, blamed, started, stopped, dose or "", index, source)

    def _given(
        self, where: str, raw: dict[str, Any], faults: list[Fault]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read the drugs of a regimen, and those of them that were not tolerated."""
        known = len(faults)
        drugs = self._drugs(f"{where}.drugs", raw.get("drugs"), faults)
        if not drugs and len(faults) == known:
            found = "missing" if raw.get("drugs") is None else "no drug in it"
            faults.append(Fault(f"{where}.drugs", found, "one drug name or more"))
        blamed = self._drugs(f"{where}.intolerant_of", raw.get("intolerant_of"), faults)
        if strange := [drug for drug in blamed if drug not in drugs]:
            want = "drugs of the regimen: " + ", ".join(drugs)
            faults.append(Fault(f"{where}.intolerant_of", f"found {strange[0]!r}", want))
        return drugs, blamed

    def _drugs(self, where: str, raw: object, faults: list[Fault]) -> tuple[str, ...]:
        if raw is None:
            return ()
        want = "a list of drug names: " + ", ".join(sorted(set(self.drug_names.values())))
        if not isinstance(raw, list | tuple):
            faults.append(Fault(where, f"found {shown(raw)}", want))
            return ()
        found: list[str] = []
        for place, member in enumerate(raw):
            name = self.drug(member) if isinstance(member, str) else None
            if name is None:
                hint = nearest(str(member)[:80].lower(), self.drug_names)
                faults.append(Fault(f"{where}[{place}]", f"found {shown(member)}{hint}", want))
            elif name not in found:
                found.append(name)
        order = list(dict.fromkeys(self.drug_names.values()))
        return tuple(sorted(found, key=order.index))


def checked(record: Record) -> Record:
    """Refuse a record whose dates cannot be: born, or a regimen begun, after the day it is for."""
    as_of, born = record.value("as_of"), record.value("birth_date")
    if isinstance(as_of, dt.date) and isinstance(born, dt.date) and born > as_of:
        found = f"found {born}, which is after as_of {as_of}"
        raise InputError([Fault("birth_date", found, "a date on or before it")])
    return record


def accepted(fact: Fact) -> str:
    """Say in words which values a fact takes."""
    match fact.type:
        case "boolean":
            return "true or false (leave it out when unknown)"
        case "number":
            unit = f" {fact.unit}" if fact.unit else ""
            return f"a number from {fact.low} to {fact.high}{unit}"
        case "grade":
            return _GRADES
        case "choice":
            return ", ".join(fact.values)
        case "set":
            return "a list of " + ", ".join(fact.values) + "; [] for tested and none found"
        case "names":
            return "a list of names, [] for none"
        case "date":
            return "a date such as 2026-03-31"
        case _:
            return "a list of regimens, [] for none"


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            return "a text"
        case _:
            return shown(value)


def _word(where: str, raw: object, words: tuple[str, ...], faults: list[Fault]) -> str | None:
    if raw is None or (isinstance(raw, str) and raw in words):
        return raw
    hint = nearest(raw[:80], words) if isinstance(raw, str) else ""
    faults.append(Fault(where, f"found {shown(raw)}{hint}", ", ".join(words)))
    return None


def _day(where: str, raw: object, faults: list[Fault]) -> dt.date | None:
    day = None if raw is None else _date(raw)
    if raw is not None and day is None:
        faults.append(Fault(where, f"found {shown(raw)}", "a date such as 2026-03-31"))
    return day


def _number(raw: object) -> Decimal | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        return None
    if isinstance(raw, int) and abs(raw) > 10**9:
        return None
    number = Decimal(str(raw)) if isinstance(raw, float) else Decimal(raw)
    return number if number.is_finite() else None


def _within(fact: Fact, number: Decimal) -> bool:
    return (fact.low is None or number >= fact.low) and (fact.high is None or number <= fact.high)


def _grade(raw: object) -> Decimal | None:
    """Place an MRC grade on a line: a minus lies below, a plus above the whole grade."""
    if isinstance(raw, str):
        text = raw.strip()
        if not _GRADE.match(text):
            return None
        step = {"-": Decimal("-0.3"), "+": Decimal("0.3")}.get(text[-1], Decimal(0))
        return Decimal(text[0]) + step
    number = _number(raw)
    return number if number is not None and 0 <= number <= 5 else None  # noqa: PLR2004 - MRC


def _date(raw: object) -> dt.date | None:
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, str) and _DATE.match(raw):
        try:
            return dt.date.fromisoformat(raw)
        except ValueError:
            return None
    return None


def plain_name(name: str) -> str:
    """Fold the ways in which people write one name: case, blanks, apostrophes, full stops."""
    for sign in "'’`.":
        name = name.replace(sign, "")
    return "-".join(name.lower().split())


def drug_names(drugs: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Fold each drug's own name and its synonyms into one look-up."""
    names: dict[str, str] = {}
    for name, synonyms in drugs.items():
        for spelling in (name, *synonyms):
            names[spelling.strip().lower()] = name
    return names
