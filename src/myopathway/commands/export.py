"""``myopathway export``: the guideline as standard artefacts for other engines."""

from __future__ import annotations

from pathlib import Path

import click

from myopathway.commands.desk import guideline_of


@click.command(
    short_help="Write the guideline as FHIR, CQL and ELM.",
    epilog="Exit status: 0, or 2 for a folder, address or content that cannot be used.",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--canonical-base", "base", metavar="URL", default=None,
              help="The address under which the artefacts are published.")  # fmt: skip
@click.option("--content", type=click.Path(path_type=Path), default=None,
              help="Another content folder than the one shipped.")  # fmt: skip
def export(folder: Path, base: str | None, content: Path | None) -> None:
    """Write the guideline to DIR as FHIR R4 artefacts, CQL, ELM and a package.

    Everything is generated from the content; the same content gives the same bytes.
    """
    from myopathway.export.files import write
    from myopathway.render.fhir import BASE

    names = write(guideline_of(content), folder, BASE if base is None else base)
    click.echo(f"{len(names)} files in {folder}: {', '.join(names[:3])}, …")
