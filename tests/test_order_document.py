"""Orders as documents: what is read from them, and every fault named where it stands."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from myopathway.errors import InputError
from myopathway.guideline.load import shipped
from myopathway.orders import Order, Part, Rhythm, read_orders
from myopathway.orders.read import MOST_ORDERS, orders_in
from myopathway.orders.words import order_words


def read(**document: Any) -> Order:
    (order,) = read_orders(document, shipped())
    return order


def part(**document: Any) -> Part:
    ((found,),) = read(drug="methotrexate", **document).steps
    return found


def faults(document: object) -> list[str]:
    with pytest.raises(InputError) as error:
        read_orders(document, shipped())
    return [str(one) for one in error.value.faults]


@pytest.mark.parametrize(
    ("dose", "unit", "milligrams", "per_kg"),
    [
        (15, "mg", "15", False),
        (1.5, "g", "1500", False),
        (500, "ug", "0.5", False),
        (500, "mcg", "0.5", False),
        (2, "Grams", "2000", False),
        (Decimal("0.4"), "g/kg", "400", True),
        (2, "mg / kg", "2", True),
    ],
)
def test_amounts_are_kept_in_milligrams(
    dose: object, unit: str, milligrams: str, *, per_kg: bool
) -> None:
    found = part(dose=dose, unit=unit)
    assert (found.low, found.high, found.per_kg) == (
        Decimal(milligrams),
        Decimal(milligrams),
        per_kg,
    )


@pytest.mark.parametrize(
    ("how", "times", "hours"),
    [
        ({"frequency": "daily"}, 1, 24),
        ({"frequency": "weekly"}, 1, 168),
        ({"frequency": "daily", "times": 2}, 2, 24),
        ({"every": "day"}, 1, 24),
        ({"every": "2 weeks"}, 1, 336),
        ({"every": "8 hours"}, 1, 8),
        ({"every": "month"}, 1, 672),
        ({"every": {"number": 4, "unit": "week"}, "times": 5}, 5, 672),
        ({"every": {"unit": "day"}}, 1, 24),
    ],
)
def test_how_often_it_is_given(how: dict[str, Any], times: int, hours: int) -> None:
    rhythm = Rhythm(times, Decimal(hours), Decimal(hours))
    assert part(**how) == Part(rhythm=rhythm)


def test_a_course_has_days_and_a_cycle() -> None:
    found = part(frequency="daily", days=5, cycle="4 weeks")
    assert (found.days, found.cycle) == (5, Decimal(672))
    assert part(frequency="once").once


def test_a_drug_alone_is_an_order() -> None:
    assert read(drug="Prednisone") == Order("prednisolone", "Prednisone")


@pytest.mark.parametrize(
    ("name", "drug", "others"),
    [
        ("methotrexate", "methotrexate", ()),
        ("Methotrexate 2.5 mg tablets", "methotrexate", ()),
        ("oral methotrexate", "methotrexate", ()),
        ("mycophenolate-mofetil", "mycophenolate", ()),
        ("intravenous-immunoglobulin", "ivig", ()),
        ("cyclosporine", "ciclosporin", ()),
        ("folic acid", "folic-acid", ()),
        ("Co-trimoxazole", "", ("co-trimoxazole",)),
        ("trimethoprim 200mg", "", ("trimethoprim",)),
        ("St John's wort", "", ("st-johns-wort",)),
        ("Zyloric (allopurinol), 100 mg", "", ("allopurinol",)),
        ("allopurinol/lesinurad", "", ("allopurinol",)),
        ("paracetamol", "", ()),
    ],
)
def test_the_drug_is_found_by_its_names(name: str, drug: str, others: tuple[str, ...]) -> None:
    found = read(drug=name)
    assert (found.drug, found.others) == (drug, others)


def test_route_and_start_are_read() -> None:
    found = read(drug="methotrexate", route="by mouth", start="2026-12-01")
    assert (found.route, found.start) == ("oral", "2026-12-01")
    assert read(drug="methotrexate", route="intra  thecal").route == "intra thecal"
    assert read(drug="methotrexate", route="oral or iv").route == "oral or iv", "two are none"


@pytest.mark.parametrize(
    ("document", "where", "accepted"),
    [
        (
            {"drug": "methotrexate with azathioprine"},
            "drug: it names azathioprine and methotrexate",
            "one drug",
        ),
        ({}, "drug: missing", "the name of the drug"),
        ({"drug": 3}, "drug: found 3", "a text"),
        ({"drug": " "}, "drug: found ' '", "a text"),
        ({"drug": "x" * 81}, "drug: found", "at most 80"),
        ({"drug": "methotrexate", "dosis": 3}, "dosis: no such key", "dose"),
        ({"drug": "methotrexate", "dose": 15}, "unit: missing", "mg, g, ug, mg/kg"),
        ({"drug": "methotrexate", "unit": "mg"}, "dose: missing", "a number above zero"),
        ({"drug": "methotrexate", "dose": 0, "unit": "mg"}, "dose: found 0", "above zero"),
        ({"drug": "methotrexate", "dose": -1, "unit": "mg"}, "dose: found -1", "above zero"),
        ({"drug": "methotrexate", "dose": True, "unit": "mg"}, "dose: found True", "above zero"),
        ({"drug": "methotrexate", "dose": "15", "unit": "mg"}, "dose: found '15'", "above zero"),
        ({"drug": "methotrexate", "dose": float("inf"), "unit": "mg"}, "dose: found inf", "zero"),
        ({"drug": "methotrexate", "dose": 10**40, "unit": "mg"}, "dose: found 1", "above zero"),
        ({"drug": "methotrexate", "dose": 1 << 300, "unit": "mg"}, "dose: found 2", "above zero"),
        ({"drug": "methotrexate", "dose": 6, "unit": "tablets"}, "unit: found 'tablets'", "mg"),
        ({"drug": "methotrexate", "dose": 6, "unit": "mg/day"}, "unit: found 'mg/day'", "mg"),
        ({"drug": "methotrexate", "dose": 6, "unit": 3}, "unit: found 3", "mg"),
        ({"drug": "methotrexate", "every": "fortnight"}, "every: found 'fortnight'", "2 weeks"),
        ({"drug": "methotrexate", "every": "0 days"}, "every: found '0 days'", "2 weeks"),
        ({"drug": "methotrexate", "every": 7}, "every: found 7", "2 weeks"),
        ({"drug": "methotrexate", "every": {"number": 1.5, "unit": "day"}}, "every: found", "day"),
        ({"drug": "methotrexate", "every": {"unit": "year"}}, "every: found '1 year'", "month"),
        ({"drug": "methotrexate", "frequency": "dayly"}, "did you mean 'daily'?", "as every"),
        ({"drug": "methotrexate", "frequency": 1}, "frequency: found 1", "weekly"),
        (
            {"drug": "methotrexate", "frequency": "weekly", "every": "day"},
            "every: beside frequency",
            "one of the two",
        ),
        ({"drug": "methotrexate", "times": 2}, "times: times without a period", "every"),
        ({"drug": "methotrexate", "frequency": "once", "times": 2}, "times: times of", "every"),
        ({"drug": "methotrexate", "every": "day", "times": 1.5}, "times: found 1.5", "whole"),
        ({"drug": "methotrexate", "frequency": "weekly", "days": 3}, "days: consecutive", "daily"),
        ({"drug": "methotrexate", "frequency": "once", "days": 3}, "days: consecutive", "daily"),
        ({"drug": "methotrexate", "every": "day", "days": 0}, "days: found 0", "whole"),
        ({"drug": "methotrexate", "every": "day", "cycle": "x"}, "cycle: found 'x'", "2 weeks"),
        ({"drug": "methotrexate", "start": "1 December"}, "start: found '1 December'", "2026"),
    ],
)
def test_a_fault_is_named_where_it_stands(
    document: dict[str, Any], where: str, accepted: str
) -> None:
    (fault,) = faults(document)
    assert where in fault
    assert accepted in fault.partition("accepted: ")[2]


def test_every_fault_of_every_order_is_named() -> None:
    wrong = {"drug": "x", "dose": "a", "unit": "b"}
    found = faults([wrong, {"drug": 3}, "c", {"resourceType": "Patient"}])
    assert [one.partition(":")[0] for one in found] == [
        "orders[0].dose",
        "orders[0].unit",
        "orders[1].drug",
        "orders[2]",
        "orders[3].resourceType",
    ]
    assert faults(7)[0].startswith("order: found 7")
    assert faults([])[0].startswith("orders: 0 orders")
    assert MOST_ORDERS == 20, "of one request"
    assert faults([{"drug": "x"}] * (MOST_ORDERS + 1))[0].startswith(f"orders: {MOST_ORDERS + 1}")
    assert len(read_orders([{"drug": "x"}] * MOST_ORDERS, shipped())) == MOST_ORDERS


def test_a_file_is_json_or_yaml_and_named_in_its_faults() -> None:
    yaml = b"drug: methotrexate\ndose: 12.5\nunit: mg\nfrequency: weekly\n"
    text = json.dumps({"drug": "methotrexate", "dose": 12.5, "unit": "mg", "frequency": "weekly"})
    assert orders_in(yaml, "o.yaml", shipped()) == orders_in(text.encode(), "o.json", shipped())
    listed, many = orders_in(f"[{text}]".encode(), "o.json", shipped())
    assert (len(listed), many) == (1, True)
    for raw in (b"drug: [", b"{", b"", b"drug: methotrexate\ndose: 3\n"):
        with pytest.raises(InputError, match=r"\Ao\.yaml: "):
            orders_in(raw, "o.yaml", shipped())


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "no dose stated"),
        ({"dose": 15, "unit": "mg", "frequency": "weekly", "route": "po"},
         "15 mg once WEEKLY, oral"),
        ({"dose": 0.4, "unit": "g/kg", "every": "day", "days": 5, "cycle": "4 weeks"},
         "0.4 g/kg once a day for 5 days, begun anew every 4 weeks"),
        ({"dose": 500, "unit": "mg", "times": 2, "every": "day"}, "500 mg twice a day"),
        ({"dose": 500, "unit": "mg", "times": 3, "every": "week"}, "500 mg 3 times a week"),
        ({"dose": 500, "unit": "mg", "every": "8 hours"}, "500 mg once every 8 hours"),
        ({"dose": 500, "unit": "mg", "every": "1 weeks"}, "500 mg once WEEKLY"),
        ({"dose": 1, "unit": "g", "frequency": "once"}, "1 g a single time"),
        ({"dose": 1, "unit": "g"}, "1 g no rhythm stated"),
        ({"every": "day", "days": 1}, "no amount stated once a day for 1 day"),
    ],
)  # fmt: skip
def test_an_order_is_said_in_words(document: dict[str, Any], words: str) -> None:
    assert order_words(read(drug="methotrexate", **document)) == words
