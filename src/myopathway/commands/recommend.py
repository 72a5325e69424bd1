"""``myopathway recommend``: one patient, or a file of them, in; the answer out."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from myopathway.commands.batch import answered, batch, writer
from myopathway.commands.day import Day
from myopathway.commands.desk import guideline_of, handed
from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline

FORMATS: Final = ("text", "json", "markdown", "fhir")


@click.command(
    short_help="Recommend for one patient, or a file of them.",
    epilog="Exit status: 0 for every answer, 1 where lines of a batch could not be read,"
    " 2 for bad input.",
)
@click.argument("patient", metavar="PATIENT")
@click.option("--format", "form", type=click.Choice(FORMATS), default=None,
              help="How the answer is shown: text (default), json (default for a batch),"
                   " markdown (a note to paste), fhir (a CarePlan Bundle).")  # fmt: skip
@click.option("--as-of", "as_of", type=Day(), default=None,
              help="The day, where the patient states none (default: today).")  # fmt: skip
@click.option("--complete-problem-list", is_flag=True,
              help="FHIR: the record's problem list leaves nothing out.")  # fmt: skip
@click.option("--complete-medication-list", is_flag=True,
              help="FHIR: the record's medication list leaves nothing out.")  # fmt: skip
@click.option("--content", type=click.Path(path_type=Path), default=None,
              help="Another content folder than the one shipped.")  # fmt: skip
@click.option("--overlay", type=click.Path(path_type=Path), default=None,
              help="A folder with a site's own rules, laid over the guideline.")  # fmt: skip
@click.option("--brief", is_flag=True, help="Text: the first screen alone.")
@click.option("--width", type=click.IntRange(60, 200), default=None,
              help="Columns of the text (default: the terminal's, at most 100).")  # fmt: skip
@click.option("--color/--no-color", "colour", default=None,
              help="Colours in the text (default: on a terminal only).")  # fmt: skip
def recommend(
    patient: str,
    form: str | None,
    as_of: dt.datetime | None,
    content: Path | None,
    overlay: Path | None,
    width: int | None,
    *,
    colour: bool | None,
    brief: bool,
    **complete: bool,
) -> None:
    """Recommend for PATIENT.

    PATIENT is a facts document (YAML or JSON), a FHIR R4 Bundle (JSON), - for standard input,
    or a .ndjson file with one of them a line (one JSON answer a line, in order).
    """
    from myopathway.intake import Intake

    guideline = guideline_of(content, overlay)
    today = as_of.date() if as_of else dt.date.today()  # noqa: DTZ011 - the local day
    intake = Intake(guideline, today, **complete)
    if patient.lower().endswith((".ndjson", ".jsonl")):
        if form in ("text", "markdown"):
            found = f"--format {form} for a batch"
            raise InputError([Fault(patient, found, "json or fhir, one answer a line")])
        sys.exit(batch(Path(patient), intake, writer(form or "json", guideline)))
    answer = answered(intake, *handed(patient))
    match form or "text":
        case "text":
            # The text holds colours only where they are wanted: click need not decide again.
            shown = _text(answer, guideline, width, colour=colour, brief=brief)
            if sys.stdout.isatty() and not brief:
                click.echo_via_pager(shown, color=True)
            else:
                click.echo(shown, nl=False, color=True)
        case "markdown":
            from myopathway.render.markdown import markdown

            click.echo(markdown(answer, guideline).rstrip("\n"))
        case "json":
            from myopathway.render.json import json_pretty

            click.echo(json_pretty(answer))
        case _:
            import msgspec

            written = writer("fhir", guideline)(answer)
            click.echo(msgspec.json.format(written, indent=2).decode())


def _text(
    answer: Answer, guideline: Guideline, width: int | None, *, colour: bool | None, brief: bool
) -> str:
    import shutil

    from myopathway.render.text import text

    columns = width or max(60, min(100, shutil.get_terminal_size((80, 24)).columns))
    if colour is None:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return text(answer, guideline, width=columns, colour=colour, brief=brief)
