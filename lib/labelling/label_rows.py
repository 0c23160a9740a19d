"""Shapes a labeler's verdicts into rows of the labels table."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.labeler import Labeler, every_unit_and_policy


def label_rows(
    climbing: DataFrame,
    *,
    labeler: Labeler,
    rung: str,
    policy_versions: Mapping[str, str],
    labelled_at: datetime,
) -> DataFrame:
    """One row per unit of `climbing` (unit_id, rung_probability, and the columns of `samples`) and policy.

    A unit without a verdict is recorded as `cannot_tell`, never as not violating. Returns the columns of `labels`
    except ds and job_run_id.
    """
    policies = list(policy_versions)
    verdicts = labeler.verdicts(climbing, policies)
    wanted = every_unit_and_policy(climbing, policies).join(climbing.select("unit_id", "rung_probability"), "unit_id")
    versions = F.create_map(*[F.lit(text) for pair in policy_versions.items() for text in pair])
    return wanted.join(verdicts, ["unit_id", "policy"], "left").select(
        "unit_id",
        "policy",
        F.lit(rung).alias("rung"),
        F.lit(labeler.labeler_id).alias("labeler_id"),
        F.coalesce("verdict", F.lit("cannot_tell")).alias("verdict"),
        F.coalesce("violating_components", F.array().cast("array<string>")).alias("violating_components"),
        "confidence",
        "rung_probability",
        versions[F.col("policy")].alias("policy_version"),
        F.lit(labeler.prompt_version).alias("prompt_version"),
        F.lit(labeler.label_source).alias("label_source"),
        F.lit(labelled_at).alias("labelled_at"),
    )


def current_labels(labels: DataFrame, *, keys: Sequence[str] = ("unit_id", "policy", "rung")) -> DataFrame:
    """The latest label per unit, policy and rung: an edited file or a new prompt supersedes, nothing is deleted."""
    others = [name for name in labels.columns if name not in keys]
    in_order = ["labelled_at", "prompt_version", *[n for n in others if n not in ("labelled_at", "prompt_version")]]
    latest = F.max(F.struct(*in_order)).alias("latest")
    return labels.groupBy(*keys).agg(latest).select(*keys, *[F.col(f"latest.{name}").alias(name) for name in others])
