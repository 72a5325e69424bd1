"""The compiled form of this checkout, for benchmarks that run processes of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def compiled() -> dict[str, str] | None:
    """Give the environment in which Python runs the compiled form; None without a compiler.

    Without one the reason is printed, and what is measured is the plain form.
    """
    built = subprocess.run(
        ["bash", "tools/compiled.sh"],  # noqa: S607 - as make does
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if built.returncode == 3:
        return None
    if built.returncode:
        sys.exit("the compiled form cannot be built")
    return {**os.environ, "PYTHONPATH": built.stdout.strip()}
