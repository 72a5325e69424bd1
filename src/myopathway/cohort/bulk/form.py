"""One form in which resources come: all that the reader sees of them but their ids and dates.

A form is read once, by the reader proper, with dates put in that stand for those to come; what it
finds says which of them it used. A form in which dates decide more than that is not kept: such
resources are read one by one.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from myopathway.cohort.bulk.dates import ABSENT, EMPTY, WRONG
from myopathway.facts import Fact, Value  # msgspec reads the annotations
from myopathway.fhir.allergies import read_allergy
from myopathway.fhir.conditions import read_condition, status_of
from myopathway.fhir.entry import Entry
from myopathway.fhir.finding import Aside, Finding
from myopathway.fhir.medications import read_medication
from myopathway.fhir.observations import read_observation
from myopathway.fhir.person import read_patient
from myopathway.fhir.plain import as_map, day_of
from myopathway.fhir.products import Products

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from myopathway.fhir.codebook import CodeBook
    from myopathway.fhir.finding import Item
    from myopathway.fhir.medication import Given, Medication
    from myopathway.fhir.plain import Resource

Path: TypeAlias = tuple[str, ...]

# Where each type of resource has its dates.
SLOTS: Final[dict[str, tuple[Path, ...]]] = {
    "Patient": (),
    "Observation": (
        ("effectiveDateTime",), ("effectiveInstant",), ("effectivePeriod", "start"),
        ("effectivePeriod", "end"), ("issued",),
    ),
    "Condition": (("recordedDate",), ("onsetDateTime",), ("onsetPeriod", "start")),
    "AllergyIntolerance": (("recordedDate",), ("onsetDateTime",), ("onsetPeriod", "start")),
    "MedicationRequest": (
        ("authoredOn",), ("dispenseRequest", "validityPeriod", "end"),
        ("dosageInstruction", "timing", "repeat", "boundsPeriod", "end"),
    ),
    "MedicationStatement": (
        ("effectiveDateTime",), ("effectivePeriod", "start"), ("effectivePeriod", "end"),
    ),
    "MedicationAdministration": (
        ("effectiveDateTime",), ("effectivePeriod", "start"), ("effectivePeriod", "end"),
    ),
}  # fmt: skip
MEDICATIONS: Final = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
NAMELESS: Final = -2
_ODD: Final = {WRONG: "no date", EMPTY: ""}
MOST_DATES: Final = 2
_ENDED: Final = "abatementDateTime"
_AS_OF: Final = "as_of"
DISEASE: Final = "subtype"
_WRONG_CODES: Final = frozenset({"refuted", "entered-in-error"})
# What the reader may raise on a form that is out of the ordinary.
_UNREADABLE: Final = (
    TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip
_EARLY, _LATE = dt.date(1900, 1, 1), dt.date(2200, 1, 1)


class Told(msgspec.Struct, frozen=True, gc=False):
    """What a form says of one fact; ``date`` is the place of its day among the form's dates."""

    fact: Fact
    name: str
    value: Value
    text: str
    detail: str
    date: int
    stated: bool
    negative: bool
    place: int


class Course(msgspec.Struct, frozen=True, gc=False):
    """The drug of a form as ``fhir.medications.Given`` has it, its days as places of dates."""

    drug: str
    detail: str
    start: int
    stop: int
    stopped: int
    ended: bool
    outcome: str | None
    reasoned: bool
    purpose: str | None
    dose: int


class Form(msgspec.Struct, frozen=True, gc=False):
    """What is read from every resource of one form.

    ``view`` is the resource without its dates; ``dates`` where those stand that are used; ``open``
    the facts that it keeps open, ``remarks`` what is said of it. ``read`` is False where no fact
    is read from it. ``names`` is the place of the date of what points to the disease, NAMELESS
    where nothing does; ``sets_day`` that it states the day of the decision. ``known``, ``hidden``
    and ``idle`` are those of ``fhir.medications.Medication``; with a ``product`` the form is
    read once more, when the Medication that it refers to is known.
    """

    kind: str
    view: dict[str, Any]
    dates: tuple[Path, ...] = ()
    told: tuple[Told, ...] = ()
    open: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    read: bool = True
    names: int = -2
    sets_day: bool = False
    known: bool = False
    hidden: bool = False
    idle: bool = False
    course: Course | None = None
    product: bool = False


class _Result(msgspec.Struct, frozen=True):
    """What the reader found in one specimen of a form."""

    told: tuple[Told, ...] = ()
    open: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    read: bool = True
    known: bool = False
    hidden: bool = False
    idle: bool = False
    course: Course | None = None


class _UnfitError(Exception):
    """The form cannot be kept."""


def born(date: str, book: CodeBook) -> tuple[tuple[Told, ...], tuple[str, ...]]:
    """Read a date of birth: what it tells, and what is said of it."""
    entry = Entry("Patient", "x", "Patient/x", {"birthDate": date})
    found = _found(read_patient(entry, book.vocabulary), entry, {})
    return found.told, found.remarks


def form_of(
    kind: str,
    view: dict[str, Any],
    written: Sequence[int],
    order: Sequence[int],
    book: CodeBook,
    *,
    ended: bool = False,
    products: Iterable[Entry] = (),
    like: Form | None = None,
) -> Form | None:
    """Read a form; None where resources of it have to be read one by one.

    ``written`` says how each date of ``SLOTS`` is written, ``order`` which is the earlier, where
    that is known; ``ended`` that a Condition has an end, whose date is not in the view. A form that
    is ``like`` another but for a number, and says the like, is read once.
    """
    slots = SLOTS[kind]
    rising = list(order) or list(range(len(slots)))
    if like is not None:
        alike = _alike(like, kind, view, _days(written, rising, 2001), book)
        if alike is not None:
            return alike
    falling = list(order) or rising[::-1]
    ends: tuple[str | None, ...] = (None, "1950-01-01") if ended else (None,)
    try:
        results = [
            (_specimen(kind, view, _days(written, ranks, year), end, as_of, book, products))
            for ranks, year, as_of in ((rising, 2001, _EARLY), (falling, 1951, _LATE))
            for end in ends
        ]
        if any(one != results[0] for one in results):
            return None
        used = sorted({place for place in _places(results[0]) if place >= 0})
        first = NAMELESS
        if _names(kind, view, results[0], book):
            first = next((place for place, length in enumerate(written) if length > ABSENT), -1)
            used = sorted({*used, first} - {-1})
        if len(used) > MOST_DATES:
            return None
        kept = [length if place in used else min(length, ABSENT)
                for place, length in enumerate(written)]  # fmt: skip
        days = _days(kept, rising, 2001)
        if _specimen(kind, view, days, ends[-1], _LATE, book, products) != results[0]:
            return None
    except (_UnfitError, *_UNREADABLE):
        return None
    found, new = _renumbered(results[0], used)
    wrong = [_ODD.get(length) for length in written]
    whole = dated(kind, view, slots, wrong)
    if ended:
        whole[_ENDED] = ends[-1]
    return Form(
        kind=kind, view=whole, dates=tuple(slots[place] for place in used), told=found.told,
        open=found.open, remarks=found.remarks, read=found.read,
        names=new.get(first, NAMELESS), known=found.known, hidden=found.hidden, idle=found.idle,
        sets_day=any(one.fact.name == _AS_OF for one in found.told), course=found.course,
    )  # fmt: skip


def _alike(
    like: Form, kind: str, view: Resource, days: list[str | None], book: CodeBook
) -> Form | None:
    """Read a form that differs from another in a number; None where it says other than that."""
    slots = SLOTS[kind]
    used = [slots.index(path) for path in like.dates]
    try:
        result = _specimen(kind, view, days, None, _EARLY, book, ())
        if not {*_places(result)} <= {*used, -1}:
            return None
        found, _ = _renumbered(result, used)
    except (_UnfitError, *_UNREADABLE):
        return None
    told = tuple(
        msgspec.structs.replace(one, value=other.value, text=other.text)
        for one, other in zip(found.told, like.told, strict=False)
    )
    same = (like.told, like.open, like.remarks, like.read)
    if (told, found.open, found.remarks, found.read) != same or found.course is not None:
        return None
    whole = {**like.view, **view}
    return msgspec.structs.replace(like, view=whole, told=found.told)


def dated(kind: str, view: Resource, paths: Iterable[Path], days: Iterable[str | None]) -> Resource:
    """Put dates into a resource; None leaves a place empty."""
    whole: Resource = {"resourceType": kind, **view}
    for path, day in zip(paths, days, strict=True):
        if day is None:
            continue
        at = whole
        for key in path[:-1]:
            inner = at.get(key)
            if isinstance(inner, list):
                at[key] = [dict(inner[0]), *inner[1:]] if inner else [{}]
                at = at[key][0]
            else:
                at[key] = dict(inner or {})
                at = at[key]
        at[path[-1]] = day
    return whole


def points_to_disease(resource: Resource, book: CodeBook) -> bool:
    """Say whether a Condition has a code of the disease and is not said to be an error."""
    if status_of(resource, "verificationStatus") in _WRONG_CODES:
        return False
    meanings = book.conditions.read(resource.get("code"))
    return any(one.fact is not None and one.fact.name == DISEASE for one in meanings)


def first_day(resource: Resource) -> str:
    """Give the first date that a resource has; "" where it has none that can be read."""
    for path in SLOTS.get(str(resource.get("resourceType")), ()):
        at: object = resource
        for key in path:
            at = as_map(at).get(key)
        if day := day_of(at):
            return day
    return ""


def _names(kind: str, view: Resource, found: _Result, book: CodeBook) -> bool:
    if kind == "Condition":
        return points_to_disease(view, book)
    return any(one.fact.name == DISEASE for one in found.told) or DISEASE in found.open


def _days(written: Sequence[int], ranks: Sequence[int], year: int) -> list[str | None]:
    """Make up dates that are written in this way and stand in this order."""
    days: list[str | None] = []
    for length, rank in zip(written, ranks, strict=True):
        if length == ABSENT:
            days.append(None)
        else:
            day = f"{year + rank}-0{rank + 2}-1{rank}"
            days.append(_ODD.get(length, day[:length]))
    return days


def _specimen(
    kind: str,
    view: Resource,
    days: list[str | None],
    end: str | None,
    as_of: dt.date,
    book: CodeBook,
    products: Iterable[Entry],
) -> _Result:
    resource = dated(kind, view, SLOTS[kind], days)
    if end is not None:
        resource[_ENDED] = end
    entry = Entry(kind, "x", f"{kind}/x", resource)
    places = {day: place for place, day in enumerate(map(day_of, days)) if day}
    if kind in MEDICATIONS:
        return _medication(read_medication(entry, book, Products(products)), entry, places)
    return _found(_items(entry, as_of, book), entry, places)


def _items(entry: Entry, as_of: dt.date, book: CodeBook) -> list[Item] | None:
    match entry.kind:
        case "Patient":
            return read_patient(entry, book.vocabulary)
        case "Observation":
            return read_observation(entry, book)
        case "Condition":
            return read_condition(entry, book, as_of)
        case _:
            return read_allergy(entry, book)


def _found(items: list[Item] | None, entry: Entry, places: dict[str, int]) -> _Result:
    if items is None:
        return _Result(read=False)
    told = tuple(_told(one, entry, places) for one in items if isinstance(one, Finding))
    asides = tuple(one.fact for one in items if isinstance(one, Aside))
    remarks = [one.unread if isinstance(one, Aside) else one
               for one in items if not isinstance(one, Finding)]  # fmt: skip
    return _Result(told, asides, tuple(one.reason for one in remarks))


def _medication(said: Medication, entry: Entry, places: dict[str, int]) -> _Result:
    told = tuple(_told(one, entry, places) for one in said.findings)
    return _Result(
        told, (), tuple(one.reason for one in said.unread), known=said.known, hidden=said.hidden,
        idle=said.idle, course=None if said.given is None else _course(said.given, places),
    )  # fmt: skip


def _told(one: Finding, entry: Entry, places: dict[str, int]) -> Told:
    known, source = one.known, one.known.source
    if (source.kind, source.reference, source.date) != ("fhir", entry.label, one.day):
        raise _UnfitError
    day = _place(one.day, places)
    return Told(one.fact, one.fact.name, known.value, known.text, source.detail, day,
                one.stated, one.negative, one.place)  # fmt: skip


def _course(given: Given, places: dict[str, int]) -> Course:
    return Course(
        given.drug, given.detail, _place(given.start, places), _place(given.stop, places),
        _place(given.stopped, places), given.ended, given.outcome, given.reasoned, given.purpose,
        int(given.dose) if given.dose else -1,
    )  # fmt: skip


def _place(day: str, places: dict[str, int]) -> int:
    if not day:
        return -1
    if day not in places:
        raise _UnfitError
    return places[day]


def _places(found: _Result) -> list[int]:
    course = found.course
    own = [] if course is None else [course.start, course.stop, course.stopped]
    return [*(one.date for one in found.told), *own]


def _renumbered(found: _Result, used: list[int]) -> tuple[_Result, dict[int, int]]:
    new = {place: index for index, place in enumerate(used)} | {-1: -1}
    told = tuple(msgspec.structs.replace(one, date=new[one.date]) for one in found.told)
    course = found.course
    if course is not None:
        course = msgspec.structs.replace(
            course, start=new[course.start], stop=new[course.stop], stopped=new[course.stopped]
        )
    return msgspec.structs.replace(found, told=told, course=course), new
