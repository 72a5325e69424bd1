"""``myopathway verify``: the proofs about the guideline."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from myopathway.errors import Fault, InputError

if TYPE_CHECKING:
    from myopathway.verify import Failure, Report

_WIDE: Final = 62


@click.command(
    short_help="Prove that the guideline is complete and consistent.",
    epilog="Exit status: 0 when every property holds, 1 when one fails, 2 for bad input.",
)
@click.option("--content", type=click.Path(path_type=Path), default=None, metavar="FOLDER",
              help="Another content folder than the one shipped.")  # fmt: skip
@click.option("--overlay", type=click.Path(path_type=Path), default=None, metavar="FOLDER",
              help="A site's own rules: the proofs that they must stand.")  # fmt: skip
@click.option("--only", multiple=True, metavar="PROPERTY",
              help="Prove this property alone; may stand several times.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True,
              help="Processes for the longest proof.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def verify(
    content: Path | None,
    overlay: Path | None,
    only: tuple[str, ...],
    workers: int,
    *,
    as_json: bool,
) -> None:
    """Prove that the guideline is complete, free of contradiction and safe to ask.

    A table of the properties follows, each with the space of patients over which it was proved.
    What fails is printed with the smallest patient that shows it, a document for `recommend`.
    """
    from myopathway.guideline.load import CONTENT
    from myopathway.verify import OF_OVERLAYS, PROPERTIES
    from myopathway.verify import verify as prove

    for folder, file in ((content, "edition.yaml"), (overlay, "overlay.yaml")):
        if folder is not None and not (folder / file).is_file():
            raise InputError([Fault(str(folder), "no content here", f"a folder with {file}")])
    wanted = only or (PROPERTIES if overlay is None else OF_OVERLAYS)
    report = prove(content or CONTENT, only=wanted, workers=workers, overlay=overlay)
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(_encoded(_plain(report)), indent=2).decode())
    else:
        click.echo(_table(report), nl=False)
    sys.exit(0 if report.holds else 1)


def _plain(report: Report) -> dict[str, object]:
    import msgspec

    whole = msgspec.to_builtins(report, builtin_types=(Decimal,))
    findings = [
        {"holds": one.holds, **plain, "seconds": round(one.seconds, 3)}
        for one, plain in zip(report.findings, whole["findings"], strict=True)
    ]
    return {"holds": report.holds, **whole, "findings": findings}


def _encoded(value: object) -> bytes:
    """Write JSON; a number of a vignette stays the number that it is."""
    import msgspec

    return msgspec.json.Encoder(decimal_format="number").encode(value)


def _table(report: Report) -> str:
    import textwrap

    named = f"{report.guideline} {report.version} ({report.content_hash[:12]})"
    lines = [named if report.guideline else "Content that cannot be read", ""]
    for one in report.findings:
        mark = "holds " if one.holds else "FAILS "
        first, *rest = textwrap.wrap(one.says, _WIDE)
        lines.append(f"{mark} {one.id:<17}{first:<{_WIDE}} {one.seconds:6.1f} s")
        lines += [f"{'':24}{line}" for line in rest]
        lines.append(f"{'':24}{one.how}: {one.space}")
    failing = [one for one in report.findings if not one.holds]
    for one in failing:
        lines += ["", f"{one.id}: {one.says}: it fails."]
        for failure in one.failures:
            lines += _shown(failure)
    total = sum(one.seconds for one in report.findings)
    held = len(report.findings) - len(failing)
    lines += ["", f"{held} of {len(report.findings)} properties hold; {total:.1f} s."]
    return "\n".join(lines) + "\n"


def _shown(failure: Failure) -> list[str]:
    lines = ["", f"  {failure.says}"]
    if failure.patient is not None:
        lines.append("  The smallest patient that shows it:")
        if not failure.patient:
            lines.append("    {}  # nothing is known")
        # JSON values are YAML too, so that the lines are a facts document.
        lines += [
            f"    {name}: {_encoded(value).decode()}" for name, value in failure.patient.items()
        ]
    return lines
