"""What is said of the drug of an order: ruled out, cautioned, not known, where it stands."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from myopathway.criteria import ALWAYS, All, Compare
from myopathway.engine.clause import STRICTNESS
from myopathway.errors import InputError
from myopathway.guideline.load import shipped
from myopathway.guideline.orderlimits import OrderLimits
from myopathway.orders import check_order, check_orders, read_orders
from myopathway.orders.case import case_of
from myopathway.orders.judgement import judge
from myopathway.orders.rows import rows_behind
from myopathway.patient import Patient
from tests.population import TODAY
from tests.population import patient as random_patient

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline
    from myopathway.orders import OrderAnswer

DAY = dt.date(2026, 12, 1)
# A man of 50 at the first line of non-severe disease of whom everything is known that could rule
# out a drug; nothing does.
KNOWN: dict[str, Any] = {
    "age_years": 50,
    "sex": "male",
    "weight_kg": 70,
    "subtype": "polymyositis",
    "course": "initial",
    "muscle_strength_mrc": 4,
    "respiratory_failure_from_ild": False,
    "myocarditis": False,
    "severe_dysphagia": False,
    "other_life_threatening_complication": False,
    "ild": False,
    "treatments": [],
    "other_drugs": [],
    "allergies": [],
    "infection": False,
    "malignancy": False,
    "egfr": 90,
    "significant_liver_disease": False,
    "alcohol_dependence": False,
    "uncontrolled_hypertension": False,
    "heart_failure_nyha_4": False,
    "urinary_outflow_obstruction": False,
    "bone_marrow_failure": False,
    "peptic_ulcer_active": False,
    "live_vaccine_planned": False,
    "tuberculosis": "none",
    "hbsag": "negative",
    "anti_hbc": "negative",
    "tpmt": "normal",
    "nudt15": "normal",
    "iga_deficiency_with_anti_iga": False,
    "immunoglobulin_anaphylaxis": False,
}
WOMAN: dict[str, Any] = {
    "sex": "female",
    "can_become_pregnant": True,
    "pregnant": False,
    "breastfeeding": False,
    "planning_conception": False,
}
ONGOING = {"purpose": "induction", "outcome": "ongoing"}
FAILED = {"purpose": "induction", "outcome": "inadequate-response"}
SEVERE: dict[str, Any] = {"severe_dysphagia": True, "muscle_strength_mrc": 3}
METHOTREXATE = {"drug": "methotrexate", "dose": 15, "unit": "mg", "frequency": "weekly"}


def person(**facts: Any) -> Patient:
    """The known patient with other facts; None takes one away."""
    return Patient.from_facts({**KNOWN, **facts})


def checked(order: dict[str, Any], **facts: Any) -> OrderAnswer:
    """The answer to one order for the known patient with other facts."""
    (read,) = read_orders(order, shipped())
    return check_order(person(**facts), read, DAY, shipped())


def together(*orders: dict[str, Any], **facts: Any) -> tuple[OrderAnswer, ...]:
    """The answers to orders that are made together."""
    return check_orders(person(**facts), read_orders(list(orders), shipped()), DAY, shipped())


def bases(answer: OrderAnswer, severity: str) -> list[str]:
    return [one.basis for one in answer.findings if one.severity == severity]


def given(*drugs: str) -> list[dict[str, Any]]:
    return [{"drugs": list(drugs), **ONGOING}]


def test_an_order_within_the_sources_is_clear() -> None:
    answer = checked(METHOTREXATE)
    assert (answer.status, answer.node) == ("clear", "non-severe.1")
    assert not answer.findings
    assert not answer.unchecked
    assert not answer.missing


# A rule of a drug: facts with which it rules the drug out, with which it does not, and with which
# nobody knows. Each alone.
RULED_OUT: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "MTX-01": ("methotrexate", {**WOMAN, "pregnant": True}, WOMAN, {**WOMAN, "pregnant": None}),
    "MTX-03": ("methotrexate", {"egfr": 29}, {"egfr": 30}, {"egfr": None}),
    "MTX-07": (
        "methotrexate",
        {"other_drugs": ["trimethoprim"]},
        {"other_drugs": ["paracetamol"]},
        {"other_drugs": None},
    ),
    "AZA-01": ("azathioprine", {"tpmt": "poor"}, {"tpmt": "normal"}, {"tpmt": None}),
    "AZA-06": (
        "azathioprine",
        {"other_drugs": ["allopurinol"]},
        {"other_drugs": ["paracetamol"]},
        {"other_drugs": None},
    ),
    "CSA-02": (
        "ciclosporin",
        {"uncontrolled_hypertension": True},
        {"uncontrolled_hypertension": False},
        {"uncontrolled_hypertension": None},
    ),
    "RTX-02": ("rituximab", {"hbsag": "positive"}, {"hbsag": "negative"}, {"hbsag": None}),
    "IVIG-02": (
        "ivig",
        {"immunoglobulin_anaphylaxis": True},
        {"immunoglobulin_anaphylaxis": False},
        {"immunoglobulin_anaphylaxis": None},
    ),
    "X-ALLERGY": (
        "azathioprine",
        {"allergies": ["azathioprine"]},
        {"allergies": ["penicillin"]},
        {"allergies": None},
    ),
    "V-EXCLUDED": (
        "azathioprine",
        {"treatments": [{"drugs": ["azathioprine"], "outcome": "intolerance"}]},
        {"treatments": []},
        {"treatments": None},
    ),
    "IVIG-15": (
        "ivig",
        {"subtype": "inclusion-body-myositis"},
        {"subtype": "polymyositis"},
        {"subtype": None},
    ),
    "topic.ibm-no-immunosuppression": (
        "tocilizumab",
        {"subtype": "inclusion-body-myositis"},
        {"subtype": "polymyositis"},
        {"subtype": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", RULED_OUT)
def test_a_drug_that_is_ruled_out_stops_the_order(row: str) -> None:
    drug, facts, _, _ = RULED_OUT[row]
    answer = checked({"drug": drug}, **facts)
    assert answer.status == "stop"
    assert row in bases(answer, "critical")
    assert not [one for one in answer.findings if one.asks], "nothing more is asked"


@pytest.mark.parametrize("row", RULED_OUT)
def test_what_does_not_hold_says_nothing(row: str) -> None:
    drug, _, facts, _ = RULED_OUT[row]
    answer = checked({"drug": drug}, **facts)
    assert answer.status != "stop"
    assert all(one.basis != row and row not in one.text for one in answer.findings)


@pytest.mark.parametrize("row", RULED_OUT)
def test_what_is_not_known_is_asked(row: str) -> None:
    drug, held, _, facts = RULED_OUT[row]
    answer = checked({"drug": drug}, **facts)
    assert answer.status == "caution"
    asking = [one for one in answer.findings if row in one.text and one.severity == "warning"]
    assert len(asking) == 1
    assert asking[0].text.startswith("Not known: ")
    changed = [name for name in held if facts.get(name, "same") is None]
    assert set(asking[0].asks) == set(changed)
    assert set(changed) <= {one.fact for one in answer.missing}


def test_no_question_of_pregnancy_for_a_man() -> None:
    answer = checked(METHOTREXATE, pregnant=None, breastfeeding=None)
    assert answer.status == "clear"


IMMUNOSUPPRESSANTS = (
    "prednisolone", "methylprednisolone", "methotrexate", "azathioprine", "mycophenolate",
    "ciclosporin", "tacrolimus", "rituximab", "cyclophosphamide", "abatacept", "tocilizumab",
)  # fmt: skip


@pytest.mark.parametrize("drug", IMMUNOSUPPRESSANTS)
def test_no_immunosuppressant_in_inclusion_body_myositis(drug: str) -> None:
    answer = checked({"drug": drug}, subtype="inclusion-body-myositis")
    assert answer.status == "stop"
    assert "topic.ibm-no-immunosuppression" in bases(answer, "critical")
    assert bases(answer, "warning").count("topic.ibm-no-immunosuppression") == 1, "no option there"


@pytest.mark.parametrize(
    ("first", "second", "basis"),
    [
        ("ciclosporin", "tacrolimus", "XR-02"),
        ("rituximab", "abatacept", "XR-01"),
        ("rituximab", "tocilizumab", "XR-01"),
        ("abatacept", "tocilizumab", "XR-01"),
    ],
)
def test_two_drugs_that_never_go_together(first: str, second: str, basis: str) -> None:
    for one, other in ((first, second), (second, first)):
        beside = checked({"drug": one}, treatments=given(other))
        assert beside.status == "stop"
        assert basis in bases(beside, "critical")
        ended = checked({"drug": one}, treatments=[{"drugs": [other], "outcome": "completed"}])
        assert basis not in bases(ended, "critical")
    for answer in together({"drug": first}, {"drug": second}):
        assert answer.status == "stop"
        assert basis in bases(answer, "critical")
        assert len(set(bases(answer, "critical"))) == len(bases(answer, "critical"))


@pytest.mark.parametrize("others", [[], None])
def test_while_the_history_is_unknown_so_is_what_is_taken(others: list[str] | None) -> None:
    answer = checked({"drug": "tacrolimus"}, treatments=None, other_drugs=others)
    (asking,) = [one for one in answer.findings if "XR-02" in one.text]
    assert asking.severity == "warning"
    assert "treatments" in asking.asks
    told = checked({"drug": "tacrolimus"}, treatments=None, other_drugs=["ciclosporin"])
    assert "XR-02" in bases(told, "critical")


def test_a_drug_of_the_algorithm_that_is_taken_would_stand_in_the_history() -> None:
    answer = checked({"drug": "tacrolimus"}, treatments=[], other_drugs=None)
    asking = " ".join(one.text for one in answer.findings if one.asks)
    assert "XR-02" not in asking, "ciclosporin would be in the history"
    assert "TAC-03" not in asking, "a caution is not asked for"
    other = checked({"drug": "azathioprine"}, treatments=[], other_drugs=None)
    assert "AZA-06" in " ".join(one.text for one in other.findings if one.asks), "allopurinol not"


def test_a_pair_is_told_by_the_drug_that_is_ordered() -> None:
    answer = checked({"drug": "ciclosporin"}, treatments=given("tacrolimus"))
    assert bases(answer, "critical") == ["CSA-05", "XR-02"]
    other = checked({"drug": "tacrolimus"}, treatments=given("ciclosporin"))
    assert bases(other, "critical") == ["TAC-02", "XR-02"]


def test_a_rule_of_one_place_speaks_while_the_place_is_possible() -> None:
    rules = tuple(
        msgspec.structs.replace(one, when=ALWAYS) if one.row == "CYC-06" else one
        for one in shipped().safety.rules
    )
    safety = msgspec.structs.replace(shipped().safety, rules=rules)
    content = msgspec.structs.replace(shipped(), safety=safety)
    (order,) = read_orders({"drug": "cyclophosphamide"}, content)
    for facts, speaks in (({}, True), ({"muscle_strength_mrc": None}, True), (SEVERE, False)):
        answer = check_order(person(**facts), order, DAY, content)
        assert ("CYC-06" in bases(answer, "warning")) is speaks, facts


def test_an_order_of_another_drug_is_checked_beside_what_is_given() -> None:
    order = {"drug": "Trimethoprim", "dose": 200, "unit": "mg", "frequency": "daily"}
    answer = checked(order, treatments=given("methotrexate"))
    assert answer.status == "stop"
    assert bases(answer, "critical") == ["MTX-07"]
    assert checked(order, treatments=given("prednisolone")).status == "not-checked"
    unknown = checked(order, treatments=None)
    assert unknown.status == "caution"
    assert [one.asks for one in unknown.unchecked] == [("treatments",)]
    assert checked({"drug": "paracetamol"}, treatments=None).status == "not-checked"


def test_two_orders_are_seen_together_whichever_is_of_the_algorithm() -> None:
    azathioprine, other = together({"drug": "azathioprine"}, {"drug": "allopurinol"})
    assert "AZA-06" in bases(azathioprine, "critical")
    assert bases(other, "critical") == ["AZA-06"]


def test_what_was_so_before_the_order_is_not_said_of_it() -> None:
    order = {"drug": "febuxostat"}
    answer = checked(order, treatments=given("azathioprine"), other_drugs=["allopurinol"])
    assert bases(answer, "critical") == ["AZA-07"]


def test_a_rule_that_held_before_speaks_of_the_new_drug_too() -> None:
    history = {"treatments": given("methotrexate"), "other_drugs": ["co-trimoxazole"]}
    assert bases(checked({"drug": "trimethoprim"}, **history), "critical") == ["MTX-07"]


def test_a_rule_of_another_drug_must_hold_in_all_its_parts() -> None:
    reduced = Compare("egfr", "<", Decimal(60))
    rules = tuple(
        msgspec.structs.replace(one, when=All((one.when, reduced))) if one.row == "MTX-07" else one
        for one in shipped().safety.rules
    )
    safety = msgspec.structs.replace(shipped().safety, rules=rules)
    content = msgspec.structs.replace(shipped(), safety=safety)
    (order,) = read_orders({"drug": "trimethoprim"}, content)
    for egfr, stops in ((90, False), (50, True)):
        patient = person(treatments=given("methotrexate"), egfr=egfr)
        answer = check_order(patient, order, DAY, content)
        assert (answer.status == "stop") is stops


def with_rule(row: str, drug: str, **changes: Any) -> Guideline:
    """The content with one rule of a drug changed."""
    rules = tuple(
        msgspec.structs.replace(one, **changes) if (one.row, one.drug) == (row, drug) else one
        for one in shipped().safety.rules
    )
    safety = msgspec.structs.replace(shipped().safety, rules=rules)
    return msgspec.structs.replace(shipped(), safety=safety)


def test_a_graver_rule_of_the_other_drug_is_said_too() -> None:
    (order,) = read_orders({"drug": "azathioprine"}, shipped())
    patient = person(treatments=given("mycophenolate"))
    as_it_is = check_order(patient, order, DAY, shipped())
    assert "AZA-08" in bases(as_it_is, "warning")
    assert "MMF-07" not in bases(as_it_is, "warning"), (
        "one of a pair as grave as the other is enough"
    )
    graver = with_rule("MMF-07", "mycophenolate", effect="block")
    answer = check_order(patient, order, DAY, graver)
    assert "AZA-08" in bases(answer, "warning")
    assert bases(answer, "critical") == ["MMF-07"]


def test_what_is_not_known_of_one_drug_s_rule_does_not_silence_the_other_s() -> None:
    taken = next(
        one.when
        for one in shipped().safety.rules
        if (one.row, one.drug) == ("CYC-13", "azathioprine")
    )
    reduced = All((taken, Compare("egfr", "<", Decimal(60))))
    content = with_rule("CYC-13", "azathioprine", when=reduced)
    (order,) = read_orders({"drug": "azathioprine"}, content)
    for egfr in (None, 90, 50):
        patient = person(treatments=given("cyclophosphamide"), egfr=egfr)
        answer = check_order(patient, order, DAY, content)
        assert bases(answer, "warning").count("CYC-13") == 1, egfr


def test_how_a_single_regimen_ended_is_no_question_of_the_order() -> None:
    answer = checked({"drug": "azathioprine"}, treatments=[{"drugs": ["azathioprine"]}])
    assert "V-CAUTION" in bases(answer, "warning")
    assert not [one for one in answer.findings if one.asks]


def test_a_drug_given_already_speaks_of_the_one_ordered() -> None:
    answer = checked({"drug": "ciclosporin"}, treatments=given("ivig"))
    assert "IVIG-06" in bases(answer, "warning")
    assert "IVIG-06" not in bases(checked({"drug": "ciclosporin"}), "warning")


def test_what_is_not_checked_says_so() -> None:
    for name in ("folic-acid", "folic acid", "paracetamol"):
        answer = checked({"drug": name})
        assert answer.status == "not-checked"
        assert [one.severity for one in answer.findings] == ["info"]


@pytest.mark.parametrize(
    ("drug", "facts", "node", "basis"),
    [
        ("rituximab", {}, "non-severe.1", "non-severe.3.position"),
        ("cyclophosphamide", SEVERE, "severe.1", "severe.3.position"),
        ("tacrolimus", SEVERE, "severe.1", "severe.2.position"),
        ("tocilizumab", SEVERE, "severe.1", "severe.definition"),
    ],
)
def test_a_drug_of_another_place_is_a_warning_and_never_stops(
    drug: str, facts: dict[str, Any], node: str, basis: str
) -> None:
    answer = checked({"drug": drug}, **facts)
    assert (answer.status, answer.node) == ("caution", node)
    assert basis in bases(answer, "warning")


def test_a_line_that_is_behind_is_no_later_line() -> None:
    failed = [{"drugs": ["methotrexate"], **FAILED}]
    answer = checked({"drug": "azathioprine"}, treatments=failed)
    (place,) = [one for one in answer.findings if "where this patient stands" in one.text]
    assert (answer.node, place.basis) == ("non-severe.2", "non-severe.2.position")


def test_a_drug_of_lines_before_and_after_is_no_later_line() -> None:
    failed = [{"drugs": ["azathioprine"], "purpose": "maintenance",
               "outcome": "inadequate-response"}]  # fmt: skip
    for drug, basis in (("tacrolimus", "remission.2"), ("rituximab", "remission.3")):
        answer = checked({"drug": drug}, course="remission", treatments=failed)
        (place,) = [one for one in answer.findings if "this patient stands" in one.text]
        assert answer.node == "remission.2"
        assert place.basis.startswith(basis), drug


def test_an_unsettled_place_is_left_open() -> None:
    answer = checked({"drug": "rituximab"}, muscle_strength_mrc=None, treatments=None)
    open_places = [one for one in answer.unchecked if one.basis == "U-POSSIBLE"]
    assert len(open_places) == 1
    assert "treatments" in open_places[0].asks
    everywhere = checked({"drug": "ivig"}, muscle_strength_mrc=None)
    assert not [one for one in everywhere.unchecked if one.basis == "U-POSSIBLE"]
    nowhere = checked({"drug": "tocilizumab"}, muscle_strength_mrc=None)
    assert [one.text for one in nowhere.findings if "no option" in one.text]


def test_a_contradiction_and_a_patient_outside_are_warned_of() -> None:
    conflict = checked(METHOTREXATE, pregnant=True)
    assert "F-CONFLICT" in bases(conflict, "warning")
    outside = checked(METHOTREXATE, subtype="not-iim")
    assert bases(outside, "warning") == ["S-SUBTYPE"]


def test_lack_of_effect_excludes_an_option_and_cautions_elsewhere() -> None:
    maintenance = {"purpose": "maintenance", "outcome": "inadequate-response"}
    remission = {"course": "remission", "treatments": [{"drugs": ["methotrexate"], **maintenance}]}
    pair = checked(METHOTREXATE, **remission)
    assert pair.node == "remission.2", "one of a pair that failed alone does not close the pair"
    assert "V-EXCLUDED" not in bases(pair, "critical")
    option = checked({"drug": "mycophenolate"}, treatments=[{"drugs": ["mycophenolate"], **FAILED}])
    assert option.node == "non-severe.2"
    assert "V-EXCLUDED" in bases(option, "critical")
    elsewhere = checked(METHOTREXATE, treatments=[{"drugs": ["methotrexate"], **FAILED}])
    assert elsewhere.status == "caution"
    assert "V-EXCLUDED" in bases(elsewhere, "warning")


def test_of_several_options_with_a_drug_the_best_counts() -> None:
    first = {"drugs": ["azathioprine"], "purpose": "maintenance", "outcome": "inadequate-response"}
    failed = {"drugs": ["ciclosporin", "methotrexate"], **FAILED}
    for outcome, told in ((None, False), ("inadequate-response", True)):
        other = {"drugs": ["methotrexate", "mycophenolate"], "purpose": "induction"}
        history = [first, failed, other if outcome is None else {**other, "outcome": outcome}]
        answer = checked(METHOTREXATE, course="remission", treatments=history)
        assert answer.node == "remission.2"
        elsewhere = [one for one in answer.findings if "for another purpose" in one.text]
        assert bool(elsewhere) is told, "how one of the pairs ended is not known"


def test_a_regimen_is_told_in_its_own_words() -> None:
    history = [{"drugs": ["azathioprine"], "outcome": "intolerance", "stopped": "2026-05-01"}]
    answer = checked({"drug": "azathioprine"}, treatments=history)
    (finding,) = [one for one in answer.findings if one.basis == "V-EXCLUDED"]
    assert finding.text.startswith("Azathioprine was not tolerated (azathioprine: ")
    assert "stopped 2026-05-01" in finding.text


def test_what_is_being_given_is_said() -> None:
    answer = checked(METHOTREXATE, treatments=given("methotrexate"))
    assert (answer.status, bases(answer, "info")) == ("clear", ["N-GIVEN"])


def test_a_planned_live_vaccine_is_a_warning() -> None:
    answer = checked(METHOTREXATE, live_vaccine_planned=True)
    assert (answer.status, bases(answer, "warning")) == ("caution", ["MTX-09"])


def test_a_rule_of_a_group_speaks_where_the_group_is_possible() -> None:
    for facts, speaks in (({}, True), (SEVERE, False)):
        answer = checked({"drug": "cyclophosphamide"}, **facts)
        assert ("CYC-06" in bases(answer, "warning")) is speaks, facts


def test_the_answer_names_its_rows_and_its_content() -> None:
    answer = checked({"drug": "mycophenolate", "dose": 1.5, "unit": "g", "times": 2,
                      "every": "day"}, egfr=20, **SEVERE)  # fmt: skip
    rows = {one.row: one for one in answer.safety}
    assert rows["MMF-11"].confidence == "K"
    assert rows["MMF-11"].verified is False
    assert "(Not yet verified.)" in "".join(one.text for one in answer.findings)
    assert answer.guideline.content_hash == shipped().content_hash
    assert answer.as_of == "2026-12-01"
    assert checked(METHOTREXATE, as_of="2026-11-02").as_of == "2026-11-02"


def test_content_without_limits_checks_nothing_in_silence() -> None:
    bare = msgspec.structs.replace(shipped(), order_limits=OrderLimits())
    (order,) = read_orders(METHOTREXATE, bare)
    with pytest.raises(InputError, match=r"content/orders\.yaml"):
        check_order(person(), order, DAY, bare)


@pytest.mark.parametrize("seed", range(150))
def test_a_drug_judged_by_itself_is_judged_as_the_option_is(seed: int) -> None:
    """Double entry: the order check and the recommendation must not disagree."""
    facts = random_patient(Random(seed))
    case = case_of(Patient.from_facts(facts), TODAY, shipped())
    for therapy in case.answer.therapies:
        for option in therapy.options:
            if len(option.drugs) > 1:
                continue
            judged = judge(case, option.id, frozenset())
            holding = [one.rule.verdict for one in judged if one.truth.value == "true"]
            strictest = max(holding, key=STRICTNESS.__getitem__, default="offered") or "offered"
            assert strictest == option.verdict, (option.id, facts)
            asked = [one for one in option.reasons if one.text.startswith("Not known:")]
            if option.verdict != "excluded":
                open_rows = {one.rule.cites[0] for one in judged if one.truth.value == "unknown"}
                assert {one.basis for one in asked} <= open_rows


def test_a_row_of_several_entries_is_as_sure_as_the_least_sure() -> None:
    rows = {one.row: one for one in rows_behind(shipped(), ["GC-06", "AZA-13", "XR-01", "D-NONE"])}
    assert {name: (one.confidence, one.verified) for name, one in rows.items()} == {
        "AZA-13": ("K", False),
        "GC-06": ("V-", True),
        "XR-01": ("V", True),
    }


def test_what_the_order_alone_asks_is_asked_in_the_words_of_the_dictionary() -> None:
    answer = checked({"drug": "rituximab"}, hbsag=None)
    (asked,) = [one for one in answer.missing if one.fact == "hbsag"]
    assert asked.question == shipped().vocabulary.facts["hbsag"].question
    assert asked.decides == ("rituximab",)
