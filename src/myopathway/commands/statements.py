"""``myopathway statements``: where each statement of the sources is carried."""

from __future__ import annotations

from pathlib import Path

import click

from myopathway.commands.desk import guideline_of


@click.command(short_help="Show where each statement of the sources is carried.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--content", type=click.Path(path_type=Path), default=None,
              help="Another content folder than the one shipped.")  # fmt: skip
def statements(*, as_json: bool, content: Path | None) -> None:
    """Show where each statement of the sources is carried, and which cases exercise it."""
    from myopathway.cases import load_cases
    from myopathway.guideline.load import CONTENT
    from myopathway.statements import report, summary

    guideline = guideline_of(content)
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
