"""The history from medication resources: which drug, what for, how it ended."""

import datetime as dt
from typing import Any

import pytest

from myopathway.facts import Known, Regimen, Source
from myopathway.fhir import Reading
from myopathway.guideline.load import shipped
from tests.data.fhir.build import (
    ATC,
    FACTS,
    REASONS,
    RXNORM,
    SNOMED,
    Json,
    bundle,
    coded,
    concept,
    patient,
    read,
    request,
    stated,
    statement,
    told,
    values,
)

MTX, AZA, PRED, TAC, FOLIC, OTHER = "L04AX03", "L04AX01", "H02AB06", "L04AD02", "B03BB01", "N02BE01"
INTOLERANCE = coded("intolerance")
INADEQUATE = coded("inadequate-response")


def history(reading: Reading) -> tuple[Regimen, ...]:
    regimens = reading.record.regimens
    assert regimens is not None
    return regimens


def brief(reading: Reading) -> list[tuple[str, str | None, str | None]]:
    return [("+".join(one.drugs), one.purpose, one.outcome) for one in history(reading)]


def outcomes(*resources: Json) -> list[str | None]:
    return [one.outcome for one in history(read(*resources))]


def course(value: str, day: str, name: str = "course") -> Json:
    return stated("course", name, day, valueCodeableConcept=coded(value))


def test_a_request_becomes_a_regimen_with_its_source() -> None:
    reading = read(request(MTX, dosageInstruction=[{"text": "15 mg once weekly"}]))
    assert history(reading) == (
        Regimen(
            ("methotrexate",), None, "ongoing", (), dt.date(2025, 1, 1), None, "15 mg once weekly",
            0, Source("fhir", "MedicationRequest/m1", "2025-01-01", "code L04AX03"),
        ),
    )  # fmt: skip
    assert reading.occasions == ("history-from-record",)
    assert reading.unread == ()


# ---- which resources make a history


def test_without_a_medication_resource_the_history_is_unknown() -> None:
    assert "treatments" not in values(read())
    assert read().occasions == ()


@pytest.mark.parametrize(
    ("resources", "options"),
    [((), {"complete_medication_list": True}),
     ((stated("complete-medication-list", valueBoolean=True),), {})],
)  # fmt: skip
def test_a_complete_medication_list_without_resources_is_an_empty_history(
    resources: tuple[Json, ...], options: dict[str, bool]
) -> None:
    reading = read(*resources, **options)
    source = Source("derived", detail="medication list stated as complete")
    assert reading.record.facts == {"treatments": Known((), source)}
    assert reading.occasions == ()


@pytest.mark.parametrize(
    ("resource", "known"),
    [
        (request(MTX, status="entered-in-error"), ()),
        (request(MTX, subject={"reference": "Patient/p2"}), ()),
        # These may be of any drug, so that a complete list is not an empty one.
        (request(MTX, medicationCodeableConcept={}), None),
        (request(MTX, medicationCodeableConcept=concept((ATC, MTX), (ATC, AZA))), None),
        (request(MTX, medicationCodeableConcept={"coding": [{"system": ATC, "code": 7}]}), None),
    ],
)
def test_a_complete_list_that_holds_an_unknown_drug_denies_nothing(
    resource: Json, known: object
) -> None:
    assert values(read(resource, complete_medication_list=True)).get("treatments") == known


@pytest.mark.parametrize(
    ("resource", "makes"),
    [
        (request(OTHER, medicationCodeableConcept={"text": "Paracetamol"}), True),
        (request(MTX, status="draft"), True),
        (request(MTX, day="2026-06-16"), True),
        (request(MTX, status="entered-in-error"), False),
        (request(MTX, subject={"reference": "Patient/p2"}), False),
        (request(MTX, medicationCodeableConcept={}), False),
        (request(MTX, medicationCodeableConcept=None), False),
        ({"resourceType": "Medication", "id": "x", "code": concept((ATC, MTX))}, False),
    ],
)
def test_any_medication_resource_of_a_known_drug_makes_a_history(
    resource: Json, makes: bool
) -> None:
    reading = read(resource)
    assert values(reading).get("treatments") == (() if makes else None)
    assert reading.occasions == (("history-from-record",) if makes else ())


def test_a_stated_empty_history_does_not_undo_a_recorded_one() -> None:
    none = stated("treatments", valueCodeableConcept=coded("none"))
    assert values(read(none)) == {"treatments": ()}
    reading = read(none, request(MTX))
    assert brief(reading) == [("methotrexate", None, "ongoing")]
    assert told(reading) == {"Observation/o1": ["treatments none, but the record holds some"]}


# ---- which drug


@pytest.mark.parametrize(
    ("medication", "drug"),
    [
        (concept((ATC, "L04AX03")), "methotrexate"),
        (concept((ATC, "L01BA01")), "methotrexate"),
        (concept((RXNORM, "8640")), "prednisolone"),
        (concept((SNOMED, "387381009")), "methotrexate"),
        (concept(("http://local", "x"), (RXNORM, "6851")), "methotrexate"),
        (concept((RXNORM, "105586", "Methotrexate 10 MG Oral Tablet")), "methotrexate"),
        (concept(text="Methotrexate 2.5 mg tablet"), "methotrexate"),
        (concept(text="  CYCLOSPORINE,\n modified"), "ciclosporin"),
        (concept(text="mycophenolate mofetil 500 mg"), "mycophenolate"),
        (concept(text="Methylprednisolone 500 mg"), "methylprednisolone"),
        (concept(text="rituximab-abbs"), "rituximab"),
        (concept(text="immunoglobulin 10 g"), "ivig"),
        (concept(text="Normal immunoglobulin human 10%"), "ivig"),
        (concept(text="anti-D immunoglobulin"), None),
        (concept(text="Immunoglobulin anti-D"), None),
        (concept(text="Hepatitis B immunoglobulin"), None),
        (concept(text="prednisolonex"), None),
        (concept((ATC, "L04AX03", "Methotrexate"), (RXNORM, "6851", "methotrexate")),
         "methotrexate"),
    ],
)  # fmt: skip
def test_a_drug_is_known_by_code_or_by_the_beginning_of_its_name(
    medication: Json, drug: str | None
) -> None:
    reading = read(request("", medicationCodeableConcept=medication))
    assert [one.drugs for one in history(reading)] == ([(drug,)] if drug else [])
    assert ("other_drugs" in values(reading)) is (drug is None)


@pytest.mark.parametrize(
    "medication",
    [concept((ATC, MTX), (ATC, AZA)), concept((ATC, MTX, "Azathioprine")),
     concept((ATC, MTX), text="Azathioprine")],
)  # fmt: skip
def test_codes_and_words_that_name_two_drugs_are_in_doubt(medication: Json) -> None:
    reading = read(request("", medicationCodeableConcept=medication))
    assert values(reading) == {}
    (only,) = told(reading)["MedicationRequest/m1"]
    assert only == "its codes and words name azathioprine and methotrexate"


@pytest.mark.parametrize("text", ["Low-dose methotrexate", "Brand (methotrexate)"])
def test_a_name_within_other_words_is_in_doubt(text: str) -> None:
    reading = read(request("", medicationCodeableConcept={"text": text}))
    assert values(reading) == {}
    (only,) = told(reading)["MedicationRequest/m1"]
    assert only == "its words name methotrexate, but do not begin with it"


def product(**more: Any) -> Json:
    return {"resourceType": "Medication", "id": "x", "code": concept((ATC, MTX))} | more


@pytest.mark.parametrize(
    ("reference", "url"),
    [("Medication/x", ""), ("Medication/x/_history/2", ""), ("urn:uuid:5", "urn:uuid:5"),
     ("http://a/fhir/Medication/x", "http://a/fhir/Medication/x"),
     ("http://a/fhir/Medication/x", "")],
)  # fmt: skip
def test_a_medication_of_the_bundle_is_found(reference: str, url: str) -> None:
    from myopathway.fhir import read_bundle  # noqa: PLC0415
    from myopathway.guideline.load import shipped  # noqa: PLC0415

    one = request("") | {"medicationReference": {"reference": reference}}
    del one["medicationCodeableConcept"]
    document = bundle(patient(), product(), one)
    document["entry"][1]["fullUrl"] = url
    reading = read_bundle(document, shipped(), today=dt.date(2026, 6, 15))
    assert [regimen.drugs for regimen in history(reading)] == [("methotrexate",)]
    assert reading.unread == ()


@pytest.mark.parametrize(
    ("medication", "more", "drugs", "reason"),
    [
        ({"reference": "#m"}, {"contained": [product(id="m")]}, ("methotrexate",), ""),
        ({"reference": "#m"}, {"contained": [product(id="#m")]}, ("methotrexate",), ""),
        ({"reference": "#m"}, {"contained": []}, None, "names no drug that can be read"),
        ({"reference": "Medication/y"}, {}, None, "names no drug that can be read"),
        ({"reference": "Medication/y", "display": "Azathioprine 50 mg"}, {}, ("azathioprine",), ""),
        ({"display": "Azathioprine 50 mg"}, {}, ("azathioprine",), ""),
        ({"reference": "#m"}, {"contained": [product(id="m", status="entered-in-error")]}, None,
         "its Medication is entered-in-error"),
        ({"reference": "#m", "display": "x"}, {"contained": [product(id="m", code={}, ingredient=[
            {"itemCodeableConcept": concept((RXNORM, "1256"))}])]}, ("azathioprine",), ""),
        ({"reference": "#m"}, {"contained": [product(id="m", code={}, ingredient=[
            {"itemCodeableConcept": concept((RXNORM, one))} for one in ("1256", "6851")])]}, None,
         "its ingredients are azathioprine and methotrexate"),
        ({"reference": "#m"}, {"contained": [product(id="m", form=concept(text="Ointment"))]}, (),
         "a product for local use: Ointment"),
        ("x", {}, None, "names no drug that can be read"),
        ({"reference": "#m"}, {"contained": [{"id": []}]}, None,
         "cannot be read: it is not as FHIR has it"),
        ({"reference": "#m"}, {"contained": ["x", {"id": "n"}, product(id="m")]},
         ("methotrexate",), ""),
        ({"reference": "#m", "display": "Azathioprine"}, {"contained": [{"id": "m"}]},
         ("azathioprine",), ""),
    ],
)  # fmt: skip
def test_references_to_medications(
    medication: object, more: Json, drugs: tuple[str, ...] | None, reason: str
) -> None:
    one = request("", **more) | {"medicationReference": medication}
    del one["medicationCodeableConcept"]
    reading = read(one)
    regimens = reading.record.regimens
    assert (None if regimens is None else tuple(d for r in regimens for d in r.drugs)) == drugs
    assert [text for texts in told(reading).values() for text in texts] == [reason] * bool(reason)


def test_a_product_of_other_ingredients_is_known_by_their_names() -> None:
    parts = [{"itemCodeableConcept": {"text": one}} for one in ("Metformin", "Sitagliptin")]
    one = request("", contained=[{"id": "m", "ingredient": parts}])
    one["medicationReference"] = {"reference": "#m"}
    del one["medicationCodeableConcept"]
    assert values(read(one))["other_drugs"] == ("metformin / sitagliptin",)
    one["contained"][0]["code"] = {"text": "Brand"}
    parts[1]["itemCodeableConcept"]["text"] = "Trimethoprim"
    assert values(read(one))["other_drugs"] == ("trimethoprim",)


@pytest.mark.parametrize(
    ("code", "name"),
    [((ATC, "M04AA01"), "allopurinol"), ((ATC, "M04AA03"), "febuxostat"),
     ((ATC, "J01EA01"), "trimethoprim"), ((RXNORM, "10829"), "trimethoprim"),
     ((ATC, "J01EE01"), "co-trimoxazole"), ((ATC, "L04AK01"), "leflunomide"),
     ((ATC, "M04AA01", "Zyloric"), "allopurinol")],
)  # fmt: skip
def test_a_drug_of_which_a_rule_speaks_is_known_by_its_code(
    code: tuple[str, str], name: str
) -> None:
    reading = read(request("", medicationCodeableConcept=concept(code)))
    assert values(reading) == {"treatments": (), "other_drugs": (name,)}
    assert reading.unread == ()


def test_a_code_of_another_drug_than_the_words_name_is_in_doubt() -> None:
    both = concept((ATC, "M04AA01"), text="Methotrexate 2.5 mg")
    (only,) = told(read(request("", medicationCodeableConcept=both)))["MedicationRequest/m1"]
    assert only == "its codes and words name allopurinol and methotrexate"


def test_other_drugs_that_are_taken_are_a_fact_of_their_own() -> None:
    def other(text: str, name: str, status: str) -> Json:
        return request("", name, status=status, medicationCodeableConcept={"text": text})

    reading = read(
        other("Metformin 500 MG", "a", "active"),
        other("Allopurinol 100 mg tablet", "b", "on-hold"),
        other("Sulfamethoxazole 800 MG / Trimethoprim 160 MG Oral Tablet", "c", "active"),
        other("St John's wort", "d", "active"),
        other("Aspirin", "e", "stopped"),
        other("Aspirin", "f", "completed"),
    )
    assert values(reading) == {
        "treatments": (),
        "other_drugs": ("allopurinol", "metformin 500 mg", "st-johns-wort", "trimethoprim"),
    }
    assert told(reading) == {
        "MedicationRequest": ["another drug, not taken now: 2 resources"],
        "MedicationRequest/b": ["on hold: counted as taken"],
    }
    none = stated("other_drugs", day="2026-01-01", valueCodeableConcept=coded("none"))
    cleared = read(none, other("Metformin 500 MG", "a", "active"))
    assert values(cleared)["other_drugs"] == ()
    assert "Observation/o1 is newer" in told(cleared)["MedicationRequest/a"][0]


# ---- what counts for nothing


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"status": "draft"}, "status draft"),
        ({"status": "cancelled"}, "status cancelled"),
        ({"status": "entered-in-error"}, "status entered-in-error"),
        ({"status": "not-taken"}, "status not-taken"),
        ({"status": "not-done"}, "status not-done"),
        ({"status": "intended"}, "status intended"),
        ({"doNotPerform": True}, "doNotPerform"),
        ({"intent": "proposal"}, "intent proposal"),
        ({"intent": "plan"}, "intent plan"),
        ({"intent": "option"}, "intent option"),
        ({"authoredOn": "2026-06-16"}, "began 2026-06-16, after 2026-06-15"),
    ],
)
def test_what_counts_for_nothing(more: Json, reason: str) -> None:
    reading = read(request(TAC) | more, request(MTX, "m2"))
    assert brief(reading) == [("methotrexate", None, "ongoing")]
    (only,) = told(reading)["MedicationRequest/m1"]
    assert only.startswith(reason)


@pytest.mark.parametrize("intent", ["order", "original-order", "filler-order", None])
def test_other_intents_count(intent: str | None) -> None:
    assert outcomes(request(TAC) | {"intent": intent}) == ["ongoing"]


def route(*routes: object) -> Json:
    return {"dosageInstruction": [{"route": one} for one in routes]}


LOCAL = ["Topical route", "Cutaneous use", "Inhalation", "Ocular route (qualifier value)",
         "ophthalmic", "Nasal", "Otic", "Rectal", "TOPICAL"]  # fmt: skip
WHOLE = ["Oral", "Subcutaneous route", "Intravenous", "Transdermal", "Percutaneous"]


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        *[(route({"text": said}), False) for said in LOCAL],
        *[(route(concept(("http://x", "1", said))), False) for said in LOCAL],
        *[(route({"text": said}), True) for said in WHOLE],
        (route(concept(("http://x", "topical"))), False),
        (route(concept((SNOMED, "6064005"))), False),
        (route(concept((SNOMED, "54485002"))), False),
        (route(concept((SNOMED, "26643006"))), True),
        (route(concept(("http://x", "6064005"))), True),
        (route({"text": "Oral"}, {"text": "Topical"}), True),
        (route({"text": "Topical"}, {"text": "Ocular"}), False),
        (route({}), True),
        ({"medicationCodeableConcept": concept((ATC, TAC), text="Tacrolimus ointment")}, False),
        ({"medicationCodeableConcept": concept(text="Tacrolimus 1 MG Oral Capsule")}, True),
        ({"medicationCodeableConcept": concept((ATC, "D11AH01"), text="Tacrolimus")}, None),
        (route({"text": "Oral"})
         | {"medicationCodeableConcept": concept(text="Tacrolimus nasal")}, True),
        (route(concept(("http://x", "26643006")))
         | {"medicationCodeableConcept": concept(text="Tacrolimus eye drops")}, False),
    ],
)  # fmt: skip
def test_routes_and_forms_for_one_place_count_for_nothing(more: Json, counts: bool | None) -> None:
    reading = read(request(TAC) | more)
    regimens = reading.record.regimens
    assert (None if regimens is None else bool(regimens)) is counts
    assert bool(reading.unread) is not counts


def test_the_route_of_statements_and_administrations_counts_too() -> None:
    dosage = {"route": {"text": "Topical"}}
    assert history(read(statement(TAC, dosage=[dosage]))) == ()
    given = statement(TAC, status="completed", dosage=dosage)
    assert history(read(given | {"resourceType": "MedicationAdministration"})) == ()


# ---- how it ended


@pytest.mark.parametrize(
    ("status", "outcome", "listed"),
    [
        ("active", "ongoing", False),
        ("in-progress", "ongoing", False),
        ("on-hold", "ongoing", True),
        ("completed", "completed", False),
        ("stopped", None, False),
        ("unknown", None, True),
        ("", None, True),
        (["active"], None, True),
    ],
)
def test_the_status_tells_the_outcome(status: object, outcome: str | None, listed: bool) -> None:
    reading = read(request(MTX) | {"status": status})
    assert [one.outcome for one in history(reading)] == [outcome]
    assert bool(reading.unread) is listed


@pytest.mark.parametrize(
    ("reason", "outcome", "listed"),
    [
        (concept((REASONS, "sintol")), "intolerance", False),
        (concept((REASONS, "salg")), "intolerance", False),
        (INTOLERANCE, "intolerance", False),
        (INADEQUATE, "inadequate-response", False),
        (coded("adequate-response"), "adequate-response", False),
        ([INADEQUATE], "inadequate-response", False),
        (concept((REASONS, "altchoice")), None, True),
        (concept(("http://x", "sintol")), None, True),
        (concept((FACTS, "ongoing")), None, True),
        (concept(text="nausea"), None, True),
        ([INADEQUATE, INTOLERANCE], "intolerance", True),
        (concept((REASONS, "sintol"), (FACTS, "inadequate-response")), "intolerance", True),
        ([], None, False),
        ("sintol", None, False),
    ],
)
def test_the_reason_tells_the_outcome(reason: object, outcome: str | None, listed: bool) -> None:
    reading = read(request(MTX, status="stopped", statusReason=reason))
    assert [one.outcome for one in history(reading)] == [outcome]
    assert bool(reading.unread) is listed


def test_a_reason_counts_before_the_status_and_is_remarked_where_they_differ() -> None:
    assert outcomes(request(MTX, status="completed", statusReason=INADEQUATE)) == [
        "inadequate-response"
    ]
    for status in ("active", "on-hold"):
        reading = read(request(MTX, status=status, statusReason=INTOLERANCE))
        assert [one.outcome for one in history(reading)] == ["intolerance"]
        assert "but its statusReason says" in told(reading)["MedicationRequest/m1"][0]


# ---- from when to when


@pytest.mark.parametrize(
    ("resource", "started", "stopped"),
    [
        (request(MTX, status="stopped"), "2025-01-01", None),
        (request(MTX, status="stopped",
                 dispenseRequest={"validityPeriod": {"end": "2025-05-01"}}),
         "2025-01-01", "2025-05-01"),
        (request(MTX, status="stopped", dosageInstruction=[
            {"timing": {"repeat": {"boundsPeriod": {"end": end}}}}
            for end in ("2025-03-01", "2025-04-01")]), "2025-01-01", "2025-04-01"),
        (request(MTX, dispenseRequest={"validityPeriod": {"end": "2025-05-01"}}),
         "2025-01-01", None),
        (request(MTX, status="stopped",
                 dispenseRequest={"validityPeriod": {"end": "2027-05-01"}}), "2025-01-01", None),
        (request(MTX, day="2025"), "2025-01-01", None),
        (request(MTX, day=""), None, None),
        (request(MTX, day="", authoredOn="soon"), None, None),
        (statement(MTX, start="2025-01-01", end="2025-05-01", status="stopped"),
         "2025-01-01", "2025-05-01"),
        (statement(MTX, start="2025-01-01", end="2025-05", status="stopped"), "2025-01-01", None),
        (statement(MTX, start="2025-01-01", end="2024-05-01", status="stopped"),
         "2025-01-01", None),
        (statement(MTX, start="2025-01-01", end="2027-05-01"), "2025-01-01", None),
        (statement(MTX, end="2025-05-01", status="completed"), None, "2025-05-01"),
        (statement(MTX, status="stopped", effectiveDateTime="2025-05-01T10:00:00+02:00"),
         "2025-05-01", "2025-05-01"),
        (statement(MTX, effectiveDateTime="2025-05-01"), "2025-05-01", None),
        (statement(MTX), None, None),
    ],
)  # fmt: skip
def test_dates(resource: Json, started: str | None, stopped: str | None) -> None:
    (only,) = history(read(resource))
    assert (only.started and str(only.started)) == started
    assert (only.stopped and str(only.stopped)) == stopped


@pytest.mark.parametrize(
    ("more", "outcome"), [({}, "ongoing"), ({"statusReason": [INTOLERANCE]}, None)]
)
def test_what_ends_after_the_day_of_the_decision_had_not_ended(
    more: Json, outcome: str | None
) -> None:
    one = statement(MTX, start="2025-01-01", end="2026-06-16", status="stopped", **more)
    reading = read(one)
    assert [(each.outcome, each.stopped) for each in history(reading)] == [(outcome, None)]
    assert "lies after 2026-06-15" in told(reading)["MedicationStatement/m1"][0]


# ---- what it was for


@pytest.mark.parametrize(
    ("category", "purpose"),
    [
        ([coded("maintenance")], "maintenance"),
        (coded("induction"), "induction"),
        ([coded("x"), coded("induction")], "induction"),
        ([coded("maintenance"), coded("induction")], None),
        ([concept(("http://x", "maintenance"))], None),
        ("maintenance", None),
        ([], None),
    ],
)
def test_the_category_tells_the_purpose(category: object, purpose: str | None) -> None:
    assert brief(read(request(MTX, category=category))) == [("methotrexate", purpose, "ongoing")]


REMISSION = [("remission", "2025-01-01")]


@pytest.mark.parametrize(
    ("courses", "day", "purpose"),
    [
        (REMISSION, "2025-01-01", "maintenance"),
        (REMISSION, "2025-06-01", "maintenance"),
        (REMISSION, "2024-12-31", "induction"),
        (REMISSION, "", None),
        ([("remission", "2026-06-16")], "2025-01-01", None),
        ([("remission", "")], "2025-01-01", None),
        ([("initial", "2025-01-01")], "2025-06-01", "induction"),
        ([("initial", "2025-01-01")], "2024-06-01", "induction"),
        ([("initial", "2025-01-01")], "", "induction"),
        ([("initial", "")], "2025-01-01", "induction"),
        ([("relapse", "2025-01-01")], "2024-06-01", None),
        ([], "2025-01-01", None),
        # Seen in remission again and again: it began with the first of them.
        ([("remission", "2024-01-01"), ("remission", "2025-01-01")], "2024-06-01", "maintenance"),
        ([("initial", "2023-01-01"), ("remission", "2024-01-01")], "2023-06-01", "induction"),
        ([("remission", "2023-01-01"), ("relapse", "2024-01-01")], "2023-06-01", "maintenance"),
        ([("remission", "2023-01-01"), ("relapse", "2024-01-01")], "2022-06-01", "induction"),
        ([("remission", "2023-01-01"), ("relapse", "2024-01-01")], "2024-06-01", None),
        ([("remission", "2023-01-01"), ("relapse", "2024-01-01"), ("remission", "2025-01-01")],
         "2024-06-01", "induction"),
    ],
)  # fmt: skip
def test_the_course_tells_the_purpose_where_no_category_does(
    courses: list[tuple[str, str]], day: str, purpose: str | None
) -> None:
    known = [course(*one, f"course-{place}") for place, one in enumerate(courses)]
    assert brief(read(*known, request(MTX, day=day))) == [("methotrexate", purpose, "ongoing")]
    category = [coded("induction")]
    assert brief(read(*known, request(MTX, day=day, category=category))) == [
        ("methotrexate", "induction", "ongoing")
    ]


# ---- what is one regimen: of one drug


def given(drug: str, start: str, end: str, status: str = "stopped", reason: str = "") -> Json:
    more = {"statusReason": [coded(reason)]} if reason else {}
    return statement(drug, f"{drug}-{start}-{end}-{status}", start, end, status=status, **more)


@pytest.mark.parametrize("status", ["stopped", "completed"])
@pytest.mark.parametrize(("next_start", "same"), [("2025-04-30", True), ("2025-05-01", False)])
def test_what_follows_within_90_days_is_the_same_regimen(
    status: str, next_start: str, same: bool
) -> None:
    found = history(
        read(given(MTX, "2025-01-01", "2025-01-30", status), given(MTX, next_start, "", "active"))
    )
    assert len(found) == 2 - same
    assert found[-1].outcome == "ongoing"
    assert str(found[-1].started) == ("2025-01-01" if same else next_start)


@pytest.mark.parametrize(
    ("entries", "drugs"),
    [
        # a chain, with the end of its last
        ([(MTX, "2025-01-01", "2025-02-01"), (MTX, "2025-03-01", "2025-04-01", "completed"),
          (MTX, "2025-05-01", "2025-06-01", "stopped", "intolerance")],
         [("methotrexate", "2025-01-01", "2025-06-01", "intolerance")]),
        # a reason ends a regimen
        ([(MTX, "2025-01-01", "2025-02-01", "stopped", "intolerance"),
          (MTX, "2025-03-01", "", "active")],
         [("methotrexate", "2025-01-01", "2025-02-01", "intolerance"),
          ("methotrexate", "2025-03-01", None, "ongoing")]),
        # another drug does not continue it
        ([(MTX, "2025-01-01", "2025-02-01"), (AZA, "2025-03-01", "", "active")],
         [("methotrexate", "2025-01-01", "2025-02-01", None),
          ("azathioprine", "2025-03-01", None, "ongoing")]),
        # what is still given is not continued by another entry
        ([(MTX, "2025-01-01", "", "active"), (MTX, "2025-02-01", "", "active")],
         [("methotrexate", "2025-01-01", None, "ongoing"),
          ("methotrexate", "2025-02-01", None, "ongoing")]),
        # it began before the other ended
        ([(MTX, "2025-01-01", "2025-12-01"), (MTX, "2025-06-01", "", "active")],
         [("methotrexate", "2025-01-01", None, "ongoing")]),
        # no end recorded: the gap is at most the time since it began
        ([(MTX, "2025-01-01", ""), (MTX, "2025-03-01", "", "active")],
         [("methotrexate", "2025-01-01", None, "ongoing")]),
        ([(MTX, "2025-01-01", ""), (MTX, "2025-09-01", "", "active")],
         [("methotrexate", "2025-01-01", None, None),
          ("methotrexate", "2025-09-01", None, "ongoing")]),
        # an entry without a beginning follows nothing
        ([(MTX, "2025-01-01", "2025-02-01"), (MTX, "", "", "active")],
         [("methotrexate", None, None, "ongoing"),
          ("methotrexate", "2025-01-01", "2025-02-01", None)]),
        # what begins on the same day with a known end is what follows
        ([(MTX, "2025-01-01", "2025-02-01", "stopped", "intolerance"),
          (MTX, "2025-01-01", "2025-03-01")],
         [("methotrexate", "2025-01-01", "2025-02-01", "intolerance")]),
    ],
)  # fmt: skip
def test_chains(entries: list[tuple[str, ...]], drugs: list[tuple[str | None, ...]]) -> None:
    for order in (entries, entries[::-1]):
        found = history(read(*(given(*one) for one in order)))
        assert [
            ("+".join(one.drugs), *(day and str(day) for day in (one.started, one.stopped)),
             one.outcome)
            for one in found
        ] == drugs  # fmt: skip


def test_requests_with_one_date_are_chained_by_it() -> None:
    days = ["2025-01-01", "2025-03-15", "2025-06-01"]
    made = [request(MTX, day, day, status="completed") for day in days]
    (only,) = history(read(*made))
    assert (str(only.started), only.stopped, only.outcome) == ("2025-01-01", None, "completed")


def test_what_counts_for_nothing_continues_nothing() -> None:
    stopped = given(MTX, "2025-01-01", "2025-02-01")
    for later in (request(MTX, "d", "2025-02-10", status="draft"),
                  request(MTX, "d", "2026-06-20"),
                  request(MTX, "d", "2025-02-10", **route({"text": "Topical"}))):  # fmt: skip
        assert outcomes(stopped, later) == [None]


def test_stated_purposes_that_differ_are_two_regimens() -> None:
    first = given(MTX, "2025-01-01", "2025-02-01") | {"category": coded("induction")}
    second = given(MTX, "2025-02-02", "", "active") | {"category": coded("maintenance")}
    assert [one.purpose for one in history(read(first, second))] == ["induction", "maintenance"]
    del second["category"]
    assert [one.purpose for one in history(read(first, second))] == ["induction"]


def test_a_regimen_began_with_its_first_entry() -> None:
    first, second = given(MTX, "2024-12-01", "2025-01-15"), given(MTX, "2025-02-01", "", "active")
    reading = read(course("remission", "2025-01-01"), first, second)
    assert brief(reading) == [("methotrexate", "induction", "ongoing")]


# ---- what is one regimen: of several drugs


@pytest.mark.parametrize(
    ("entries", "regimens"),
    [
        ([(MTX, "2025-01-01", "2025-06-01", "stopped", "intolerance"),
          (AZA, "2025-02-01", "2025-06-01", "stopped", "intolerance")],
         [("methotrexate+azathioprine", "intolerance")]),
        ([(MTX, "2025-01-01", "2025-06-01"), (AZA, "2025-02-01", "2025-06-01")],
         [("methotrexate+azathioprine", None)]),
        ([(MTX, "2025-01-01", "2025-06-01", "completed"),
          (AZA, "2025-02-01", "2025-06-01", "completed")],
         [("methotrexate+azathioprine", "completed")]),
        ([(MTX, "2025-01-01", "2025-06-01", "stopped", "intolerance"),
          (AZA, "2025-02-01", "2025-06-01", "stopped", "inadequate-response")],
         [("methotrexate", "intolerance"), ("azathioprine", "inadequate-response")]),
        ([(MTX, "2025-01-01", "2025-06-01", "stopped", "intolerance"),
          (AZA, "2025-02-01", "2025-06-02", "stopped", "intolerance")],
         [("methotrexate", "intolerance"), ("azathioprine", "intolerance")]),
        ([(MTX, "2025-01-01", "", "stopped", "intolerance"),
          (AZA, "2025-01-01", "", "stopped", "intolerance")],
         [("azathioprine", "intolerance"), ("methotrexate", "intolerance")]),
        ([(MTX, "2025-01-01", "2025-06-01", "active"), (AZA, "2025-01-01", "2025-06-01", "active")],
         [("azathioprine", "ongoing"), ("methotrexate", "ongoing")]),
        ([(MTX, "2025-01-01", "2025-06", "stopped"), (AZA, "2025-01-01", "2025-06", "stopped")],
         [("azathioprine", None), ("methotrexate", None)]),
    ],
)  # fmt: skip
def test_drugs_stopped_on_one_day_with_one_outcome_are_one_regimen(
    entries: list[tuple[str, ...]], regimens: list[tuple[str, str | None]]
) -> None:
    for order in (entries, entries[::-1]):
        found = history(read(*(given(*one) for one in order)))
        assert [("+".join(one.drugs), one.outcome) for one in found] == regimens
        assert [one.index for one in found] == list(range(len(found)))
        assert all(one.intolerant_of == () for one in found)


def test_a_regimen_of_two_names_both_entries_and_begins_with_the_first() -> None:
    one, two = given(MTX, "2025-01-01", "2025-06-01"), given(AZA, "2025-02-01", "2025-06-01")
    (only,) = history(read(one, two))
    assert (str(only.started), str(only.stopped)) == ("2025-01-01", "2025-06-01")
    assert only.source.reference == f"MedicationStatement/{one['id']}"
    assert only.source.detail.endswith(f"with MedicationStatement/{two['id']}")


def test_the_drugs_of_a_regimen_stand_in_the_order_of_the_guideline() -> None:
    entries = [given(drug, "2025-01-01", "2025-06-01") for drug in (AZA, MTX, FOLIC, PRED)]
    (only,) = history(read(*entries))
    document = {"treatments": [{"drugs": ["azathioprine", *only.drugs]}]}
    (told_in_words,) = shipped().vocabulary.read(document).regimens or ()
    assert only.drugs == told_in_words.drugs


def test_two_purposes_are_two_regimens() -> None:
    one = given(MTX, "2025-01-01", "2025-06-01") | {"category": coded("induction")}
    two = given(AZA, "2025-01-01", "2025-06-01") | {"category": coded("maintenance")}
    assert len(history(read(one, two))) == 2


def test_requests_of_one_day_stopped_with_one_outcome_are_one_regimen() -> None:
    pair = [request(drug, drug, status="stopped", statusReason=INADEQUATE) for drug in (MTX, AZA)]
    assert brief(read(*pair)) == [("methotrexate+azathioprine", None, "inadequate-response")]
    (only,) = history(read(*pair))
    assert only.stopped is None


def test_more_regimens_than_can_be_counted_are_no_history() -> None:
    day = dt.date(1900, 1, 1)
    many = [request(MTX, str(n), str(day + dt.timedelta(days=n)), status="stopped",
                    statusReason=INADEQUATE) for n in range(501)]  # fmt: skip
    reading = read(*many, complete_medication_list=True)
    assert "treatments" not in values(reading)
    assert told(reading)["Bundle"] == ["501 regimens, more than 500: the history is not read"]
    assert len(history(read(*many[:500]))) == 500
    none = stated("treatments", valueCodeableConcept=coded("none"))
    assert "treatments" not in values(read(*many, none))
