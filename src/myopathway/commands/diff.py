"""``myopathway diff``: two versions of the guideline, in patients."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from myopathway.commands.desk import Desk

FORMATS: Final = ("text", "markdown", "json")
DIFFERENT: Final = 1


@click.command(
    short_help="Show what differs between two versions, in patients.",
    epilog="Exit status: 0, or 1 with --exit-code where anything differs; 2 for bad input.",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@click.option("--patients", "files", type=click.Path(path_type=Path), multiple=True,
              metavar="FILE.ndjson",
              help="Patients to answer by both, one facts document or Bundle a line.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
              help="How it is shown: markdown is fit for a pull request.")  # fmt: skip
@click.option("--exit-code", "exit_code", is_flag=True, help="Exit with 1 where anything differs.")
@click.option("--width", type=click.IntRange(60, 200), default=None,
              help="Columns of the text (default: the terminal's, at most 100).")  # fmt: skip
@click.option("--color/--no-color", "colour", default=None,
              help="Colours in the text (default: on a terminal only).")  # fmt: skip
def diff(
    old: str,
    new: str | None,
    files: tuple[Path, ...],
    form: str,
    *,
    exit_code: bool,
    width: int | None,
    colour: bool | None,
) -> None:
    """Show what changed between two versions of the guideline, and whose answer changes.

    OLD and NEW are content folders or git revisions (REV, or REV:path of the folder); without NEW,
    the content shipped here. Answered by both: every vignette, every combination of the facts that
    place a patient, and the patients of each FILE.
    """
    from myopathway.diff import compare, version
    from myopathway.diff.written import comparison_json, comparison_markdown, comparison_text

    versions = (version(old, beside=new), version(new, beside=old))
    found = compare(*versions, files)
    if form == "json":
        click.echo(comparison_json(found))
    elif form == "markdown":
        click.echo(comparison_markdown(found), nl=False)
    else:
        paper = Desk(None, None, width, colour, {}).paper()
        click.echo(comparison_text(found, **paper), nl=False, color=True)
    if exit_code and (found.changes or any(one.changed for one in found.groups)):
        sys.exit(DIFFERENT)
