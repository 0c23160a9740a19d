"""The sampled units and golden items that are compared: few columns of few rows."""

from datetime import timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.labeler_quality.window import UNIT, QualityWindow
from lib.scoring.features import TEXT_COLUMNS
from lib.scoring.training_rows import training_rows
from lib.scoring.unit_texts import text_columns

TEXT_LENGTH = 2_000
_UNKNOWN = "unknown"


def compared_units(window: QualityWindow, *, maximum_units: int, seed: int) -> DataFrame:
    """Labelled units of the window, at most `maximum_units` that violate some policy and as many that violate none.

    What is left out is stood for by the rest: weights are raised. Returns unit_id, weight, scores, verdicts (policy to
    whether it violates, by the highest rung), language, text.
    """
    rows = training_rows(
        window.samples,
        window.sample_content,
        window.labels,
        scoring_day=window.end + timedelta(days=1),
        window_days=(window.end - window.start).days + 1,
        maximum_text_length=TEXT_LENGTH,
    )
    more = window.samples.select(*UNIT, "scores", _language(F.col("segments")["language"]))
    units = rows.join(more, list(UNIT)).withColumns(
        {
            "is_violating": F.exists(F.map_values("verdicts"), lambda is_violating: is_violating),
            "text": F.concat_ws("\n", *TEXT_COLUMNS),
            "order": F.xxhash64(F.lit(seed), "unit_id"),
        }
    )
    kept = [
        units.where(F.col("is_violating") == is_violating).orderBy("order").limit(maximum_units)
        for is_violating in (True, False)
    ]
    totals = units.groupBy("is_violating").agg(F.count(F.lit(1)).alias("n_all"))
    raised = F.col("weight") * F.greatest(F.lit(1.0), F.col("n_all") / F.lit(float(maximum_units)))
    both = kept[0].unionByName(kept[1]).join(totals, "is_violating")
    return both.orderBy("order").select("unit_id", raised.alias("weight"), "scores", "verdicts", "language", "text")


def compared_golden(items: DataFrame, *, maximum_units: int, seed: int) -> DataFrame:
    """Golden items with the policies they are judged by, at most `maximum_units` items and policies.

    `items` are those of `golden_items`. Returns item_id, policy, is_violating, scores, language, text.
    """
    texts = items.select("*", *[text.alias(f"_{name}") for text, name in _texts()])
    return (
        texts.orderBy(F.xxhash64(F.lit(seed), "item_id", "policy"), "policy_version")
        .limit(maximum_units)
        .select(
            "item_id",
            "policy",
            (F.col("verdict") == "violating").alias("is_violating"),
            "scores",
            _language(F.col("language")),
            F.concat_ws("\n", *[f"_{name}" for name in TEXT_COLUMNS]).alias("text"),
        )
    )


def _texts() -> list[tuple[Column, str]]:
    return list(zip(text_columns(maximum_text_length=TEXT_LENGTH), TEXT_COLUMNS, strict=True))


def _language(column: Column) -> Column:
    return F.coalesce(column, F.lit(_UNKNOWN)).alias("language")
