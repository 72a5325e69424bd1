"""Times the project beside cql-execution on the same FHIR Bundles, and its start beside Python's.

usage: python -m bench [patients, default 2000] [runs, default 3]

Every figure is the median of several runs, ours and the peer's in turn; quote the ratios, since
the machine's own speed drifts. Ours runs twice: compiled (`make wheel`; where there is a C
compiler) and as it stands. Patients are synthetic and always the same. The peer's decision is
a stand-in of the same shape written in CQL, simpler than the guideline.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
ROOT = HERE.parent
OUT = HERE / "out"
NODE = ROOT / ".cache" / "node"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    OUT.mkdir(exist_ok=True)
    patients = OUT / f"patients-{count}.ndjson"
    if not patients.exists():
        call(sys.executable, HERE / "patients.py", "--n", count, "--seed", 7, "--out", patients)
    with_peer = peer_ready()
    forms = {"as Python": dict(os.environ)}
    if (fast := compiled()) is not None:
        forms = {"compiled": fast, **forms}
    ours: dict[str, list] = {name: [] for name in forms}
    peers = []
    for _ in range(runs):
        for name, where in forms.items():
            ours[name].append(json.loads(call(sys.executable, "-m", "bench.ours", patients,
                                              env=where)))  # fmt: skip
        if with_peer:
            peers.append(peer(patients))
    other = median(peers, "patients_per_second") if with_peer else 0.0
    if with_peer:
        print(f"cql-execution 3.3.2, reused patient source: {other:,.0f} patients/s")
    else:
        print("cql-execution: not installed (node is needed); no ratio")
    for name, rows in ours.items():
        rate = median(rows, "patients_per_second")
        print(f"myopathway {name}, one process, JSON in to JSON out: {rate:,.0f} patients/s,"
              f" p50 {median(rows, 'p50_ms'):.2f} ms, p99 {median(rows, 'p99_ms'):.2f} ms,"
              f" memory {median(rows, 'start_mib'):.0f} MiB after 200,"
              f" {median(rows, 'end_mib'):.0f} MiB after all")  # fmt: skip
        if with_peer:
            print(f"ratio, {name}: {rate / other:.1f} (at least 20 wanted, 50 the aim)")
    for name, where in forms.items():
        start_up(runs, name, where)


def start_up(runs: int, form: str, where: dict[str, str]) -> None:
    """Time the whole command beside a bare interpreter, in turn."""
    command = [Path(sys.executable).parent / "myopathway", "recommend"]
    example = ROOT / "examples" / "severe-ild-mda5"
    bare, yaml, fhir = [], [], []
    for _ in range(max(runs, 5) * 2):
        bare.append(timed(sys.executable, "-c", "pass", env=where))
        yaml.append(timed(*command, f"{example}.yaml", env=where))
        fhir.append(timed(*command, f"{example}.bundle.json", env=where))
    base = statistics.median(bare)
    print(f"a bare interpreter: {1000 * base:.0f} ms")
    for name, taken in (("facts in YAML", yaml), ("FHIR Bundle", fhir)):
        middle = statistics.median(taken)
        print(f"myopathway recommend {form}, {name}: {1000 * middle:.0f} ms,"
              f" {middle / base:.1f} interpreter starts (below 15 wanted, 10 the aim)")  # fmt: skip


def peer_ready() -> bool:
    """Install the peer where node is there, and translate its decision."""
    if not shutil.which("node"):
        return False
    call("bash", ROOT / "tools" / "node-setup.sh")
    for name in (HERE / "peer").iterdir():
        shutil.copy(name, NODE)
    call("node", NODE / "translate.mjs", "--cql", NODE / "iim_bench.cql", "--out",
         NODE / "iim_bench.elm.json")  # fmt: skip
    return True


def peer(patients: Path) -> dict[str, float]:
    printed = call("node", NODE / "bench_cql_execution.mjs", "--elm", NODE / "iim_bench.elm.json",
                   "--ndjson", patients)  # fmt: skip
    last = [line for line in printed.splitlines() if line.startswith("{")][-1]
    return dict(json.loads(last))


def median(rows: list[dict[str, float]], key: str) -> float:
    return statistics.median(row[key] for row in rows)


def timed(*command: object, env: dict[str, str]) -> float:
    begun = time.perf_counter()
    call(*command, env=env)
    return time.perf_counter() - begun


def call(*command: object, env: Mapping[str, str] = os.environ) -> str:
    done = subprocess.run(  # noqa: S603 - our own commands
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True,
        check=False, env={**env, "NODE_PATH": str(NODE / "node_modules")},
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


main()
