"""``myopathway report``: what became of the cards, out of the audit."""

from __future__ import annotations

import datetime as dt
import os

import click

from myopathway.commands.day import Day

_DAYS = 30


@click.command(
    short_help="Say what became of the cards that were shown.",
    epilog="Exit status: 0, or 2 where the audit cannot be read.",
)
@click.option("--since", type=Day(), default=None,
              help=f"The first day (default: {_DAYS} days before the last).")  # fmt: skip
@click.option("--until", type=Day(), default=None,
              help="The last day (default: today).")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              help="How the report is shown.", show_default=True)  # fmt: skip
def report(since: dt.datetime | None, until: dt.datetime | None, form: str) -> None:
    """Say how often each card was shown, accepted, overridden and why.

    The audit is the one that `myopathway serve` keeps: MYOPATHWAY_DATABASE_URL, or the file of the
    user. Rules that fired before the period and not in it are named: something may have broken.
    """
    import msgspec

    from myopathway.errors import Fault, InputError
    from myopathway.service.report import Period, gather, report_text
    from myopathway.service.store import Store
    from myopathway.settings import read_settings

    last = until.date() if until else dt.datetime.now(dt.UTC).date()
    first = since.date() if since else last - dt.timedelta(days=_DAYS)
    if first > last:
        raise InputError([Fault("--since", f"{first} is after {last}", "a day before --until")])
    store = Store(read_settings(os.environ).database_url)
    try:
        found = gather(store, Period(first, last))
    finally:
        store.close()
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        click.echo(report_text(found), nl=False)
