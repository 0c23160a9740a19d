"""A day on which a few keys have most of the rows: no task has more than three times what the median task has."""

import statistics
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.log_files import read_log_partition
from lib.units.identifiers import without_people
from lib.units.join_logs import join_logs
from schemas import pin_log, query_log, response_log
from schemas.contracts.settings import InputSettings
from schemas.table_spec import TableSpec

DS = date(2026, 3, 2)
KEY = b"a key of the tests only"
N_TASKS = 8
N_QUERIES, PINS_EACH, CROWDED, WITHOUT_RESPONSE = 12_000, 5, 10_000, 20_000
NOON = "timestamp_seconds(1772452800)"


@pytest.fixture
def eight_tasks(spark: SparkSession) -> Iterator[SparkSession]:
    """A session whose shuffles have N_TASKS tasks."""
    n_tasks = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", N_TASKS)
    yield spark
    spark.conf.set("spark.sql.shuffle.partitions", n_tasks)


def _log(rows: DataFrame, spec: TableSpec, **values: str) -> DataFrame:
    given = {"ds": f"DATE'{DS}'", "event_ts": NOON} | values
    return rows.selectExpr(*[f"CAST({given.get(c.name, 'NULL')} AS {c.data_type}) AS {c.name}" for c in spec.columns])


def _skewed_logs(spark: SparkSession) -> dict[str, DataFrame]:
    """Half of it is one person's, one response has 10,000 Pins, 20,000 Pins have no response, some texts are long."""
    queries = spark.range(N_QUERIES)
    pins = spark.range(N_QUERIES * PINS_EACH).select(
        F.concat(F.lit("r"), F.floor(F.col("id") / PINS_EACH)).alias("response"), (F.col("id") % PINS_EACH).alias("n")
    )
    crowd = spark.range(CROWDED).select(F.lit("r7").alias("response"), (F.col("id") + PINS_EACH).alias("n"))
    stray = spark.range(WITHOUT_RESPONSE).select(F.lit(None).cast("string").alias("response"), F.col("id").alias("n"))
    person = "if(id % 2 = 0, 'everywhere', concat('u', id))"
    text = "if(id % 3000 = 0, repeat('wide ', 200000), 'tea')"
    return {
        "query_log": _log(
            queries, query_log.TABLE, query_id="concat('q', id)", user_id=person, surface="'search'", query_text=text
        ),
        "response_log": _log(
            queries, response_log.TABLE, response_id="concat('r', id)", query_id="concat('q', id)", response_text="'so'"
        ),
        "pin_log": _log(
            pins.union(crowd).union(stray), pin_log.TABLE, response_id="response", slot="n", pin_id="concat('p', n)"
        ),
    }


def test_no_task_has_most_of_the_rows(eight_tasks: SparkSession) -> None:
    logs = _skewed_logs(eight_tasks)
    logs["query_log"] = without_people(logs["query_log"], key=KEY)
    n_pins = F.size("pins") + F.coalesce(F.size("rejected_pins"), F.lit(0))
    joined = join_logs(**logs, ds=DS).select(F.spark_partition_id().alias("task"), n_pins.alias("n_pins"))
    tasks = joined.groupBy("task").agg(F.sum("n_pins").alias("n_pins"), F.count(F.lit(1)).alias("n_rows")).collect()
    assert sum(row["n_pins"] for row in tasks) == N_QUERIES * PINS_EACH + CROWDED + WITHOUT_RESPONSE
    for what in ("n_pins", "n_rows"):
        loads = [row[what] for row in tasks]
        assert len(loads) == N_TASKS
        # The crowded response alone is as much as a task has: a task with two of its kind would be beyond the bound.
        assert max(loads) <= 3 * statistics.median(loads)


def test_what_is_kept_of_a_small_day_has_few_parts(eight_tasks: SparkSession) -> None:
    """One part for each partition of the shuffle would be one file of the units for each, however few they are."""
    logs = {name: rows.limit(100) for name, rows in _skewed_logs(eight_tasks).items()}
    logs["query_log"] = without_people(logs["query_log"], key=KEY)
    # tests/conftest.py has it off, and sets it back after every test.
    eight_tasks.conf.set("spark.sql.adaptive.enabled", True)
    kept = join_logs(**logs, ds=DS).persist()
    parts = kept.select(F.spark_partition_id().alias("part")).distinct()
    assert kept.count() >= 100
    assert parts.count() <= 2


def test_columns_that_no_step_needs_are_not_read(whole_plans: SparkSession, tmp_path: Path) -> None:
    """256 numbers an image are ten times what the rest of a Pin is: they stay in the log."""
    embedding = F.transform(F.sequence(F.lit(1), F.lit(256)), lambda n: n.cast("float"))
    logs = {name: rows.limit(5) for name, rows in _skewed_logs(whole_plans).items()}
    logs["pin_log"] = logs["pin_log"].withColumn("image_embedding", embedding)
    for name, rows in logs.items():
        rows.drop("ds").write.parquet(str(tmp_path / name / f"ds={DS:%Y-%m-%d}"))
    settings = InputSettings(path=str(tmp_path), format="parquet")
    read = {
        spec.name: spec.conform(read_log_partition(whole_plans, spec, settings, DS))
        for spec in (query_log.TABLE, response_log.TABLE, pin_log.TABLE)
    }
    read["query_log"] = without_people(read["query_log"], key=KEY)
    plan = join_logs(**read, ds=DS)._jdf.queryExecution().executedPlan().toString()
    assert plan.count("ReadSchema: ") == 3
    assert "image_url" in plan
    assert "image_embedding" not in plan
