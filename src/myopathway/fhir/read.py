"""A FHIR R4 Bundle of one patient in, a record of facts out, and all that was not used."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from myopathway.facts import MOST_REGIMENS, Known, Record, Regimen, Source, Unread
from myopathway.fhir.allergies import read_allergy
from myopathway.fhir.bundle import opened
from myopathway.fhir.codebook import COMPLETE_MEDICATIONS, COMPLETE_PROBLEMS, code_book
from myopathway.fhir.conditions import read_condition
from myopathway.fhir.finding import ANY
from myopathway.fhir.gathered import Gathered
from myopathway.fhir.history import regimens
from myopathway.fhir.medications import read_medication
from myopathway.fhir.observations import read_observation
from myopathway.fhir.person import read_patient
from myopathway.fhir.products import Products
from myopathway.fhir.questionnaire import read_response
from myopathway.fhir.reading import Reading
from myopathway.fhir.settle import settle

if TYPE_CHECKING:
    from myopathway.fhir.codebook import CodeBook
    from myopathway.fhir.entry import Bundle
    from myopathway.fhir.finding import Finding
    from myopathway.guideline.model import Guideline

HISTORY_FROM_RECORD: Final = "history-from-record"
_MEDICATIONS: Final = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
_HISTORY: Final = "treatments"


def read_bundle(
    document: object,
    guideline: Guideline,
    *,
    today: dt.date,
    complete_problem_list: bool = False,
    complete_medication_list: bool = False,
) -> Reading:
    """Read a decoded Bundle; ``today`` is the day of the decision where the Bundle states none.

    Raises ``InputError`` for what is not a Bundle of exactly one Patient; whatever else is wrong
    in it is listed in ``unread``. The order of its entries changes nothing.
    """
    book = code_book(guideline)
    bundle = opened(document)
    gathered = Gathered(bundle.unread, bundle.counts)
    gathered.read([bundle.patient], lambda entry: read_patient(entry, book.vocabulary))
    gathered.read(bundle.entries["Observation"], lambda entry: read_observation(entry, book))
    gathered.read(bundle.entries["QuestionnaireResponse"], lambda entry: read_response(entry, book))
    as_of = _as_of(gathered.findings, today)
    gathered.read(bundle.entries["Condition"], lambda entry: read_condition(entry, book, as_of))
    gathered.read(bundle.entries["AllergyIntolerance"], lambda entry: read_allergy(entry, book))
    recorded = _recorded(bundle, book, gathered, as_of)
    facts = settle(gathered.until(as_of.isoformat()), gathered.unread)
    whole_list = facts.pop(COMPLETE_PROBLEMS, None)
    if complete_problem_list or (whole_list is not None and whole_list.value is True):
        _close(facts, guideline, gathered.kept_open)
    whole_list = facts.pop(COMPLETE_MEDICATIONS, None)
    whole = complete_medication_list or (whole_list is not None and whole_list.value is True)
    whole = whole and not gathered.hidden
    occasions = _treated(facts, recorded, gathered.unread, whole=whole)
    return Reading(Record(dict(sorted(facts.items()))), gathered.listed(), occasions)


def _as_of(findings: list[Finding], today: dt.date) -> dt.date:
    stated = [one for one in findings if one.fact.name == "as_of"]
    value = max(stated, key=lambda one: one.order).known.value if stated else today
    return value if isinstance(value, dt.date) else today


def _recorded(
    bundle: Bundle, book: CodeBook, gathered: Gathered, as_of: dt.date
) -> tuple[Regimen, ...] | None:
    """Give the regimens of the medication resources; None where there are no such resources."""
    products = Products(bundle.entries["Medication"])
    entries = [entry for kind in _MEDICATIONS for entry in bundle.entries[kind]]
    given = gathered.medicate(entries, lambda entry: read_medication(entry, book, products))
    if idle := products.unnamed():
        gathered.counts["Medication"] = idle
    if given is None:
        return None
    courses = [one for one in gathered.findings if one.fact.name == "course"]
    day = as_of.isoformat()
    counting = [one for one in courses if one.day <= day]
    return regimens(given, counting, day, book.drugs.order, gathered.unread)


def _close(facts: dict[str, Known], guideline: Guideline, kept_open: set[str]) -> None:
    """Read a complete problem list: what it does not show is not there."""
    if ANY in kept_open:
        return
    implied = {one.then for one in guideline.implications
               if one.given in facts and facts[one.given].value is True}  # fmt: skip
    where = Source("derived", detail="problem list stated as complete")
    for name, fact in guideline.vocabulary.facts.items():
        if fact.problem_list and name not in facts and name not in kept_open | implied:
            facts[name] = Known(value=False, source=where)


def _treated(
    facts: dict[str, Known],
    recorded: tuple[Regimen, ...] | None,
    out: list[Unread],
    *,
    whole: bool,
) -> tuple[str, ...]:
    """Enter the history: as recorded, unless regimens were stated."""
    stated = facts.get(_HISTORY)
    if recorded is None:
        if stated is None and whole:
            where = Source("derived", detail="medication list stated as complete")
            facts[_HISTORY] = Known((), where)
        return ()
    if len(recorded) > MOST_REGIMENS:
        found = f"{len(recorded)} regimens, more than {MOST_REGIMENS}: the history is not read"
        out.append(Unread("Bundle", found))
        if stated is not None and not stated.value:
            del facts[_HISTORY]
        return ()
    if stated is not None and stated.value:
        out.extend(Unread(one.source.reference, "the stated treatments count instead")
                   for one in recorded)  # fmt: skip
        return ()
    if stated is not None and recorded:
        out.append(Unread(stated.source.reference, "treatments none, but the record holds some"))
    days = [one.source.date for one in recorded]
    where = Source("fhir", date=max(days, default=""), detail="medication resources")
    facts[_HISTORY] = Known(recorded, where)
    return (HISTORY_FROM_RECORD,)
