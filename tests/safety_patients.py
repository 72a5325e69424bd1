"""
Patients of whom everything is known and nothing is wrong but the myositis, one for each node.

Whatever a test of the safety layer adds or takes away is then the only thing that can matter.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import msgspec

from myopathway.engine.answer import Engine
from myopathway.engine.outcome import Answer, OptionAnswer
from myopathway.guideline.drugsafety import Safety
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from tests.safety_conditions import GIVEN

DAY = date(2026, 3, 1)
GUIDELINE = shipped()

HEALTHY: dict[str, Any] = {
    "age_years": 45,
    "sex": "female",
    "can_become_pregnant": True,
    "pregnant": False,
    "breastfeeding": False,
    "planning_conception": False,
    "weight_kg": 70,
    "subtype": "polymyositis",
    "autoantibodies": [],
    "disease_damage": "high",
    "severe_muscle_weakness": False,
    "respiratory_failure_from_ild": False,
    "myocarditis": False,
    "severe_dysphagia": False,
    "other_life_threatening_complication": False,
    "ild": False,
    "ild_predominant": False,
    "rapidly_progressive_ild": False,
    "ild_relapse": False,
    "refractory_rash": False,
    "infection": False,
    "malignancy": False,
    "egfr": 95,
    "neutrophils": 4.5,
    "platelets": 260,
    "white_cells": 7,
    "significant_liver_disease": False,
    "alcohol_dependence": False,
    "uncontrolled_hypertension": False,
    "heart_failure_nyha_4": False,
    "thrombosis_history": False,
    "diverticulitis_history": False,
    "urinary_outflow_obstruction": False,
    "bone_marrow_failure": False,
    "peptic_ulcer_active": False,
    "live_vaccine_planned": False,
    "hbsag": "negative",
    "anti_hbc": "negative",
    "tuberculosis": "none",
    "tpmt": "normal",
    "nudt15": "normal",
    "iga_deficiency_with_anti_iga": False,
    "immunoglobulin_anaphylaxis": False,
    "other_drugs": [],
    "allergies": [],
}


def _failed(*drugs: str, purpose: str) -> dict[str, Any]:
    return {"drugs": list(drugs), "purpose": purpose, "outcome": "inadequate-response"}


# Drugs that failed are none of the options of the place, so that every option is free there.
_SEVERE = {"course": "initial", "severe_muscle_weakness": True}
_MILD = {"course": "initial"}
NODES: dict[str, dict[str, Any]] = {
    "severe.1": {**_SEVERE, "treatments": []},
    "severe.2": {**_SEVERE, "treatments": [_failed("methotrexate", purpose="induction")]},
    "severe.3": {**_SEVERE, "treatments": [_failed("tocilizumab", purpose="induction")]},
    "non-severe.1": {**_MILD, "treatments": []},
    "non-severe.2": {**_MILD, "treatments": [_failed("methotrexate", purpose="induction")]},
    "non-severe.3": {**_MILD, "treatments": [_failed("tocilizumab", purpose="induction")]},
    "remission.1": {"course": "remission", "treatments": []},
    "remission.2": {
        "course": "remission",
        "treatments": [_failed("tacrolimus", purpose="maintenance")],
    },
    "remission.3": {
        "course": "remission",
        "treatments": [_failed("methotrexate", "azathioprine", purpose="maintenance")],
    },
}
WHERE: dict[str, tuple[str, ...]] = {
    "methylprednisolone": ("severe.1",),
    "prednisolone": tuple(NODES),
    "ivig": tuple(NODES),
    "methotrexate": ("severe.1", "non-severe.1", "remission.1", "remission.2"),
    "azathioprine": ("severe.1", "non-severe.1", "remission.1", "remission.2"),
    "mycophenolate": ("severe.1", "severe.2", "non-severe.2", "remission.1", "remission.2"),
    "ciclosporin": ("severe.2", "non-severe.2", "remission.1", "remission.2"),
    "tacrolimus": ("severe.2", "non-severe.2", "remission.1", "remission.3"),
    "rituximab": ("severe.3", "non-severe.3", "remission.3"),
    "cyclophosphamide": ("severe.3", "non-severe.3", "remission.3"),
    "abatacept": ("non-severe.3", "remission.3"),
    "tocilizumab": ("remission.3",),
}


def patient(node: str, *changes: Mapping[str, Any]) -> dict[str, Any]:
    """The patient of a node with changes; `GIVEN` adds a regimen that goes on."""
    facts = {**HEALTHY, **NODES[node]}
    for change in changes:
        facts.update({name: value for name, value in change.items() if name != GIVEN})
        if GIVEN in change:
            purpose = "maintenance" if node.startswith("remission") else "induction"
            going_on = {"drugs": change[GIVEN], "purpose": purpose, "outcome": "ongoing"}
            facts["treatments"] = [*facts["treatments"], going_on]
    return facts


@cache
def sources_alone() -> Engine:
    return Engine(GUIDELINE, safety=False)


@cache
def whole() -> Engine:
    return Engine(GUIDELINE)


def engine_with(**parts: Any) -> Engine:
    """An engine whose safety layer holds these rules, checks, advice and notices, and no more."""
    return Engine(msgspec.structs.replace(GUIDELINE, safety=Safety(**parts)))


def ask(engine: Engine, facts: Mapping[str, Any]) -> Answer:
    record = Patient.from_facts(facts).record
    stated = record.value("as_of")
    return engine.answer(record, stated if isinstance(stated, date) else DAY)


def options(answer: Answer, drug: str = "") -> Iterator[OptionAnswer]:
    """The options of an answer, or those that hold a drug."""
    for therapy in answer.therapies:
        for option in therapy.options:
            if not drug or drug in option.id.split("+"):
                yield option


def same(one: object, other: object, names: Iterable[str]) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in names)
