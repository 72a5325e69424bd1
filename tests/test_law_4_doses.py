"""Law 4: no dose outside its range, without its weight, daily where it is weekly, or invented."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myopathway.engine.outcome import Answer, Calculated, DrugDose, OptionAnswer
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from myopathway.recommendation import recommend_on
from tests import oracle, population

Facts = dict[str, Any]
GUIDELINE = shipped()
BY_SPECIALIST = (
    *("ciclosporin", "tacrolimus", "rituximab", "cyclophosphamide", "abatacept", "tocilizumab"),
)
UNITS = {
    ("methylprednisolone", "daily"): "mg/day",
    ("methylprednisolone", "course"): "mg",
    ("prednisolone", "initial"): "mg/day",
    ("prednisolone", "maximum"): "mg/day",
    ("prednisolone", "maintenance"): "mg/day",
    ("methotrexate", "weekly"): "mg/week",
    ("azathioprine", "initial"): "mg/day",
    ("azathioprine", "maximum"): "mg/day",
    ("mycophenolate", "initial"): "mg/day",
    ("mycophenolate", "maximum"): "mg/day",
    ("ivig", "per-cycle"): "g",
    ("ivig", "per-day"): "g/day",
}
NEEDS_WEIGHT = {
    ("prednisolone", "initial"),
    ("azathioprine", "maximum"),
    ("ivig", "per-cycle"),
    ("ivig", "per-day"),
}
ROUNDING = Decimal("0.05")


def answer(facts: Facts) -> Answer:
    return recommend_on(Patient.from_facts(facts), population.TODAY)


def dosed(whole: Answer) -> Iterator[tuple[OptionAnswer, DrugDose]]:
    for therapy in whole.therapies:
        for option in therapy.options:
            for drug in option.drugs:
                yield option, drug


def span(drug: str, kind: str, kg: Decimal | None, ivig_kg: Decimal | None) -> tuple[Decimal, ...]:
    """The stated range and its ceiling, worked out here from the words of the sources."""
    fixed: dict[tuple[str, str], tuple[int | Decimal, int]] = {
        ("methylprednisolone", "daily"): (1000, 1000),
        ("methylprednisolone", "course"): (3000, 5000),
        ("prednisolone", "maximum"): (80, 80),
        ("prednisolone", "maintenance"): (0, 5),
        ("methotrexate", "weekly"): (Decimal("7.5"), 25),
        ("mycophenolate", "initial"): (500, 1000),
        ("mycophenolate", "maximum"): (3000, 3000),
    }
    none = Decimal(10**6)
    if (drug, kind) in fixed:
        low, high = fixed[drug, kind]
        return Decimal(low), Decimal(high), none
    if (drug, kind) == ("azathioprine", "initial"):
        return Decimal(25), Decimal(50), none if kg is None else 2 * kg
    if drug == "ivig":
        weight = ivig_kg or kg
        assert weight is not None, "IVIG without a weight"
        return (
            (2 * weight, 2 * weight, none)
            if kind == "per-cycle"
            else (
                2 * weight / 5,
                2 * weight / 2,
                none,
            )
        )
    assert kg is not None, f"{drug} {kind} without a weight"
    if (drug, kind) == ("azathioprine", "maximum"):
        return 2 * kg, 2 * kg, 2 * kg
    assert (drug, kind) == ("prednisolone", "initial")
    return kg / 2, kg, Decimal(80)


def check(drug: str, one: Calculated, kg: Decimal | None, ivig_kg: Decimal | None) -> None:
    assert one.unit == UNITS[drug, one.kind]
    low, high, ceiling = span(drug, one.kind, kg, ivig_kg)
    for shown, exact in ((one.low, low), (one.high, high)):
        assert shown <= ceiling
        assert abs(shown - min(exact, ceiling)) < 2 * ROUNDING
        if exact < ceiling:
            assert abs(shown - exact) <= ROUNDING
    assert one.capped == (high > ceiling)
    assert one.low <= one.high
    assert max(-Decimal(str(end.as_tuple().exponent)) for end in (one.low, one.high)) <= 1


def decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def check_all(facts: Facts) -> int:
    """Hold every dose of an answer against the law; give how many there were."""
    whole = answer(facts)
    ages = oracle.ages(facts, population.TODAY)
    adult = bool(ages) and min(ages) >= 18
    kg, ivig_kg = decimal(facts.get("weight_kg")), decimal(facts.get("ivig_dose_weight_kg"))
    count = 0
    for option, drug in dosed(whole):
        if not adult or option.verdict == "excluded":
            assert drug.calculated == (), json.dumps(facts)
        pair = whole.node == "remission.2" and "+" in option.id
        if drug.drug in BY_SPECIALIST or pair:
            assert drug.calculated == (), json.dumps(facts)
            assert not re.search(r"\d", drug.dose.replace("under 18", "")), drug.dose
        if option.tier is None:
            assert drug.calculated == (), json.dumps(facts)
        for one in drug.calculated:
            check(drug.drug, one, kg, ivig_kg)
            count += 1
    return count


@pytest.mark.parametrize("seed", range(4))
def test_every_dose_of_random_patients(seed: int) -> None:
    rng = Random(seed)
    count = 0
    for _ in range(150):
        count += check_all(population.patient(rng)) + check_all(population.complete_patient(rng))
    assert count > 500


MYOSITIS: Facts = {"age_years": 50, "subtype": "polymyositis", "allergies": []}
PLACES: dict[str, Facts] = {
    "severe.1": {"course": "initial", "myocarditis": True, "treatments": []},
    "non-severe.1": {
        "course": "initial",
        "severe_muscle_weakness": False,
        **dict.fromkeys(population.LIFE_THREATENING, False),
        "treatments": [],
    },
    "remission.1": {"course": "remission", "treatments": []},
}
weights = st.decimals(2, 350, places=3)


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(place=st.sampled_from(sorted(PLACES)), kg=weights, ivig_kg=st.none() | weights)
def test_every_dose_at_any_weight(place: str, kg: Decimal, ivig_kg: Decimal | None) -> None:
    facts = {**MYOSITIS, **PLACES[place], "weight_kg": kg, "ivig_dose_weight_kg": ivig_kg}
    assert answer(facts).node == place
    assert check_all(facts) >= 6


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    place=st.sampled_from(sorted(PLACES)),
    age=st.none() | st.decimals(0, Decimal("17.99"), places=2),
    kg=weights,
)
def test_no_dose_below_18_nor_while_the_age_is_unknown(
    place: str, age: Decimal | None, kg: Decimal
) -> None:
    whole = answer({**MYOSITIS, **PLACES[place], "age_years": age, "weight_kg": kg})
    assert whole.node == place
    for _, drug in dosed(whole):
        assert drug.calculated == ()
        if drug.drug not in BY_SPECIALIST and place != "remission.1":
            assert ("children" in drug.dose) or ("age" in drug.dose), drug.dose


def test_why_there_is_no_dose_is_said_and_what_is_no_figure_stays() -> None:
    history = [{"drugs": ["methotrexate"], "purpose": "induction",
                "outcome": "inadequate-response"}]  # fmt: skip
    place = {**MYOSITIS, **PLACES["non-severe.1"], "treatments": history, "weight_kg": 70}
    words = "(by specialist guidance, the sources give no figure)"
    for age, why in ((17, GUIDELINE.adult.child), (None, GUIDELINE.adult.unknown)):
        whole = answer({**place, "age_years": age})
        assert whole.node == "non-severe.2"
        doses = {drug.drug: drug.dose for _, drug in dosed(whole)}
        assert doses["tacrolimus"] == f"{why} {words}"
        assert doses["mycophenolate"] == why
    adult = {drug.drug: drug.dose for _, drug in dosed(answer({**place, "age_years": 18}))}
    assert adult["tacrolimus"] == words.strip("()")


@pytest.mark.parametrize("place", PLACES)
def test_without_a_weight_nothing_is_worked_out_by_weight(place: str) -> None:
    kinds = {
        (drug.drug, one.kind)
        for _, drug in dosed(answer({**MYOSITIS, **PLACES[place]}))
        for one in drug.calculated
    }
    assert kinds
    assert not kinds & NEEDS_WEIGHT
    with_weight = {
        (drug.drug, one.kind)
        for _, drug in dosed(answer({**MYOSITIS, **PLACES[place], "weight_kg": 70}))
        for one in drug.calculated
    }
    assert kinds == with_weight - NEEDS_WEIGHT


@pytest.mark.parametrize("seed", range(2))
def test_methotrexate_is_weekly(seed: int) -> None:
    rng = Random(seed)
    seen = 0
    for _ in range(150):
        whole = answer({**population.complete_patient(rng), "age_years": 40, "birth_date": None})
        for option, drug in dosed(whole):
            if drug.drug != "methotrexate" or option.verdict == "excluded":
                continue
            seen += 1
            assert "WEEKLY" in drug.dose
            assert "same day" in drug.dose
            assert not re.search(r"/day|daily|a day|every day", drug.dose)
            assert {one.unit for one in drug.calculated} <= {"mg/week"}
    assert seen > 20


def test_the_content_holds_no_figure_where_the_sources_send_to_a_specialist() -> None:
    for node in GUIDELINE.nodes:
        for therapy in node.therapies:
            for option in therapy.options:
                for dose in option.doses:
                    pair = node.id == "remission.2" and len(option.drugs) > 1
                    if dose.drug in BY_SPECIALIST or pair or option.tier is None:
                        assert dose.kind == ""
                        assert dose.low == dose.high == 0
                        assert dose.ceiling is None
                        assert not re.search(r"\d", dose.sentence)
                    if dose.drug == "methotrexate" and dose.kind:
                        assert (dose.kind, dose.per) == ("weekly", "week")
