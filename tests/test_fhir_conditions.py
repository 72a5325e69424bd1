"""Conditions: what a problem list shows, and what a complete one denies."""

from typing import Any

import pytest

from myopathway.facts import Source
from myopathway.guideline.load import shipped
from tests.data.fhir.build import (
    ICD10,
    ICD10CM,
    SNOMED,
    Json,
    coded,
    concept,
    condition,
    read,
    stated,
    told,
    values,
)

ILD = (SNOMED, "233703007")
CLOSED = {name for name, fact in shipped().vocabulary.facts.items() if fact.problem_list}


def test_a_condition_sets_its_fact_with_its_source() -> None:
    reading = read(condition(ILD))
    assert values(reading) == {"ild": True}
    known = reading.record.facts["ild"]
    assert known.source == Source("fhir", "Condition/c1", "2026-01-01", "SNOMED CT 233703007")
    assert reading.unread == ()


@pytest.mark.parametrize(
    ("clinical", "counts"),
    [("active", True), ("recurrence", True), ("relapse", True), ("", True), ("inactive", False),
     ("remission", False), ("resolved", False), ("x", False)],
)  # fmt: skip
def test_clinical_status(clinical: str, counts: bool) -> None:
    reading = read(condition(ILD, clinical=clinical))
    assert values(reading) == ({"ild": True} if counts else {})
    assert told(reading) == ({} if counts else {"Condition/c1": [f"clinicalStatus {clinical}"]})


@pytest.mark.parametrize(
    ("verification", "counts"),
    [("confirmed", True), ("", True), ("unconfirmed", False), ("provisional", False),
     ("differential", False), ("refuted", False), ("entered-in-error", False), ("x", False)],
)  # fmt: skip
def test_verification_status(verification: str, counts: bool) -> None:
    reading = read(condition(ILD, verification=verification))
    assert values(reading) == ({"ild": True} if counts else {})
    assert bool(reading.unread) is not counts


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (concept(("s", "active"), ("s", "resolved")), "active and resolved"),
        (concept(("s", "resolved"), ("t", "resolved")), "resolved"),
        ({"text": "Resolved"}, "resolved"),
        ("resolved", "resolved"),
        ({}, "that cannot be read"),
        (7, "that cannot be read"),
        ([], "that cannot be read"),
    ],
)
def test_a_status_that_is_not_clear_sets_nothing(status: object, shown: str) -> None:
    reading = read(condition(ILD, clinical="") | {"clinicalStatus": status})
    assert values(reading) == {}
    assert told(reading) == {"Condition/c1": [f"clinicalStatus {shown}"]}
    assert values(read(condition(ILD) | {"clinicalStatus": {"text": "Active"}})) == {"ild": True}


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"abatementDateTime": "2026-02-01"}, False),
        ({"abatementDateTime": "2026-06-16"}, True),
        ({"abatementPeriod": {"end": "2026-02-01"}}, False),
        ({"abatementString": "last year"}, False),
        ({"abatementBoolean": True}, False),
        ({"abatementBoolean": False}, True),
        ({"abatementDateTime": None}, True),
    ],
)
@pytest.mark.parametrize("clinical", ["active", ""])
def test_what_has_ended_sets_nothing(more: Json, counts: bool, clinical: str) -> None:
    reading = read(condition(ILD, clinical=clinical, **more))
    assert values(reading) == ({"ild": True} if counts else {})
    assert bool(reading.unread) is not counts


def test_remission_of_a_condition_never_sets_the_course() -> None:
    assert values(read(condition((ICD10, "M33.1"), clinical="remission"))) == {}
    assert values(read(condition((ICD10, "M33.1"), clinical="relapse"))) == {
        "subtype": "dermatomyositis"
    }


@pytest.mark.parametrize(
    ("recorded", "onset", "counts"),
    [
        ("2026-01-01", "", True),
        ("2025-08-25", "", True),
        ("2025-08-24", "", False),
        ("", "2026-01-01", True),
        ("", "", False),
        ("2026-01-01", "2020-01-01", False),
        ("2026", "", True),
    ],
)
def test_a_pregnancy_passes(recorded: str, onset: str, counts: bool) -> None:
    more = {"onsetDateTime": onset} if onset else {}
    reading = read(condition((SNOMED, "77386006"), day=recorded, **more))
    assert values(reading) == ({"pregnant": True} if counts else {})
    assert bool(reading.unread) is not counts


def test_a_doubtful_code_sets_nothing_and_says_why() -> None:
    reading = read(condition((ICD10, "J96.0", "Acute respiratory failure")))
    assert values(reading) == {}
    assert told(reading) == {
        "Condition/c1": [
            (
                "Acute respiratory failure: the code does not say that interstitial lung disease "
                "is the cause; that has to be stated"
            )
        ]
    }
    (unnamed,) = told(read(condition((ICD10, "R13"))))["Condition/c1"]
    assert unnamed.startswith("ICD-10 R13: ")


def test_a_doubtful_code_beside_a_clear_one_is_no_doubt() -> None:
    reading = read(condition((ICD10CM, "M33.11"), ILD))
    assert values(reading) == {"subtype": "dermatomyositis", "ild": True}
    assert reading.unread == ()


def test_our_own_code_on_a_condition_is_listed() -> None:
    own = ("https://myopathway.example/fhir/CodeSystem/facts", "ild")
    assert told(read(condition(own))) == {"Condition/c1": ["a fact is stated by an Observation"]}


def test_dates_of_conditions() -> None:
    later = read(condition(ILD, day="2026-06-16"))
    assert values(later) == {}
    assert told(later) == {"Condition/c1": ["ild: dated 2026-06-16, after 2026-06-15"]}
    by_onset = read(condition(ILD, day="", onsetPeriod={"start": "2026-05"}))
    assert by_onset.record.facts["ild"].source.date == "2026-05-01"
    odd = read(condition(ILD, day="", recordedDate="soon"))
    assert values(odd) == {"ild": True}
    assert "cannot be read" in told(odd)["Condition/c1"][0]


DM = ((ICD10, "M33.1"), "dermatomyositis")
PM = ((ICD10, "M33.2"), "polymyositis")
ANY = ((ICD10, "M33.9"), "unspecified-iim")


def test_a_specific_subtype_counts_before_an_unspecific_one() -> None:
    reading = read(condition(DM[0], name="a", day="2020-01-01"), condition(ANY[0], name="b"))
    assert values(reading) == {"subtype": "dermatomyositis"}
    assert reading.unread == ()
    assert values(read(condition(ANY[0]))) == {"subtype": "unspecified-iim"}


def test_of_two_specific_subtypes_the_newer_counts_and_the_other_is_listed() -> None:
    reading = read(condition(DM[0], name="a", day="2020-01-01"), condition(PM[0], name="b"))
    assert values(reading) == {"subtype": "polymyositis"}
    (only,) = told(reading)["Condition/a"]
    assert "says subtype dermatomyositis; it disagrees with Condition/b" in only


def test_in_one_resource_the_row_that_stands_first_in_the_content_counts() -> None:
    both = condition((SNOMED, "396230008"), (ICD10CM, "M33.13"))
    assert values(read(both)) == {"subtype": "amyopathic-dermatomyositis"}


@pytest.mark.parametrize("day", ["2020-01-01", "2026-06-01"])
def test_a_stated_judgement_wins_whatever_the_dates(day: str) -> None:
    own = stated("subtype", day=day, valueCodeableConcept=coded("inclusion-body-myositis"))
    reading = read(own, condition(DM[0], day="2023-01-01"), condition(ANY[0], name="c2"))
    assert values(reading) == {"subtype": "inclusion-body-myositis"}
    (only,) = told(reading)["Condition/c1"]
    assert "disagrees with the stated fact" in only
    assert "the stated one counts" in only
    agreeing = stated("subtype", day=day, valueCodeableConcept=coded("dermatomyositis"))
    assert told(read(agreeing, condition(DM[0]))) == {}


# ---- a complete problem list


def denied(*resources: Any, **options: Any) -> set[str]:
    reading = read(*resources, **options)
    return {name for name, value in values(reading).items() if value is False}


def test_without_a_word_on_it_a_record_denies_nothing() -> None:
    assert denied() == set()
    assert denied(stated("complete-problem-list", valueBoolean=False)) == set()
    assert denied(stated("complete-problem-list", valueString="true")) == set()
    late = stated("complete-problem-list", day="2026-06-16", valueBoolean=True)
    assert denied(late) == set()


@pytest.mark.parametrize(
    ("resources", "options"),
    [((), {"complete_problem_list": True}),
     ((stated("complete-problem-list", valueBoolean=True),), {})],
)  # fmt: skip
def test_a_complete_problem_list_denies_what_it_does_not_show(
    resources: tuple[Json, ...], options: dict[str, bool]
) -> None:
    assert denied(*resources, **options) == CLOSED
    assert {"ild", "myocarditis", "malignancy", "infection"} <= CLOSED
    reading = read(*resources, **options)
    source = Source("derived", detail="problem list stated as complete")
    assert reading.record.facts["ild"].source == source
    assert "complete-problem-list" not in values(reading)


def test_no_judgement_is_ever_denied() -> None:
    facts = shipped().vocabulary.facts
    assert not [name for name in CLOSED if facts[name].judgement]


@pytest.mark.parametrize(
    ("one", "known"),
    [
        (condition(ILD), True),
        (condition(ILD, clinical="resolved"), False),
        (condition(ILD, clinical="inactive"), False),
        (condition(ILD, verification="refuted"), False),
        (condition(ILD, verification="entered-in-error"), False),
        (condition(ILD, clinical="", abatementDateTime="2025-01-01"), False),
        # What may be there keeps the question open.
        (condition(ILD, verification="provisional"), None),
        (condition(ILD, verification="differential"), None),
        (condition(ILD, verification="unconfirmed"), None),
        (condition(ILD, clinical="x"), None),
        (condition(ILD, clinical="active", abatementDateTime="2025-01-01"), None),
        (condition(ILD, day="2026-06-16"), None),
        (condition((ICD10CM, "M33.11")), None),
        (stated("ild", valueBoolean=True), True),
        (stated("ild", valueBoolean=True, status="preliminary"), None),
        (stated("ild", valueBoolean=True, status="cancelled"), False),
        (stated("ild", dataAbsentReason=concept(("http://x", "unknown"))), None),
        (condition() | {"code": {"text": "Fibrosing alveolitis"}}, None),
        (condition(clinical="resolved") | {"code": {"text": "Fibrosing alveolitis"}}, False),
        (condition((SNOMED, "195967001", "Asthma")), False),
        (condition(("http://hl7.org/fhir/sid/icd-10-gm", "C50.9")), None),
        (condition(("http://hl7.org/fhir/sid/icd-10-gm", "C50.9"), (SNOMED, "254837009")), False),
        (condition(("http://hl7.org/fhir/sid/icd-10-gm", "C50.9"), clinical="resolved"), False),
        (condition() | {"code": {}}, False),
        (stated("rapidly_progressive_ild", valueBoolean=True), None),
        (stated("rapidly_progressive_ild", valueBoolean=False), False),
    ],
)
def test_what_a_complete_list_says_of_one_problem(one: Json, known: bool | None) -> None:
    assert values(read(one, complete_problem_list=True)).get("ild") is known


def test_a_problem_without_a_code_is_listed() -> None:
    reading = read(condition() | {"code": {"text": "Fibrosing alveolitis"}})
    assert told(reading) == {"Condition/c1": ["Fibrosing alveolitis: a problem without a code"]}


@pytest.mark.parametrize(
    ("one", "named", "system"),
    [
        (condition(("http://hl7.org/fhir/sid/icd-10-gm", "C50.9")), "C50.9",
         "http://hl7.org/fhir/sid/icd-10-gm"),
        (condition() | {"code": {"coding": [{"code": "x"}], "text": "Cancer"}}, "Cancer",
         "no system"),
    ],
)  # fmt: skip
def test_a_problem_coded_in_another_system_is_listed(one: Json, named: str, system: str) -> None:
    says = f"{named}: a problem with a code of a system that is not read ({system})"
    assert told(read(one)) == {"Condition/c1": [says]}


@pytest.mark.as_written
def test_a_condition_that_cannot_be_read_denies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr("myopathway.fhir.read.read_condition", stumble)
    reading = read(condition(ILD), stated("sex", valueString="male"), complete_problem_list=True)
    assert values(reading) == {"sex": "male"}
    assert told(reading) == {"Condition/c1": ["cannot be read: it is not as FHIR has it"]}


def test_a_past_problem_does_not_deny_a_history() -> None:
    past = condition((SNOMED, "128053003"), clinical="resolved")
    known = values(read(past, complete_problem_list=True))
    assert "thrombosis_history" not in known
    assert known["diverticulitis_history"] is False
