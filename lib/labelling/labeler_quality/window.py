"""What the comparison of labelers reads: the tables of one design over one window of days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.label_rows import current_labels
from lib.labelling.series_labels import labels_of_series
from schemas.contracts.series_break import SeriesBreakSettings
from schemas.labeler_quality import ALL
from schemas.labels import RUNGS

UNIT = ("ds", "unit_id")


@dataclass(frozen=True)
class QualityWindow:
    """Rows of one design, from `start` to `end`, both included.

    `samples`, `sample_content`, `rung_samples` and `labels` have the columns of their tables. `series_labels` are the
    labels without those that only serve the study of a declared break. `second_reviews` has ds, unit_id, rung and
    selection_probability of the blind second reviews; None if nobody kept it.
    """

    start: date
    end: date
    samples: DataFrame
    sample_content: DataFrame
    rung_samples: DataFrame
    labels: DataFrame
    series_labels: DataFrame
    second_reviews: DataFrame | None

    @classmethod
    def of(
        cls,
        tables: Mapping[str, DataFrame | None],
        *,
        design_id: str,
        ds: date,
        window_days: int,
        series_breaks: Sequence[SeriesBreakSettings],
    ) -> "QualityWindow":
        """The window of `window_days` days that ends on `ds`; `tables` by name, review_tasks may be None."""
        start = ds - timedelta(days=window_days - 1)

        def of_design(name: str) -> DataFrame | None:
            table = tables.get(name)
            if table is None:
                return None
            return table.where(F.col("ds").between(F.lit(start), F.lit(ds)) & (F.col("design_id") == design_id))

        found = {name: of_design(name) for name in ("samples", "sample_content", "rung_samples", "labels")}
        required = {name: table for name, table in found.items() if table is not None}
        tasks = of_design("review_tasks")
        second = None
        if tasks is not None:
            is_second = (F.col("review_role") == "second") & F.col("selection_probability").isNotNull()
            # a task that was sent out again is the same draw
            probability = F.max("selection_probability").alias("selection_probability")
            second = tasks.where(is_second).groupBy(*UNIT, "rung").agg(probability)
        series = labels_of_series(required["labels"], series_breaks)
        return cls(start, ds, second_reviews=second, series_labels=series, **required)

    def probabilities(self) -> DataFrame:
        """One row per unit and rung it was drawn to: ds, unit_id, rung, probability P of being there, scores.

        P is the inclusion probability times the probabilities of all rungs up to this one.
        """
        q = {rung: F.max(F.when(F.col("rung") == rung, F.col("rung_probability"))) for rung in RUNGS}
        by_unit = self.rung_samples.groupBy(*UNIT).agg(*[column.alias(rung) for rung, column in q.items()])
        units = self.samples.select(*UNIT, "inclusion_probability", "scores").join(by_unit, list(UNIT))
        climbed, reached = F.col("inclusion_probability"), []
        for rung in RUNGS:
            # a rung that conf does not have passes everybody on
            climbed = climbed * F.coalesce(F.col(rung), F.lit(1.0))
            reached.append(F.struct(F.lit(rung).alias("rung"), climbed.alias("probability"), F.col(rung).alias("q")))
        rows = units.select(*UNIT, "scores", F.inline(F.array(*reached)))
        return rows.where(F.col("q").isNotNull()).drop("q")

    def counted(self) -> DataFrame:
        """The verdict that counts per unit, policy and rung: ds, unit_id, policy, rung, verdict."""
        counted = current_labels(self.series_labels, keys=(*UNIT, "policy", "rung"))
        return counted.select(*UNIT, "policy", "rung", "verdict")

    def reviews(self) -> DataFrame:
        """The latest verdict of each labeler on each unit and policy, adjudications left out.

        Returns ds, unit_id, policy, rung, labeler_id, prompt_version (`all` unless an LLM's), review_role, verdict.
        """
        prompt = F.when(F.col("rung") == "llm", F.col("prompt_version")).otherwise(F.lit(ALL))
        own = self.labels.where(F.col("review_role") != "adjudication").withColumn("shown", prompt)
        keys = (*UNIT, "policy", "rung", "labeler_id", "shown")
        return current_labels(own, keys=keys).select(
            *UNIT, "policy", "rung", "labeler_id", F.col("shown").alias("prompt_version"), "review_role", "verdict"
        )
