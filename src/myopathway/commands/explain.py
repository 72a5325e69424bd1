"""``myopathway explain``: the full answer for one row that ``myopathway cohort`` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from myopathway.commands.desk import guideline_of
from myopathway.errors import Fault, InputError

FORMATS: Final = ("text", "json", "markdown", "fhir")


@click.command(short_help="Give the full answer for one row of a cohort.",
               epilog="Exit status: 0, or 2 for a file or row that cannot be used.")  # fmt: skip
@click.argument("answers", metavar="OUT")
@click.argument("row", metavar="ID")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
              help="How the answer is shown, as recommend shows it.")  # fmt: skip
@click.option("--content", type=click.Path(path_type=Path), default=None,
              help="Another content folder than the one shipped.")  # fmt: skip
@click.option("--overlay", type=click.Path(path_type=Path), default=None,
              help="A folder with a site's own rules, laid over the guideline.")  # fmt: skip
@click.option("--width", type=click.IntRange(60, 200), default=100, show_default=True,
              help="Columns of the text.")  # fmt: skip
def explain(
    answers: str, row: str, form: str, content: Path | None, overlay: Path | None, width: int
) -> None:
    """Give the full reasoned answer for one row of OUT, a file that ``cohort`` wrote.

    It is worked out again from the facts that are stored with the row, by the content that
    answered it: the answer is that of ``recommend``.
    """
    from myopathway.recommendation import recommend_on

    try:
        from myopathway.cohort.explain import stored
    except ModuleNotFoundError as error:
        found = f"{error.name} is not installed"
        raise InputError([Fault("explain", found, "pip install 'myopathway[cohort]'")]) from None
    guideline = guideline_of(content, overlay)
    patient, day = stored(answers, row, guideline)
    answer = recommend_on(patient, day, guideline)
    match form:
        case "text":
            from myopathway.render.text import text

            click.echo(text(answer, guideline, width=width, colour=False), nl=False)
        case "markdown":
            from myopathway.render.markdown import markdown

            click.echo(markdown(answer, guideline).rstrip("\n"))
        case "json":
            from myopathway.render.json import json_pretty

            click.echo(json_pretty(answer))
        case _:
            import msgspec

            from myopathway.commands.batch import writer

            click.echo(msgspec.json.format(writer("fhir", guideline)(answer), indent=2).decode())
