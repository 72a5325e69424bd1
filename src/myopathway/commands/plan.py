"""``myopathway plan``: what to check before the first dose, and which tests when."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from myopathway.commands.day import Day
from myopathway.commands.desk import at_desk
from myopathway.wholefile import write_whole

if TYPE_CHECKING:
    from myopathway.commands.desk import Desk
    from myopathway.guideline.model import Guideline
    from myopathway.plan.outcome import Plan


@click.command(
    short_help="Plan a regimen: checks, tests and their days.",
    epilog="Exit status: 0 for every plan, 2 for bad input.",
)
@click.argument("patient", metavar="PATIENT")
@click.option("--regimen", multiple=True, required=True, metavar="DRUG",
              help="A drug to be started; once for each.")  # fmt: skip
@click.option("--start", type=Day(), required=True,
              help="The day of the first dose.")  # fmt: skip
@click.option("--policy", default=None, help="The monitoring policy (default: bsr-2017).")
@click.option("--until", type=Day(), default=None,
              help="The last day of the calendar (default: a year after the start).")  # fmt: skip
@click.option("--months", type=int, default=None,
              help="Instead of --until: for how many months, at most 120.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              help="How the plan is shown.", show_default=True)  # fmt: skip
@click.option("--ics", metavar="FILE", default=None,
              help="Write an iCalendar file; - for standard output, and nothing else.")  # fmt: skip
@at_desk
def plan(desk: Desk, patient: str, form: str, ics: str | None, **wanted: Any) -> None:  # noqa: ANN401 - click's values
    """Plan a regimen for PATIENT: checks before the first dose, tests with their days.

    PATIENT is a facts document, a FHIR R4 Bundle, or - for standard input.
    """
    from myopathway.plan.regimen import POLICY, plan_for
    from myopathway.plan.request import last_day
    from myopathway.render.plan import plan_json, plan_text

    guideline = desk.guideline()
    start = wanted["start"].date()
    until = last_day(start, wanted["until"] and wanted["until"].date(), wanted["months"])
    day = desk.day(dt.date.today())  # noqa: DTZ011 - the local day
    found = plan_for(
        desk.patient(patient, guideline, day), wanted["regimen"], start, guideline,
        day=day, policy=wanted["policy"] or POLICY, until=until,
    )  # fmt: skip
    if ics is not None:
        _calendar(found, guideline, ics)
    if ics == "-":
        return
    if form == "json":
        click.echo(plan_json(found))
    else:
        click.echo(plan_text(found, guideline, **desk.paper()), nl=False)


def _calendar(found: Plan, guideline: Guideline, target: str) -> None:
    """Write the calendar of a plan; of a regimen that is ruled out there is none."""
    from myopathway.plan.ics import ics

    if found.excluded:
        names = ", ".join(one.drug for one in found.excluded)
        click.echo(f"myopathway: no calendar: ruled out for this patient: {names}", err=True)
        return
    if target == "-":
        for one in found.warnings:
            if one.level == "warning":
                click.echo(f"myopathway: warning: {one.text} [{one.basis}]", err=True)
        sys.stdout.buffer.write(ics(found, guideline))
        sys.stdout.buffer.flush()
        return
    write_whole(Path(target), ics(found, guideline))
