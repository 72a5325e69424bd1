"""Every limit of dose and rhythm: an order that breaks it, one that keeps it, one that is open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myopathway.guideline.load import shipped
from myopathway.orders import Order, Part, Rhythm, check_order
from myopathway.orders.limits import held
from myopathway.orders.order import WEEK
from tests.test_order_rules import DAY, SEVERE, bases, checked, person, together

REMISSION = {"course": "remission"}
DAILY = {"frequency": "daily"}
WEEKLY = {"frequency": "weekly"}


def order(drug: str, dose: float | None, unit: str | None, **more: Any) -> dict[str, Any]:
    return {"drug": drug, "dose": dose, "unit": unit, **more}


# The sentence of a limit: its basis and severity, orders that break it, orders that keep it, and
# orders with which it stays open (with what is lacking, and the fact that is asked).
TABLE: dict[str, tuple[str, str, list[Any], list[Any], list[Any]]] = {
    "methotrexate only once weekly": (
        "MTX-13",
        "critical",
        [
            order("methotrexate", 10, "mg", **DAILY),
            order("methotrexate", 10, "mg", frequency="once"),
            order("methotrexate", 10, "mg", frequency="weekly", times=2),
            order("methotrexate", 10, "mg", every="2 weeks"),
            order("methotrexate", 10, "mg", every="6 days"),
            order("methotrexate", 10, "mg", every="12 hours"),
            order("methotrexate", None, None, **DAILY),
            order("methotrexate", 10, "mg", **WEEKLY, cycle="4 weeks"),
        ],
        [
            order("methotrexate", 10, "mg", **WEEKLY),
            order("methotrexate", 10, "mg", every="7 days"),
            order("methotrexate", 10, "mg", every={"number": 168, "unit": "hour"}),
        ],
        [(order("methotrexate", 10, "mg"), "how often", None)],
    ),
    "methotrexate at most 25 mg/week": (
        "MTX-14",
        "critical",
        [
            order("methotrexate", 25.1, "mg", **WEEKLY),
            order("methotrexate", 3.6, "mg", **DAILY),
            order("methotrexate", 30, "mg", every="2 weeks"),
            order("methotrexate", 0.36, "mg/kg", **WEEKLY),
            order("methotrexate", 25.1, "mg"),
        ],
        [
            order("methotrexate", 25, "mg", **WEEKLY),
            order("methotrexate", 25000, "ug", **WEEKLY),
            order("methotrexate", 0.35, "mg/kg", **WEEKLY),
        ],
        [
            (order("methotrexate", None, None, **WEEKLY), "no amount", None),
            (order("methotrexate", 20, "mg"), "how often", None),
            (order("methotrexate", 0.2, "mg/kg", **WEEKLY), "the weight", "weight_kg"),
        ],
    ),
    "methotrexate at least 7.5 mg/week": (
        "severe.1.plus.methotrexate-dose",
        "info",
        [order("methotrexate", 7.4, "mg", **WEEKLY)],
        [order("methotrexate", 7.5, "mg", **WEEKLY), order("methotrexate", 1, "mg")],
        [],
    ),
    "prednisolone at most 80 mg/day": (
        "severe.1.core.prednisolone-dose",
        "critical",
        [
            order("prednisolone", 80.5, "mg", **DAILY),
            order("prednisone", 41, "mg", times=2, every="day"),
            order("prednisolone", 0.1, "g", every="2 days"),
            order("prednisolone", 21, "mg", every="6 hours"),
            order("prednisolone", 1.2, "mg/kg", **DAILY),
        ],
        [
            order("prednisolone", 80, "mg", **DAILY),
            order("prednisolone", 80, "mg", times=7, every="week"),
            order("prednisolone", 50, "mg", frequency="once"),
            order("prednisolone", 1.1, "mg/kg", **DAILY),
        ],
        [
            (order("prednisolone", 60, "mg"), "how often", None),
            (order("prednisolone", 1, "mg/kg", **DAILY), "the weight", "weight_kg"),
        ],
    ),
    "prednisolone at most 1 mg/kg/day": (
        "severe.1.core.prednisolone-dose",
        "warning",
        [
            order("prednisolone", 70.5, "mg", **DAILY),
            order("prednisolone", 1.01, "mg/kg", **DAILY),
        ],
        [
            order("prednisolone", 70, "mg", **DAILY),
            order("prednisolone", 1, "mg/kg", **DAILY),
        ],
        [(order("prednisolone", 5, "mg", **DAILY), "the weight", "weight_kg")],
    ),
    "methylprednisolone exactly 1 g/day": (
        "severe.1.core.methylprednisolone-dose",
        "warning",
        [
            order("methylprednisolone", 500, "mg", **DAILY, days=3),
            order("methylprednisolone", 1, "g", times=2, every="day", days=3),
            order("methylprednisolone", 2, "g", frequency="once"),
        ],
        [
            order("methylprednisolone", 1000, "mg", **DAILY, days=3),
            order("methylprednisolone", 500, "mg", times=2, every="day", days=3),
            order("methylprednisolone", 1, "g", frequency="once"),
        ],
        [(order("methylprednisolone", 1, "g"), "how often", None)],
    ),
    "methylprednisolone over 3-5 days": (
        "severe.1.core.methylprednisolone-dose",
        "warning",
        [
            order("methylprednisolone", 1, "g", **DAILY, days=2),
            order("methylprednisolone", 1, "g", **DAILY, days=6),
            order("methylprednisolone", 1, "g", frequency="once"),
            order("methylprednisolone", 1, "g", **WEEKLY),
        ],
        [
            order("methylprednisolone", 1, "g", **DAILY, days=3),
            order("methylprednisolone", 1, "g", **DAILY, days=5),
        ],
        [
            (order("methylprednisolone", 1, "g", **DAILY), "how many days", None),
            (order("methylprednisolone", 1, "g"), "how often", None),
        ],
    ),
    "azathioprine at most 2 mg/kg/day": (
        "AZA-15",
        "critical",
        [
            order("azathioprine", 140.1, "mg", **DAILY),
            order("azathioprine", 75, "mg", times=2, every="day"),
            order("azathioprine", 2.01, "mg/kg", **DAILY),
        ],
        [
            order("azathioprine", 140, "mg", **DAILY),
            order("azathioprine", 70, "mg", times=2, every="day"),
            order("azathioprine", 2, "mg/kg", **DAILY),
        ],
        [(order("azathioprine", 100, "mg", **DAILY), "the weight", "weight_kg")],
    ),
    "azathioprine at least 25 mg/day": (
        "severe.1.plus.azathioprine-dose",
        "info",
        [order("azathioprine", 20, "mg", **DAILY)],
        [order("azathioprine", 25, "mg", **DAILY), order("azathioprine", 0.4, "mg/kg", **DAILY)],
        [],
    ),
    "mycophenolate at most 3 g/day": (
        "MMF-12",
        "critical",
        [
            order("mycophenolate", 1.6, "g", times=2, every="day"),
            order("mycophenolate", 1100, "mg", every="8 hours"),
        ],
        [order("mycophenolate", 1.5, "g", times=2, every="day")],
        [(order("mycophenolate", 1, "g"), "how often", None)],
    ),
    "mycophenolate in 2 doses a day above 500 mg/day": (
        "MMF-12",
        "critical",
        [
            order("mycophenolate", 1, "g", **DAILY),
            order("mycophenolate", 500, "mg", times=3, every="day"),
            order("mycophenolate", 15, "mg/kg", **DAILY),
        ],
        [
            order("mycophenolate", 500, "mg", times=2, every="day"),
            order("mycophenolate", 500, "mg", every="12 hours"),
            order("mycophenolate", 500, "mg", **DAILY),
            order("mycophenolate", 250, "mg", **DAILY),
        ],
        [
            (order("mycophenolate", 500, "mg"), "how often", None),
            (order("mycophenolate", None, None, **DAILY), "no amount", None),
            (order("mycophenolate", 5, "mg/kg", **DAILY), "the weight", "weight_kg"),
        ],
    ),
    "mycophenolate at least 500 mg/day": (
        "severe.1.plus.mycophenolate-dose",
        "info",
        [order("mycophenolate", 100, "mg", times=2, every="day")],
        [order("mycophenolate", 250, "mg", times=2, every="day")],
        [],
    ),
    "ivig at most 2 g/kg in 4 weeks": (
        "drug.ivig.dose",
        "critical",
        [
            order("ivig", 0.5, "g/kg", **DAILY, days=5),
            order("ivig", 30, "g", **DAILY, days=5),
            order("ivig", 150, "g", every="4 weeks"),
            order("ivig", 0.6, "g/kg", **WEEKLY),
            order("ivig", 0.4, "g/kg", **DAILY, days=5, cycle="3 weeks"),
            order("ivig", 2.1, "g/kg", frequency="once"),
            order("ivig", 2.1, "g/kg", **DAILY),
        ],
        [
            order("ivig", 0.4, "g/kg", **DAILY, days=5),
            order("ivig", 28, "g", **DAILY, days=5, cycle="4 weeks"),
            order("ivig", 1, "g/kg", **DAILY, days=2),
            order("ivig", 0.2, "g/kg", **DAILY, days=5, cycle="2 weeks"),
            order("ivig", 70, "g", times=2, every="4 weeks"),
            order("ivig", 140, "g", every="6 weeks"),
        ],
        [
            (order("ivig", 0.4, "g/kg", **DAILY), "how many days", None),
            (order("ivig", 0.4, "g/kg"), "how often", None),
            (order("ivig", 28, "g", **DAILY, days=5), "the weight", "weight_kg"),
        ],
    ),
    "ivig at least 2 g/kg in 4 weeks": (
        "drug.ivig.dose",
        "info",
        [order("ivig", 0.2, "g/kg", **DAILY, days=5)],
        [order("ivig", 0.4, "g/kg", **DAILY, days=5), order("ivig", 0.2, "g/kg", **DAILY)],
        [],
    ),
    "ivig over 2-5 days": (
        "drug.ivig.dose",
        "warning",
        [
            order("ivig", 2, "g/kg", frequency="once"),
            order("ivig", 0.33, "g/kg", **DAILY, days=6),
            order("ivig", 140, "g", every="4 weeks"),
            order("ivig", 20, "g", times=7, every="4 weeks"),
        ],
        [
            order("ivig", 1, "g/kg", **DAILY, days=2),
            order("ivig", 0.4, "g/kg", **DAILY, days=5),
            order("ivig", 28, "g", times=5, every="4 weeks"),
            order("ivig", 14, "g", times=10, every="4 days"),
        ],
        [(order("ivig", 0.4, "g/kg", **DAILY), "how many days", None)],
    ),
    "ivig at least 4 weeks apart": (
        "drug.ivig.dose",
        "warning",
        [
            order("ivig", 0.2, "g/kg", **DAILY, days=2, cycle="2 weeks"),
            order("ivig", 28, "g", times=2, every="27 days"),
        ],
        [
            order("ivig", 0.4, "g/kg", **DAILY, days=5, cycle="4 weeks"),
            order("ivig", 28, "g", times=2, every="month"),
            order("ivig", 0.4, "g/kg", **DAILY, days=5),
        ],
        [],
    ),
}


def test_the_table_holds_every_limit_of_the_content() -> None:
    conditional = [one for one in shipped().order_limits.limits if one.cites == ("MMF-11",)]
    rest = [one for one in shipped().order_limits.limits if one not in conditional]
    assert len(conditional) == 1
    assert {one.sentence: (one.cites[0], one.severity) for one in rest} == {
        sentence: row[:2] for sentence, row in TABLE.items()
    }


def says(sentence: str) -> str:
    return next(one.says for one in shipped().order_limits.limits if one.sentence == sentence)


@pytest.mark.parametrize(
    ("sentence", "ordered"),
    [(sentence, one) for sentence, row in TABLE.items() for one in row[2]],
)
def test_an_order_beyond_a_limit_is_told(sentence: str, ordered: dict[str, Any]) -> None:
    answer = checked(ordered)
    basis, severity = TABLE[sentence][:2]
    (found,) = [one for one in answer.findings if one.text == says(sentence)]
    assert (found.basis, found.severity) == (basis, severity)
    assert found.working
    if severity == "critical":
        assert answer.status == "stop"
    elif severity == "warning":
        assert answer.status in {"caution", "stop"}


@pytest.mark.parametrize(
    ("sentence", "ordered"),
    [(sentence, one) for sentence, row in TABLE.items() for one in row[3]],
)
def test_an_order_within_a_limit_is_not_told_of_it(sentence: str, ordered: dict[str, Any]) -> None:
    answer = checked(ordered)
    assert not [one for one in answer.findings if one.text == says(sentence)]
    assert not [one for one in answer.unchecked if sentence.partition(" ")[2] in one.text]


@pytest.mark.parametrize(
    ("sentence", "ordered", "lacks", "fact"),
    [(sentence, *one) for sentence, row in TABLE.items() for one in row[4]],
)
def test_what_cannot_be_checked_is_listed(
    sentence: str, ordered: dict[str, Any], lacks: str, fact: str | None
) -> None:
    answer = checked(ordered, weight_kg=None)
    (found,) = [one for one in answer.unchecked if sentence.partition(" ")[2] in one.text]
    assert lacks in found.text
    assert found.asks == ((fact,) if fact else ())
    assert not [one for one in answer.findings if one.text == says(sentence)]
    assert answer.status != "clear"


def test_a_limit_for_some_patients_needs_to_know_them() -> None:
    big = order("mycophenolate", 1.25, "g", times=2, every="day")
    for egfr, status in ((24.9, "caution"), (25, "clear"), (None, "caution")):
        answer = checked(big, egfr=egfr, **SEVERE)
        assert answer.status == status, egfr
        assert ("MMF-11" in bases(answer, "warning")) is (egfr == 24.9)
        assert [one.asks for one in answer.unchecked] == ([("egfr",)] if egfr is None else [])
    small = checked(order("mycophenolate", 1, "g", times=2, every="day"), egfr=None, **SEVERE)
    assert small.status == "clear", "within it nothing is asked"


def test_the_adjusted_weight_counts_for_immunoglobulin_alone() -> None:
    ordered = order("ivig", 30, "g", every="day", days=5)
    assert "drug.ivig.dose" in bases(checked(ordered), "critical")
    adjusted = checked(ordered, ivig_dose_weight_kg=75, weight_kg=None)
    assert "drug.ivig.dose" not in bases(adjusted, "critical")
    other = checked(order("azathioprine", 150, "mg", **DAILY), ivig_dose_weight_kg=75)
    assert "AZA-15" in bases(other, "critical")


def test_the_working_shows_amounts_weight_and_limit() -> None:
    answer = checked(order("azathioprine", 75, "mg", times=2, every="day"))
    (found,) = [one for one in answer.findings if one.basis == "AZA-15"]
    assert found.working == "ordered: 2 × 75 mg = 150 mg a day; limit: 2 mg/kg × 70 kg = 140 mg"
    for rhythm, told in (
        (DAILY, "7 doses a week are ordered"),
        ({"every": "2 weeks"}, "it is not ordered once a week"),
        ({"frequency": "once"}, "it is not ordered once a week"),
    ):
        answer = checked(order("methotrexate", 1, "mg", **rhythm))
        assert [one.working for one in answer.findings if one.basis == "MTX-13"] == [told]
    answer = checked(order("ivig", 0.5, "g/kg", every="day", days=5))
    (found,) = [one for one in answer.findings if one.severity == "critical"]
    assert found.working == "ordered: 5 × 0.5 g/kg = 2.5 g/kg in 4 weeks; limit: 2 g/kg"
    answer = checked(order("prednisolone", 1.2, "mg/kg", **DAILY))
    (found,) = [one for one in answer.findings if one.severity == "critical"]
    assert found.working == "ordered: 1 × 1.2 mg/kg × 70 kg = 84 mg a day; limit: 80 mg"


@pytest.mark.parametrize(("days", "told"), [(1, "1 day"), (2, "2 days")])
def test_the_working_counts_days(days: int, told: str) -> None:
    answer = checked(order("methylprednisolone", 1, "g", **DAILY, days=days))
    workings = [one.working for one in answer.findings]
    assert f"ordered: {told}; wanted: 3 to 5 days" in workings


def test_orders_of_one_drug_are_added_up() -> None:
    parts = [order("prednisolone", 40, "mg", **DAILY), order("prednisolone", 45, "mg", **DAILY)]
    for answer in together(*parts):
        assert answer.status == "stop"
        (found,) = [one for one in answer.findings if one.severity == "critical"]
        assert "1 × 40 mg" in found.working
        assert "= 85 mg a day" in found.working
    for answer in together(*[order("methotrexate", 10, "mg", **WEEKLY)] * 2):
        assert bases(answer, "critical") == ["MTX-13"], "two weekly orders are not one"
    tablets = [order("mycophenolate", dose, "mg", times=2, every="day") for dose in (500, 250)]
    for answer in together(*tablets, **SEVERE):
        assert answer.status == "clear", "taken at the same times"
    four = [order("prednisolone", 21, "mg", **DAILY)] * 4
    assert {answer.status for answer in together(*four)} == {"stop"}


def test_amounts_by_weight_and_in_full_are_added_up() -> None:
    parts = [order("azathioprine", 1, "mg/kg", **DAILY), order("azathioprine", 71, "mg", **DAILY)]
    for answer in together(*parts):
        (found,) = [one for one in answer.findings if one.basis == "AZA-15"]
        assert "1 × 1 mg/kg × 70 kg" in found.working
        assert found.working.endswith("= 141 mg a day; limit: 2 mg/kg × 70 kg = 140 mg")
    for answer in together(*parts, weight_kg=None):
        assert ("weight_kg",) in [one.asks for one in answer.unchecked]


def test_a_drug_without_a_dose_in_the_sources_is_never_clear() -> None:
    answer = checked(order("tacrolimus", 1, "mg", times=2, every="day"))
    assert "D-NONE" in [one.basis for one in answer.unchecked]


@pytest.mark.parametrize("route", ["oral", "PO", "by mouth", "subcutaneous", "SC", "im"])
def test_a_route_of_the_sources_is_not_remarked_on(route: str) -> None:
    assert checked(order("methotrexate", 15, "mg", **WEEKLY, route=route)).status == "clear"


@pytest.mark.parametrize("route", ["intravenous", "iv", "intrathecal"])
def test_another_route_is_a_warning(route: str) -> None:
    answer = checked(order("methotrexate", 15, "mg", **WEEKLY, route=route))
    assert answer.status == "caution"
    assert bases(answer, "warning") == ["severe.1.plus.methotrexate-dose"]


def test_children_have_no_dose_in_the_sources() -> None:
    weekly = order("methotrexate", 5, "mg", **WEEKLY)
    child = checked(weekly, age_years=17)
    assert (child.status, bases(child, "warning")) == ("caution", ["S-CHILDREN"])
    assert not bases(child, "info"), "the range of adults says nothing of a child"
    adult = checked(weekly, age_years=18)
    assert (adult.status, bases(adult, "info")) == ("clear", ["severe.1.plus.methotrexate-dose"])
    unknown = checked(weekly, age_years=None)
    assert unknown.status == "caution"
    assert [one.asks for one in unknown.unchecked] == [("age_years",)]


@pytest.mark.parametrize(
    "name", ["mycophenolic acid", "mycophenolate sodium", "Mycophenolate acid 360 mg"]
)
def test_another_product_is_not_measured_by_the_drug(name: str) -> None:
    twice = {"times": 2, "every": "day"}
    acid = checked(order(name, 1.6, "g", **twice), **SEVERE)
    assert acid.status == "caution"
    assert [one.basis for one in acid.unchecked] == ["severe.1.plus.mycophenolate-dose"]
    (found,) = [one for one in acid.findings if "another product" in one.text]
    assert found.text.endswith("(Not yet verified.)")
    assert (found.basis, found.severity) == ("severe.1.plus.mycophenolate-dose", "warning")
    mofetil = checked(order("mycophenolate mofetil", 1.6, "g", **twice), **SEVERE)
    assert mofetil.status == "stop"


def test_how_grave_each_message_is() -> None:
    messages = shipped().order_limits.messages
    assert {name: (one.severity, one.cites) for name, one in messages.items()} == {
        "no-option": ("warning", ()),
        "later-line": ("warning", ()),
        "unsettled": ("unchecked", ("U-POSSIBLE",)),
        "route": ("warning", ()),
        "no-dose": ("unchecked", ("D-NONE",)),
        "age-unknown": ("unchecked", ("S-CHILDREN",)),
        "other-drug": ("info", ()),
        "supplement": ("info", ()),
        "local-use": ("info", ()),
    }


def test_a_number_of_doses_may_hold_whatever_the_amount() -> None:
    (limit,) = [one for one in shipped().order_limits.limits if one.kind == "doses"]
    always = msgspec.structs.replace(limit, amount=Decimal(0))
    day = Decimal(24)
    one = (Part(low=Decimal(1), high=Decimal(1), rhythm=Rhythm(1, day, day)),)
    assert held(limit, one, None).state == "kept"
    assert held(always, one, None).state == "broken"


def test_steps_are_each_held_against_the_limits() -> None:
    def step(dose: int, hours: int) -> tuple[Part, ...]:
        amount, every = Decimal(dose), Decimal(hours)
        return (Part(low=amount, high=amount, rhythm=Rhythm(1, every, every)),)

    rising = Order("methotrexate", "methotrexate", steps=(step(10, 168), step(15, 168)))
    assert check_order(person(), rising, DAY, shipped()).status == "clear"
    slipped = Order("methotrexate", "methotrexate", steps=(step(10, 168), step(15, 24)))
    assert check_order(person(), slipped, DAY, shipped()).status == "stop"


DOSES = st.one_of(st.none(), st.decimals(min_value="0.1", max_value="1000", places=1))
RHYTHMS = st.one_of(
    st.none(),
    st.builds(
        lambda times, hours, wider, needed: Rhythm(times, hours, hours + wider, needed),
        st.integers(1, 14),
        st.sampled_from([Decimal(n) for n in (1, 8, 12, 24, 48, 144, 167, 168, 169, 336, 672)]),
        st.sampled_from([Decimal(0), Decimal(24)]),
        st.booleans(),
    ),
)
PARTS = st.builds(
    lambda dose, per_kg, once, rhythm, days, cycle: Part(
        low=dose, high=dose, per_kg=per_kg, once=once and rhythm is None, rhythm=rhythm, days=days,
        cycle=cycle,
    ),
    DOSES,
    st.booleans(),
    st.booleans(),
    RHYTHMS,
    st.one_of(st.none(), st.integers(1, 30)),
    st.one_of(st.none(), st.sampled_from([Decimal(168), Decimal(672)])),
)  # fmt: skip


def once_weekly(part: Part) -> bool:
    rhythm = part.rhythm
    return (
        rhythm is not None
        and rhythm.times == 1
        and rhythm.hours == rhythm.longest == WEEK
        and not rhythm.as_needed
        and part.cycle is None
    )


@settings(max_examples=300, deadline=None)
@given(
    steps=st.lists(st.lists(PARTS, min_size=1, max_size=2), max_size=2),
    facts=st.sampled_from([{}, SEVERE, REMISSION, {"weight_kg": None}]),
)
def test_methotrexate_that_is_not_weekly_is_never_clear(
    steps: list[list[Part]], facts: dict[str, Any]
) -> None:
    ordered = Order("methotrexate", "methotrexate", steps=tuple(tuple(one) for one in steps))
    answer = check_order(person(**facts), ordered, DAY, shipped())
    weekly = bool(steps) and all(len(one) == 1 and once_weekly(one[0]) for one in steps)
    if not weekly:
        assert answer.status in {"stop", "caution"}
    stated = [part for one in steps for part in one if part.rhythm or part.once]
    if any(not once_weekly(part) for part in stated):
        assert answer.status == "stop"
    if answer.status == "clear":
        assert not answer.unchecked
        assert all(part.high is not None for one in steps for part in one)
