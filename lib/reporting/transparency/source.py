"""Reads the warehouse for the export of a quarter: last decisions, counts of labels, accuracy of automated labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.labeler_quality.quality_rows import quality_rows
from lib.labelling.labeler_quality.verdict_sums import reference_sums
from lib.labelling.labeler_quality.window import QualityWindow
from lib.release.past_decisions import latest_decisions
from lib.reporting.dashboard_data import as_dates
from lib.reporting.headline_measure import headline_measure
from lib.reporting.report_period import ReportPeriod, nothing_decided
from lib.run_context import RunContext
from lib.storage import Storage
from schemas import labels, released_prevalence, releases, review_tasks, rung_samples, sample_content, samples
from schemas.contracts.policy import Policy
from schemas.contracts.settings import Settings
from schemas.table_spec import TableSpec

AUTOMATED_RUNG: Final = "llm"
"""The rung of the ladder on which no person judges."""
_READ: Final = (samples.TABLE, sample_content.TABLE, rung_samples.TABLE, labels.TABLE)


@dataclass(frozen=True)
class TransparencyData:
    """What the export is made of.

    Args:
        quarter: the quarter
        numbers: last decisions of everything and of every place by the published estimator, of every period of the
            quarter; dates as timestamps
        labels: per policy, rung, labeler, kind of labeler, policy and prompt version the labels, the units they are
            on, and those without a verdict
        quality: records of `quality_rows` of the automated rung over the quarter
        releases: the releases that decided, as in `releases`
        policy_titles: policy id to title
        headline_measure: what the headline numbers count by
        minimum_segment_labels: units with a verdict below which a place has no figure
        design_id: the sampling design
        generated_at: when it was made, UTC
        job_run_id: the run that made it

    """

    quarter: ReportPeriod
    numbers: pd.DataFrame
    labels: pd.DataFrame
    quality: Sequence[Mapping[str, Any]]
    releases: pd.DataFrame
    policy_titles: Mapping[str, str]
    headline_measure: str
    minimum_segment_labels: int
    design_id: str
    generated_at: datetime
    job_run_id: str


@dataclass(frozen=True)
class TransparencySource:
    """One design of a warehouse, in one quarter."""

    storage: Storage
    settings: Settings
    design_id: str
    quarter: ReportPeriod

    def read(self, *, policies: Sequence[Policy], run_context: RunContext) -> TransparencyData:
        """Return what the export is made of; raises MissingInputError if no release has decided on the quarter."""
        known = self._within(releases.TABLE)
        decided = latest_decisions(self._within(released_prevalence.TABLE), known)
        is_published = F.col("estimator") == self.settings.estimation.published_estimator
        numbers = as_dates(decided.where(is_published & (F.col("component") == "unit")).toPandas())
        if numbers.empty:
            raise nothing_decided(self.quarter)
        recorded = ("release_id", "ds", "released_at", "policies", "prompt_versions", "design_hash", "code_version")
        of_numbers = decided.where(is_published).select("release_id").distinct()
        return TransparencyData(
            quarter=self.quarter,
            numbers=numbers,
            labels=label_counts(self._within(labels.TABLE)).toPandas(),
            quality=self._quality(),
            releases=known.join(of_numbers, "release_id", "left_semi").select(*recorded).orderBy("ds").toPandas(),
            policy_titles={policy.id: policy.title for policy in policies},
            headline_measure=headline_measure(self.settings.estimation),
            minimum_segment_labels=self.settings.reporting.minimum_segment_labels,
            design_id=self.design_id,
            generated_at=run_context.now(),
            job_run_id=run_context.job_run_id,
        )

    def _quality(self) -> list[dict[str, Any]]:
        """How good automated labels were, by what `labeler_quality` is made with, over the quarter's own days."""
        calibration = self.settings.calibration
        tables = {spec.name: self.storage.read(spec) for spec in _READ}
        window = QualityWindow.of(
            tables | {review_tasks.TABLE.name: None},
            design_id=self.design_id,
            ds=self.quarter.last,
            window_days=self.quarter.n_days,
            series_breaks=self.settings.series_breaks,
        )
        sums = reference_sums(window).where(F.col("rung") == AUTOMATED_RUNG)
        return quality_rows(
            [row.asDict() for row in sums.collect()],
            start=window.start,
            end=window.end,
            confidence_level=calibration.confidence_level,
            minimum_reference_verdicts=calibration.minimum_reference_verdicts,
        )

    def _within(self, spec: TableSpec) -> DataFrame:
        rows = self.storage.read_design(spec, self.design_id)
        return rows.where(F.col("ds").between(F.lit(self.quarter.first), F.lit(self.quarter.last)))


def label_counts(given: DataFrame) -> DataFrame:
    """Labels by policy, who gave them and under which versions; how many said violating is not told.

    Of a held policy that would tell the number.
    """
    who = ["policy", "rung", "labeler_id", "label_source", "policy_version", "prompt_version"]
    counted = given.groupBy(*who).agg(
        F.count(F.lit(1)).alias("n_labels"),
        F.countDistinct("ds", "unit_id").alias("n_units"),
        F.count_if(F.col("verdict") == "cannot_tell").alias("n_without_verdict"),
        F.min("ds").alias("first_ds"),
        F.max("ds").alias("last_ds"),
    )
    return counted.orderBy(*who)
