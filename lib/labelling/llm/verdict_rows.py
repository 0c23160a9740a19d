"""Turns stored answers into verdicts on units."""

from collections.abc import Sequence
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from schemas.llm_answers import ANSWERED, FINAL_STATUSES

REPORTED_BY_LABELER = "reported_by_labeler"
"""Sign of an attempted injection: the model itself says that the content tried to instruct it."""


def final_answers(answers: DataFrame, *, labeler_id: str, prompt_version: str) -> DataFrame:
    """The answer that counts per content: the first final one; columns of llm_answers."""
    is_wanted = (F.col("labeler_id") == labeler_id) & (F.col("prompt_version") == prompt_version)
    ours = answers.where(is_wanted & F.col("status").isin(*FINAL_STATUSES))
    others = [name for name in answers.columns if name != "content_hash"]
    in_order = ["asked_at", "job_run_id", *[name for name in others if name not in ("asked_at", "job_run_id")]]
    first = F.min(F.struct(*in_order)).alias("first")
    return (
        ours.groupBy("content_hash")
        .agg(first)
        .select("content_hash", *[F.col(f"first.{name}").alias(name) for name in others])
    )


def verdict_rows(contents: DataFrame, answers: DataFrame, *, policies: Sequence[str], ds: date) -> DataFrame:
    """Verdicts on the units of `contents` (unit_id, content_hash, injection_signs) from their final `answers`.

    One row per answered unit and policy; see Labeler.verdicts. An answer's cost, if the sample of day `ds` paid for it,
    is spread evenly over the units that share it and their policies: the sum over all labels is the bill. Its seconds
    are spread alike.
    """
    n_sharing = F.count(F.lit(1)).over(Window.partitionBy("content_hash"))
    shared = contents.select("unit_id", "content_hash", "injection_signs", n_sharing.alias("n_sharing"))
    # The signs are those of the content as it is read today; the answer's are those of the day on which it was asked.
    joined = shared.join(answers.drop("injection_signs"), "content_hash")
    policy = F.explode(F.array(*[F.lit(name) for name in policies]))
    by_policy = joined.withColumn("policy", policy).withColumn("found", _verdict_on_policy())
    is_answered = (F.col("status") == ANSWERED) & F.col("found").isNotNull()
    verdict = F.when(is_answered, F.col("found.verdict")).otherwise("cannot_tell")
    own_word = F.when(F.col("found.verdict") == "cannot_tell", F.lit("cannot_tell"))
    share = F.when(F.col("ds") == F.lit(ds), F.lit(1.0)).otherwise(0.0) / (F.col("n_sharing") * len(policies))
    reported = F.when(F.col("tried_to_instruct"), F.array(F.lit(REPORTED_BY_LABELER)))
    nothing = F.array().cast("array<string>")
    return by_policy.select(
        "unit_id",
        "policy",
        "content_hash",
        verdict.alias("verdict"),
        F.when(is_answered, F.col("found.violating_components")).otherwise(nothing).alias("violating_components"),
        F.when(is_answered, own_word).otherwise(_reason()).alias("no_verdict_reason"),
        F.when(is_answered, F.col("found.severity")).alias("severity"),
        F.when(is_answered, F.col("found.confidence")).alias("confidence"),
        F.when(is_answered, F.col("found.rationale")).alias("rationale"),
        F.concat("injection_signs", F.coalesce(reported, nothing)).alias("injection_signs"),
        (F.col("cost") * share).alias("cost"),
        (F.col("seconds") * share).alias("seconds"),
    )


def _verdict_on_policy() -> Column:
    return F.get(F.filter("verdicts", lambda verdict: verdict["policy"] == F.col("policy")), F.lit(0))


def _reason() -> Column:
    """A status that is no answer is its own reason; an answer without the policy is an invalid one."""
    return F.when(F.col("status") == ANSWERED, F.lit("invalid_answer")).otherwise(F.col("status"))
