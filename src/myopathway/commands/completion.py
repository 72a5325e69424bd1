"""``myopathway completion``: the shell completes commands and options."""

from __future__ import annotations

import click

from myopathway.errors import Fault, InputError


@click.command(short_help="Print the completion script for a shell.")
@click.pass_context
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for a SHELL; source it from the shell's start-up file."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:  # pragma: no cover - click knows the three shells that we offer
        raise InputError([Fault("shell", f"found {shell!r}", "bash, zsh or fish")])
    click.echo(kind(context.find_root().command, {}, "myopathway", "_MYOPATHWAY_COMPLETE").source())
