"""``myopathway cohort``: a whole population in, one explained row a patient out."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from myopathway.commands.day import Day
from myopathway.commands.desk import guideline_of
from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOME_BAD: Final = 1
STOPPED: Final = 130
ENGINES: Final = ("duckdb", "spark")


@click.command(
    short_help="Recommend for a whole population.",
    epilog="Exit status: 0 when every row was answered, 1 where rows could not be read,"
    " 2 for bad input.",
)
@click.argument("source", metavar="INPUT")
@click.option("-o", "--out", "target", required=True, metavar="OUT",
              help="The answers: a .parquet, .csv or .ndjson file.")  # fmt: skip
@click.option("--engine", type=click.Choice(ENGINES), default="duckdb", show_default=True,
              help="What runs the compiled guideline.")  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), default=None,
              help="An HTML report with plots, to be opened offline.")  # fmt: skip
@click.option(
    "--as-of",
    type=Day(),
    default=None,
    help="The day, where a row states none (default: today); later facts are not seen.",
)
@click.option(
    "--places",
    "only_places",
    is_flag=True,
    help="Status and place alone: no options, doses, questions or stored facts.",
)
@click.option(
    "--all",
    "everyone",
    is_flag=True,
    help="FHIR: list patients without the disease and without a stated subtype too.",
)
@click.option("--complete-problem-list", is_flag=True,
              help="FHIR: the records' problem lists leave nothing out.")  # fmt: skip
@click.option("--complete-medication-list", is_flag=True,
              help="FHIR: the records' medication lists leave nothing out.")  # fmt: skip
@click.option("--content", type=click.Path(path_type=Path), default=None,
              help="Another content folder than the one shipped.")  # fmt: skip
@click.option("--overlay", type=click.Path(path_type=Path), default=None,
              help="A folder with a site's own rules, laid over the guideline.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="No progress bar and no summary.")
def cohort(  # noqa: PLR0913 - the options of a command
    source: str,
    target: str,
    engine: str,
    report: Path | None,
    as_of: dt.datetime | None,
    content: Path | None,
    overlay: Path | None,
    *,
    only_places: bool,
    everyone: bool,
    complete_problem_list: bool,
    complete_medication_list: bool,
    quiet: bool,
) -> None:
    """Recommend for every patient of INPUT and write one row each to OUT.

    INPUT is a folder of FHIR Bulk Data (NDJSON, gzip too), or a table of facts: a .parquet or .csv
    file with one column a fact (lists as JSON text in CSV), or a .ndjson file with one facts
    document a line. A row's id is the column id, else its number from 0.
    """
    from myopathway.intake import Intake

    try:
        from myopathway.cohort.run import Job, run
    except ModuleNotFoundError as error:
        found = f"{error.name} is not installed"
        raise InputError([Fault("cohort", found, "pip install 'myopathway[cohort]'")]) from None
    intake = Intake(
        guideline_of(content, overlay),
        as_of.date() if as_of else dt.date.today(),  # noqa: DTZ011 - the local day
        complete_problem_list,
        complete_medication_list,
    )
    job = Job(source, target, intake, not only_places, everyone)
    if report is not None and only_places:
        raise InputError([Fault("--report", "with --places", "one or the other")])
    _apart(source, target, report)
    try:
        with _progress(quiet=quiet) as tell:
            if engine == "spark":
                from myopathway.cohort.spark_run import run_on_spark

                done = run_on_spark(job, tell)
            else:
                done = run(job, tell)
    except KeyboardInterrupt:
        click.echo(f"myopathway: stopped; nothing was written to {target}", err=True)
        sys.exit(STOPPED)
    from myopathway.cohort.told import told

    if report is not None:
        from myopathway.cohort.report import write_report

        write_report(report, done, job)
    if not quiet:
        click.echo(told(done, intake.guideline), err=True)
    elif done.summary.statuses["error"]:
        count = done.summary.statuses["error"]
        rows = "1 row" if count == 1 else f"{count} rows"
        click.echo(f"myopathway: {rows} could not be read (status error)", err=True)
    sys.exit(SOME_BAD if done.summary.statuses["error"] else 0)


def _apart(source: str, target: str, report: Path | None) -> None:
    """Refuse to write over what is read, and two files into one."""
    places = {"INPUT": source, "OUT": target, "--report": str(report or "")}
    real = {name: os.path.realpath(one) for name, one in places.items() if one}
    for name, told in (("OUT", "INPUT"), ("--report", "INPUT"), ("--report", "OUT")):
        if name in real and real[name] == real[told]:
            raise InputError([Fault(f"{name} {places[name]}", f"it is {told} too", "another file")])


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Show how far it is, on standard error while it is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _what, _done, _size: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None)
        yield lambda what, done, size: progress.update(
            task, description=what, completed=done, total=size or None
        )
