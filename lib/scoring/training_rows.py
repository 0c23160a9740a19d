"""What the scorer learns from: labelled units of earlier days with their texts, best verdicts and design weights."""

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.sampling.content import with_content
from lib.scoring.features import TEXT_COLUMNS
from lib.scoring.unit_texts import text_columns
from schemas.labels import RUNGS


def training_rows(
    samples: DataFrame,
    content: DataFrame,
    labels: DataFrame,
    *,
    scoring_day: date,
    window_days: int,
    maximum_text_length: int,
    embeddings: DataFrame | None = None,
) -> DataFrame:
    """Sampled units of the `window_days` days before `scoring_day` that have a verdict for some policy, and content.

    The result is bounded by the labelling budget, so a job may collect it.

    Args:
        samples: ds, design_id, unit_id, inclusion_probability. A unit of several designs counts
            once, with its largest inclusion probability: designs share their random numbers, so that is the
            probability of being in either (statistics.md, "Adding to a sample").
        content: ds, design_id, unit_id, query_text, response_text, pins.
        labels: ds, unit_id, policy, rung, verdict, violating_components, labelled_at, labeler_id, prompt_version.
        scoring_day: day to be scored; labels of this day and later are not used.
        window_days: days before it that are used.
        maximum_text_length: characters kept of each text.
        embeddings: ds, design_id, unit_id, image_embedding of those that have one.

    Returns:
        One row per unit: ds, unit_id, query_text, response_text, image_text, weight (1/inclusion probability, ≥ 1),
        verdicts (policy to whether it violates) and violating_components (policy to component names); with
        `embeddings` also image_embedding, null where there is none.
    """
    in_window = F.col("ds").between(
        F.lit(scoring_day - timedelta(days=window_days)), F.lit(scoring_day - timedelta(days=1))
    )
    sampled_units = (
        with_content(samples.where(in_window), content)
        .select("ds", "unit_id", "inclusion_probability", *text_columns(maximum_text_length=maximum_text_length))
        .groupBy("ds", "unit_id")
        .agg(
            (1.0 / F.max("inclusion_probability")).alias("weight"),
            # A unit has the same texts in every design; max is one of them, whatever the order of the rows.
            *[F.max(text).alias(text) for text in TEXT_COLUMNS],
        )
    )
    verdicts = (
        _best_verdicts(labels.where(in_window))
        .groupBy("ds", "unit_id")
        .agg(F.array_sort(F.collect_list(F.struct("policy", "is_violating", "violating_components"))).alias("best"))
    )
    rows = sampled_units.join(verdicts, ["ds", "unit_id"]).select(
        "ds",
        "unit_id",
        *TEXT_COLUMNS,
        "weight",
        F.map_from_arrays("best.policy", "best.is_violating").alias("verdicts"),
        F.map_from_arrays("best.policy", "best.violating_components").alias("violating_components"),
    )
    if embeddings is None:
        return rows
    # As with the texts: the same in every design.
    images = embeddings.where(in_window).groupBy("ds", "unit_id").agg(F.max("image_embedding").alias("image_embedding"))
    return rows.join(images, ["ds", "unit_id"], "left")


def _best_verdicts(labels: DataFrame) -> DataFrame:
    """One row per unit and policy from the highest rung that looked at it: gold over human over llm.

    Within a rung a verdict comes before `cannot_tell`, and the latest before earlier ones. If the highest rung could
    not tell, there is no row: what an expert cannot decide should not be learned from a guess below.
    """
    is_verdict = F.col("verdict") != "cannot_tell"
    preference = F.struct(
        _rung_height().alias("rung_height"),
        is_verdict.alias("is_verdict"),
        "labelled_at",
        "labeler_id",
        "prompt_version",
        "verdict",
        "violating_components",
    )
    return (
        labels.groupBy("ds", "unit_id", "policy")
        .agg(F.max(preference).alias("best"))
        .where(F.col("best.is_verdict"))
        .select(
            "ds",
            "unit_id",
            "policy",
            (F.col("best.verdict") == "violating").alias("is_violating"),
            F.col("best.violating_components").alias("violating_components"),
        )
    )


def _rung_height() -> Column:
    """Position of the label's rung on the ladder, from 1 for the lowest."""
    return F.array_position(F.array(*[F.lit(rung) for rung in RUNGS]), F.col("rung"))
