"""All that an export holds of one patient, put together as the reader of a Bundle does it.

The steps are the reader's own. Only where one value stands by itself, or the newest of several
measurements counts, is it taken without asking; what is out of the ordinary goes to the reader
as a Bundle (``whole``).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from myopathway.cohort.bulk.form import (
    DISEASE, MEDICATIONS, NAMELESS, first_day, form_of, points_to_disease,
)  # fmt: skip
from myopathway.cohort.bulk.found import WHOLE
from myopathway.cohort.bulk.resolving import Resolver
from myopathway.cohort.bulk.whole import reading_of, resources_of
from myopathway.facts import Known, Record, Source, Unread
from myopathway.fhir.bundle import Entry
from myopathway.fhir.codebook import COMPLETE_MEDICATIONS, COMPLETE_PROBLEMS, code_book
from myopathway.fhir.finding import Finding
from myopathway.fhir.gathered import Gathered
from myopathway.fhir.history import regimens
from myopathway.fhir.medications import Given, Medication
from myopathway.fhir.plain import day_of
from myopathway.fhir.read import Reading, _close, _treated
from myopathway.fhir.settle import settle

if TYPE_CHECKING:
    from myopathway.cohort.bulk.form import Form, Told
    from myopathway.cohort.bulk.found import Found, Kept
    from myopathway.cohort.bulk.sorted import Export
    from myopathway.intake import Intake

_COURSE: Final = "course"
_BORN: Final = "birth_date"
_SINGLE: Final = frozenset({"boolean", "choice", "date", "number", "grade"})
_MEASURED: Final = frozenset({"number", "grade"})
_MOST_DATES: Final = 65_536

# What is told of a fact, with type, id and day of the resource that tells it.
_Telling: TypeAlias = tuple["Told", str, str, str]


class Fold:
    """Reads patients from what was found of them."""

    def __init__(self, intake: Intake, export: Export, *, everyone: bool) -> None:
        """Take a sorted export; ``everyone`` lists those without the disease too."""
        self._intake = intake
        self._guideline = intake.guideline
        self._book = code_book(intake.guideline)
        self._export = export
        self._today = intake.today.isoformat()
        self._everyone = everyone
        self._resolver = Resolver(export, self._book)
        self._born = lru_cache(maxsize=_MOST_DATES)(self._birth)

    def reading(self, found: Found) -> Reading | None:
        """Read one patient; None for one who is not listed."""
        if found.doubled or len(found.people) > 1 or found.people[0][0] == WHOLE:
            return self._wholly(found)
        forms = self._export.forms
        named = self._everyone
        for index, _, first, second, _, _ in found.kept:
            if index == WHOLE or (form := forms[index]).sets_day:
                return self._wholly(found)
            if not named and form.names != NAMELESS:
                named = _day(form.names, first, second) <= self._today
        if not named:
            return None
        reading = self._simply(found)
        return self._wholly(found) if reading is None else reading

    def _wholly(self, found: Found) -> Reading | None:
        reading = reading_of(found, self._export, self._intake)
        if self._everyone or DISEASE in reading.record.facts:
            return reading
        named = any(
            points_to_disease(one, self._book) and first_day(one) <= self._today
            for _, one in resources_of(found, self._export)
            if one["resourceType"] == "Condition"
        )
        return reading if named else None

    def _simply(self, found: Found) -> Reading | None:
        """Read one of whom every form is known; None where a product turns out odd."""
        gathered = Gathered([], {})
        groups: dict[str, list[_Telling]] = {}
        measured: dict[str, tuple[tuple[str, str, str, int], Told]] = {}
        entries: list[Entry] = []
        medications: list[Medication] = []
        findings: list[Finding] = []
        silent = dict(found.silent)
        today = self._today
        for one in found.kept:
            index, name, first, second, _, own = one
            form = self._export.forms[index]
            kind = form.kind
            if kind in MEDICATIONS:
                if form.product:
                    known = self._resolver.form(one)
                    if known is None:
                        return None
                    form, own = known, own[0]
                entry = Entry(kind, name, f"{kind}/{name}", {})
                entries.append(entry)
                medications.append(_medication(form, entry, first, second, own))
                continue
            if not form.read:
                silent[kind] = silent.get(kind, 0) + 1
                continue
            if form.open or form.remarks:
                gathered.kept_open.update(form.open)
                gathered.unread += [Unread(f"{kind}/{name}", said) for said in form.remarks]
            for told in form.told:
                day = _day(told.date, first, second)
                fact = told.fact
                if day > today or (fact.name == _BORN and str(told.value) > today):
                    findings.append(_finding((told, kind, name, day)))
                elif fact.type in _MEASURED and not fact.judgement:
                    order = (day, kind, name, told.place)
                    best = measured.get(fact.name)
                    if best is None or order > best[0]:
                        measured[fact.name] = (order, told)
                elif fact.name in groups:
                    groups[fact.name].append((told, kind, name, day))
                else:
                    groups[fact.name] = [(told, kind, name, day)]
        for telling in self._person(found, gathered):
            told = telling[0]
            if told.fact.name == _BORN and str(told.value) > today:
                findings.append(_finding(telling))
            else:
                groups.setdefault(told.fact.name, []).append(telling)
        facts: dict[str, Known] = {}
        recorded = None
        given = gathered.medicate(entries, lambda _, said=iter(medications): next(said))
        if given is not None:
            courses = [_finding(one) for one in groups.get(_COURSE, ())]
            recorded = regimens(given, courses, today, self._book.drugs.order, gathered.unread)
        for name, (order, told) in measured.items():
            facts[name] = _known(told, order[1], order[2], order[0])
        for name, group in groups.items():
            if len(group) == 1 and group[0][0].fact.type in _SINGLE:
                told, kind, resource, day = group[0]
                if not told.negative:
                    facts[name] = _known(told, kind, resource, day)
            else:
                findings += [_finding(one) for one in group]
        gathered.findings += findings
        if gathered.findings:
            facts |= settle(gathered.until(today), gathered.unread)
        return self._concluded(facts, gathered, recorded, silent)

    def _concluded(
        self,
        facts: dict[str, Known],
        gathered: Gathered,
        recorded: Any,
        silent: dict[str, int],
    ) -> Reading:
        whole = facts.pop(COMPLETE_PROBLEMS, None)
        if self._intake.complete_problem_list or (whole is not None and whole.value is True):
            _close(facts, self._guideline, gathered.kept_open)
        whole = facts.pop(COMPLETE_MEDICATIONS, None)
        complete = self._intake.complete_medication_list
        complete = complete or (whole is not None and whole.value is True)
        complete = complete and not gathered.hidden
        occasions = _treated(facts, recorded, gathered.unread, whole=complete)
        for kind, count in silent.items():
            gathered.read(repeat(Entry(kind, "", "", {}), count), _nothing)
        return Reading(Record(facts), gathered.listed(), occasions)

    def _person(self, found: Found, gathered: Gathered) -> list[_Telling]:
        """Read the Patient."""
        index, name, _, _, _, born = found.people[0]
        form = self._export.forms[index]
        kind = form.kind
        tellings = [(told, kind, name, "") for told in form.told]
        remarks = form.remarks
        if born is not None:
            told, said = self._born(born)
            tellings += [(one, kind, name, "") for one in told]
            remarks += said
        gathered.unread += [Unread(f"{kind}/{name}", said) for said in remarks]
        return tellings

    def _birth(self, date: str) -> tuple[tuple[Told, ...], tuple[str, ...]]:
        form = form_of("Patient", {"birthDate": date}, (), (), self._book)
        return ((), ()) if form is None else (form.told, form.remarks)


def _medication(form: Form, entry: Entry, first: str, second: str, dose: str) -> Medication:
    remarks = tuple(Unread(entry.label, said) for said in form.remarks)
    course = form.course
    if course is not None:
        given = Given(
            course.drug, entry, course.detail, _day(course.start, first, second),
            _day(course.stop, first, second), _day(course.stopped, first, second), course.ended,
            course.outcome, course.reasoned, course.purpose, dose,
        )  # fmt: skip
        return Medication(given=given, unread=remarks)
    findings = tuple(
        _finding((told, entry.kind, entry.id, _day(told.date, first, second)))
        for told in form.told
    )
    return Medication(form.known, form.hidden, None, findings, remarks, form.idle)


def _finding(telling: _Telling) -> Finding:
    told, kind, name, day = telling
    entry = Entry(kind, name, f"{kind}/{name}", {})
    known = _known(told, kind, name, day)
    return Finding(told.fact, known, entry, day, told.stated, told.negative, told.place)


def _known(told: Told, kind: str, name: str, day: str) -> Known:
    return Known(told.value, Source("fhir", f"{kind}/{name}", day, told.detail), told.text)


def _day(place: int, first: str, second: str) -> str:
    """Give the day at a place among the dates of a form."""
    if place < 0:
        return ""
    return day_of(second if place else first) or ""


def _nothing(_: Entry) -> None:
    """Read nothing."""
