"""Verdicts that people gave on a streamed sample before the night: taken over where the night asks the same."""

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.literal_map import literal_map
from lib.sampling.content import CONTENT
from schemas.labels import TABLE

_PLACE = ("unit_id", "policy", "review_role")


def early_labels(
    early: DataFrame,
    given: DataFrame,
    drawn: DataFrame,
    *,
    early_content: DataFrame,
    content: DataFrame,
    policy_versions: Mapping[str, str],
    is_whole: bool,
) -> DataFrame:
    """Those of the labels `early` of one rung that hold for `drawn` (design_id, unit_id, rung_probability), too.

    A verdict belongs to the content that was judged: it holds if the unit says and shows the same in `content` as in
    `early_content` (rows of `sample_content`), if the policy is the same, and if `given`, the labels that are there
    already, have none in its place. With `is_whole` an answer holds for all policies or not at all: who is asked by a
    queue answers for all of them at once. Whether a unit was streamed depends on no verdict, so no estimate is moved.

    Returns the columns of `labels` except job_run_id, of the design of `drawn`.
    """
    versions = literal_map(policy_versions)
    current = early.where(F.col("policy_version") == versions[F.col("policy")])
    by_unit = current.where("review_role = 'first'").groupBy("unit_id").agg(F.count_distinct("policy").alias("n"))
    n_needed = len(policy_versions) if is_whole else 1
    answered = by_unit.where(F.col("n") >= n_needed)
    held = drawn.join(_alike(early_content, content), "unit_id", "left_semi").join(answered, "unit_id", "left_semi")
    free = current.drop("design_id", "rung_probability", "job_run_id").join(given, list(_PLACE), "left_anti")
    names = [name for name in TABLE.column_names if name != "job_run_id"]
    return free.join(held.select("design_id", "unit_id", "rung_probability"), "unit_id").select(*names)


def _alike(early_content: DataFrame, content: DataFrame) -> DataFrame:
    """`unit_id` of the units with the same texts and Pins in both."""
    before = early_content.select("unit_id", F.struct(*CONTENT).alias("before"))
    now = content.select("unit_id", F.struct(*CONTENT).alias("now"))
    return before.join(now, "unit_id").where(F.col("before").eqNullSafe(F.col("now"))).select("unit_id")
