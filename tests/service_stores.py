"""Stores to test on: an SQLite file, and a PostgreSQL server that is started for the tests."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.needs_postgres)]


def _program(name: str) -> str:
    """Find a program of the server; Debian keeps them apart from the others."""
    found = shutil.which(name)
    if found:
        return found
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(places[-1])


def _as_nobody() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    user = next(
        one for one in ("postgres", "nobody") if one in {each.pw_name for each in pwd.getpwall()}
    )
    return ["setpriv", f"--reuid={user}", "--clear-groups", "--"]


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Start a server on a free port in a folder of its own; give the address of its database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="myopathway-pg-") as folder:
        Path(folder).chmod(0o777)
        data = f"{folder}/data"
        who = _as_nobody()

        def run(*command: str) -> None:
            subprocess.run([*who, *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)

        run(_program("initdb"), "-D", data, "-U", "tester", "-A", "trust", "-N", "-E", "UTF8",
            "--locale=C")  # fmt: skip
        control = (_program("pg_ctl"), "-D", data, "-w", "-t", "60")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c max_connections=50"
        run(*control, "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql://tester@127.0.0.1:{port}/postgres"
        finally:
            run(*control, "-m", "immediate", "stop")
