"""The reader knows only what the content says: with another content it reads something else."""

from typing import Any

import msgspec
import pytest

from myopathway.criteria import All, Includes, Not, TakenWith
from myopathway.facts import Coding, Fact
from myopathway.fhir import Reading, read_bundle
from myopathway.fhir.codebook import code_book
from myopathway.guideline.load import shipped
from myopathway.guideline.model import Guideline
from tests.data.fhir.build import (
    TODAY,
    Json,
    allergy,
    bundle,
    concept,
    loinc,
    request,
    told,
    values,
)


def changed(**facts: Fact | None) -> Guideline:
    """Give the shipped guideline with some facts changed, or left out."""
    vocabulary = shipped().vocabulary
    known = {name: fact for name, fact in (vocabulary.facts | facts).items() if fact is not None}
    return msgspec.structs.replace(
        shipped(),
        content_hash="of-a-test",
        vocabulary=msgspec.structs.replace(vocabulary, facts=known),
    )


def read_with(guideline: Guideline, *resources: Any) -> Reading:
    return read_bundle(bundle(*resources), guideline, today=TODAY)


def with_a_test_of(name: str, **coding: Any) -> Guideline:
    fact = shipped().vocabulary.facts[name]
    code = Coding(row="T-01", loinc=("1111-1",), **coding)
    return changed(**{name: msgspec.structs.replace(fact, observations=(code,))})


def test_without_its_facts_the_reader_reads_nothing() -> None:
    without = changed(allergies=None, other_drugs=None, sex=None)
    person = {"resourceType": "Patient", "id": "p1", "gender": "female"}
    reading = read_with(
        without, person, allergy(text="Latex"),
        request("", medicationCodeableConcept={"text": "Metformin"}),
    )  # fmt: skip
    assert values(reading) == {"treatments": ()}


@pytest.mark.parametrize(
    ("name", "coding", "said", "known"),
    [
        ("tuberculosis", {"value": "latent"}, "positive", {"tuberculosis": "latent"}),
        ("tuberculosis", {"value": "latent"}, "negative", {}),
        ("myocarditis", {}, "positive", {"myocarditis": True}),
        ("myocarditis", {}, "negative", {"myocarditis": False}),
        ("sex", {}, "positive", {}),
    ],
)
def test_results_of_facts_of_every_type(name: str, coding: Json, said: str, known: Json) -> None:
    reading = read_with(with_a_test_of(name, **coding), loinc("1111-1", valueString=said))
    assert values(reading) == known


def test_a_negative_result_leaves_an_older_positive_one_of_a_choice() -> None:
    reading = read_with(
        with_a_test_of("tuberculosis", value="latent"),
        loinc("1111-1", "a", "2025-01-01", valueString="positive"),
        loinc("1111-1", "b", "2026-01-01", valueString="negative"),
    )
    assert values(reading) == {"tuberculosis": "latent"}


def test_every_value_that_a_coding_names_is_one_of_its_fact() -> None:
    for fact in shipped().vocabulary.facts.values():
        for coding in (*fact.conditions, *fact.observations):
            assert coding.doubt or not coding.value or coding.value in fact.values
        for coding in fact.conditions:
            assert coding.doubt or bool(coding.value) is (fact.type == "choice")
            assert coding.doubt or fact.type in {"boolean", "choice"}


def test_other_drugs_get_the_names_that_rules_know() -> None:
    first = shipped().rules[0]
    when = Not(All((Includes("other_drugs", "foo-bar"), TakenWith("baz"))))
    rules = (msgspec.structs.replace(first, when=when),)
    guideline = msgspec.structs.replace(changed(), rules=rules)
    assert code_book(guideline).drugs.others(["Foo  Bar 5 mg / BAZ"]) == ["baz", "foo-bar"]
    assert code_book(guideline).drugs.others(["Foobar 5 mg"]) == ["foobar 5 mg"]


def test_a_drug_without_codes_or_names_is_never_found() -> None:
    vocabulary = msgspec.structs.replace(shipped().vocabulary, drug_names={})
    nothing = msgspec.structs.replace(
        shipped(), content_hash="of-a-test", vocabulary=vocabulary, drugs={}
    )
    reading = read_with(nothing, request("L04AX03"), allergy(text="Methotrexate"))
    assert "treatments" not in values(reading)
    assert told(reading)["MedicationRequest/m1"] == ["names no drug that can be read"]


@pytest.mark.as_written
def test_names_that_were_read_are_not_remembered_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("myopathway.fhir.drugnames._MOST_KEPT", 3)
    names = code_book(changed()).drugs
    for number in range(10):
        assert names.named(concept(text=f"Methotrexate {number} mg")).drug == "methotrexate"
    assert len(names._seen) <= 3
