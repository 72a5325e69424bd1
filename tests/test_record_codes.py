"""Every code by which a record is read, each alone: what it says, under which row, and no other."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from myopathway.guideline.load import shipped
from tests.data.fhir import build
from tests.record_codes import NAMES, Code, codes

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEMS = {
    "icd10": build.ICD10,
    "icd10cm": build.ICD10CM,
    "snomed": build.SNOMED,
    "loinc": build.LOINC,
    "atc": build.ATC,
    "rxnorm": build.RXNORM,
}
UNITS = {"weight_kg": "kg", "egfr": "mL/min/{1.73_m2}"}
POSITIVE = [build.concept((build.INTERPRETATION, "POS"))]


def of_content() -> Iterator[Code]:
    guideline = shipped()
    for fact in guideline.vocabulary.facts.values():
        for coding in (*fact.conditions, *fact.observations):
            plain = {"boolean": "yes", "choice": "positive"}.get(fact.type, "50")
            value = "?" if coding.doubt else coding.value or plain
            for system in SYSTEMS:
                for code in getattr(coding, system, ()):
                    yield Code(coding.row, fact.name, value, system, code)
    for kind, drugs in (("treatments", guideline.drugs), ("other_drugs", guideline.other_drugs)):
        for name, drug in drugs.items():
            for system in SYSTEMS:
                for code in getattr(drug, system, ()):
                    yield Code(drug.row, kind, name, system, code)


def test_the_content_has_the_codes_of_the_list_and_no_other() -> None:
    assert sorted(of_content()) == sorted(codes())


def test_drugs_are_found_by_these_names_and_no_other() -> None:
    synonyms = {name: {*drug.synonyms} for name, drug in shipped().drugs.items() if drug.synonyms}
    assert synonyms == NAMES


# What a number of a record may be, in the unit that is kept.
BOUNDS = {
    "age_years": (0, 120, "a"),
    "weight_kg": (2, 350, "kg"),
    "ivig_dose_weight_kg": (2, 350, "kg"),
    "muscle_strength_mrc": (0, 5, "{grade}"),
    "egfr": (0, 250, "mL/min/{1.73_m2}"),
    "neutrophils": (0, 500, "10*9/L"),
    "platelets": (0, 5000, "10*9/L"),
    "white_cells": (0, 1000, "10*9/L"),
}
# A complete problem list without the problem says no of these, and of no other.
LISTED = {
    "myocarditis", "ild", "infection", "malignancy", "significant_liver_disease",
    "uncontrolled_hypertension", "heart_failure_nyha_4", "thrombosis_history",
    "diverticulitis_history", "iga_deficiency_with_anti_iga",
}  # fmt: skip


def test_numbers_have_these_bounds_and_units() -> None:
    facts = shipped().vocabulary.facts.values()
    bounded: dict[str, Any] = {one.name: (one.low, one.high, one.unit) for one in facts if one.unit}
    assert bounded == BOUNDS
    assert {one.name for one in facts if one.problem_list} == LISTED


def resource(one: Code, code: str) -> Any:
    coding = (SYSTEMS[one.system], code)
    if one.fact in {"treatments", "other_drugs"}:
        return build.statement("", medicationCodeableConcept=build.concept(coding))
    if one.system != "loinc":
        return build.condition(coding, day="2026-06-01")
    if one.value == "50":
        unit = UNITS.get(one.fact, "10*9/L")
        return build.observation(build.concept(coding), valueQuantity=build.quantity(50, unit))
    return build.observation(build.concept(coding), interpretation=POSITIVE)


@pytest.mark.parametrize("one", codes(), ids=lambda one: f"{one.row} {one.system} {one.code}")
def test_a_code_in_a_record_says_what_its_row_says(one: Code) -> None:
    for code in one.code.split("-") if "icd10" in one.system else [one.code]:
        reading = build.read(resource(one, code))
        known = build.values(reading)
        if one.fact == "treatments":
            drugs = [drug for regimen in reading.record.regimens or () for drug in regimen.drugs]
            assert drugs == [one.value]
        elif one.value == "?":
            assert one.fact not in known
        else:
            said = {"yes": True, "50": Decimal(50)}.get(one.value, one.value)
            listed = one.fact in {"autoantibodies", "other_drugs"}
            assert known[one.fact] == ((said,) if listed else said)


@pytest.mark.parametrize("one", codes(), ids=lambda one: f"{one.row} {one.system} {one.code}")
def test_a_code_says_nothing_under_another_system(one: Code) -> None:
    other = build.LOINC if one.system != "loinc" else build.SNOMED
    moved = resource(one, one.code.split("-")[0] if "icd10" in one.system else one.code)
    key = "medicationCodeableConcept" if "medicationCodeableConcept" in moved else "code"
    moved[key]["coding"][0]["system"] = other
    reading = build.read(moved)
    assert one.fact not in build.values(reading)
    assert not reading.record.regimens
