"""``myopathway cohort --engine spark``: a Spark session of our own, on this machine or a cluster.

``SPARK_MASTER`` (default ``local[*]``) says where. What can be read is read as without Spark, so
that a broken line is a broken line for every engine; Spark answers the facts table.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from myopathway.cohort.columns import schema
from myopathway.cohort.inputs import Piece, pieces
from myopathway.cohort.outputs import ending_of, sink
from myopathway.cohort.run import Done, Job, bulk_pieces
from myopathway.cohort.spark import evaluate
from myopathway.cohort.summary import Summary
from myopathway.cohort.table import arrow_schema
from myopathway.errors import Fault, InputError
from myopathway.guideline.load import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyspark.sql import SparkSession

    from myopathway.cohort.bulk import Bulk

_PART = 20_000


def run_on_spark(job: Job, tell: Callable[[str, int, int], None]) -> Done:
    """Answer a population on Spark; as ``cohort.run.run`` in everything else."""
    ending_of(job.target)
    read: Bulk | None = None
    with tempfile.TemporaryDirectory(prefix="myopathway-") as beside:
        facts = Path(beside) / "facts.parquet"
        if Path(job.source).is_dir():
            found, read = bulk_pieces(job, Path(beside), tell)
        else:
            found = pieces(job.source, job.intake)
        rows = _write(facts, found, job)
        session = _session()
        try:
            summary = _answered(session, facts, job, rows, tell)
        finally:
            session.stop()
    return Done(summary, None if read is None else read.counts)


def _write(facts: Path, found: Iterator[Piece], job: Job) -> int:
    """Write the facts table that Spark reads."""
    rows = 0
    with pq.ParquetWriter(facts, arrow_schema(job.intake.guideline.vocabulary)) as writer:
        for piece in found:
            writer.write_table(piece.table, row_group_size=_PART)
            rows += piece.table.num_rows
    return rows


def _answered(
    session: SparkSession, facts: Path, job: Job, rows: int, tell: Callable[[str, int, int], None]
) -> Summary:
    intake = job.intake
    shipped_too = intake.guideline.content_hash == shipped().content_hash
    answers = evaluate(
        session.read.parquet(str(facts)),
        day=intake.today,
        guideline=None if shipped_too else intake.guideline,
        whole=job.whole,
    )
    wanted = schema(intake.guideline.vocabulary, whole=job.whole)
    summary = Summary()
    with tempfile.TemporaryDirectory(prefix="myopathway-") as beside:
        parts = Path(beside) / "answers"
        answers.write.parquet(str(parts))
        with sink(job.target, wanted) as out:
            for path in sorted(parts.glob("part-*.parquet")):
                for batch in pq.ParquetFile(path).iter_batches(_PART):
                    table = pa.Table.from_batches([batch]).cast(wanted)
                    out.write(table)
                    summary.add(table)
                    tell("answering", summary.rows, rows)
    return summary


def _session() -> SparkSession:
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        found = "pyspark is not installed"
        raise InputError(
            [Fault("--engine spark", found, "pip install 'myopathway[spark]'")]
        ) from None
    # The workers of this machine are to find what this process finds.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return (
        SparkSession.builder.master(os.environ.get("SPARK_MASTER", "local[*]"))
        .appName("myopathway")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
