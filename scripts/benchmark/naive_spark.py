"""Engine `naive`: units, scores and sample in Spark as a first attempt has them, on the project's own session.

dropDuplicates on every log, a shuffle for each join and for collect_list, a row-wise Python function for the ids and
one for the scores, and a window over the whole population to rank it. It quarantines nothing and keeps no account.
"""

import hashlib
import hmac
import math
import os
from datetime import date

import xxhash
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, MapType, StringType

from lib.session import build_session
from lib.settings import load_design, load_policies
from schemas.contracts.sampling_design import SamplingDesign
from scripts.benchmark.measured_work import DAYS, ID_KEY_VARIABLE, SAMPLE, SCORES, UNITS, MeasuredWork
from scripts.benchmark.step_clock import StepClock

_PIN_FIELDS = ("slot", "pin_id", "viewed", "event_ts", "image_signature", "image_url", "title")


def write_units(spark: SparkSession, work: MeasuredWork, ds: date, key: bytes) -> None:
    """Write interaction_units: the rows of the day whose keys are there."""
    logs = {
        name: spark.read.parquet(f"{work.logs}/input/{name}/ds={ds}").where(
            F.col("event_ts") >= F.lit(f"{ds} 00:00:00").cast("timestamp")
        )
        for name in ("query_log", "response_log", "pin_log")
    }
    keyed = F.udf(lambda text: text and hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), StringType())
    unit = F.udf(lambda query, response: hashlib.sha256(f"{query}\x1f{response or ''}".encode()).hexdigest()[:32])
    queries = logs["query_log"].where("query_id <> '' AND surface <> ''").dropDuplicates(["query_id"])
    queries = queries.withColumns({"user_key": keyed("user_id"), "session_key": keyed("session_id")})
    responses = logs["response_log"].where("response_id <> '' AND query_id <> ''").dropDuplicates(["response_id"])
    pins = logs["pin_log"].where("response_id <> '' AND pin_id <> '' AND slot >= 0")
    listed = (
        pins.dropDuplicates(["response_id", "slot", "pin_id"])
        .groupBy("response_id")
        .agg(F.sort_array(F.collect_list(F.struct(*_PIN_FIELDS))).alias("pins"))
    )
    answered = queries.drop("user_id", "session_id").join(responses.drop("event_ts"), "query_id", "left")
    units = answered.join(listed, "response_id", "left").withColumns(
        {
            "unit_id": unit("query_id", "response_id"),
            "ds": F.lit(ds),
            "pin_count": F.coalesce(F.size("pins"), F.lit(0)),
            "viewed_pin_count": F.coalesce(F.size(F.filter("pins", lambda pin: pin["viewed"])), F.lit(0)),
        }
    )
    _write(units, work, "interaction_units", ds)


def write_scores(spark: SparkSession, work: MeasuredWork, ds: date, policies: list[str]) -> None:
    """Write unit_scores with the valid ones of the scores that came with the logs."""
    valid = F.udf(
        lambda scores: {k: round(v, 9) for k, v in (scores or {}).items() if k in policies and 0 <= v <= 1},
        MapType(StringType(), DoubleType()),
    )
    units = _read(spark, work, "interaction_units", ds).withColumn("scores", valid("platform_scores"))
    names = ("ds", "unit_id", "user_key", "surface", "country", "language", "pin_count", "viewed_pin_count", "scores")
    _write(units.select(*names), work, "unit_scores", ds)


def write_sample(
    spark: SparkSession, work: MeasuredWork, ds: date, policies: list[str], design: SamplingDesign
) -> None:
    """Write samples: of each surface the units of the smallest ranks, ranked by a window over all of them."""
    seed = xxhash.xxh64_intdigest(f"{design.seed}".encode(), 42)

    def rank_of(unit_id: str, views: int, scores: dict[str, float]) -> float:
        spread = math.sqrt(sum(s * (1 - s) for s in (scores.get(policy, 0.001) for policy in policies)))
        size = (1 + max(views, 0)) * (design.uniform_share + spread)
        return ((xxhash.xxh64_intdigest(unit_id.encode(), seed) >> 12) + 0.5) * 2.0**-52 / size

    ranked = _read(spark, work, "unit_scores", ds).withColumn(
        "rank", F.udf(rank_of, DoubleType())("unit_id", "viewed_pin_count", "scores")
    )
    place = F.row_number().over(Window.partitionBy("surface").orderBy("rank", "unit_id"))
    n_surfaces = ranked.select("surface").distinct().count()
    drawn = ranked.withColumn("place", place).where(F.col("place") <= design.sample_size // n_surfaces)
    content = _read(spark, work, "interaction_units", ds).select("unit_id", "query_text", "response_text", "pins")
    _write(drawn.join(content, "unit_id"), work, "samples", ds)


def _read(spark: SparkSession, work: MeasuredWork, table: str, ds: date) -> DataFrame:
    return spark.read.format("delta").load(f"{work.warehouse}/{table}").where(F.col("ds") == F.lit(ds))


def _write(frame: DataFrame, work: MeasuredWork, table: str, ds: date) -> None:
    writer = frame.write.format("delta").mode("overwrite").partitionBy("ds").option("replaceWhere", f"ds = '{ds}'")
    writer.save(f"{work.warehouse}/{table}")


def main() -> None:
    """Run the steps of both days in one session."""
    work = MeasuredWork.of_command_line(__doc__)
    settings = work.settings()
    design, policies = load_design(settings.sampling.design), [policy.id for policy in load_policies()]
    spark = build_session(settings.spark, app_name="plumbline-benchmark-naive")
    key = os.environ[ID_KEY_VARIABLE].encode()
    clock = StepClock(DAYS[0])
    for ds in DAYS:
        with clock.step(ds, UNITS):
            write_units(spark, work, ds, key)
        with clock.step(ds, SCORES):
            write_scores(spark, work, ds, policies)
        with clock.step(ds, SAMPLE):
            write_sample(spark, work, ds, policies, design)
    spark.stop()


if __name__ == "__main__":
    main()
