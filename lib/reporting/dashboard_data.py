"""What the dashboard shows: small pandas tables and plain values, already aggregated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pandas as pd

from lib.reporting.neighbouring_page import NeighbouringPage
from schemas.contracts.monitoring_settings import IndexSettings
from schemas.errors import ContractError

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "prevalence": (
        "design_id", "period", "period_start", "period_end", "n_days", "policy", "measure", "segment", "segment_value",
        "component", "estimator", "prevalence", "std_error", "ci_low", "ci_high", "ci_method", "n_llm", "n_human",
        "n_gold", "effective_sample_size", "share_of_violating", "share_ci_low", "share_ci_high", "label_sources",
        "status", "hold_reasons", "warnings", "release_id",
    ),
    "funnel": ("ds", "stratum", "population_size", "sample_size", "n_labelled", "n_audited"),
    "positives": ("ds", "policy", "n_positive"),
    "row_account": ("ds", "source", "rows_in", "rows_used", "rows_duplicate", "rows_quarantined"),
    "scorers": ("ds", "scorer_version", "size_measure_rule"),
    "label_sources": (
        "week", "rung", "labeler_id", "label_source", "prompt_version", "n_labels", "n_units", "n_priced", "cost",
    ),
    "versions": ("ds", "policies", "prompt_versions"),
    "gates": (
        "gate", "policy", "measure", "estimator", "subject", "figure", "bound", "bound_kind", "verdict", "reason",
    ),
    "restatements": (
        "restated_at", "period", "period_start", "period_end", "policy", "measure", "segment", "segment_value",
        "kind", "causes", "cause_text", "old_prevalence", "old_ci_low", "old_ci_high", "new_prevalence", "new_ci_low",
        "new_ci_high", "is_shown",
    ),
    "series_breaks": (
        "ds", "policy", "measure", "rung", "version_kind", "old_version", "new_version", "shift", "ci_low", "ci_high",
        "n_units", "n_disagreeing", "reason",
    ),
    "labeler_quality": (
        "rung", "policy", "reference", "window_start", "window_end", "n", "n_positive", "sensitivity",
        "sensitivity_ci_low", "sensitivity_ci_high", "specificity", "specificity_ci_low", "specificity_ci_high",
        "precision", "precision_ci_low", "precision_ci_high", "kappa", "kappa_ci_low", "kappa_ci_high", "is_drifting",
    ),
    "data_checks": ("ds", "table_name", "n_checks", "n_failed", "n_warned", "failed_names"),
    "planned_errors": ("ds", "policy", "measure", "planned_std_error"),
    "plan_checks": ("kind", "period", "period_start", "period_end", "policy", "measure", "status", "reason"),
    "alerts": (
        "state", "family", "policy", "measure", "segment", "segment_value", "kind", "direction", "opened_date",
        "began_date", "closed_date", "resolution", "acknowledged_by", "note", "before", "before_low", "before_high",
        "after", "after_low", "after_high", "ratio", "ratio_low", "ratio_high", "driver_segments", "driver_values",
        "driver_before", "driver_after", "unit_ids", "changed_versions",
    ),
    "channels": ("channel", "status", "fault", "attempted_at", "n_undelivered"),
    "watched_streams": ("ds", "phase", "n_streams"),
    "directional_index": (
        "ds", "policy", "measure", "mean_score", "reference_start", "reference_end", "direction", "n_compared",
        "n_right", "share_right_low", "share_right_high", "n_sure", "n_sure_right", "confidence_level",
    ),
    "gap_streams": ("policy", "measure", "phase"),
}  # fmt: skip
"""The columns the page reads of each table; further columns are ignored."""

OPTIONAL: Final = (
    "versions", "gates", "restatements", "series_breaks", "labeler_quality", "data_checks", "planned_errors",
    "plan_checks", "alerts", "channels", "watched_streams", "directional_index", "gap_streams",
)  # fmt: skip
"""Tables that a warehouse may lack; the page then says so."""

_DATE_COLUMNS: Final = frozenset(
    {
        "ds", "week", "period_start", "period_end", "window_start", "window_end", "opened_date", "began_date",
        "closed_date", "reference_start", "reference_end",
    }
)  # fmt: skip


@dataclass(frozen=True)
class DashboardData:
    """Everything one page shows.

    Args:
        prevalence: rows of the table `prevalence` as they were decided last. Figures of rows whose status is not
            `released`, and of segments with fewer than `minimum_segment_labels` labels, are never shown.
        funnel: per ds and stratum the units of the population, of the sample, with a first-rung verdict
            (n_labelled) and on a higher rung (n_audited).
        positives: per ds and policy the units of the sample found violating by the first rung in use; shown only of
            policies whose headline number of the week is released.
        row_account: per ds and source the rows in, used, duplicate and quarantined.
        scorers: per ds the scorer_version and the size_measure_rule it was sampled by.
        label_sources: per week (its Monday), rung, labeler and prompt version the kind of labeler, its labels, the
            units they are on, how many labels have a price, and the sum of these prices.
        policy_titles: policy id to title, in the order the policies are shown.
        published_estimator: the estimator behind every figure, unless another one is chosen.
        headline_measure: what the headline numbers count by, `units` or `views`.
        confidence_level: nominal coverage of the intervals, in (0, 1).
        minimum_segment_labels: units with a verdict below which the figure of a segment is not shown.
        generated_at: when the page was made, with a time zone.
        job_run_id: the run that made the page.
        design_ids: the sampling designs behind the figures.
        certificate: the design's latest certificate; None if it was never audited.
        versions: per ds the policies (id to version and content hash) and prompt versions of its last release.
        gates: what the gates of the last releases found about the headline week: segment all, component unit.
        restatements: corrections of numbers by the published estimator; `is_shown` says whether the number
            is released as it stands: figures of others are not shown.
        series_breaks: studies of changes of policy or prompt.
        labeler_quality: per rung and policy how good the verdicts that count are, against the best reference.
        data_checks: per ds and table how many checks ran, failed and warned, and the names of those that did not pass.
        planned_errors: per ds, policy and measure the standard error that was expected before labelling.
        plan_checks: what the comparisons of plan and result said; no figures.
        alerts: alerts of the monitoring, open and lately closed, open ones first; figures of policies and places that
            the page shows none of are not shown.
        channels: per channel of notification how its last attempt went, and what never reached it.
        watched_streams: of the last day that was watched how many streams were in which phase.
        directional_index: per ds, policy and measure the label-free index of the whole population, and how it had
            fared by then; shown only of policies whose number of the week is.
        gap_streams: of the last day that was watched in which phase the ratio of labels to index is.
        checks_page: the page with the details of the data checks.
        n_values_cut: segment to how many of its values are not in `prevalence` because they are small.
        unit_prices: rung to the configured price of labelling a unit for all policies, for labels without a price.
        currency: unit of prices.
        index_settings: by what the index was compared.

    Tables may be empty, even without columns; those of OPTIONAL are None if the warehouse lacks them. The page then
    says so. Date columns become timestamps at midnight.

    Raises:
        ContractError: columns are missing (all of them are listed) or a value is out of range.

    """

    prevalence: pd.DataFrame
    funnel: pd.DataFrame
    positives: pd.DataFrame
    row_account: pd.DataFrame
    scorers: pd.DataFrame
    label_sources: pd.DataFrame
    policy_titles: Mapping[str, str]
    published_estimator: str
    headline_measure: str
    confidence_level: float
    minimum_segment_labels: int
    generated_at: datetime
    job_run_id: str
    design_ids: Sequence[str]
    certificate: NeighbouringPage | None = None
    versions: pd.DataFrame | None = None
    gates: pd.DataFrame | None = None
    restatements: pd.DataFrame | None = None
    series_breaks: pd.DataFrame | None = None
    labeler_quality: pd.DataFrame | None = None
    data_checks: pd.DataFrame | None = None
    planned_errors: pd.DataFrame | None = None
    plan_checks: pd.DataFrame | None = None
    alerts: pd.DataFrame | None = None
    channels: pd.DataFrame | None = None
    watched_streams: pd.DataFrame | None = None
    directional_index: pd.DataFrame | None = None
    gap_streams: pd.DataFrame | None = None
    checks_page: NeighbouringPage | None = None
    n_values_cut: Mapping[str, int] = field(default_factory=dict)
    unit_prices: Mapping[str, float] = field(default_factory=dict)
    currency: str = ""
    index_settings: IndexSettings = field(default_factory=IndexSettings)

    def __post_init__(self) -> None:
        tables = {name: frame for name in COLUMNS if (frame := getattr(self, name)) is not None or name not in OPTIONAL}
        faults = [
            f"`{table}` lacks {', '.join(missing)}"
            for table, frame in tables.items()
            if (missing := _missing_columns(frame, COLUMNS[table]))
        ]
        if not 0 < self.confidence_level < 1:
            faults.append(f"confidence_level is {self.confidence_level}, expected a number in (0, 1)")
        if self.generated_at.tzinfo is None:
            faults.append("generated_at has no time zone, expected UTC")
        if faults:
            raise ContractError(f"The dashboard cannot be made: {'; '.join(faults)}. Mend what fills DashboardData.")
        for table, frame in tables.items():
            object.__setattr__(self, table, _prepared(frame, COLUMNS[table]))


def _missing_columns(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    return [] if frame.empty else [column for column in columns if column not in frame.columns]


def _prepared(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return a copy with the given columns only, dates as timestamps."""
    return as_dates(frame.reindex(columns=list(columns)).reset_index(drop=True))


def as_dates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its columns of days as timestamps at midnight."""
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in _DATE_COLUMNS.intersection(frame.columns)})
