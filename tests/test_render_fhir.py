"""The Bundle: valid R4, whole, and no dose in it that must not be followed."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from myopathway.facts import Unread
from myopathway.guideline.load import shipped
from myopathway.render.fhir import BASE, fhir
from myopathway.render.markdown import escaped
from tests.test_render_golden import answer_for
from tests.test_render_text import AMOUNT, answers, options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from myopathway.engine.outcome import Answer

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}\Z")
PLAIN_UNITS = {"mg", "g", "kg", "d", "wk"}
XHTML = "{http://www.w3.org/1999/xhtml}"


@cache
def bundles() -> tuple[tuple[Answer, dict[str, Any]], ...]:
    return tuple((answer, fhir(answer, shipped())) for answer in answers())


def walk(value: Any) -> Iterator[Any]:
    yield value
    match value:
        case dict():
            for part in value.values():
                yield from walk(part)
        case list():
            for part in value:
                yield from walk(part)
        case _:
            return


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [entry["resource"] for entry in bundle["entry"]]
    return [one for one in found if one["resourceType"] == kind]


def actions(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    """Every action of the RequestGroup, at any depth."""
    groups = resources(bundle, "RequestGroup")
    return [
        one
        for group in groups
        for one in walk(group["action"])
        if isinstance(one, dict) and "id" in one and "title" in one
    ]


def test_every_bundle_is_valid_in_the_library_s_eyes() -> None:
    for _, bundle in bundles():
        Bundle.model_validate(bundle)


def test_a_bundle_is_plain_json_and_the_same_each_time() -> None:
    for answer, bundle in bundles():
        assert json.loads(json.dumps(bundle)) == bundle
        assert fhir(answer, shipped()) == bundle


def test_two_answers_share_no_address_and_no_object() -> None:
    first, second = (fhir(answer_for("severe-with-lung-disease"), shipped()) for _ in range(2))
    objects = {id(one) for one in walk(first) if isinstance(one, dict | list)}
    assert objects.isdisjoint(id(one) for one in walk(second) if isinstance(one, dict | list))
    seen = [json.dumps(bundle) for _, bundle in bundles()]
    addresses = [
        entry["fullUrl"] for written in set(seen) for entry in json.loads(written)["entry"]
    ]
    assert len(addresses) == len(set(addresses))


def test_nothing_is_empty() -> None:
    for _, bundle in bundles():
        for one in walk(bundle):
            assert one is not None
            if isinstance(one, dict | list | str):
                assert len(one) > 0
            if isinstance(one, str):
                assert one.strip() == one


def test_ids_are_valid_and_every_reference_leads_to_a_resource_of_the_bundle() -> None:
    for _, bundle in bundles():
        addresses = {entry["fullUrl"] for entry in bundle["entry"]}
        assert len(addresses) == len(bundle["entry"])
        named = [one["reference"] for one in walk(bundle) if isinstance(one, dict)
                 and isinstance(one.get("reference"), str)]  # fmt: skip
        assert set(named) <= addresses
        care_plan = bundle["entry"][0]["fullUrl"]
        assert addresses - set(named) == {care_plan}  # nothing is there that nothing refers to
        for entry in bundle["entry"]:
            assert ID.match(entry["resource"]["id"])
        kinds = [
            (one["resource"]["resourceType"], one["resource"]["id"]) for one in bundle["entry"]
        ]
        assert len(kinds) == len(set(kinds))


def test_an_action_has_a_resource_or_parts_and_related_actions_exist() -> None:
    related = 0
    for _, bundle in bundles():
        found = actions(bundle)
        ids = [one["id"] for one in found]
        assert len(ids) == len(set(ids))
        assert all(ID.match(one) for one in ids)
        for one in found:
            assert ("resource" in one) != ("action" in one)  # rgp-1
            for other in one.get("relatedAction", ()):
                related += 1
                assert other["actionId"] in ids
    assert related > 5


def test_the_group_has_the_open_options_and_none_that_is_excluded() -> None:
    for answer, bundle in bundles():
        titles = [one["title"] for one in actions(bundle)]
        codes = [one["code"][0]["coding"][0]["code"] for one in actions(bundle) if "code" in one]
        assert "excluded" not in codes
        expected = sum(one.verdict != "excluded" for one in options(answer))
        assert sum(code in {"offered", "favoured", "caution"} for code in codes) == expected
        assert (len(titles) > 0) == (len(resources(bundle, "RequestGroup")) == 1)


def test_a_choice_for_all_is_exactly_one_and_a_choice_for_some_at_most_one() -> None:
    for answer, bundle in bundles():
        for group in resources(bundle, "RequestGroup"):
            for action in group["action"]:
                role = action["code"][0]["coding"][0]["code"]
                want = "at-most-one" if role == "consider" else "exactly-one"
                several = len(action.get("action", ())) > 1
                assert action.get("selectionBehavior") == (want if several else None)
                assert action.get("requiredBehavior") == ("could" if role == "consider" else None)
        assert answer.status == "recommended" or not resources(bundle, "RequestGroup")


def test_everything_is_a_draft_proposal() -> None:
    for _, bundle in bundles():
        for entry in bundle["entry"]:
            resource = entry["resource"]
            assert (resource["status"], resource["intent"]) == ("draft", "proposal")
        assert not any("precheckBehavior" in one for one in actions(bundle))


def test_methotrexate_is_weekly_in_word_and_in_timing() -> None:
    seen = 0
    for _, bundle in bundles():
        for one in walk(bundle):
            if isinstance(one, str) and "7.5 to 25" in one:
                assert re.search("weekly", one, re.IGNORECASE)
        for request in resources(bundle, "MedicationRequest"):
            if request["medicationCodeableConcept"]["text"] != "Methotrexate":
                continue
            for dosage in request["dosageInstruction"]:
                if "doseAndRate" in dosage:
                    seen += 1
                    repeat = dosage["timing"]["repeat"]
                    assert repeat == {"frequency": 1, "period": 1, "periodUnit": "wk"}
    assert seen > 20


def test_no_request_exceeds_the_answer() -> None:
    """What a machine would add up from dose and timing stays within what was worked out."""
    seen = 0
    for answer, bundle in bundles():
        known = {
            (shipped().drugs[drug.drug].title, one.unit.partition("/")[0]): drug.calculated
            for option in options(answer)
            for drug in option.drugs
            for one in drug.calculated
        }
        for request in resources(bundle, "MedicationRequest"):
            for dosage in request["dosageInstruction"]:
                for rate in dosage.get("doseAndRate", ()):
                    seen += 1
                    top = rate.get("doseQuantity") or rate["doseRange"]["high"]
                    drug = request["medicationCodeableConcept"]["text"]
                    allowed = known[drug, top["code"]]
                    repeat = dosage["timing"]["repeat"]
                    most = Decimal(str(top["value"])) * (
                        1 if drug == "Intravenous immunoglobulin"
                        else repeat.get("frequencyMax", repeat["frequency"])
                    )  # fmt: skip
                    highest = max(
                        one.high for one in allowed if one.kind not in {"course", "maximum"}
                    )
                    assert most <= highest
                    ceiling = [one.high for one in allowed if one.kind == "maximum"]
                    if ceiling and dosage.get("sequence") != 2:
                        limit = dosage["maxDosePerPeriod"]["numerator"]["value"]
                        assert most <= Decimal(str(limit)) == ceiling[0]
    assert seen > 100


def test_an_infusion_over_days_is_never_one_administration() -> None:
    bundle = fhir(answer_for("severe-with-lung-disease"), shipped())
    found = [
        one for one in resources(bundle, "MedicationRequest")
        if one["medicationCodeableConcept"]["text"] == "Intravenous immunoglobulin"
    ]  # fmt: skip
    dosage = found[0]["dosageInstruction"][0]
    assert dosage["timing"]["repeat"] == {
        "frequency": 2, "frequencyMax": 5, "period": 4, "periodUnit": "wk",
    }  # fmt: skip
    doses = dosage["doseAndRate"][0]["doseRange"]
    assert (doses["low"]["value"], doses["high"]["value"]) == (28, 70)
    assert dosage["maxDosePerPeriod"]["numerator"]["value"] == 140
    assert dosage["maxDosePerPeriod"]["denominator"]["value"] == 4


def test_the_pulse_lasts_days_and_the_oral_dose_comes_after_it() -> None:
    bundle = fhir(answer_for("severe-with-lung-disease"), shipped())
    pulse, oral = resources(bundle, "MedicationRequest")[:2]
    repeat = pulse["dosageInstruction"][0]["timing"]["repeat"]
    assert repeat["boundsRange"]["low"]["value"] == 3
    assert repeat["boundsRange"]["high"]["value"] == 5
    codings = {one["system"]: one["code"] for one in
               oral["medicationCodeableConcept"]["coding"]}  # fmt: skip
    assert codings == {
        "http://www.whocc.no/atc": "H02AB06",
        "http://www.nlm.nih.gov/research/umls/rxnorm": "8638",
    }
    after = next(one for one in actions(bundle) if "relatedAction" in one)
    assert after["title"] == "Prednisolone"
    assert after["relatedAction"][0]["relationship"] == "after-end"


def test_units_are_plain_ucum() -> None:
    for _, bundle in bundles():
        for one in walk(bundle):
            if isinstance(one, dict) and "value" in one and "code" in one:
                assert one["system"] == "http://unitsofmeasure.org"
                assert one["code"] in PLAIN_UNITS


def test_an_excluded_option_shows_no_amount() -> None:
    """Not in a request, and not in the words that the Bundle adds to the answer's own."""
    for answer, bundle in bundles():
        plan = resources(bundle, "CarePlan")[0]
        notes = [one["text"] for one in plan["note"] if one["text"].startswith("Ruled out: ")]
        for note in notes:
            told = note
            for option in options(answer):
                for reason in option.reasons:
                    told = told.replace(escaped(reason.text), "")
            assert not AMOUNT.search(told)
        out = {one.id for one in options(answer) if one.verdict == "excluded"}
        kept = {one.id for one in options(answer) if one.verdict != "excluded"}
        named = {one["id"].partition(".")[2] for one in actions(bundle)}
        for name in out - kept:
            assert name.replace("+", "-") not in named


def test_no_dose_sentence_of_the_ledger_is_quoted() -> None:
    """A child's answer cites the dose sentences of the sources and shows no amount of theirs."""
    for answer, bundle in bundles():
        drugs = [drug for option in options(answer) for drug in option.drugs]
        if drugs and not any(drug.calculated for drug in drugs) and "children" in drugs[0].dose:
            for one in actions(bundle):
                assert not AMOUNT.search(json.dumps(one.get("documentation")))


def test_narrative_is_well_formed_and_has_no_script() -> None:
    answer = answer_for("from-a-record")
    unread = (Unread("Observation/<x>", "<script>alert(1)</script> & \x0b \x1b[31m"),)
    hostile = msgspec.structs.replace(answer, unread=unread)
    for bundle in (fhir(hostile, shipped()), *(bundle for _, bundle in bundles())):
        for entry in bundle["entry"]:
            root = ET.fromstring(entry["resource"]["text"]["div"])  # noqa: S314 - our own text
            assert root.tag == f"{XHTML}div"
            assert {one.tag.removeprefix(XHTML) for one in root.iter()} <= {
                "div", "p", "b", "ul", "li",
            }  # fmt: skip


@pytest.mark.parametrize("name", ["half-known", "contradiction", "everything-ruled-out"])
def test_without_an_open_option_there_is_only_a_plan_that_says_so(name: str) -> None:
    bundle = fhir(answer_for(name), shipped())
    (plan,) = [entry["resource"] for entry in bundle["entry"]]
    assert plan["resourceType"] == "CarePlan"
    assert "activity" not in plan
    assert plan["note"]


def test_notes_say_what_no_action_can() -> None:
    for answer, bundle in bundles():
        notes = " ".join(one["text"] for one in resources(bundle, "CarePlan")[0]["note"])
        plain = notes.replace("\\", "")
        assert plain.count("Ruled out: ") == sum(
            one.verdict == "excluded" for one in options(answer)
        )
        for missing in answer.missing:
            assert missing.fact in plain
        assert answer.guideline.version in plain
        assert shipped().edition.intended_use in plain


def test_a_caution_travels_with_the_request() -> None:
    bundle = fhir(answer_for("severe-third-line"), shipped())
    rituximab = resources(bundle, "MedicationRequest")[0]
    notes = [one["text"] for one in rituximab["note"]]
    assert notes[0].startswith("CAUTION: Rituximab did not work")
    assert any(one.startswith("Not known: ") for one in notes)
    assert any(one.startswith("Before the first dose (due): ") for one in notes)


def test_the_base_is_the_caller_s() -> None:
    answer = answer_for("severe-with-lung-disease")
    own = fhir(answer, shipped(), base="https://hospital.example/r4/")
    written = json.dumps(own)
    assert BASE not in written
    assert '"https://hospital.example/r4/PlanDefinition/iim-treatment|' in written


def test_physical_activity_is_a_request_too() -> None:
    answer = next(one for one in answers() if one.node == "ibm")
    bundle = fhir(answer, shipped())
    assert [one["resource"]["resourceType"] for one in bundle["entry"]] == [
        "CarePlan", "RequestGroup", "ServiceRequest",
    ]  # fmt: skip
