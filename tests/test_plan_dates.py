"""Days worked out from a start date."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from myopathway.errors import InputError
from myopathway.guideline.load import shipped
from myopathway.guideline.policy import Monitored, Phase
from myopathway.plan.dates import BEFORE, COMBINED, dates, months_after
from myopathway.plan.request import horizon, last_day

START = dt.date(2026, 12, 1)
YEAR = dt.date(2027, 12, 1)


def monitored(first: str, days: int | None, *phases: tuple[int, int | None]) -> Monitored:
    return Monitored(
        test="blood",
        first=first,
        first_days=days,
        phases=tuple(Phase(every, "", until, f"every {every}") for every, until in phases),
        row="MON-01",
        says="Test.",
        source="S22",
        confidence="V",
    )


def days(one: Monitored, until: dt.date = YEAR, *, combined: bool = False) -> list[int]:
    found = dates(one, START, until, combined=combined)
    return [(dt.date.fromisoformat(due.date) - START).days for due in found]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (monitored(BEFORE, None), [0]),
        (monitored("", 28), [28]),
        (monitored("", 365, (365, None)), [365]),
        (monitored("", 366), []),
        (monitored("with every course", None, (28, None)), []),
        (monitored(BEFORE, None, (14, 42)), [0, 14, 28, 42]),
        (monitored(BEFORE, None, (14, 41)), [0, 14, 28]),
        (monitored(BEFORE, None, (14, 42), (28, 132)), [0, 14, 28, 42, 70, 98, 126]),
        (
            monitored(BEFORE, None, (14, 42), (28, 132), (84, None)),
            [0, 14, 28, 42, 70, 98, 126, 210, 294],
        ),
        (monitored("", 84, (84, 168)), [84, 168]),
        (monitored(COMBINED, None, (182, None)), []),
    ],
)
def test_each_interval_is_counted_from_the_test_before_it(
    one: Monitored, expected: list[int]
) -> None:
    assert days(one) == expected


def test_a_combination_begins_with_the_first_dose() -> None:
    assert days(monitored(COMBINED, None, (182, None)), combined=True) == [0, 182, 364]
    assert days(monitored("when it is warm", None, (182, None)), combined=True) == []


def test_nothing_is_due_after_the_horizon() -> None:
    one = monitored(BEFORE, None, (14, 42), (28, None))
    assert days(one, START + dt.timedelta(70)) == [0, 14, 28, 42, 70]
    assert days(one, START + dt.timedelta(69)) == [0, 14, 28, 42]


def test_each_day_says_which_interval_it_belongs_to() -> None:
    found = dates(monitored(BEFORE, None, (14, 14)), START, YEAR, combined=False)
    assert [one.says for one in found] == ["before the first dose", "every 14"]
    (later,) = dates(monitored("", 28), START, YEAR, combined=False)
    assert later.says == "28 days after the first dose"


def test_no_interval_of_the_content_is_exceeded() -> None:
    """The property of the whole: between two tests never more days than the policy allows."""
    for policy in shipped().monitoring.values():
        for tests in policy.drugs.values():
            for one in tests:
                found = days(one, months_after(START, 120), combined=True)
                assert found == sorted(set(found))
                longest = max((phase.every_days for phase in one.phases), default=0)
                assert all(later - earlier <= longest for earlier, later in pairwise(found))
                for phase in one.phases:
                    if phase.until_days is not None and found:
                        first = [day for day in found if day <= phase.until_days]
                        gaps = [later - earlier for earlier, later in pairwise(first)]
                        assert all(gap <= phase.every_days for gap in gaps)


def test_the_words_that_a_start_date_settles_stand_in_the_content() -> None:
    firsts = {one.first for tests in shipped().monitoring["bsr-2017"].drugs.values()
              for one in tests}  # fmt: skip
    assert {BEFORE, COMBINED} <= firsts


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2026-12-01", 12, "2027-12-01"),
        ("2026-12-01", 1, "2027-01-01"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2026-10-31", 13, "2027-11-30"),
        ("2026-12-31", 120, "2036-12-31"),
    ],
)
def test_months_later_is_the_same_day_or_the_last(start: str, months: int, expected: str) -> None:
    found = months_after(dt.date.fromisoformat(start), months)
    assert found == dt.date.fromisoformat(expected)


def test_the_horizon_is_a_year_unless_another_is_asked_for() -> None:
    assert horizon(START, None) == YEAR
    assert horizon(START, dt.date(2036, 12, 1)) == dt.date(2036, 12, 1)
    assert last_day(START, None, None) is None
    assert last_day(START, YEAR, None) == YEAR
    assert last_day(START, None, 1) == dt.date(2027, 1, 1)
    assert last_day(START, None, 120) == dt.date(2036, 12, 1)
    assert last_day(START, None, 3) == dt.date(2027, 3, 1)


@pytest.mark.parametrize(
    ("start", "until", "found"),
    [
        (START, START, "until: found 2026-12-01; accepted: a day after 2026-12-01"),
        (START, dt.date(2036, 12, 2), "until: found 2036-12-02; accepted: a day after"),
        (dt.date(1899, 12, 31), None, "start: found 1899-12-31"),
        (dt.date(9999, 12, 31), None, "start: found 9999-12-31"),
    ],
)
def test_days_that_cannot_be_planned_are_refused(
    start: dt.date, until: dt.date | None, found: str
) -> None:
    with pytest.raises(InputError) as error:
        horizon(start, until)
    assert str(error.value).startswith(found)


@pytest.mark.parametrize(
    ("until", "months", "found"),
    [(YEAR, 3, "months: beside until"), (None, 0, "months: found 0"), (None, 121, "months: found")],
)
def test_there_is_one_way_to_ask_for_a_horizon(
    until: dt.date | None, months: int, found: str
) -> None:
    with pytest.raises(InputError) as error:
        last_day(START, until, months)
    assert str(error.value).startswith(found)
    with pytest.raises(InputError, match="start"):
        last_day(dt.date(9999, 1, 1), None, 12)
