"""Shapes a labeler's verdicts into rows of the labels table, and finds the one that counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.labeler import Labeler
from lib.labelling.literal_map import literal_map
from schemas.labels import TABLE


def label_rows(
    climbing: DataFrame,
    *,
    labeler: Labeler,
    rung: str,
    policy_versions: Mapping[str, str],
    labelled_at: datetime,
) -> DataFrame:
    """The labeler's verdicts on `climbing` (unit_id, design_id, rung_probability, and what the labeler reads).

    A unit on which the labeler says nothing gets no row: `rung_samples` knows that it was asked. Returns the columns of
    `labels` except ds and job_run_id, and rationale and content_hash.
    """
    verdicts = with_optional_columns(labeler.verdicts(climbing, list(policy_versions)))
    asked = climbing.select("unit_id", "design_id", "rung_probability")
    versions = literal_map(policy_versions)
    given = {
        "rung": F.lit(rung),
        "labeler_id": F.lit(labeler.labeler_id),
        "review_role": F.lit("first"),
        "policy_version": versions[F.col("policy")],
        "prompt_version": F.lit(labeler.prompt_version),
        "label_source": F.lit(labeler.label_source),
        "labelled_at": F.lit(labelled_at),
    }
    names = [name for name in TABLE.column_names if name not in ("ds", "job_run_id")]
    return verdicts.join(asked, "unit_id").withColumns(given).select(*names, "rationale", "content_hash")


def given_rationales(rows: DataFrame) -> DataFrame:
    """Those of `label_rows` with something behind them: rows of `label_rationales` but for ds and job_run_id."""
    return rows.where(F.col("rationale").isNotNull() | F.col("content_hash").isNotNull())


def with_optional_columns(verdicts: DataFrame) -> DataFrame:
    """`verdicts` with every column that a labeler may leave out: null, or empty for `injection_signs`.

    `cannot_tell` without a reason is the labeler's own word.
    """
    defaults: dict[str, Column] = {
        "no_verdict_reason": F.when(F.col("verdict") == "cannot_tell", F.lit("cannot_tell")),
        "severity": F.lit(None).cast("string"),
        "confidence": F.lit(None).cast("double"),
        "rationale": F.lit(None).cast("string"),
        "content_hash": F.lit(None).cast("string"),
        "injection_signs": F.array().cast("array<string>"),
        "cost": F.lit(None).cast("double"),
        "seconds": F.lit(None).cast("double"),
    }
    absent = {name: column for name, column in defaults.items() if name not in verdicts.columns}
    nothing = F.array().cast("array<string>")
    components = F.coalesce("violating_components", nothing)
    return verdicts.withColumns(absent | {"violating_components": components})


def current_labels(labels: DataFrame, *, keys: Sequence[str] = ("unit_id", "policy", "rung")) -> DataFrame:
    """The label that counts per unit, policy and rung: the latest; nothing is ever deleted.

    An adjudication outranks what it adjudicates, and the first review the blind second one: so every unit's verdict
    comes about in the same way, whether or not it was drawn for a double review.
    """
    # Least important first: the position in the list is the rank.
    roles = F.array(*[F.lit(role) for role in ("second", "first", "adjudication")])
    others = [name for name in labels.columns if name not in keys]
    in_order = ["labelled_at", "prompt_version", *[n for n in others if n not in ("labelled_at", "prompt_version")]]
    rank = F.array_position(roles, F.col("review_role")).alias("_rank")
    latest = F.max(F.struct(rank, *in_order)).alias("latest")
    return labels.groupBy(*keys).agg(latest).select(*keys, *[F.col(f"latest.{name}").alias(name) for name in others])
