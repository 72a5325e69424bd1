"""The part of a medication resource that makes its form, and its dates and words apart from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from myopathway.fhir.plain import as_text, day_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw

    from myopathway.cohort.bulk.shapes import Dosage, Drug

_RAW: Final = ("medicationCodeableConcept", "statusReason", "category")


def dosages_of(drug: Drug) -> list[tuple[str, list[Dosage]]]:
    """Give the dosages under both of their names."""
    found = []
    for key in ("dosageInstruction", "dosage"):
        value = getattr(drug, key)
        if value is not None:
            found.append((key, value if isinstance(value, list) else [value]))
    return found


def simple(drug: Drug) -> tuple[Any, ...] | None:
    """Give route, and whether there is a dose in words, of the one dosage; None if not simple."""
    dosages = drug.dosageInstruction
    if dosages is None:
        return ()
    one = dosages[0] if isinstance(dosages, list) and len(dosages) == 1 else None
    if one is None or (one.timing and one.timing.repeat and one.timing.repeat.boundsPeriod):
        return None
    return bytes(one.route), one.text is not None and one.text != "" and not one.text.isspace()


def signature(drug: Drug) -> tuple[Any, ...]:
    """Give what tells one form from another, save the dates."""
    reference = drug.medicationReference
    named: tuple[Any, ...] | None = None
    if reference is not None:
        inside = is_inside(drug)
        named = (reference.display, inside and reference.reference, reference.reference is None)
        if inside:
            named = (*named, bytes(drug.contained))
    doses = [
        (key, tuple((bytes(one.route), bool(as_text(one.text))) for one in found))
        for key, found in dosages_of(drug)
    ]
    return (
        drug.resourceType, drug.status, drug.intent, drug.doNotPerform,
        bytes(drug.medicationCodeableConcept), bytes(drug.statusReason), bytes(drug.category),
        named, *doses,
    )  # fmt: skip


def is_inside(drug: Drug) -> bool:
    """Say whether the product that is referred to stands in the resource itself."""
    reference = drug.medicationReference
    return reference is not None and as_text(reference.reference).startswith("#")


def needs_product(drug: Drug) -> bool:
    """Say whether another resource has to tell which drug it is."""
    reference = drug.medicationReference
    concept = bytes(drug.medicationCodeableConcept)
    return (
        concept in {b"", b"null"}
        and reference is not None
        and bool(as_text(reference.reference))
        and not is_inside(drug)
    )


def view_of(drug: Drug, reference: str) -> dict[str, Any]:
    """Give the resource without its dates; each dose in words is put in by its number."""
    view: dict[str, Any] = {"status": drug.status}
    if drug.intent is not None:
        view["intent"] = drug.intent
    if drug.doNotPerform is not None:
        view["doNotPerform"] = drug.doNotPerform
    for key in _RAW:
        if raw := plain(getattr(drug, key)):
            view[key] = raw[0]
    if drug.medicationReference is not None:
        named = {"reference": reference or drug.medicationReference.reference,
                 "display": drug.medicationReference.display}  # fmt: skip
        view["medicationReference"] = {key: text for key, text in named.items() if text is not None}
        if contained := plain(drug.contained):
            view["contained"] = contained[0]
    number = 0
    for key, found in dosages_of(drug):
        dosages = view[key] = []
        for one in found:
            dosage: dict[str, Any] = {"text": str(number)} if as_text(one.text) else {}
            if route := plain(one.route):
                dosage["route"] = route[0]
            dosages.append(dosage)
            number += 1
    return view


def texts_of(drug: Drug) -> list[str]:
    """Give the doses in words, in the order of their numbers."""
    return [as_text(one.text) for _, found in dosages_of(drug) for one in found]


def dates_of(drug: Drug) -> list[str | None] | None:
    """Give the dates in the order of ``form.SLOTS``; None where several ends are planned."""
    if drug.resourceType != "MedicationRequest":
        period = drug.effectivePeriod
        begin, end = (None, None) if period is None else (period.start, period.end)
        return [drug.effectiveDateTime, begin, end]
    dispense = drug.dispenseRequest
    validity = None if dispense is None else dispense.validityPeriod
    instructed = drug.dosageInstruction
    ends = set()
    if instructed is not None:
        for one in instructed if isinstance(instructed, list) else [instructed]:
            repeat = None if one.timing is None else one.timing.repeat
            bounds = None if repeat is None else repeat.boundsPeriod
            if bounds is not None and bounds.end:
                ends.add(bounds.end)
    if len(ends) > 1 or any(end != end.strip() for end in ends):
        return None
    return [drug.authoredOn, None if validity is None else validity.end, next(iter(ends), None)]


def order_of(dates: Sequence[str | None]) -> tuple[int, ...]:
    """Say which date is the earlier, where there is more than one."""
    days = [(day, place) for place, one in enumerate(dates) if one is not None
            if (day := day_of(one))]  # fmt: skip
    if len(days) < 2:  # noqa: PLR2004 - one date has no order
        return ()
    ranks = list(range(len(days), len(days) + len(dates)))
    for rank, (_, place) in enumerate(sorted(days)):
        ranks[place] = rank
    return tuple(ranks)


def plain(raw: Raw) -> list[Any]:
    """Decode a member that is kept as it stood; [] where it is absent."""
    data = bytes(raw)
    return [msgspec.json.decode(data)] if data else []
