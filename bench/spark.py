"""The same population on Spark with one worker process and with two, and once more without Spark.

usage: python -m bench.spark [N, default 200000] [RUNS, default 2]

The workers are processes of `local-cluster`, one core and 2 GB each; one of them alone is
`local-cluster[1,1,2048]`. Each figure is a session of its own; the first answers compile the
guideline in each worker, so a small part of the table goes first and is not counted. The answers
are compared with those of the command, row by row.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from bench.cohort import DAY, make

PARTS = 8


def on_spark(workers: int, facts: str, out: str) -> dict[str, float]:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

    from myopathway.cohort.spark import evaluate  # noqa: PLC0415 - as above

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = (
        SparkSession.builder.master(f"local-cluster[{workers},1,2048]")
        .appName("bench")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.executor.memory", "1g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    try:
        rows = session.read.parquet(facts)
        warm = rows.limit(2_000).repartition(PARTS)
        evaluate(warm, day=DAY).write.mode("overwrite").parquet(f"{out}-warm")
        begun = time.perf_counter()
        evaluate(rows.repartition(PARTS), day=DAY).write.mode("overwrite").parquet(out)
        taken = time.perf_counter() - begun
    finally:
        session.stop()
    return {"seconds": taken, "rows": pq.read_metadata(facts).num_rows}


def one_run(workers: int, facts: str, out: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.spark", "--one", str(workers), facts, out]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - ours
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def same(facts: str, out: str, folder: Path) -> int:
    """Count the rows that the command answers otherwise."""
    plain = folder / "plain.parquet"
    command = [str(Path(sys.executable).parent / "myopathway"), "cohort", facts, "-o", str(plain),
               "--as-of", DAY.isoformat()]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - ours
    wanted = {row["id"]: row for row in pq.read_table(plain).drop(["facts"]).to_pylist()}
    found = pq.read_table(out).drop(["facts"]).to_pylist()
    assert len(found) == len(wanted)
    return sum(row != wanted[row["id"]] for row in found)


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(on_spark(int(sys.argv[2]), sys.argv[3], sys.argv[4])))
        return
    count = int(sys.argv[1]) if sys.argv[1:] else 200_000
    runs = int(sys.argv[2]) if sys.argv[2:] else 2
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        facts = str(folder / "facts.parquet")
        make(count, facts, 0.5)
        taken: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(runs):
            for workers, found in taken.items():
                found.append(one_run(workers, facts, str(folder / f"out{workers}"))["seconds"])
        for workers, found in taken.items():
            middle = statistics.median(found)
            print(f"Spark, {workers} worker process{'es' * (workers > 1)}: {middle:.1f} s,"
                  f" {count / middle:,.0f} rows/s")  # fmt: skip
        ratio = statistics.median(taken[1]) / statistics.median(taken[2])
        print(f"two workers are {ratio:.2f} times as quick as one")
        differ = same(facts, str(folder / "out2"), folder)
        print(f"{count} rows beside the command: {differ} differ")


if __name__ == "__main__":
    main()
