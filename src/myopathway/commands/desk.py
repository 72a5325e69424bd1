"""The options with which commands read one patient and write to a terminal, as one value."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from myopathway.commands.day import Day
from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from myopathway.guideline.model import Guideline
    from myopathway.patient import Patient

_NARROW: Final = 60
_WIDE: Final = 100


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a command reads and writes: the content, the record, the terminal."""

    as_of: dt.datetime | None
    content: Path | None
    width: int | None
    colour: bool | None
    complete: dict[str, bool]
    overlay: Path | None = None

    def guideline(self) -> Guideline:
        """Load the content that was asked for, the shipped one where none was, with its overlay."""
        return guideline_of(self.content, self.overlay)

    def day(self, today: dt.date) -> dt.date:
        """Give the day that counts where the patient states none."""
        return self.as_of.date() if self.as_of is not None else today

    def patient(self, name: str, guideline: Guideline, day: dt.date) -> Patient:
        """Read the patient of a file, or of standard input."""
        from myopathway.intake import Intake

        return Intake(guideline, day, **self.complete).patient(*handed(name))

    def paper(self) -> dict[str, Any]:
        """Give the columns to write within and whether to use colours."""
        columns = shutil.get_terminal_size((80, 24)).columns
        colour = self.colour
        if colour is None:
            colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        return {"width": self.width or max(_NARROW, min(_WIDE, columns)), "colour": colour}


def at_desk(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a desk, and the desk as its first argument."""

    @functools.wraps(command)
    def seated(
        *,
        as_of: dt.datetime | None,
        content: Path | None,
        overlay: Path | None,
        width: int | None,
        colour: bool | None,
        complete_problem_list: bool,
        complete_medication_list: bool,
        **rest: object,
    ) -> None:
        complete = {
            "complete_problem_list": complete_problem_list,
            "complete_medication_list": complete_medication_list,
        }
        command(Desk(as_of, content, width, colour, complete, overlay), **rest)

    decorated: Callable[..., None] = seated
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def guideline_of(content: Path | None, overlay: Path | None = None) -> Guideline:
    """Load a content folder, the shipped one for None, with a site's rules laid over it."""
    from myopathway.guideline.load import CONTENT, load, shipped

    if overlay is not None:
        return load(content or CONTENT, overlay=overlay)
    return shipped() if content is None else load(content)


def handed(name: str) -> tuple[bytes, str]:
    """Read what stands in a file, or in standard input for ``-``, with how it is called."""
    from myopathway.intake import read_file

    if name == "-":
        if sys.stdin is None:
            raise InputError([Fault("standard input", "it is closed", "a document there")])
        return sys.stdin.buffer.read(), "standard input"
    return read_file(Path(name)), name


_OPTIONS: Final = (
    click.option("--as-of", type=Day(), default=None,
                 help="The day that counts where the patient states none (default: today)."),
    click.option("--complete-problem-list", is_flag=True,
                 help="FHIR: the record's problem list leaves nothing out."),
    click.option("--complete-medication-list", is_flag=True,
                 help="FHIR: the record's medication list leaves nothing out."),
    click.option("--content", type=click.Path(path_type=Path), default=None,
                 help="Another content folder than the one shipped."),
    click.option("--overlay", type=click.Path(path_type=Path), default=None,
                 help="A folder with a site's own rules, laid over the guideline."),
    click.option("--width", type=click.IntRange(60, 200), default=None,
                 help="Columns of the text (default: the terminal's, at most 100)."),
    click.option("--color/--no-color", "colour", default=None,
                 help="Colours in the text (default: on a terminal only)."),
)  # fmt: skip
