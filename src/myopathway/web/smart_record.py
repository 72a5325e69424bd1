"""One patient's record, read with the token of a launch: narrow queries, page by page."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urljoin, urlsplit

import httpx
import msgspec

from myopathway.facts import Unread
from myopathway.fhir.codes import FACTS, LOINC
from myopathway.fhir.questionnaire import QUESTIONNAIRES
from myopathway.patient import Patient
from myopathway.web.smart_server import RefusedError, json_at

if TYPE_CHECKING:
    import datetime as dt

    from myopathway.guideline.model import Guideline
    from myopathway.settings import Limits
    from myopathway.web.smart_server import Grant, Server

_COUNT: Final = 200
_UNREADABLE: Final = "it could not be read"
_GOES_ON: Final = "it goes on: not every page was read"


async def read_record(
    transport: httpx.AsyncBaseTransport | None, server: Server, grant: Grant, guideline: Guideline,
    limits: Limits, day: dt.date,
) -> Patient:  # fmt: skip
    """Read the patient of a launch; raises ``RefusedError`` where there is no patient to read.

    A kind of entry that the server does not give is listed as not read: it hides nothing else.
    """
    headers = {"Authorization": f"Bearer {grant.token}"}
    async with httpx.AsyncClient(
        headers=headers, transport=transport, timeout=limits.fhir_seconds, follow_redirects=False
    ) as client:
        person = await json_at(client, f"{server.issuer}/Patient/{quote(grant.patient)}", limits)
        if not _is_patient(person, grant.patient):
            raise RefusedError(502, "The FHIR server sent another patient than the one opened.")
        searches = queries(guideline, grant.patient)
        found = await asyncio.gather(
            *(_search(client, server, limits, kind, query) for kind, query in searches)
        )
    entries: list[dict[str, Any]] = [_entry(server, person)]
    notes: dict[tuple[str, str], Unread] = {}
    for kind, resources, note in found:
        entries += [_entry(server, one) for one in resources]
        if note:
            notes[kind, note] = Unread(kind, note)
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": _once(entries)}
    patient = Patient.from_fhir(bundle, today=day, guideline=guideline)
    unread = (*notes.values(), *(patient.unread or ()))
    return msgspec.structs.replace(patient, unread=unread)


def queries(guideline: Guideline, patient: str) -> tuple[tuple[str, str], ...]:
    """Give the searches of a record: of results, only those that a fact reads."""
    of = f"patient={quote(patient)}&_count={_COUNT}"
    codes = dict.fromkeys(
        f"{LOINC}|{code}"
        for fact in guideline.vocabulary.facts.values()
        for coding in fact.observations
        for code in coding.loinc
    )
    ours = quote(f"{QUESTIONNAIRES}{guideline.edition.id}", safe="")
    return (
        ("Condition", of),
        ("Observation", f"{of}&code={quote(','.join(codes), safe=',')}&_sort=-date"),
        ("Observation", f"{of}&code={quote(FACTS + '|', safe='')}&_sort=-date"),
        ("AllergyIntolerance", of),
        ("MedicationRequest", of),
        ("MedicationStatement", of),
        ("MedicationAdministration", of),
        ("QuestionnaireResponse", f"{of}&questionnaire={ours}&_sort=-authored"),
    )


async def _search(
    client: httpx.AsyncClient, server: Server, limits: Limits, kind: str, query: str
) -> tuple[str, list[dict[str, Any]], str]:
    """Read a search page by page; give its entries, and what has to be said of it."""
    address = f"{server.issuer}/{kind}?{query}"
    found: list[dict[str, Any]] = []
    for _ in range(limits.fhir_pages):
        try:
            page = await json_at(client, address, limits)
        except RefusedError as error:
            return kind, found, f"{_GOES_ON if found else _UNREADABLE}: {error.text}"
        if not isinstance(page, dict) or page.get("resourceType") != "Bundle":
            return kind, found, f"{_UNREADABLE}: the FHIR server sent no Bundle."
        entries = page.get("entry")
        found += [
            one["resource"]
            for one in (entries if isinstance(entries, list) else ())
            if isinstance(one, dict) and isinstance(one.get("resource"), dict)
            and one["resource"].get("resourceType") == kind
        ]  # fmt: skip
        following = _next(page)
        if not following:
            return kind, found, ""
        address = urljoin(address, following)
        if not _beneath(address, server.issuer):
            return kind, found, f"{_GOES_ON}: the next page lies on another server."
    return kind, found, f"{_GOES_ON}."


def _beneath(address: str, issuer: str) -> bool:
    """Say whether an address lies on the server itself: the token goes nowhere else."""
    own, other = urlsplit(issuer), urlsplit(address)
    same = (own.scheme, own.netloc) == (other.scheme, other.netloc)
    inside = other.path == own.path or other.path.startswith(f"{own.path}/")
    return same and inside and ".." not in other.path.split("/")


def _next(page: dict[str, Any]) -> str:
    links = page.get("link")
    for one in links if isinstance(links, list) else ():
        if isinstance(one, dict) and one.get("relation") == "next":
            return str(one.get("url", ""))
    return ""


def _is_patient(person: object, wanted: str) -> bool:
    return (
        isinstance(person, dict)
        and person.get("resourceType") == "Patient"
        and person.get("id") == wanted
    )


def _entry(server: Server, resource: dict[str, Any]) -> dict[str, Any]:
    name = f"{resource.get('resourceType')}/{resource.get('id')}"
    return {"fullUrl": f"{server.issuer}/{name}", "resource": resource}


def _once(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop an entry that two searches gave; one without an id stays."""
    found: dict[object, dict[str, Any]] = {}
    for place, one in enumerate(entries):
        found.setdefault(one["fullUrl"] if one["resource"].get("id") else place, one)
    return list(found.values())
