"""Reads the warehouse for the dashboard: only what it shows, as small pandas tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.release.past_decisions import latest_decisions
from lib.reporting import alert_tables
from lib.reporting import dashboard_tables as tables
from lib.reporting.dashboard_data import DashboardData
from lib.reporting.estimates import read_estimates
from lib.reporting.headline_measure import headline_measure
from lib.reporting.headline_week import latest_week
from lib.reporting.neighbouring_page import NeighbouringPage
from lib.run_context import RunContext
from lib.storage import Storage
from schemas import (
    alert_deliveries,
    alerts,
    check_results,
    directional_index,
    labeler_quality,
    labels,
    monitoring_sequences,
    plan_checks,
    prevalence_moments,
    release_gates,
    released_prevalence,
    releases,
    restatements,
    row_account,
    sample_plans,
    sampling_frame,
    series_breaks,
)
from schemas.contracts.policy import Policy
from schemas.contracts.settings import Settings
from schemas.table_spec import TableSpec


@dataclass(frozen=True)
class DashboardSource:
    """One design of a warehouse, as a dashboard reads it."""

    storage: Storage
    settings: Settings
    design_id: str

    def read(
        self,
        *,
        policies: Sequence[Policy],
        run_context: RunContext,
        certificate: NeighbouringPage | None,
        checks_page: NeighbouringPage | None,
    ) -> DashboardData:
        """Return everything the page shows; tables that no step has written yet are None."""
        known = self.storage.read_design(releases.TABLE, self.design_id)
        last_day = tables.last_day_of(known) or run_context.ds
        decided = self._decided(known, last_day)
        prevalence = self._numbers(decided)
        estimation = self.settings.estimation
        return DashboardData(
            prevalence=prevalence,
            **self._of_the_sample(last_day),
            **self._of_releases(decided, prevalence, last_day),
            **self._of_quality(last_day),
            **self._of_monitoring(last_day),
            policy_titles={policy.id: policy.title for policy in policies},
            published_estimator=estimation.published_estimator,
            headline_measure=self.measure,
            confidence_level=estimation.confidence_level,
            minimum_segment_labels=self.settings.reporting.minimum_segment_labels,
            generated_at=run_context.now(),
            job_run_id=run_context.job_run_id,
            design_ids=[self.design_id],
            certificate=certificate,
            checks_page=checks_page,
            n_values_cut=self._n_values_cut(prevalence),
            unit_prices={r.rung: r.cost_per_label for r in self.settings.labelling.rungs if r.cost_per_label},
            currency=self.settings.planning.currency,
            index_settings=self.settings.monitoring.index,
        )

    @property
    def measure(self) -> str:
        """Units, or what is estimated instead."""
        return headline_measure(self.settings.estimation)

    def _decided(self, known: DataFrame, last_day: date) -> DataFrame:
        """The last decision on every number that may be shown."""
        rows = self.storage.read_design(released_prevalence.TABLE, self.design_id)
        return latest_decisions(tables.recent_weeks(rows, last_day, reporting=self.settings.reporting), known)

    def _numbers(self, decided: DataFrame) -> pd.DataFrame:
        published = self.settings.estimation.published_estimator
        reporting = self.settings.reporting
        return tables.shown_numbers(decided, reporting=reporting, published_estimator=published).toPandas()

    def _of_the_sample(self, last_day: date) -> dict[str, Any]:
        """The way from the logs to the labels, on the days that are shown."""
        frame, moments, given = (
            self._recent(self.storage.read_design(spec, self.design_id), last_day)
            for spec in (sampling_frame.TABLE, prevalence_moments.TABLE, labels.TABLE)
        )
        account = self._recent(self.storage.read(row_account.TABLE), last_day)
        return {
            "funnel": tables.sample_funnel(frame, moments, measure=self.measure).toPandas(),
            "positives": tables.sampled_positives(moments, measure=self.measure).toPandas(),
            "row_account": account.toPandas(),
            "scorers": tables.scorers_used(frame).toPandas(),
            "label_sources": tables.labels_by_source(given).toPandas(),
        }

    def _of_releases(self, decided: DataFrame, prevalence: pd.DataFrame, last_day: date) -> dict[str, Any]:
        """What releases recorded: versions, gates of the headline week, corrections."""
        published, reporting = self.settings.estimation.published_estimator, self.settings.reporting
        ids = _headline_releases(prevalence, measure=self.measure, estimator=published)
        return {
            "versions": self._optional(
                releases.TABLE,
                lambda rows: tables.latest_versions(tables.recent_weeks(rows, last_day, reporting=reporting)),
            ),
            "gates": self._optional(
                release_gates.TABLE,
                lambda rows: tables.gates_of_week(rows, ids, measure=self.measure, estimator=published),
            ),
            "restatements": self._optional(
                restatements.TABLE, lambda rows: tables.shown_restatements(rows, decided, estimator=published)
            ),
            "series_breaks": self._optional(series_breaks.TABLE, lambda rows: rows),
        }

    def _of_quality(self, last_day: date) -> dict[str, Any]:
        """How good labelers, data and plans were."""
        checks = self.storage.read_if_exists(check_results.TABLE)
        return {
            "labeler_quality": self._optional(labeler_quality.TABLE, tables.best_quality),
            "data_checks": None
            if checks is None
            else tables.checks_by_table(self._recent(checks, last_day)).toPandas(),
            "planned_errors": self._optional(
                sample_plans.TABLE, lambda rows: tables.planned_errors(self._recent(rows, last_day))
            ),
            "plan_checks": self._optional(plan_checks.TABLE, tables.latest_plan_checks),
        }

    def _of_monitoring(self, last_day: date) -> dict[str, Any]:
        """How alerts and channels of notification stand, what is watched, and which way the scores go."""
        first_closed = last_day - timedelta(days=self.settings.reporting.maximum_days)
        return {
            "alerts": self._optional(
                alerts.TABLE, lambda rows: alert_tables.latest_alerts(rows, first_closed=first_closed)
            ),
            "channels": self._optional(
                alert_deliveries.TABLE, lambda rows: alert_tables.channel_states(self._recent(rows, last_day))
            ),
            "watched_streams": self._optional(monitoring_sequences.TABLE, alert_tables.watched_streams),
            "gap_streams": self._optional(monitoring_sequences.TABLE, alert_tables.gap_streams),
            "directional_index": self._optional(
                directional_index.TABLE, lambda rows: alert_tables.headline_index(self._recent(rows, last_day))
            ),
        }

    def _recent(self, rows: DataFrame, last_day: date) -> DataFrame:
        return tables.recent_days(rows, last_day, reporting=self.settings.reporting)

    def _optional(self, spec: TableSpec, reduced: Callable[[DataFrame], DataFrame]) -> pd.DataFrame | None:
        """The design's rows of a table, reduced; None if no step has written the table yet."""
        rows = self.storage.read_if_exists(spec)
        return None if rows is None else reduced(rows.where(F.col("design_id") == self.design_id)).toPandas()

    def _n_values_cut(self, prevalence: pd.DataFrame) -> Mapping[str, int]:
        """Segment to how many of its values the page has no room for."""
        parts = prevalence[prevalence["segment"] != "all"]
        n_all = parts.groupby("segment")["n_segment_values"].max()
        n_cut = n_all - self.settings.reporting.maximum_segment_values
        return {str(segment): int(n) for segment, n in n_cut.items() if n > 0}


def _headline_releases(prevalence: pd.DataFrame, *, measure: str, estimator: str) -> list[str]:
    """Releases that decided on the numbers of the headline week."""
    chosen = {"period": "week", "measure": measure, "segment": "all", "component": "unit"}
    rows = prevalence.assign(
        period_start=pd.to_datetime(prevalence["period_start"]), period_end=pd.to_datetime(prevalence["period_end"])
    )
    for name, value in (chosen | {"estimator": estimator}).items():
        rows = rows[rows[name] == value]
    weekly = read_estimates(rows)
    week = latest_week(weekly)
    return sorted({e.release_id for e in weekly if week is not None and e.anchor == week.monday and e.release_id})
