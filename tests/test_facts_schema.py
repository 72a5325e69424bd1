"""The OpenAPI document says of facts what the reader of facts takes, and no less."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from myopathway.errors import InputError
from myopathway.guideline.load import shipped
from myopathway.service.facts_schema import facts_schema
from tests.population import patient

VOCABULARY = shipped().vocabulary
SCHEMA = Draft202012Validator(facts_schema(VOCABULARY))


def plain(value: Any) -> Any:
    """Write a document as JSON has it."""
    match value:
        case dict():
            return {key: plain(one) for key, one in value.items()}
        case list():
            return [plain(one) for one in value]
        case dt.date():
            return value.isoformat()
    return value


def test_every_fact_is_described() -> None:
    assert set(SCHEMA.schema["properties"]) == set(VOCABULARY.facts)


def test_whatever_the_reader_takes_fits() -> None:
    rng = Random(7)
    read = 0
    for _ in range(400):
        document = plain(patient(rng))
        try:
            VOCABULARY.read(document)
        except InputError:
            continue
        read += 1
        SCHEMA.validate(document)
    assert read > 200


@pytest.mark.parametrize(
    "document",
    [
        {"no_such_fact": True},
        {"ild": "yes"},
        {"weight_kg": "70"},
        {"weight_kg": 1},
        {"age_years": 121},
        {"muscle_strength_mrc": "6"},
        {"muscle_strength_mrc": 5.5},
        {"subtype": "myositis"},
        {"autoantibodies": ["anti-jo"]},
        {"other_drugs": [""]},
        {"birth_date": 1970},
        {"treatments": {}},
        {"treatments": [{}]},
        {"treatments": [{"drugs": []}]},
        {"treatments": [{"drugs": ["ivig"], "purpose": "cure"}]},
        {"treatments": [{"drugs": ["ivig"], "since": "2026-01-01"}]},
    ],
)
def test_what_does_not_fit_is_refused_by_both(document: Any) -> None:
    assert not SCHEMA.is_valid(document)
    with pytest.raises(InputError):
        VOCABULARY.read(document)


@pytest.mark.parametrize(
    "document",
    [
        {"ild": None, "weight_kg": None, "treatments": None},
        {"muscle_strength_mrc": " 4- "},
        {"muscle_strength_mrc": 4.5},
        {"treatments": [{"drugs": ["Prednisone", " IVIG "], "outcome": None}]},
        {"other_drugs": [], "treatments": []},
    ],
)
def test_odd_spellings_are_taken_by_both(document: Any) -> None:
    VOCABULARY.read(document)
    SCHEMA.validate(document)
