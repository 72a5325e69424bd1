"""Activities: one draft request for each drug of each option, and for what is no drug."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from myopathway.engine.dose import in_words
from myopathway.export.names import LIBRARY, machine_name, therapy_id
from myopathway.fhir.codes import ATC, RXNORM, SNOMED
from myopathway.render.fhir_values import concept, fhir_id, quantity
from myopathway.render.paper import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.export.canonical import Resource, Site
    from myopathway.guideline.model import Dose, Node, Option, Therapy

_PERIODS: Final = {"day": "d", "week": "wk"}
_MASSES: Final = frozenset({"mg", "g"})
_RATE: Final = "http://terminology.hl7.org/CodeSystem/dose-rate-type"


def activities(site: Site) -> Iterator[Resource]:
    """Give the activities."""
    for node in site.guideline.nodes:
        for place, therapy in enumerate(node.therapies, 1):
            if not therapy.options:
                yield _measure(site, node, therapy, place)
            for option in therapy.options:
                for drug in option.drugs:
                    yield _request(site, node, option, therapy_id(therapy, place), drug)


def activity_id(node: Node, *parts: str) -> str:
    """Name an activity."""
    return fhir_id(node.id, *parts)


def _measure(site: Site, node: Node, therapy: Therapy, place: int) -> Resource:
    name = activity_id(node, therapy_id(therapy, place))
    head = site.artefact("ActivityDefinition", name, node.title, clean(therapy.says))
    return {
        **_named(head, node.id, name),
        "relatedArtifact": site.documentation(therapy.cites),
        "library": [site.canonical("Library", LIBRARY)],
        "kind": "ServiceRequest",
        "intent": "proposal",
        "code": concept(clean(therapy.says)),
    }


def _named(head: Resource, *parts: str) -> Resource:
    head["name"] = machine_name("Activity", *parts)
    return head


def _request(site: Site, node: Node, option: Option, therapy: str, drug: str) -> Resource:
    name = activity_id(node, therapy, option.id, drug)
    title = f"{site.guideline.drugs[drug].title}: {node.title}"
    head = site.artefact("ActivityDefinition", name, title, clean(option.says))
    doses = [one for one in option.doses if one.drug == drug]
    cites = [*option.cites, *(one.cite for one in doses)]
    return {
        **_named(head, name),
        "relatedArtifact": site.documentation(cites),
        "library": [site.canonical("Library", LIBRARY)],
        "kind": "MedicationRequest",
        "intent": "proposal",
        "productCodeableConcept": _product(site, drug),
        "dosage": dosages(doses),
    }


def _product(site: Site, name: str) -> Resource:
    """Code a drug; of a system's codes only the first, since the others are its near relatives."""
    drug = site.guideline.drugs[name]
    systems = ((ATC, drug.atc), (RXNORM, drug.rxnorm), (SNOMED, drug.snomed))
    codes = [{"system": system, "code": known[0]} for system, known in systems if known]
    return concept(drug.title, *codes)


def dosages(doses: list[Dose]) -> list[Resource]:
    """Give the dosage of one drug, sentence by sentence; without figures there is only its text."""
    several = len(doses) > 1
    return [
        {
            **({"sequence": place} if several else {}),
            "text": clean(in_words((one,))),
            **({"route": concept(" or ".join(one.routes))} if one.routes else {}),
            **_structure(one),
        }
        for place, one in enumerate(doses, 1)
    ]


def _structure(dose: Dose) -> Resource:
    """Give timing, amount and ceiling as far as they hold for every patient."""
    if not dose.kind or dose.unit not in _MASSES:
        return {}
    parts: Resource = {}
    period = _PERIODS.get(dose.per)
    least, most = _portions(dose.portions)
    unit = f"{dose.unit}/kg" if dose.per_kg else dose.unit
    if dose.split and dose.days and dose.every_weeks:
        first, last = dose.days
        repeat: Resource = {"frequency": first, "period": dose.every_weeks, "periodUnit": "wk"}
        if last > first:
            repeat["frequencyMax"] = last
        low, high = dose.low / last, dose.high / first
        return {
            "timing": {"repeat": _in_order(repeat)},
            "doseAndRate": [_amount(dose, low, high, unit)],
        }
    low, high = dose.low / least, dose.high / most
    if period and low <= high:
        repeat = {"frequency": least, "period": 1, "periodUnit": period}
        if most > least:
            repeat["frequencyMax"] = most
        if dose.days is not None:
            bounds = {"low": quantity(Decimal(dose.days[0]), "d"),
                      "high": quantity(Decimal(dose.days[1]), "d")}  # fmt: skip
            repeat = {"boundsRange": bounds, **repeat}
        parts["timing"] = {"repeat": _in_order(repeat)}
        parts["doseAndRate"] = [_amount(dose, low, high, unit)]
    ceiling = dose.ceiling
    if ceiling is not None and ceiling.per in _PERIODS:
        top = f"{ceiling.unit}/kg" if ceiling.per_kg else ceiling.unit
        parts["maxDosePerPeriod"] = {
            "numerator": quantity(ceiling.amount, top),
            "denominator": quantity(Decimal(1), _PERIODS[ceiling.per]),
        }
    return parts


def _in_order(repeat: Resource) -> Resource:
    order = ("boundsRange", "frequency", "frequencyMax", "period", "periodUnit")
    return {key: repeat[key] for key in order if key in repeat}


def _portions(portions: str) -> tuple[int, int]:
    first, _, last = (portions or "1").partition("-")
    return int(first), int(last or first)


def _amount(dose: Dose, low: Decimal, high: Decimal, unit: str) -> Resource:
    how: Resource = {"type": {"coding": [{"system": _RATE, "code": "ordered"}]}}
    top = quantity(high, unit)
    if dose.below:
        return {**how, "doseRange": {"high": top}}
    if low == high:
        return {**how, "doseQuantity": top}
    return {**how, "doseRange": {"low": quantity(low, unit), "high": top}}
