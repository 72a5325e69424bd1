"""All that an export holds of one patient, put together as the reader of a Bundle does it.

The steps are the reader's own. Only where one value stands by itself, or the newest of several
measurements counts, is it taken without asking; what is out of the ordinary goes to the reader
as a Bundle (``whole``).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from myopathway.cohort.bulk.dates import day_as
from myopathway.cohort.bulk.form import (
    DISEASE, MEDICATIONS, NAMELESS, born, first_day, points_to_disease,
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
_WHOLE_DAY: Final = 10  # characters; a form keeps only dates that are dates
_MOST_DATES: Final = 65_536
_MOST_COUNTS: Final = 4_096

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
        # By the number of a form; the last one stands for WHOLE.
        forms = export.forms
        special = [one is not None and one.sets_day for one in forms]
        names = [one is not None and one.names != NAMELESS for one in forms]
        self._special = [*special, True].__getitem__
        self._names = [*names, True].__getitem__
        self._measured = {name for name, fact in self._guideline.vocabulary.facts.items()
                          if fact.type in _MEASURED and not fact.judgement}  # fmt: skip
        self._born = lru_cache(maxsize=_MOST_DATES)(self._birth)

    def reading(self, found: Found) -> Reading | None:
        """Read one patient; None for one who is not listed."""
        indexes = found.indexes
        if (
            found.doubled
            or len(found.people) > 1
            or found.people[0][0] == WHOLE
            or any(map(self._special, indexes))
        ):
            return self._wholly(found)
        if not (self._everyone or any(map(self._names, indexes)) and self._is_named(found)):
            return None
        reading = self._simply(found)
        return self._wholly(found) if reading is None else reading

    def _is_named(self, found: Found) -> bool:
        """Say whether something points to the disease on the day of the decision."""
        forms = self._export.forms
        return any(
            (form := forms[index]).names != NAMELESS
            and _day(form.names, first, second) <= self._today
            for index, _, first, second, _, _ in found.kept
        )

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
        medications: list[tuple[Form, str, str, str, str]] = []
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
                medications.append((form, name, first, second, own))
                continue
            if not form.read:
                silent[kind] = silent.get(kind, 0) + 1
                continue
            if form.open or form.remarks:
                gathered.kept_open.update(form.open)
                gathered.unread += [Unread(f"{kind}/{name}", said) for said in form.remarks]
            for told in form.told:
                day = _day(told.date, first, second)
                fact = told.fact.name
                if day > today or (fact == _BORN and str(told.value) > today):
                    findings.append(_finding((told, kind, name, day)))
                elif fact in self._measured:
                    order = (day, kind, name, told.place)
                    best = measured.get(fact)
                    if best is None or order > best[0]:
                        measured[fact] = (order, told)
                elif fact in groups:
                    groups[fact].append((told, kind, name, day))
                else:
                    groups[fact] = [(told, kind, name, day)]
        for telling in self._person(found, gathered):
            told = telling[0]
            if told.fact.name == _BORN and str(told.value) > today:
                findings.append(_finding(telling))
            else:
                groups.setdefault(told.fact.name, []).append(telling)
        facts: dict[str, Known] = {}
        recorded = None
        given = _given(medications, gathered, findings, silent) if medications else None
        if given is not None:
            courses = [_finding(one) for one in groups.get(_COURSE, ())]
            recorded = regimens(given, courses, today, self._book.drugs.order, gathered.unread)
        for name, (order, told) in measured.items():
            facts[name] = _known(told, order[1], order[2], order[0])
        for name, group in groups.items():
            told, kind, resource, day = group[0]
            if told.fact.type not in _SINGLE:
                findings += [_finding(one) for one in group]
            elif len(group) == 1:
                if not told.negative:
                    facts[name] = _known(told, kind, resource, day)
            elif all(one[0].value == told.value and one[0].stated == told.stated
                     and not one[0].negative for one in group):  # fmt: skip
                # All agree: the newest tells.
                told, kind, resource, day = max(group, key=_order)
                facts[name] = _known(told, kind, resource, day)
            else:
                findings += [_finding(one) for one in group]
        if findings:
            gathered.findings += findings
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
        unread = gathered.listed() if gathered.unread else ()
        for kind, count in sorted(silent.items()):
            unread += _counted(kind, count)
        return Reading(Record(facts), unread, occasions)

    def _person(self, found: Found, gathered: Gathered) -> list[_Telling]:
        """Read the Patient."""
        index, name, _, _, _, date = found.people[0]
        form = self._export.forms[index]
        kind = form.kind
        tellings = [(told, kind, name, "") for told in form.told]
        remarks = form.remarks
        if date is not None:
            told, said = self._born(date)
            tellings += [(one, kind, name, "") for one in told]
            remarks += said
        gathered.unread += [Unread(f"{kind}/{name}", said) for said in remarks]
        return tellings

    def _birth(self, date: str) -> tuple[tuple[Told, ...], tuple[str, ...]]:
        return born(date, self._book)


def _given(
    medications: list[tuple[Form, str, str, str, str]],
    gathered: Gathered,
    findings: list[Finding],
    silent: dict[str, int],
) -> list[Given] | None:
    """Give what was given as ``Gathered.medicate`` does; None where nothing tells of a drug."""
    given: list[Given] = []
    known = False
    for form, name, first, second, dose in medications:
        known = known or form.known
        gathered.hidden = gathered.hidden or form.hidden
        kind = form.kind
        if form.remarks:
            gathered.unread += [Unread(f"{kind}/{name}", said) for said in form.remarks]
        if (course := form.course) is not None:
            given.append(Given(
                course.drug, Entry(kind, name, f"{kind}/{name}", {}), course.detail,
                _day(course.start, first, second), _day(course.stop, first, second),
                _day(course.stopped, first, second), course.ended, course.outcome,
                course.reasoned, course.purpose, dose,
            ))  # fmt: skip
        elif form.idle:
            silent[kind] = silent.get(kind, 0) + 1
        findings += [_finding((told, kind, name, _day(told.date, first, second)))
                     for told in form.told]  # fmt: skip
    return given if known else None


def _idle(_: Entry) -> Medication:
    return Medication(idle=True)


@lru_cache(maxsize=_MOST_COUNTS)
def _counted(kind: str, count: int) -> tuple[Unread, ...]:
    """Say how many resources of a type no fact is read from, or how many drugs are not taken."""
    gathered = Gathered([], {})
    entries = repeat(Entry(kind, "", "", {}), count)
    if kind in MEDICATIONS:
        gathered.medicate(entries, _idle)
    else:
        gathered.read(entries, _nothing)
    return gathered.listed()


def _order(telling: _Telling) -> tuple[str, str, str, int]:
    told, kind, name, day = telling
    return (day, kind, name, told.place)


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
    date = second if place else first
    return date if len(date) == _WHOLE_DAY else day_as(date)


def _nothing(_: Entry) -> None:
    """Read nothing."""
