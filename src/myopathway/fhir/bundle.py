"""A Bundle opened: its one Patient, and that patient's resources by type."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from myopathway.errors import Fault, InputError, shown
from myopathway.facts import Unread
from myopathway.fhir.entry import Bundle, Entry
from myopathway.fhir.plain import Resource, as_map, as_text, brief, canonical

# Where each type that is read says whose it is.
SUBJECT: Final = {
    "Condition": "subject",
    "Observation": "subject",
    "AllergyIntolerance": "patient",
    "MedicationRequest": "subject",
    "MedicationStatement": "subject",
    "MedicationAdministration": "subject",
    "QuestionnaireResponse": "subject",
}
_KINDS: Final = (*SUBJECT, "Patient", "Medication")
_LONGEST_ID: Final = 64  # characters that FHIR allows
_PEOPLE_SHOWN: Final = 5


def opened(document: object) -> Bundle:
    """Sort a Bundle's resources by type; raises ``InputError`` unless it is of one patient."""
    raw = _raw_entries(document)
    unread: list[Unread] = []
    counts: dict[str, int] = {}
    entries: dict[str, list[Entry]] = {kind: [] for kind in _KINDS}
    for place, one in enumerate(raw):
        try:
            whole: Resource = one  # what is none stumbles here, or at its first key
            resource: Resource = whole["resource"]
            known = entries.get(kind := resource["resourceType"])
            if known is not None:
                name, url = resource.get("id"), whole.get("fullUrl", "")
                known.append(
                    Entry(kind, name, f"{kind}/{name}", resource, "", url)
                    if type(url) is str
                    and type(name) is str
                    and 0 < len(name) <= _LONGEST_ID
                    and name.isprintable()
                    else _entry(kind, resource, url, place)
                )
                continue
        except (KeyError, TypeError, AttributeError):
            kind = None
        if kind in counts:
            counts[kind] += 1
        elif isinstance(kind, str) and (kind := brief(kind)):
            counts[kind] = counts.get(kind, 0) + 1
        else:
            unread.append(Unread(f"entry[{place}]", "no resource of a type in it"))
    patient = _only(entries["Patient"])
    own = _own_references(patient)
    if not own:
        unread.append(Unread(patient.label, "no id: whose the resources are cannot be checked"))
    for kind, key in SUBJECT.items():
        if found := entries[kind]:
            entries[kind] = _newest(_of_patient(found, key, own, unread), unread)
    return Bundle(patient, entries, unread, counts)


def _raw_entries(document: object) -> list[Any]:
    if not isinstance(document, dict):
        raise InputError([Fault("Bundle", f"found {shown(document)}", "a FHIR R4 Bundle")])
    kind = document.get("resourceType")
    if kind != "Bundle":
        found = "no resourceType" if kind is None else f"found {shown(kind)}"
        raise InputError([Fault("Bundle", found, "resourceType Bundle")])
    raw = document.get("entry")
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise InputError([Fault("Bundle.entry", f"found {shown(raw)}", "a list of entries")])
    return raw


def _entry(kind: str, resource: Resource, url: object, place: int) -> Entry:
    if not isinstance(url, str):
        url = ""
    name = resource.get("id")
    if isinstance(name, str) and 0 < len(name) <= _LONGEST_ID and name.isprintable():
        return Entry(kind, name, f"{kind}/{name}", resource, "", url)
    name = as_text(name)
    label = f"{kind}/{brief(name)}" if name else brief(url) or f"entry[{place}]"
    return Entry(kind, name, label, resource, canonical(resource) + url, url)


def _only(people: list[Entry]) -> Entry:
    want = "exactly one Patient"
    if not people:
        raise InputError([Fault("Bundle", "no Patient", want)])
    if len(people) > 1:
        names = sorted(person.label for person in people)
        found = " and ".join(names[:_PEOPLE_SHOWN])
        more = f" and {len(names) - _PEOPLE_SHOWN} more" if len(names) > _PEOPLE_SHOWN else ""
        raise InputError([Fault("Bundle", f"{len(names)} Patients: {found}{more}", want)])
    return people[0]


def _own_references(patient: Entry) -> tuple[str, ...]:
    own = [patient.url] if patient.url else []
    if patient.id:
        own += [f"Patient/{patient.id}", f"urn:uuid:{patient.id}"]
    if "://" in patient.url:
        own.append(_relative(patient.url))
    return tuple(own)


def _relative(url: str) -> str:
    return "/".join(url.split("/")[-2:])


def _of_patient(
    found: list[Entry], key: str, own: tuple[str, ...], unread: list[Unread]
) -> list[Entry]:
    kept = []
    for entry in found:
        try:
            if entry.resource[key]["reference"] in own:
                kept.append(entry)
                continue
        except (KeyError, TypeError):
            pass
        subject = entry.resource.get(key)
        if subject is None:
            kept.append(entry)
            continue
        reference = subject.get("reference") if isinstance(subject, dict) else 0
        if not isinstance(reference, str | None):
            unread.append(Unread(entry.label, f"its {key} is no reference"))
        elif _elsewhere(as_text(reference), own):
            unread.append(Unread(entry.label, f"of another patient: {brief(reference)}"))
        else:
            kept.append(entry)
    return kept


def _elsewhere(reference: str, own: tuple[str, ...]) -> bool:
    """Say whether a reference that is not literally the patient's clearly names someone else."""
    reference = reference.partition("/_history/")[0]
    if not own or reference in own or reference.startswith("#") or not reference:
        return False
    folded = {one.lower() for one in own}
    if reference.startswith("urn:"):
        return reference.lower() not in folded
    if "://" in reference:
        # Another server may use the same ids, unless the Bundle itself names no server.
        named = any("://" in one for one in own)
        return named or _relative(reference) not in own
    return "/" in reference


def _newest(found: list[Entry], unread: list[Unread]) -> list[Entry]:
    """Keep one of several versions of a resource: what stands twice was not given twice."""
    if len({entry.id for entry in found}) == len(found):
        return found
    groups: dict[tuple[str, str], list[Entry]] = {}
    for place, entry in enumerate(found):
        # Without an id nothing says that two are one.
        groups.setdefault((entry.id, entry.url if entry.id else str(place)), []).append(entry)
    kept = []
    for (name, _), group in groups.items():
        told = [
            msgspec.structs.replace(one, tie=canonical(one.resource) + one.url) if name else one
            for one in group
        ]
        told.sort(key=lambda one: (_version(one.resource), one.tie))
        kept.append(told[-1])
        unread.extend(
            Unread(one.label, "stands in the Bundle more than once: the newest version counts")
            for one in told[:-1]
        )
    return kept


def _version(resource: Resource) -> str:
    return as_text(as_map(resource.get("meta")).get("lastUpdated"))
