"""``myopathway ask``: one question after the other, until the answer is settled."""

from __future__ import annotations

import datetime as dt
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from myopathway.commands.desk import at_desk
from myopathway.errors import Fault, InputError
from myopathway.wholefile import write_whole

if TYPE_CHECKING:
    from myopathway.ask import Asker, Interview, Question
    from myopathway.commands.desk import Desk
    from myopathway.guideline.model import Guideline

NOT_KNOWN: Final = ("?", "", "unknown", "not known", "don't know", "dont know")
STOP: Final = (".", "stop")
_NONE: Final = ("none", "[]", "-", "0")


@click.command(
    short_help="Ask for what is missing, then recommend.",
    epilog="Exit status: 0 for every answer, 2 for bad input.",
)
@click.argument("patient", metavar="[PATIENT]", required=False)
@click.option("--place-only", is_flag=True,
              help="Stop as soon as the place in the pathway is settled.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text",
              help="How the answer is shown.", show_default=True)  # fmt: skip
@click.option("-o", "--output", "output", type=click.Path(path_type=Path), default=None,
              metavar="FILE",
              help="Write the facts to a document (YAML, or JSON by its name).")  # fmt: skip
@at_desk
def ask(
    desk: Desk, patient: str | None, form: str, output: Path | None, *, place_only: bool
) -> None:
    """Ask for what is missing of PATIENT, the most useful question first.

    PATIENT is a facts document or a FHIR R4 Bundle; without one nothing is known at first.
    Only what can still matter is asked. Answer with a value (words may be shortened), with ? for
    what is not known, or with . to stop; then the recommendation is shown. Questions go to
    standard error, the recommendation to standard output, and answers may be piped in.
    """
    from myopathway.ask import Asker, Interview
    from myopathway.patient import Patient

    if patient == "-":
        raise InputError([Fault("PATIENT", "standard input", "a file; answers come from there")])
    if output is not None:
        _writable(output)  # nobody should find out after the last question
    guideline = desk.guideline()
    day = desk.day(dt.date.today())  # noqa: DTZ011 - the local day
    begun = (
        Patient.from_facts({}, guideline=guideline)
        if patient is None
        else desk.patient(patient, guideline, day)
    )
    asker = Asker(guideline, day)
    interview = _interview(asker, Interview(begun), guideline, place_only=place_only)
    if output is not None:
        _write(interview, output)
    answer = asker.answer(interview)
    if form == "json":
        from myopathway.render.json import json_pretty

        click.echo(json_pretty(answer))
    else:
        from myopathway.render.text import text

        click.echo(text(answer, guideline, **desk.paper()), nl=False, color=True)


def _interview(
    asker: Asker, interview: Interview, guideline: Guideline, *, place_only: bool
) -> Interview:
    count = 0
    while (question := asker.question(interview, place_only=place_only)) is not None:
        count += 1
        if count == 1:
            click.echo("? or nothing: not known; . to stop\n", err=True)
        try:
            interview = _put(asker, interview, question, count, guideline)
        except _NotKnown:
            interview = interview.unknown(question.fact)
        except _Stop:
            break
    click.echo("", err=True)
    return interview


class _NotKnown(Exception):  # noqa: N818 - a reply, not an error
    """Nobody knows."""


class _Stop(Exception):  # noqa: N818 - a reply, not an error
    """No further question is wanted."""


def _line(prompt: str) -> str:
    """Read a line; the end of the input stops the interview."""
    click.echo(f"  {prompt} > ", nl=False, err=True)
    try:
        typed = input().strip()
    except EOFError:
        click.echo("", err=True)
        raise _Stop from None
    if not sys.stdin.isatty():
        click.echo(typed, err=True)  # so that what was piped in reads as it would have been typed
    if typed.lower() in STOP:
        raise _Stop
    return typed


def _put(
    asker: Asker, interview: Interview, question: Question, count: int, guideline: Guideline
) -> Interview:
    """Put a question until its answer can be taken in."""
    click.echo(f"{count}. {question.text}", err=True)
    if question.help:
        click.echo(f"  {question.help}", err=True)
    if question.decides:
        click.echo(f"  Decides: {', '.join(question.decides)}", err=True)
    for place, (value, title) in enumerate(question.values.items(), start=1):
        click.echo(f"  {place:>3} {value}{'' if title == value else f': {title}'}", err=True)
    while True:
        try:
            if question.kind == "treatments":
                return asker.learn(interview, question.fact, _treatments(guideline))
            typed = _line(question.accepted)
            if typed.lower() in NOT_KNOWN:
                raise _NotKnown
            return asker.told(interview, question, typed)
        except InputError as error:
            _complain(error)


def _treatments(guideline: Guideline) -> list[dict[str, Any]]:
    """Read the regimens one by one; ``none`` at the first says that there was none."""
    names = sorted(set(guideline.vocabulary.drug_names.values()))
    click.echo(f"  Drugs: {', '.join(names)}", err=True)
    found: list[dict[str, Any]] = []
    while True:
        more = "none" if not found else "nothing: no more"
        typed = _line(f"regimen {len(found) + 1}: drugs given together, by commas; {more}")
        if not found and typed.lower() in NOT_KNOWN:
            raise _NotKnown
        if not typed or typed.lower() in _NONE:
            return found
        regimen: dict[str, Any] = {
            "drugs": [one.strip() for one in typed.split(",") if one.strip()]
        }
        try:
            known = _known_drugs(guideline, regimen)
        except InputError as error:
            _complain(error)
            continue
        regimen |= _details(known)
        found.append(regimen)


def _known_drugs(guideline: Guideline, regimen: dict[str, Any]) -> list[str]:
    """Check the names at once, while they can be typed again."""
    fact = next(one for one in guideline.vocabulary.facts.values() if one.type == "treatments")
    read: Any = guideline.vocabulary.known(fact, [regimen]).value
    regimen["drugs"] = list(read[0].drugs)
    return [one for one in read[0].drugs if not guideline.drugs[one].supplement]


def _details(drugs: list[str]) -> dict[str, Any]:
    from myopathway.facts import OUTCOMES, PURPOSES

    found: dict[str, Any] = {}
    for key, words in (("purpose", PURPOSES), ("outcome", OUTCOMES)):
        word = _chosen(key, words)
        if word is not None:
            found[key] = word
    if found.get("outcome") == "intolerance" and len(drugs) > 1:
        word = _chosen("of which drug", drugs)
        if word is not None:
            found["intolerant_of"] = [word]
    return found


def _chosen(key: str, words: Any) -> str | None:  # noqa: ANN401 - any words
    from myopathway.ask import Question

    question = Question(key, "", "choice", "", "", dict.fromkeys(words, ""))
    while True:
        typed = _line(f"  {key}: {', '.join(words)}")
        if typed.lower() in NOT_KNOWN:
            return None
        try:
            return str(question.read(typed))
        except InputError as error:
            _complain(error)


def _complain(error: InputError) -> None:
    for fault in error.faults:
        click.echo(f"  {fault}", err=True)


def _writable(output: Path) -> None:
    """Refuse at once what cannot be written to."""
    folder = output.resolve().parent
    found = (
        "no such folder" if not folder.is_dir()
        else "is a directory" if output.is_dir()
        else "permission denied" if not os.access(output if output.exists() else folder, os.W_OK)
        else ""
    )  # fmt: skip
    if found:
        raise InputError([Fault(str(output), found, "a file that can be written")])


def _write(interview: Interview, output: Path) -> None:
    """Write what is known as a facts document."""
    from myopathway.ask import document

    facts = document(interview.patient.record)
    if output.suffix == ".json":
        import json

        write_whole(output, (json.dumps(facts, indent=2) + "\n").encode())
        return
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    written = io.BytesIO()
    yaml.dump(facts, written)
    write_whole(output, written.getvalue())
