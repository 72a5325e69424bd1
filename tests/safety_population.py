"""
Random patients with everything that the drug-safety rules read, the same for a seed.

The patients of `tests/population.py` with the safety facts on top: of some everything is known, of
others a part, of others nothing.  Numbers lie close to the bounds of the rules.
"""

from random import Random
from typing import Any

from tests import oracle, population

YES_OR_NO = {
    "breastfeeding": 0.1,
    "planning_conception": 0.15,
    "significant_liver_disease": 0.1,
    "alcohol_dependence": 0.08,
    "uncontrolled_hypertension": 0.1,
    "heart_failure_nyha_4": 0.06,
    "thrombosis_history": 0.12,
    "diverticulitis_history": 0.1,
    "urinary_outflow_obstruction": 0.08,
    "bone_marrow_failure": 0.06,
    "peptic_ulcer_active": 0.08,
    "live_vaccine_planned": 0.12,
    "iga_deficiency_with_anti_iga": 0.06,
    "immunoglobulin_anaphylaxis": 0.06,
}
NUMBERS: dict[str, tuple[float, ...]] = {
    "egfr": (5, 24.9, 25, 29.9, 30, 45, 59.9, 60, 90, 120),
    "neutrophils": (0.4, 0.5, 1.2, 1.3, 1.4, 1.5, 1.9, 2, 4, 7),
    "platelets": (40, 49, 50, 99, 100, 180, 300),
    "white_cells": (2, 2.9, 3, 4, 8),
}
CHOICES = {
    "hbsag": ("positive", "negative", "negative", "negative"),
    "anti_hbc": ("positive", "negative", "negative"),
    "tuberculosis": ("active", "latent", "none", "none", "none"),
    "tpmt": ("normal", "normal", "intermediate", "poor"),
    "nudt15": ("normal", "normal", "intermediate", "poor"),
}
TAKEN = (
    *("allopurinol", "febuxostat", "trimethoprim", "co-trimoxazole", "aliskiren", "ribavirin"),
    *("leflunomide", "nitrous oxide", "St John's wort", "simvastatin", "diclofenac", "nsaid"),
    *("ppi", "rifampicin", "clarithromycin", "azole", "Protease inhibitor", "warfarin"),
    *("paracetamol", "grapefruit", "aciclovir", "ibuprofen", "ACE inhibitor", "anticoagulant"),
    *("ciclosporin", "tacrolimus", "cyclophosphamide", "azathioprine", "rituximab", "abatacept"),
    *("prednisone", "mycophenolate-mofetil", "tocilizumab", "methotrexate"),
)
ALLERGENS = ("macrolide", "murine-protein", "cows-milk-protein", "penicillin", "macrolides")
SHARES = (0, 0, 0.05, 0.2, 0.6, 1)


def add_safety(rng: Random, facts: dict[str, Any], unknown: float) -> dict[str, Any]:
    """Add the safety facts, each unknown with this chance."""
    found: dict[str, Any] = {
        name: rng.random() < share * rng.choice((0, 1, 2)) for name, share in YES_OR_NO.items()
    }
    found.update({name: rng.choice(values) for name, values in NUMBERS.items()})
    found.update({name: rng.choice(values) for name, values in CHOICES.items()})
    found["can_become_pregnant"] = facts.get("sex") != "male" and rng.random() < 0.6
    found["other_drugs"] = rng.sample(TAKEN, rng.choice((0, 0, 1, 1, 2, 3)))
    known = {name: value for name, value in found.items() if rng.random() >= unknown}
    if facts.get("sex") == "male" and rng.random() < 0.5:
        known.pop("can_become_pregnant", None)
    if facts.get("allergies") is not None and rng.random() < 0.15:
        known["allergies"] = [*facts["allergies"], rng.choice(ALLERGENS)]
    return {**facts, **known}


def patient(rng: Random) -> dict[str, Any]:
    """A patient of whom a part is known, of the disease and of what safety turns on."""
    make = population.patient if rng.random() < 0.6 else population.complete_patient
    return add_safety(rng, make(rng), rng.choice(SHARES))


def complete_patient(rng: Random) -> dict[str, Any]:
    """A patient of whom everything is known."""
    return add_safety(rng, population.complete_patient(rng), 0)


def as_read(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts with what follows from them: the age that counts, lung disease, weakness."""
    ages = oracle.ages(facts, population.TODAY)
    return {**facts, **oracle.read_facts(facts), "age_years": min(ages) if ages else None,
            "allergies": facts.get("allergies")}  # fmt: skip
