"""``myopathway guide``: the whole guideline in one file that needs no network."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from myopathway.commands.desk import guideline_of
from myopathway.wholefile import write_whole


@click.command(short_help="Write the whole guideline as one offline file.")
@click.option("-o", "--output", default="-", metavar="FILE", show_default=True,
              help="Where the file is written; - for standard output.")  # fmt: skip
@click.option("--content", type=click.Path(path_type=Path), default=None,
              help="Another content folder than the one shipped.")  # fmt: skip
@click.option("--overlay", type=click.Path(path_type=Path), default=None,
              help="A folder of a site's own rules, laid over the guideline.")  # fmt: skip
@click.option("--mermaid", is_flag=True, help="Instead: the pathway as Mermaid text, for authors.")
def guide(output: str, content: Path | None, overlay: Path | None, *, mermaid: bool) -> None:
    """Write the whole guideline as one HTML file that works without a network.

    It holds every place of the pathway, every dose with a table by weight, drug safety,
    monitoring and the works behind it all; nothing of a patient.
    """
    from myopathway.figures.mermaid import pathway_mermaid
    from myopathway.web.guide_file import guide_file

    guideline = guideline_of(content, overlay)
    found = (pathway_mermaid(guideline) if mermaid else guide_file(guideline)).encode()
    if output == "-":
        sys.stdout.buffer.write(found)
        sys.stdout.buffer.flush()
        return
    write_whole(Path(output), found)
