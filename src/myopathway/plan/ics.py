"""A plan as an iCalendar file: one all-day event for each test and day, nothing of the patient."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Final

from icalendar import Alarm, Calendar, Event

if TYPE_CHECKING:
    from myopathway.guideline.model import Guideline
    from myopathway.plan.outcome import Due, Plan, PlannedTest

PRODUCT: Final = "-//myopathway//monitoring plan//EN"
_DOMAIN: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://myopathway.example/plan")
_NOTICE: Final = dt.timedelta(days=-7)


def ics(plan: Plan, guideline: Guideline) -> bytes:
    """Write the calendar; the same plan gives the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for test in plan.monitoring:
        for due in test.dates:
            calendar.add_component(_event(plan, guideline, test, due))
    return bytes(calendar.to_ical())


def _event(plan: Plan, guideline: Guideline, test: PlannedTest, due: Due) -> Event:
    day = dt.date.fromisoformat(due.date)
    start = dt.date.fromisoformat(plan.start)
    summary = f"{test.test} ({guideline.drugs[test.drug].title.lower()})"
    event = Event()
    key = f"{plan.policy.id}|{test.drug}|{test.test}|{due.date}"
    event.add("uid", f"{uuid.uuid5(_DOMAIN, key)}@myopathway.example")
    event.add("dtstamp", dt.datetime.combine(start, dt.time(), dt.UTC))
    event.add("dtstart", day)
    event.add("summary", summary)
    event.add("description", "\n".join(_description(plan, test, due)))
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", _NOTICE)
    event.add_component(alarm)
    return event


def _description(plan: Plan, test: PlannedTest, due: Due) -> list[str]:
    found = [f"Due by this day: {due.says}.", f"{test.says} [{test.basis}]"]
    found += [
        f"{one.test} {one.when}: {one.says} [{one.basis}]"
        for one in plan.thresholds
        if test.drug in one.drugs
    ]
    return [*found, f"Policy {plan.policy.id}: {plan.policy.title}. {plan.policy.text}"]
