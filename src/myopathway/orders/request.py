"""A FHIR R4 MedicationRequest as an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myopathway.errors import Fault, shown
from myopathway.fhir.codebook import code_book
from myopathway.fhir.entry import Entry
from myopathway.fhir.plain import as_map, as_maps, as_text, brief, day_of, words_of
from myopathway.fhir.products import Products
from myopathway.fhir.routes import has_route, local_route
from myopathway.orders.naming import named
from myopathway.orders.numbers import positive
from myopathway.orders.order import Order, Part
from myopathway.orders.routes import route_of
from myopathway.orders.timing import TimingReader
from myopathway.orders.units import ACCEPTED, Unit, spelt_unit, ucum_unit

if TYPE_CHECKING:
    from decimal import Decimal

    from myopathway.fhir.plain import Resource
    from myopathway.guideline.model import Guideline

_KIND: Final = "MedicationRequest"
_STATUSES: Final = ("draft", "active", "on-hold")
_UCUM: Final = "http://unitsofmeasure.org"
_ORDERED: Final = "ordered"
MOST_STEPS: Final = 20


def read_request(
    resource: Resource, where: str, guideline: Guideline, faults: list[Fault]
) -> Order | None:
    """Read one MedicationRequest; notes each fault, and gives None where there is one."""
    known = len(faults)
    status = as_text(resource.get("status"))
    if status and status not in _STATUSES:
        found = f"found {brief(status)!r}, which is no order to be checked"
        faults.append(Fault(f"{where}status", found, ", ".join(_STATUSES)))
    if resource.get("doNotPerform") is True:
        faults.append(Fault(f"{where}doNotPerform", "it says not to give the drug", "an order"))
    name, drug, others, form = _drug(resource, where, guideline, faults)
    local = local_route(resource) or ("" if has_route(resource) else form)
    dosages = as_maps(resource.get("dosageInstruction"))
    if len(dosages) > MOST_STEPS:
        found = f"{len(dosages)} instructions"
        faults.append(Fault(f"{where}dosageInstruction", found, f"at most {MOST_STEPS}"))
        return None
    steps = _steps(dosages, where, faults) if drug and not local else ()
    if len(faults) > known:
        return None
    routes = [text for one in dosages for text in _route(one.get("route"))]
    return Order(drug, name, others, route_of(routes), brief(local), _start(resource), steps)


def _drug(
    resource: Resource, where: str, guideline: Guideline, faults: list[Fault]
) -> tuple[str, str, tuple[str, ...], str]:
    """Give the drug's words, its name in the algorithm, its other names, what form it has."""
    entry = Entry(_KIND, as_text(resource.get("id")), _KIND, resource)
    names = code_book(guideline).drugs
    naming = Products(()).named(entry, names)
    drugs = sorted({*naming.named, naming.drug, *names.anywhere(naming.words)} - {""})
    words = " / ".join(naming.words) or " ".join(drugs)
    if len(drugs) > 1 or not words:
        found = naming.doubt or f"it names {' and '.join(drugs) or 'no drug that can be read'}"
        want = "one drug: medicationCodeableConcept, or a contained Medication"
        faults.append(Fault(f"{where}medication", found, want))
        return "", "", (), ""
    others = () if drugs else named(guideline, words)[1]
    return brief(words), drugs[0] if drugs else "", others, naming.form


def _steps(
    dosages: list[Resource], where: str, faults: list[Fault]
) -> tuple[tuple[Part, ...], ...]:
    """Read the instructions; those of one sequence number, or of none, go beside each other."""
    found: dict[int | None, list[Part]] = {}
    for place, dosage in enumerate(dosages):
        part = _part(dosage, f"{where}dosageInstruction[{place}]", faults)
        sequence = dosage.get("sequence")
        found.setdefault(sequence if isinstance(sequence, int) else None, []).append(part)
    if None in found and len(found) > 1:
        want = "a sequence in each, or in none"
        faults.append(Fault(f"{where}dosageInstruction", "a sequence in some alone", want))
    steps = [tuple(found[key]) for key in sorted(found, key=lambda one: one or 0)]
    return tuple(step for step in steps if step != (Part(),))


def _part(dosage: Resource, where: str, faults: list[Fault]) -> Part:
    low, high, unit = _amount(dosage, where, faults)
    as_needed = dosage.get("asNeededBoolean") is True or bool(dosage.get("asNeededCodeableConcept"))
    timed = TimingReader(where, faults).timed(as_map(dosage.get("timing")), as_needed=as_needed)
    return Part(
        low=low,
        high=high,
        unit=unit.name,
        per_kg=unit.per_kg,
        once=timed.once,
        rhythm=timed.rhythm,
        days=timed.days,
        count=timed.count,
    )


def _amount(
    dosage: Resource, where: str, faults: list[Fault]
) -> tuple[Decimal | None, Decimal | None, Unit]:
    """Give what is given at a time; an amount that is ordered goes before one worked out of it."""
    rates = as_maps(dosage.get("doseAndRate"))
    doses = [one for one in rates if "doseQuantity" in one or "doseRange" in one]
    ordered = [one for one in doses if _ORDERED in _type(one)]
    if len(doses) > 1:
        doses = ordered
    if not doses:
        if len(rates) > 1:
            faults.append(Fault(f"{where}.doseAndRate", "several doses", "one that is ordered"))
        return None, None, Unit("mg")
    if len(doses) > 1:
        faults.append(Fault(f"{where}.doseAndRate", "several doses", "one that is ordered"))
    dose = doses[0]
    if "doseQuantity" in dose:
        value, unit = _quantity(dose["doseQuantity"], f"{where}.doseQuantity", faults)
        return value, value, unit
    ends = as_map(dose["doseRange"])
    high, unit = _quantity(ends.get("high"), f"{where}.doseRange.high", faults)
    low, other = high, unit
    if "low" in ends:
        low, other = _quantity(ends["low"], f"{where}.doseRange.low", faults)
    if low is not None and high is not None and (low > high or other.per_kg != unit.per_kg):
        faults.append(Fault(f"{where}.doseRange", "its ends do not fit", "low and high, one unit"))
    return low, high, unit


def _quantity(raw: object, where: str, faults: list[Fault]) -> tuple[Decimal | None, Unit]:
    """Read a quantity in mg; its UCUM code counts, and its unit in words must not differ."""
    quantity = as_map(raw)
    value = positive(quantity.get("value"))
    if value is None or quantity.get("comparator"):
        found = f"found {shown(quantity.get('comparator') or quantity.get('value'))}"
        faults.append(Fault(where, found, "a number above zero"))
    system = quantity.get("system")
    code = as_text(quantity.get("code")) if system in {None, _UCUM} else ""
    words = as_text(quantity.get("unit"))
    unit = ucum_unit(code) if code else spelt_unit(words)
    worded = spelt_unit(words) if words else None
    if unit is None:
        found = f"the unit {brief(code or words)!r}" if code or words else "no unit"
        faults.append(Fault(where, found, ACCEPTED))
        return None, Unit("mg")
    if worded is not None and worded != unit:
        found = f"unit {brief(words)!r} and code {brief(code)!r} differ"
        faults.append(Fault(where, found, "one unit"))
    return None if value is None else unit.milligrams(value), unit


def _type(rate: Resource) -> set[str]:
    concept = as_map(rate.get("type"))
    codes = {as_text(one.get("code")) for one in as_maps(concept.get("coding"))}
    return codes | {text.lower() for text in words_of(concept)}


def _route(concept: object) -> list[str]:
    codes = [as_text(one.get("code")) for one in as_maps(as_map(concept).get("coding"))]
    return [*words_of(concept), *(code for code in codes if code)]


def _start(resource: Resource) -> str:
    return day_of(resource.get("authoredOn")) or ""
