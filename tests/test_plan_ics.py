"""The calendar file: parsed back it is the plan, twice written it is the same bytes."""

from __future__ import annotations

import datetime as dt
import json

from icalendar import Calendar

from myopathway.guideline.load import shipped
from myopathway.plan.ics import PRODUCT, ics
from tests.test_plan_regimen import planned


def test_read_back_it_holds_every_day_of_the_plan() -> None:
    plan = planned("methotrexate", "ciclosporin", severe_dysphagia=True)
    calendar = Calendar.from_ical(ics(plan, shipped()))
    assert (str(calendar["prodid"]), str(calendar["version"])) == (PRODUCT, "2.0")
    events = calendar.walk("VEVENT")
    found = sorted((one.decoded("dtstart").isoformat(), str(one["summary"])) for one in events)
    title = {name: drug.title.lower() for name, drug in shipped().drugs.items()}
    assert found == sorted(
        (due.date, f"{test.test} ({title[test.drug]})")
        for test in plan.monitoring
        for due in test.dates
    )
    assert len({str(event["uid"]) for event in events}) == len(events)


def test_an_event_says_what_to_do_and_where_it_comes_from() -> None:
    plan = planned("azathioprine")
    event = Calendar.from_ical(ics(plan, shipped())).walk("VEVENT")[0]
    assert event.decoded("dtstart") == dt.date(2026, 12, 1)
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event.decoded("dtstamp") == dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    text = str(event["description"])
    for expected in (
        "before the first dose", "[MON-01]", "White cells below 3 x10^9/L: Hold azathioprine",
        "[AZA-16]", "bsr-2017", "November 2025",
    ):  # fmt: skip
        assert expected in text
    (alarm,) = event.walk("VALARM")
    assert str(alarm["action"]) == "DISPLAY"
    assert alarm.decoded("trigger") == dt.timedelta(days=-7)


def test_an_event_tells_the_thresholds_of_its_own_drug_alone() -> None:
    plan = planned("azathioprine", "ivig")
    told = {"azathioprine": "[AZA-16]", "immunoglobulin": "Stop immunoglobulin. [IVIG-06]"}
    for event in Calendar.from_ical(ics(plan, shipped())).walk("VEVENT"):
        text = str(event["description"])
        for drug, threshold in told.items():
            assert (threshold in text) is (drug in str(event["summary"]).lower())


def test_the_same_plan_gives_the_same_bytes_and_the_same_uids() -> None:
    plan = planned("methotrexate")
    assert ics(plan, shipped()) == ics(planned("methotrexate"), shipped())
    longer = planned("methotrexate", until=dt.date(2028, 12, 1))
    short, long = (
        {str(one["uid"]) for one in Calendar.from_ical(ics(one_plan, shipped())).walk("VEVENT")}
        for one_plan in (plan, longer)
    )
    assert short < long


def test_nothing_of_the_patient_stands_in_it() -> None:
    one = ics(planned("methotrexate"), shipped())
    other = ics(planned("methotrexate", age_years=81, weight_kg=44, sex="other"), shipped())
    assert one == other


def test_lines_are_those_of_icalendar() -> None:
    written = ics(planned("methotrexate"), shipped())
    lines = written.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(len(line) for line in lines) <= 75
    assert json.dumps(written.decode())
