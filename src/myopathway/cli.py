"""The command ``myopathway``: thin, quick to start, never a traceback."""

from __future__ import annotations

import datetime as dt
import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from myopathway import __version__
from myopathway.cli_patient import at_desk, handed
from myopathway.errors import ContentError, Fault, InputError, MyopathwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from myopathway.cli_patient import Desk
    from myopathway.engine.outcome import Answer
    from myopathway.guideline.model import Guideline
    from myopathway.intake import Intake
    from myopathway.plan_outcome import Plan

FORMATS: Final = ("text", "json", "markdown", "fhir")
BAD_INPUT: Final = 2
SOME_BAD: Final = 1
INTERNAL: Final = 70

_EPILOG: Final = """Decision support for professionals: no medical device, no substitute for
clinical judgement."""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="myopathway")
def cli() -> None:
    """Where a patient with myositis stands in the treatment algorithm, and what it recommends."""


@cli.command(epilog="Exit status: 0 for every answer, 1 where lines of a batch could not be read,"
                    " 2 for bad input.")  # fmt: skip
@click.argument("patient", metavar="PATIENT")
@click.option("--format", "form", type=click.Choice(FORMATS), default=None,
              help="How the answer is shown: text (default), json (default for a batch),"
                   " markdown (a note to paste), fhir (a CarePlan Bundle).")  # fmt: skip
@click.option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), default=None,
              help="The day, where the patient states none (default: today).")  # fmt: skip
@click.option("--complete-problem-list", is_flag=True,
              help="FHIR: the record's problem list leaves nothing out.")  # fmt: skip
@click.option("--complete-medication-list", is_flag=True,
              help="FHIR: the record's medication list leaves nothing out.")  # fmt: skip
@click.option("--content", type=click.Path(path_type=Path), default=None,
              help="Another content folder than the one shipped.")  # fmt: skip
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

    guideline = _guideline(content)
    today = as_of.date() if as_of else dt.date.today()  # noqa: DTZ011 - the local day
    intake = Intake(guideline, today, **complete)
    if patient.lower().endswith((".ndjson", ".jsonl")):
        if form in ("text", "markdown"):
            found = f"--format {form} for a batch"
            raise InputError([Fault(patient, found, "json or fhir, one answer a line")])
        sys.exit(_batch(Path(patient), intake, _writer(form or "json", guideline)))
    answer = _answer(intake, *_single(patient))
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

            written = _writer("fhir", guideline)(answer)
            click.echo(msgspec.json.format(written, indent=2).decode())


@cli.command(epilog="Exit status: 0 for every plan, 2 for bad input.")
@click.argument("patient", metavar="PATIENT")
@click.option("--regimen", multiple=True, required=True, metavar="DRUG",
              help="A drug to be started; once for each.")  # fmt: skip
@click.option("--start", type=click.DateTime(["%Y-%m-%d"]), required=True,
              help="The day of the first dose.")  # fmt: skip
@click.option("--policy", default=None, help="The monitoring policy (default: bsr-2017).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), default=None,
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
    from myopathway.plan import POLICY, plan_for
    from myopathway.plan_request import last_day
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


@cli.command(epilog="Exit status: 0 for every answer, 2 for bad input.")
@click.argument("patient", metavar="PATIENT")
@click.argument("order", metavar="ORDER")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              help="How the answer is shown.", show_default=True)  # fmt: skip
@at_desk
def check(desk: Desk, patient: str, order: str, form: str) -> None:
    """Check an ORDER for PATIENT: dose, rhythm, contraindications, place in the pathway.

    PATIENT is a facts document or a FHIR R4 Bundle. ORDER is a document (YAML or JSON: drug, dose,
    unit, frequency or every, times, days, cycle, route), a FHIR R4 MedicationRequest, or a list of
    them that are ordered together. One of the two may be - for standard input.
    """
    from myopathway.orders import check_orders
    from myopathway.orders.read import orders_in
    from myopathway.render.order import order_json, order_text

    if patient == order == "-":
        raise InputError([Fault("ORDER", "both from standard input", "a file for one of them")])
    guideline = desk.guideline()
    day = desk.day(dt.date.today())  # noqa: DTZ011 - the local day
    person = desk.patient(patient, guideline, day)
    orders, many = orders_in(*handed(order), guideline)
    answers = check_orders(person, orders, day, guideline)
    if form == "json":
        click.echo(order_json(answers, single=not many))
    else:
        click.echo(order_text(answers, guideline, **desk.paper()), nl=False)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--content", type=click.Path(path_type=Path), default=None,
              help="Another content folder than the one shipped.")  # fmt: skip
def statements(*, as_json: bool, content: Path | None) -> None:
    """Show where each statement of the sources is carried, and which cases exercise it."""
    from myopathway.cases import load_cases
    from myopathway.guideline.load import CONTENT
    from myopathway.statements import report, summary

    guideline = _guideline(content)
    entries = report(guideline, load_cases((content or CONTENT) / "cases"))
    if as_json:
        import msgspec

        whole = {"summary": summary(entries), "statements": entries}
        click.echo(msgspec.json.format(msgspec.json.encode(whole), indent=2).decode())
        return
    for entry in entries:
        click.echo(f"{entry['id']}: {len(entry['carried_by'])} places,"
                   f" {len(entry['exercised_by'])} cases")  # fmt: skip
    click.echo(" ".join(f"{name}: {value}" for name, value in summary(entries).items()))


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def facts(*, as_json: bool) -> None:
    """List the facts that a patient's document may hold."""
    from myopathway.facts import accepted

    guideline = _guideline(None)
    listed = guideline.vocabulary.facts.values()
    if as_json:
        import msgspec

        rows = [
            {"fact": one.name, "type": one.type, "says": one.says, "question": one.question,
             "accepted": accepted(one), "section": one.section}
            for one in listed
        ]  # fmt: skip
        click.echo(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
        return
    for one in listed:
        click.echo(f"{one.name}\n    {one.says}\n    {accepted(one)}")


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for a SHELL; source it from the shell's start-up file."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover - click knows the three shells that we offer
        raise InputError([Fault("shell", f"found {shell!r}", "bash, zsh or fish")])
    click.echo(kind(cli, {}, "myopathway", "_MYOPATHWAY_COMPLETE").source())


def _guideline(content: Path | None) -> Guideline:
    from myopathway.guideline.load import load, shipped

    return shipped() if content is None else load(content)


def _single(patient: str) -> tuple[bytes, str]:
    from myopathway.intake import read_file

    if patient == "-":
        return sys.stdin.buffer.read(), "standard input"
    return read_file(Path(patient)), patient


def _answer(intake: Intake, raw: bytes, name: str) -> Answer:
    from myopathway.recommendation import recommend_on

    return recommend_on(intake.patient(raw, name), intake.today, intake.guideline)


def _text(
    answer: Answer, guideline: Guideline, width: int | None, *, colour: bool | None, brief: bool
) -> str:
    import shutil

    from myopathway.render.text import text

    columns = width or max(60, min(100, shutil.get_terminal_size((80, 24)).columns))
    if colour is None:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    return text(answer, guideline, width=columns, colour=colour, brief=brief)


def _calendar(found: Plan, guideline: Guideline, target: str) -> None:
    """Write the calendar of a plan; of a regimen that is ruled out there is none."""
    from myopathway.plan_ics import ics

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
    try:
        Path(target).write_bytes(ics(found, guideline))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InputError([Fault(target, reason, "a file that can be written")]) from None


def _writer(form: str, guideline: Guideline) -> Callable[[Answer], bytes]:
    """Give what turns an answer into one line."""
    if form == "json":
        from myopathway.render.json import json_bytes

        return json_bytes
    import msgspec

    from myopathway.render.fhir import fhir

    encoder = msgspec.json.Encoder(decimal_format="number")
    return lambda answer: encoder.encode(fhir(answer, guideline))


def _batch(path: Path, intake: Intake, write: Callable[[Answer], bytes]) -> int:
    """Answer every line of a file, a bad line by its faults; give the exit status."""
    import msgspec

    from myopathway.intake import lines

    # The guideline stays for good: it need not be looked through again and again.
    gc.freeze()
    gc.enable()
    out = sys.stdout.buffer
    status = 0
    try:
        size = path.stat().st_size
        stream = path.open("rb")
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise InputError([Fault(str(path), reason, "a file that can be read")]) from None
    with stream:
        for number, raw in _shown(lines(stream), size):
            try:
                written = write(_answer(intake, raw, f"line {number}"))
            except InputError as error:
                status = SOME_BAD
                faults = [str(fault) for fault in error.faults]
                written = msgspec.json.encode({"error": faults})
            out.write(written)
            out.write(b"\n")
    out.flush()
    return status


def _shown(numbered: Iterator[tuple[int, bytes]], size: int) -> Iterator[tuple[int, bytes]]:
    """Show progress on standard error while it is a terminal and the answers go elsewhere."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from numbered
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("patients", total=size)
        read = 0
        for number, raw in numbered:
            read += len(raw)
            if number % 64 == 0:
                progress.update(task, completed=read, description=f"{number} patients")
            yield number, raw


def main(arguments: list[str] | None = None) -> Any:  # noqa: ANN401 - never returns in use
    """Run the command; every error becomes one clear line each and a proper exit status."""
    gc.disable()  # one answer is over before anything is worth collecting; a batch turns it on
    try:
        return cli.main(args=arguments, prog_name="myopathway", standalone_mode=True)
    except BrokenPipeError:
        # Whoever read our output has seen enough: end quietly, and keep Python from complaining.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except ContentError as error:
        _complain("content", error)
    except InputError as error:
        _complain("", error)
    except RecursionError:
        click.echo("myopathway: the input is nested too deeply", err=True)
        sys.exit(BAD_INPUT)
    except Exception as error:
        if os.environ.get("MYOPATHWAY_DEBUG"):
            raise
        kind = type(error).__name__
        click.echo(
            f"myopathway: an error of ours ({kind}: {error}); please report it."
            " MYOPATHWAY_DEBUG=1 shows more.", err=True)  # fmt: skip
        sys.exit(INTERNAL)


def _complain(what: str, error: MyopathwayError) -> None:
    for fault in error.faults:
        click.echo(f"myopathway: {what + ': ' if what else ''}{fault}", err=True)
    sys.exit(BAD_INPUT)
