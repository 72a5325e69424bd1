"""All that an export holds of one patient, put together as the reader of a Bundle does it.

The steps are the reader's own. Only where one value stands by itself, where all agree, or where
the newest of several measurements counts, is it taken without asking; what is out of the ordinary
goes to the reader as a Bundle (``whole``).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Final

from myopathway.cohort.bulk.form import (
    DISEASE,
    MEDICATIONS,
    NAMELESS,
    born,
    first_day,
    points_to_disease,
)
from myopathway.cohort.bulk.found import WHOLE
from myopathway.cohort.bulk.resolving import Resolver
from myopathway.cohort.bulk.tellings import Tellings, day_at
from myopathway.cohort.bulk.whole import reading_of, resources_of
from myopathway.facts import Record, Unread
from myopathway.fhir.codebook import COMPLETE_MEDICATIONS, COMPLETE_PROBLEMS, code_book
from myopathway.fhir.entry import Entry
from myopathway.fhir.gathered import Gathered
from myopathway.fhir.history import regimens
from myopathway.fhir.medication import Given, Medication
from myopathway.fhir.read import _close, _treated
from myopathway.fhir.reading import Reading

if TYPE_CHECKING:
    from myopathway.cohort.bulk.export import Export
    from myopathway.cohort.bulk.form import Course, Told
    from myopathway.cohort.bulk.found import Found
    from myopathway.facts import Known, Regimen
    from myopathway.intake import Intake

_MOST_DATES: Final = 65_536
_MOST_COUNTS: Final = 4_096


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
        # By the number of a form; the last two stand for CARRIED and WHOLE.
        special = [one.sets_day for one in export.forms]
        names = [one.names != NAMELESS for one in export.forms]
        self._special = [*special, False, True].__getitem__
        self._names = [*names, True, True].__getitem__
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
        if not (self._everyone or (any(map(self._names, indexes)) and self._is_named(found))):
            return None
        reading = self._simply(found)
        return self._wholly(found) if reading is None else reading

    def _is_named(self, found: Found) -> bool:
        """Say whether something points to the disease on the day of the decision."""
        export = self._export
        return any(
            (form := export.form(index, own)).names != NAMELESS
            and day_at(form.names, first, second) <= self._today
            for index, _, first, second, _, own in found.kept
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
        """Read one of whom every form is known; None where one has to be read by itself."""
        gathered = Gathered([], {})
        told = Tellings(self._today)
        silent = found.silent
        given: list[Given] = []
        is_history = False
        forms = self._export.forms
        self._person(found, gathered, told)
        for one in found.kept:
            index, name, first, second, _, own = one
            form = forms[index] if index >= 0 else self._export.form(index, own)
            if form.product:
                own = own[0]
                resolved = self._resolver.form(one)
                if resolved is None:
                    return None
                form = resolved
            if form.sets_day:
                return None
            kind = form.kind
            if form.remarks:
                label = f"{kind}/{name}"
                gathered.unread += [Unread(label, said) for said in form.remarks]
            if form.open:
                gathered.kept_open.update(form.open)
            if form.told:
                told.take(form, name, first, second)
            if kind in MEDICATIONS:
                # As ``Gathered.medicate`` has it.
                is_history = is_history or form.known
                gathered.hidden = gathered.hidden or form.hidden
                if form.course is not None:
                    given.append(_given(form.course, kind, name, first, second, own))
                elif form.idle:
                    silent[kind] = silent.get(kind, 0) + 1
            elif not form.read:
                silent[kind] = silent.get(kind, 0) + 1
        recorded = None
        if is_history:
            order = self._book.drugs.order
            recorded = regimens(given, told.courses(), self._today, order, gathered.unread)
        return self._concluded(told.settled(gathered), gathered, recorded, silent)

    def _person(self, found: Found, gathered: Gathered, told: Tellings) -> None:
        """Read the Patient."""
        index, name, _, _, _, date = found.people[0]
        form = self._export.forms[index]
        told.take(form, name, "", "")
        remarks = form.remarks
        if date is not None:
            tellings, said = self._born(date)
            told.take_all(tellings, form.kind, name)
            remarks += said
        gathered.unread += [Unread(f"{form.kind}/{name}", said) for said in remarks]

    def _birth(self, date: str) -> tuple[tuple[Told, ...], tuple[str, ...]]:
        return born(date, self._book)

    def _concluded(
        self,
        facts: dict[str, Known],
        gathered: Gathered,
        recorded: tuple[Regimen, ...] | None,
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
            unread += counted(kind, count)
        return Reading(Record(dict(sorted(facts.items()))), unread, occasions)


def _given(course: Course, kind: str, name: str, first: str, second: str, dose: str) -> Given:
    return Given(
        course.drug, Entry(kind, name, f"{kind}/{name}", {}), course.detail,
        day_at(course.start, first, second), day_at(course.stop, first, second),
        day_at(course.stopped, first, second), course.ended, course.outcome, course.reasoned,
        course.purpose, dose,
    )  # fmt: skip


@lru_cache(maxsize=_MOST_COUNTS)
def counted(kind: str, count: int) -> tuple[Unread, ...]:
    """Say how many resources of a type no fact is read from, or how many drugs are not taken."""
    gathered = Gathered([], {})
    entries = repeat(Entry(kind, "", "", {}), count)
    if kind in MEDICATIONS:
        gathered.medicate(entries, _idle)
    else:
        gathered.read(entries, _nothing)
    return gathered.listed()


def _idle(_: Entry) -> Medication:
    return Medication(idle=True)


def _nothing(_: Entry) -> None:
    """Read nothing."""
