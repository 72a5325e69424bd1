"""The record of a call: what was prefetched, put together as one Bundle of one patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myopathway.errors import Fault, shown
from myopathway.fhir.bundle import SUBJECT
from myopathway.service.hooks.call import refused
from myopathway.service.hooks.templates import PATIENT

_SUBJECT: Final[dict[Any, str]] = dict(SUBJECT)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from myopathway.facts import Unread


class Collected:
    """What was handed over so far: entries by resource, keys that are there, pages that are not.

    ``pages`` holds, by key, the address of the next page of a search that goes on.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.entries: list[dict[str, Any]] = []
        self.known: set[tuple[str, str]] = set()
        self.there: set[str] = set()
        self.pages: dict[str, str] = {}
        self.notes: list[Unread] = []

    def missing(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Give the keys that were neither handed over nor said to hold nothing."""
        return tuple(one for one in wanted if one not in self.there)

    def bundle(self) -> dict[str, Any]:
        """Give everything as one Bundle."""
        return {"resourceType": "Bundle", "type": "collection", "entry": self.entries}


def collect(prefetch: Mapping[str, Any] | None, patient: str) -> Collected:
    """Put prefetched data together; refuses what is of another patient."""
    found = Collected()
    for key, value in (prefetch or {}).items():
        add(found, key, value, patient)
    return found


def add(found: Collected, key: str, value: object, patient: str) -> None:
    """Add what was handed over for a key.

    Null says that there is nothing. An OperationOutcome says that it could not be had.
    """
    if value is None:
        found.there.add(key)
        return
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str):
        raise refused(Fault(f"prefetch.{key}", f"found {shown(value)}", "a FHIR resource"))
    if kind == "OperationOutcome":
        return
    if kind == "Bundle":
        entries = value.get("entry")
        if isinstance(entries, list):
            _add_all(found, entries, key, patient)
        if "link" in value and (page := _next(value)):
            found.pages[key] = page
    else:
        _add_all(found, [{"resource": value}], key, patient)
    found.there.add(key)


def same_patient(resource: object, key: str, patient: str) -> None:
    """Refuse a resource that is clearly of another patient."""
    if not isinstance(resource, dict):
        return
    kind = resource.get("resourceType")
    if kind == "Patient":
        if resource.get("id") != patient:
            raise _mismatch(f"prefetch.{key}" if key == PATIENT else key)
        return
    subject = resource.get(_SUBJECT.get(kind, "subject") if isinstance(kind, str) else "subject")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    if isinstance(reference, str):
        _, named, own = reference.partition("/_history/")[0].rpartition("Patient/")
        if named and own != patient:
            raise _mismatch(key)


def _add_all(found: Collected, entries: list[Any], key: str, patient: str) -> None:
    reference = f"Patient/{patient}"
    kept, known = found.entries, found.known
    for entry in entries:
        try:
            resource: dict[str, Any] = entry["resource"]
            kind, name = resource["resourceType"], resource["id"]
            plain = resource[_SUBJECT[kind]]["reference"] == reference and type(name) is str
        except (KeyError, TypeError):
            plain, kind, name = False, None, None
        if not plain:
            _add(found, entry, key, patient)
        elif (kind, name) not in known:
            known.add((kind, name))
            kept.append(entry)


def _add(found: Collected, entry: object, key: str, patient: str) -> None:
    """Add an entry of which nothing is taken for granted."""
    if not isinstance(entry, dict):
        return
    resource = entry.get("resource")
    if not isinstance(resource, dict):
        found.entries.append(entry)  # the reader lists what it cannot read
        return
    same_patient(resource, key, patient)
    kind, name = resource.get("resourceType"), resource.get("id")
    if isinstance(kind, str) and isinstance(name, str):
        if (kind, name) in found.known:
            return
        found.known.add((kind, name))
    found.entries.append(entry)


def _next(bundle: dict[str, Any]) -> str:
    links = bundle.get("link")
    if isinstance(links, list):
        for one in links:
            if isinstance(one, dict) and one.get("relation") == "next":
                return str(one.get("url", ""))
    return ""


def _mismatch(where: str) -> Exception:
    # Neither id is repeated: this goes to logs of others.
    return refused(Fault(where, "it is of another patient", "the patient of context.patientId"))
