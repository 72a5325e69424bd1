"""Requests made by schemathesis from our OpenAPI document, against a service of one process.

usage: python -m bench.service_fuzz [requests, default 100000] [first seed, default 1]

No 5xx, no undocumented status, no answer that does not fit its schema. Making the requests takes
far longer than answering them: on several processors, run it several times with seeds far apart.
The first run of a service makes what is not left to chance too; the others what is, so that no
request is counted that only repeats.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

OPERATIONS = 11
PHASES = "examples,coverage,fuzzing"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance"
)


@dataclass(frozen=True)
class Result:
    """How a run ended, how many requests it made, and what it said."""

    status: int
    requests: int
    text: str


def fuzz(base: str, *, examples: int, folder: Path, seed: int = 1, phases: str = PHASES) -> Result:
    """Let schemathesis ask a service; ``examples`` bounds the requests of each operation."""
    done = subprocess.run(  # noqa: S603 - our own command
        [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{base}/openapi.json",
            "--url", base, "--phases", phases, "--mode", "all",
            "--max-examples", str(examples), "--checks", CHECKS, "--seed", str(seed),
            "--generation-database", "none", "--no-color", "--continue-on-failure",
            "--request-timeout", "30",
        ],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )  # fmt: skip
    text = done.stdout + done.stderr
    found = re.search(r"([\d,]+) generated", text)
    return Result(done.returncode, int(found[1].replace(",", "")) if found else 0, text)


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    sys.path.insert(0, str(Path(__file__).parent.parent))
    from tests.service_process import Served  # noqa: PLC0415 - only beside the tests

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = 0
        begun = time.perf_counter()
        with Served(folder) as served:
            seed = first
            while made < wanted:
                phases = PHASES if seed == first else "fuzzing"
                examples = max(50, (wanted - made) // OPERATIONS)
                result = fuzz(served.base, examples=examples, folder=folder, seed=seed,
                              phases=phases)  # fmt: skip
                made += result.requests
                taken = time.perf_counter() - begun
                told = f"{result.requests} requests, {made} in all, {taken:.0f} s"
                print(f"seed {seed}: exit {result.status}, {told}", flush=True)
                seed += 1
                if result.status or not result.requests:
                    sys.exit(result.text[-6000:])
            assert served.process.poll() is None, "the worker lives"


if __name__ == "__main__":
    main()
