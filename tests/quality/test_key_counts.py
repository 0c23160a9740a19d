"""Counts of keys by hand, and how often tables are read for them."""

import json

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.quality.key_counts import KeyCounts, KeySpace, key_counts

UNITS, SAMPLES, DELIVERIES = "interaction_units", "samples", "alert_deliveries"
OF_UNITS = KeySpace(UNITS, ("unit_id",))
OF_SAMPLES = KeySpace(SAMPLES, ("unit_id",))


def _rows(spark: SparkSession, *values: str | None) -> DataFrame:
    return spark.createDataFrame([(value,) for value in values], "unit_id string")


def _counted(
    holders: dict[KeySpace, list[str]], rows: dict[str, DataFrame], any_day: DataFrame | None = None
) -> dict[KeySpace, list[KeyCounts]]:
    found = key_counts(holders, rows, lambda _: any_day).select(F.to_json(F.struct("*")).alias("found")).collect()
    by_space = {row["space"]: row["counts"] for row in (json.loads(row["found"]) for row in found)}
    return {
        space: [KeyCounts(*numbers) for numbers in by_space[number]][: len(tables)]
        for number, (space, tables) in enumerate(holders.items())
        if number in by_space
    }


def test_what_a_table_has_and_what_others_find_in_it(spark: SparkSession) -> None:
    rows = {
        UNITS: _rows(spark, "a", "b", "c"),
        SAMPLES: _rows(spark, "a", "a", "b", "elsewhere", None),
        DELIVERIES: _rows(spark, "c"),
    }
    counted = _counted({OF_UNITS: [UNITS, SAMPLES, DELIVERIES], OF_SAMPLES: [SAMPLES]}, rows)
    assert counted[OF_UNITS] == [
        KeyCounts(n_rows=3, n_keys=3, n_rows_found=3, n_keys_found=3),
        KeyCounts(n_rows=4, n_keys=3, n_rows_found=3, n_keys_found=2),  # a row without a value refers to nothing
        KeyCounts(n_rows=1, n_keys=1, n_rows_found=1, n_keys_found=1),
    ]
    # Of the table's own key no value is a value, too: one a second time, and the null once.
    assert counted[OF_SAMPLES] == [KeyCounts(n_rows=5, n_keys=4, n_rows_found=5, n_keys_found=4)]


def test_a_table_that_is_not_there_has_nothing(spark: SparkSession) -> None:
    (counts,) = _counted({OF_UNITS: [UNITS, SAMPLES]}, {SAMPLES: _rows(spark, "a")}).values()
    assert counts == [KeyCounts(), KeyCounts(n_rows=1, n_keys=1)]
    assert _counted({OF_UNITS: [UNITS]}, {UNITS: _rows(spark)}) == {}


def test_of_any_day_only_what_is_looked_for_is_counted(spark: SparkSession) -> None:
    space = KeySpace(SAMPLES, ("unit_id",), is_any_day=True)
    # The day's own rows of the table are not asked: those of all days hold them.
    rows = {SAMPLES: _rows(spark, "unasked"), DELIVERIES: _rows(spark, "a", "a", "b", "elsewhere")}
    all_days = _rows(spark, "a", "b", "b", *[f"old{n}" for n in range(50)])
    assert _counted({space: [SAMPLES, DELIVERIES]}, rows, all_days)[space] == [
        KeyCounts(n_rows=3, n_keys=2, n_rows_found=3, n_keys_found=2),
        KeyCounts(n_rows=4, n_keys=3, n_rows_found=3, n_keys_found=2),
    ]
    assert _counted({space: [SAMPLES, DELIVERIES]}, rows)[space][1] == KeyCounts(n_rows=4, n_keys=3)


def test_a_part_of_a_log_is_of_whole_keys(spark: SparkSession) -> None:
    spread = spark.range(7_000).select(
        F.concat(F.lit("r"), (F.col("id") % 1_000).cast("string")).alias("response_id"),
        (F.col("id") % 2).cast("int").alias("slot"),
    )
    nowhere = spark.range(500).select(F.lit(None).cast("string").alias("response_id"), F.lit(1).alias("slot"))
    log = spread.union(nowhere)
    space = KeySpace("pin_log", ("response_id", "slot"), one_in=5)
    ((counts,),) = _counted({space: ["pin_log"]}, {"pin_log": log}).values()
    # 1,000 responses with seven rows each, all of one slot; about a fifth of them, four standard errors wide.
    assert 150 < counts.n_keys < 250
    assert counts.n_rows == 7 * counts.n_keys


def test_each_table_is_read_once_and_all_keys_are_shuffled_once(whole_plans: SparkSession) -> None:
    rows = {name: _rows(whole_plans, "a") for name in (UNITS, SAMPLES, DELIVERIES)}
    holders = {OF_UNITS: [UNITS, SAMPLES, DELIVERIES], OF_SAMPLES: [SAMPLES, DELIVERIES]}
    plan = key_counts(holders, rows, lambda _: None)._jdf.queryExecution().executedPlan().toString()
    assert plan.count("Scan ExistingRDD") == 3
    assert plan.count("Exchange hashpartitioning(space") == 2  # by key, then by space: a few rows
    assert plan.count("Exchange") == 2
