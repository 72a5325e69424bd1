"""A patient who is out of the ordinary, given to the reader proper as a Bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.cohort.bulk.form import MEDICATIONS, Form, dated
from myopathway.cohort.bulk.found import WHOLE, Found, Kept, doubles, sixes
from myopathway.cohort.bulk.products import named
from myopathway.fhir.plain import as_map, as_text, canonical
from myopathway.fhir.read import read_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.cohort.bulk.export import Export
    from myopathway.fhir.plain import Resource
    from myopathway.fhir.reading import Reading
    from myopathway.intake import Intake

_PERSON: Final = "Patient"


def reading_of(found: Found, export: Export, intake: Intake) -> Reading:
    """Read one patient's resources as a Bundle."""
    entries: list[dict[str, Any]] = [{"resource": person_of(found, export)}]
    products: dict[str, Resource] = {}
    for place, resource in resources_of(found, export):
        entry: dict[str, Any] = {"resource": resource}
        if not as_text(resource.get("id")):
            entry["fullUrl"] = export.where(place)
        entries.append(entry)
        if resource["resourceType"] in MEDICATIONS:
            reference = as_text(as_map(resource.get("medicationReference")).get("reference"))
            if reference and (product := export.shelf.resource(named(reference))) is not None:
                products[named(reference)] = product
    entries += [{"resource": product} for product in products.values()]
    reading = read_bundle(
        {"resourceType": "Bundle", "entry": entries},
        intake.guideline,
        today=intake.today,
        complete_problem_list=intake.complete_problem_list,
        complete_medication_list=intake.complete_medication_list,
    )
    # A Medication is nobody's own, so that none is counted as unread by this patient.
    unread = tuple(one for one in reading.unread if one.resource != "Medication")
    return msgspec.structs.replace(reading, unread=unread)


def person_of(found: Found, export: Export) -> Resource:
    """Give the Patient; of several versions the newest."""
    views = [_resource(one, export) for one in found.people]
    if any(view != views[0] for view in views):
        originals = [as_map(one) for one in export.originals(found.id, _PERSON, found.people[0][1])]
        return max(originals, key=lambda one: (_version(one), canonical(one)))
    return views[0]


def resources_of(found: Found, export: Export) -> Iterator[tuple[int, Resource]]:
    """Give a patient's other resources, as far as the reader looks at them, and their places."""
    differing = {key for key, differs in doubles(found).items() if differs and key[0] != _PERSON}
    for kind, name in sorted(differing):
        yield from ((0, one) for one in export.originals(found.id, kind, name))
    for _, kind, six, rest, start in found.runs:
        if kind == _PERSON:
            continue
        for one in sixes(six):
            if (kind, one[1]) not in differing:
                yield one[4], _resource(one, export)
        for name in rest:
            if (kind, name) not in differing:
                yield start, {"resourceType": kind, "id": name}


def _resource(one: Kept, export: Export) -> Resource:
    """Put a resource together from its form and what is its own."""
    index, name, first, second, _, own = one
    if index == WHOLE:
        resource: Resource = msgspec.json.decode(own)
        return resource
    form = export.form(index, own)
    if form.kind == "Patient":
        born = {} if own is None else {"birthDate": own}
        return {**form.view, "id": name, **born}
    days = [day or None for day in (first, second)]
    whole = dated(form.kind, form.view, form.dates, days[: len(form.dates)])
    whole["id"] = name
    return _worded(whole, form, own) if form.kind in MEDICATIONS else whole


def _worded(whole: Resource, form: Form, own: object) -> Resource:
    """Put in the dose in words and the product that is referred to."""
    dose, reference = own if isinstance(own, tuple) else (own, None)
    if reference is not None:
        whole["medicationReference"] = {**whole["medicationReference"], "reference": reference}
    if form.course is None or form.course.dose < 0:
        return whole
    number = str(form.course.dose)
    for key in ("dosageInstruction", "dosage"):
        if key in whole:
            whole[key] = [
                {**one, "text": dose} if one.get("text") == number else one for one in whole[key]
            ]
    return whole


def _version(resource: Resource) -> str:
    return as_text(as_map(resource.get("meta")).get("lastUpdated"))
