"""What the dashboard shows: small pandas tables and plain values, already aggregated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pandas as pd

from lib.reporting.certificate import CertificateLink
from schemas.errors import ContractError

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "prevalence": (
        "design_id",
        "period",
        "period_start",
        "period_end",
        "n_days",
        "policy",
        "measure",
        "segment",
        "segment_value",
        "estimator",
        "prevalence",
        "std_error",
        "ci_low",
        "ci_high",
        "ci_method",
        "n_llm",
        "n_human",
        "n_gold",
        "effective_sample_size",
        "label_sources",
        "status",
        "hold_reasons",
        "release_id",
    ),
    "funnel": ("ds", "stratum", "population_size", "sample_size", "n_labelled", "n_audited"),
    "positives": ("ds", "policy", "n_positive"),
    "row_account": ("ds", "source", "rows_in", "rows_used", "rows_duplicate", "rows_quarantined"),
    "scorers": ("ds", "scorer_version", "size_measure_rule"),
    "label_sources": ("rung", "labeler_id", "label_source", "prompt_version", "n_labels"),
}
"""The columns the page reads of each table; further columns are ignored."""

_DATE_COLUMNS: Final = frozenset({"ds", "period_start", "period_end"})


@dataclass(frozen=True)
class DashboardData:
    """Everything one page shows.

    Args:
        prevalence: rows of the table `prevalence`; only the columns in COLUMNS are needed. Numbers of rows whose
            status is not `released` are never shown.
        funnel: per ds and stratum the units of the population, of the sample, with a first-rung verdict
            (n_labelled) and on a higher rung (n_audited).
        positives: per ds and policy the units of the sample found violating by the first rung in use; shown only of
            policies whose headline number of the week is released.
        row_account: per ds and source the rows in, used, duplicate and quarantined.
        scorers: per ds the scorer_version and the size_measure_rule it was sampled by.
        label_sources: per rung, labeler and prompt version the kind of labeler and its number of labels.
        policy_titles: policy id to title, in the order the policies are shown.
        published_estimator: the estimator behind every figure outside the comparison of estimators.
        confidence_level: nominal coverage of the intervals, in (0, 1).
        generated_at: when the page was made, with a time zone.
        job_run_id: the run that made the page.
        design_ids: the sampling designs behind the figures.
        certificate: the design's latest certificate; None if it was never audited.

    Tables may be empty, even without columns; the page then says so. Date columns become timestamps at midnight.

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
    confidence_level: float
    generated_at: datetime
    job_run_id: str
    design_ids: Sequence[str]
    certificate: CertificateLink | None = None

    def __post_init__(self) -> None:
        faults = [
            f"`{table}` lacks {', '.join(missing)}"
            for table, columns in COLUMNS.items()
            if (missing := _missing_columns(getattr(self, table), columns))
        ]
        if not 0 < self.confidence_level < 1:
            faults.append(f"confidence_level is {self.confidence_level}, expected a number in (0, 1)")
        if self.generated_at.tzinfo is None:
            faults.append("generated_at has no time zone, expected UTC")
        if faults:
            raise ContractError(f"The dashboard cannot be made: {'; '.join(faults)}. Mend what fills DashboardData.")
        for table, columns in COLUMNS.items():
            object.__setattr__(self, table, _prepared(getattr(self, table), columns))


def _missing_columns(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    return [] if frame.empty else [column for column in columns if column not in frame.columns]


def _prepared(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return a copy with the given columns only, dates as timestamps."""
    prepared = frame.reindex(columns=list(columns)).reset_index(drop=True)
    for column in _DATE_COLUMNS.intersection(columns):
        prepared[column] = pd.to_datetime(prepared[column])
    return prepared
