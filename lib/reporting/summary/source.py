"""Reads the warehouse for the summary of a week: the decisions on it and on the week before, and what changed since."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.release.past_decisions import latest_decisions
from lib.reporting import dashboard_tables as tables
from lib.reporting.dashboard_data import DashboardData, as_dates
from lib.reporting.estimates import EVERYTHING, UNIT
from lib.reporting.headline_measure import headline_measure
from lib.reporting.period_coverage import COLUMNS
from lib.reporting.report_period import ReportPeriod, nothing_decided
from lib.run_context import RunContext
from lib.storage import Storage
from schemas import labels, released_prevalence, releases, sampling_frame, series_breaks
from schemas.contracts.policy import Policy
from schemas.contracts.settings import Settings
from schemas.table_spec import TableSpec


@dataclass(frozen=True)
class SummaryData:
    """What the summary shows.

    Args:
        page: numbers, versions and labels of the week and the week before
        week: the week
        decided: the COLUMNS of `period_coverage`, dates as timestamps

    """

    page: DashboardData
    week: ReportPeriod
    decided: pd.DataFrame


@dataclass(frozen=True)
class SummarySource:
    """One design of a warehouse, in one week."""

    storage: Storage
    settings: Settings
    design_id: str
    week: ReportPeriod

    def read(self, *, policies: Sequence[Policy], run_context: RunContext) -> SummaryData:
        """Return everything the page shows; raises MissingInputError if no release has decided on the week."""
        estimation = self.settings.estimation
        decided = latest_decisions(self._within(released_prevalence.TABLE), self._within(releases.TABLE))
        numbers = tables.shown_numbers(
            decided, reporting=self.settings.reporting, published_estimator=estimation.published_estimator
        ).toPandas()
        if not (pd.to_datetime(numbers["period_end"]) >= pd.Timestamp(self.week.first)).any():
            raise nothing_decided(self.week)
        page = DashboardData(
            prevalence=numbers,
            funnel=pd.DataFrame(),
            positives=pd.DataFrame(),
            row_account=pd.DataFrame(),
            scorers=tables.scorers_used(self._within(sampling_frame.TABLE)).toPandas(),
            label_sources=tables.labels_by_source(self._within(labels.TABLE)).toPandas(),
            versions=tables.latest_versions(self._within(releases.TABLE)).toPandas(),
            series_breaks=self._breaks(),
            policy_titles={policy.id: policy.title for policy in policies},
            published_estimator=estimation.published_estimator,
            headline_measure=headline_measure(estimation),
            confidence_level=estimation.confidence_level,
            minimum_segment_labels=self.settings.reporting.minimum_segment_labels,
            generated_at=run_context.now(),
            job_run_id=run_context.job_run_id,
            design_ids=[self.design_id],
        )
        return SummaryData(page, self.week, whole_numbers(numbers, estimator=estimation.published_estimator))

    def _within(self, spec: TableSpec) -> DataFrame:
        """Rows of the week and the week before; a release of a day decides on periods with that day alone."""
        return self._of_both_weeks(self.storage.read(spec))

    def _breaks(self) -> pd.DataFrame | None:
        rows = self.storage.read_if_exists(series_breaks.TABLE)
        return None if rows is None else self._of_both_weeks(rows).toPandas()

    def _of_both_weeks(self, rows: DataFrame) -> DataFrame:
        days = F.col("ds").between(F.lit(self.week.before.first), F.lit(self.week.last))
        return rows.where(days & (F.col("design_id") == self.design_id))


def whole_numbers(numbers: pd.DataFrame, *, estimator: str) -> pd.DataFrame:
    """Return the columns of `period_coverage` of the decisions on everything, by one estimator."""
    is_whole = (numbers["segment"] == EVERYTHING) & (numbers["component"] == UNIT) & (numbers["estimator"] == estimator)
    return as_dates(numbers.loc[is_whole, list(COLUMNS)].reset_index(drop=True))
