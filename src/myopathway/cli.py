"""The command ``myopathway``: thin, quick to start, never a traceback."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn

import click

from myopathway import __version__
from myopathway.errors import ContentError, Fault, InputError, MyopathwayError

BAD_INPUT: Final = 2
INTERNAL: Final = 70
STOPPED: Final = 130

COMMANDS: Final = (
    "recommend",
    "ask",
    "plan",
    "check",
    "whatif",
    "cohort",
    "explain",
    "statements",
    "verify",
    "diff",
    "facts",
    "guide",
    "export",
    "serve",
    "report",
    "completion",
)  # in the order of --help; each is the command of that name in its module of commands/

_NO_OUTPUT: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_EPILOG: Final = """Decision support for professionals: no medical device, no substitute for
clinical judgement."""


class _SeenEnough(Exception):  # noqa: N818 - no error
    """Whoever read our output has gone."""


class Commands(click.Group):
    """The commands, each imported when it is asked for: starting costs only what is used."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a pipe that was closed is no failure, as click would have it."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _SeenEnough from None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the names, in the order of the help text."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command of a name, or give None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"myopathway.commands.{cmd_name}"), cmd_name)
        return command


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, prog_name="myopathway")
def cli() -> None:
    """Where a patient with myositis stands in the treatment algorithm, and what it recommends."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command; every error becomes one clear line each and a proper exit status."""
    gc.disable()  # one answer is over before anything is worth collecting; a batch turns it on
    atexit.register(_leave)
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    try:
        done = cli.main(args=arguments, prog_name="myopathway", standalone_mode=False)
        sys.exit(done if isinstance(done, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("myopathway: stopped", err=True)
        sys.exit(STOPPED)
    except _SeenEnough:
        _drop_output()
        sys.exit(0)
    except ContentError as error:
        _complain("content", error)
    except InputError as error:
        _complain("", error)
    except RecursionError:
        click.echo("myopathway: the input is nested too deeply", err=True)
        sys.exit(BAD_INPUT)
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None and error.errno in _NO_OUTPUT:
            # Files are written by code that knows their names: this was the standard output.
            _drop_output()
            reason = os.strerror(error.errno or 0).lower()
            _complain("", InputError([Fault("standard output", reason, "a place with room")]))
        if os.environ.get("MYOPATHWAY_DEBUG"):
            raise
        kind = type(error).__name__
        click.echo(
            f"myopathway: an error of ours ({kind}: {error}); please report it."
            " MYOPATHWAY_DEBUG=1 shows more.", err=True)  # fmt: skip
        sys.exit(INTERNAL)


def _leave() -> None:
    """Look for no cycles when all is over; DuckDB, if it is loaded, would call them leaks."""
    if "duckdb" not in sys.modules:
        gc.freeze()


def _drop_output() -> None:
    """Let go of what was not written, and keep Python from complaining about it at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(what: str, error: MyopathwayError) -> NoReturn:
    for fault in error.faults:
        click.echo(f"myopathway: {what + ': ' if what else ''}{fault}", err=True)
    sys.exit(BAD_INPUT)
