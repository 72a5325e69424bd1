"""Medication resources, one by one: which drug, from when to when, for what, how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.facts import PURPOSES, Known, Unread
from myopathway.fhir.codes import FACTS
from myopathway.fhir.endings import ENDED, NOW, outcome_of
from myopathway.fhir.finding import Finding, source, unread
from myopathway.fhir.medication import Given, Medication
from myopathway.fhir.periods import period_of
from myopathway.fhir.plain import as_maps, as_text, brief, codes_of
from myopathway.fhir.routes import has_route, local_route

if TYPE_CHECKING:
    from myopathway.fhir.codebook import CodeBook
    from myopathway.fhir.entry import Entry
    from myopathway.fhir.naming import Naming
    from myopathway.fhir.plain import Resource
    from myopathway.fhir.products import Products

_NEVER: Final = frozenset({"draft", "cancelled", "not-taken", "not-done", "intended"})
_INTENTIONS: Final = frozenset({"proposal", "plan", "option"})
_ERROR: Final = "entered-in-error"


def read_medication(entry: Entry, book: CodeBook, products: Products) -> Medication:
    """Read one MedicationRequest, MedicationStatement or MedicationAdministration."""
    resource = entry.resource
    status = as_text(resource.get("status"))
    if status == _ERROR:
        return Medication(known=False, unread=(unread(entry, f"status {status}"),))
    naming = products.named(entry, book.drugs)
    if naming.doubt or not (naming.drug or naming.words):
        reason = naming.doubt or "names no drug that can be read"
        return Medication(known=False, hidden=True, unread=(unread(entry, reason),))
    if refusal := _refusal(resource, status, naming):
        return Medication(unread=(unread(entry, refusal),))
    remarks: list[Unread] = []
    if naming.drug:
        given = _given(entry, naming, status, remarks)
        return Medication(given=given, unread=tuple(remarks))
    if status not in NOW:
        return Medication(idle=True)
    if status == "on-hold":
        remarks.append(unread(entry, "on hold: counted as taken"))
    start = period_of(entry, remarks)[0]
    findings = _other(entry, book, book.drugs.others(naming.words), start)
    return Medication(findings=findings, unread=tuple(remarks))


def _refusal(resource: Resource, status: str, naming: Naming) -> str:
    if status in _NEVER:
        return f"status {status}"
    if resource.get("doNotPerform") is True:
        return "doNotPerform: it says not to give the drug"
    if (intent := as_text(resource.get("intent"))) in _INTENTIONS:
        return f"intent {intent}"
    if "dosageInstruction" in resource or "dosage" in resource:
        if route := local_route(resource):
            return f"local route: {brief(route)}"
        if has_route(resource):
            return ""
    return f"a product for local use: {brief(naming.form)}" if naming.form else ""


def _given(entry: Entry, naming: Naming, status: str, out: list[Unread]) -> Given:
    start, stop, stopped = period_of(entry, out)
    resource = entry.resource
    remarks: list[str] = []
    outcome, reasoned = outcome_of(resource, status, remarks)
    purpose = _category(resource, remarks) if "category" in resource else None
    if remarks:
        out.extend(unread(entry, remark) for remark in remarks)
    ended = status in ENDED
    if not ended:
        stop = stopped = ""
    return Given(naming.drug, entry, naming.detail, start, stop, stopped, ended, outcome,
                 reasoned, purpose, _dose(resource))  # fmt: skip


def _category(resource: Resource, remarks: list[str]) -> str | None:
    purposes = {code for concept in as_maps(resource["category"])
                for code in codes_of(concept, FACTS) if code in PURPOSES}  # fmt: skip
    if len(purposes) > 1:
        remarks.append("its category names two purposes: neither counts")
        return None
    return next(iter(purposes), None)


def _dose(resource: Resource) -> str:
    if "dosageInstruction" not in resource and "dosage" not in resource:
        return ""
    dosages = [*as_maps(resource.get("dosageInstruction")), *as_maps(resource.get("dosage"))]
    return brief(next((text for one in dosages if (text := as_text(one.get("text")))), ""))


def _other(entry: Entry, book: CodeBook, names: list[str], start: str) -> tuple[Finding, ...]:
    fact = book.vocabulary.facts.get("other_drugs")
    if fact is None:
        return ()
    where = source(entry, start, "medication list")
    return tuple(Finding(fact, Known((name,), where), entry, start) for name in names)
