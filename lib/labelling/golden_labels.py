"""Golden items as units that any labeler can judge, and what it says of them as rows of golden_verdicts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.label_rows import with_optional_columns
from lib.labelling.labeler import Labeler
from lib.labelling.literal_map import literal_map
from schemas.golden_verdicts import TABLE

_CONTENT = ("query_text", "response_text", "pins", "surface", "language", "scores")
_CURATED = "curated"


def golden_items(golden_set: DataFrame, *, ds: date, policies: Sequence[str] | None = None) -> DataFrame:
    """The golden items of `policies` (None: all) known on day `ds`: the latest row per item, policy and policy version.

    `golden_set` and the result have the columns of the table.
    """
    keys = ["item_id", "policy", "policy_version"]
    others = [name for name in golden_set.columns if name not in keys]
    known = golden_set.where(F.col("ds") <= F.lit(ds))
    known = known if policies is None else known.where(F.col("policy").isin(*policies))
    # Maps cannot be compared: the order is by day and run alone.
    latest = F.max_by(F.struct(*others), F.struct("ds", "job_run_id")).alias("latest")
    return known.groupBy(*keys).agg(latest).select(*keys, *[F.col(f"latest.{name}").alias(name) for name in others])


def anchor_items(items: DataFrame) -> DataFrame:
    """The pinned anchors among `golden_items`."""
    return items.where("is_anchor")


def golden_units(items: DataFrame, *, label_sources: Sequence[str]) -> DataFrame:
    """The content of golden items, each once, in the columns that labelers read; unit_id is the item_id.

    Args:
        items: rows of golden_set: item_id, ds, policy, query_text, response_text, pins, surface, language, scores,
            source.
        label_sources: kinds of the labelers that are asked. A simulated one knows units of the logs only: items that
            somebody wrote are left out then.

    Returns:
        One row per item: ds, unit_id, query_text, response_text, pins, segments (surface and language), scores.
    """
    asked = items.where(F.col("source") != _CURATED) if "simulated" in label_sources else items
    content = F.max_by(F.struct("ds", *_CONTENT), F.struct("ds", "policy", "policy_version")).alias("content")
    segments = F.create_map(F.lit("surface"), F.col("content.surface"), F.lit("language"), F.col("content.language"))
    return (
        asked.groupBy("item_id")
        .agg(content)
        .select(
            "content.ds",
            F.col("item_id").alias("unit_id"),
            "content.query_text",
            "content.response_text",
            "content.pins",
            segments.alias("segments"),
            "content.scores",
        )
    )


def golden_verdict_rows(
    verdicts: DataFrame,
    items: DataFrame,
    *,
    labeler: Labeler,
    rung: str,
    purpose: str,
    policy_versions: Mapping[str, str],
    labelled_at: datetime,
) -> DataFrame:
    """What `labeler` said of golden items, for the policies on which the experts have judged the item too.

    `verdicts` is the labeler's answer on `golden_units(items)`. Returns the columns of golden_verdicts except ds and
    job_run_id.
    """
    judged = items.select(F.col("item_id").alias("unit_id"), "policy").distinct()
    given = {
        "item_id": F.col("unit_id"),
        "rung": F.lit(rung),
        "labeler_id": F.lit(labeler.labeler_id),
        "purpose": F.lit(purpose),
        "policy_version": by_policy(policy_versions),
        "prompt_version": F.lit(labeler.prompt_version),
        "labelled_at": F.lit(labelled_at),
    }
    names = [name for name in TABLE.column_names if name not in ("ds", "job_run_id")]
    return with_optional_columns(verdicts).join(judged, ["unit_id", "policy"]).withColumns(given).select(*names)


def by_policy(values: Mapping[str, str]) -> Column:
    """The entry of `values` for the row's `policy`; null if there is none."""
    return literal_map(values)[F.col("policy")]
