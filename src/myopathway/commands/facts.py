"""``myopathway facts``: what a patient's document may hold."""

from __future__ import annotations

from pathlib import Path

import click

from myopathway.commands.desk import guideline_of


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--content", type=click.Path(path_type=Path), default=None,
              help="Another content folder than the one shipped.")  # fmt: skip
def facts(*, as_json: bool, content: Path | None) -> None:
    """List the facts that a patient's document may hold."""
    from myopathway.facts import accepted

    guideline = guideline_of(content)
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
