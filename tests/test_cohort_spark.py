"""Spark gives the answers of DuckDB, which are those of one patient at a time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

import pyarrow.parquet as pq

from myopathway.cohort.answering import Answering
from myopathway.cohort.spark import evaluate
from myopathway.cohort.spark_places import places
from myopathway.guideline.load import shipped
from myopathway.patient import Patient
from tests.cohort_patients import documents, table
from tests.population import TODAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.needs_spark,
    pytest.mark.filterwarnings("ignore"),  # Spark warns of what is not ours
]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    pytest.importorskip("pyspark")
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
        yield session
        session.stop()


def test_spark_answers_as_duckdb_does(spark: Any, tmp_path: Path) -> None:
    whole = table([Patient.from_facts(one) for one in documents(77, 300)])
    pq.write_table(whole, tmp_path / "facts.parquet")
    wanted = {
        row["id"]: row
        for row in Answering(shipped(), TODAY).answered(whole).drop(["facts"]).to_pylist()
    }
    facts = spark.read.parquet(str(tmp_path / "facts.parquet")).repartition(2)
    for found in (evaluate(facts, day=TODAY), places(facts, day=TODAY)):
        rows = [row.asDict(recursive=True) for row in found.drop("facts").collect()]
        assert len(rows) == len(wanted)
        for row in rows:
            assert row == {name: wanted[row["id"]][name] for name in row}
