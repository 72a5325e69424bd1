"""``myopathway whatif``: what another fact would change, or the least that would."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from myopathway.commands.desk import at_desk

if TYPE_CHECKING:
    from myopathway.commands.desk import Desk


@click.command(
    short_help="Show what another fact would change.",
    epilog="Exit status: 0 for every answer, 2 for bad input.",
)
@click.argument("patient", metavar="PATIENT")
@click.argument("changes", metavar="[FACT=VALUE]...", nargs=-1)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              help="How it is shown.", show_default=True)  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Text: every set of changes, not a few.")
@at_desk
def whatif(desk: Desk, patient: str, changes: tuple[str, ...], form: str, *, every: bool) -> None:
    """Show what another FACT=VALUE would change in the answer for PATIENT.

    A value is written as in a facts document; unknown takes it away. Also treatments[0].outcome=
    (how a regimen ended), and += or -= for a member of a list. Without any, show the smallest sets
    of changes that lead to another place or give an option another verdict.
    """
    from myopathway.recommendation import recommend_on
    from myopathway.whatif import changed, difference, read_changes, suggestions
    from myopathway.whatif.text import difference_text, suggestions_text, whatif_json

    asked = read_changes(changes)
    guideline = desk.guideline()
    day = desk.day(dt.date.today())  # noqa: DTZ011 - the local day
    person = desk.patient(patient, guideline, day)
    if not asked:
        found = suggestions(person, day, guideline)
        shown = whatif_json(found) if form == "json" else suggestions_text(
            found, guideline, **desk.paper(), every=every)  # fmt: skip
        click.echo(shown, nl=form == "json", color=True)
        return
    other = changed(person, asked, guideline.vocabulary)
    before, after = (recommend_on(one, day, guideline) for one in (person, other))
    told = difference(before, after)
    if form == "json":
        click.echo(whatif_json(told))
        return
    words = [one.written for one in asked]
    click.echo(difference_text(told, words, guideline, **desk.paper()), nl=False, color=True)
