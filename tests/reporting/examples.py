"""Small hand-written dashboards: two weeks, one policy, and whatever a test changes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from lib.reporting.dashboard_data import DashboardData

MONDAY = date(2024, 3, 4)
SUNDAY = date(2024, 3, 10)
MONDAY_BEFORE = date(2024, 2, 26)
SUNDAY_BEFORE = date(2024, 3, 3)


def estimate_row(**changes: Any) -> dict[str, Any]:
    """One row of `prevalence`: the headline week's 0.42 % with the interval 0.31–0.55 %."""
    return {
        "design_id": "daily_v1",
        "period": "week",
        "period_start": MONDAY,
        "period_end": SUNDAY,
        "n_days": 7,
        "policy": "adult_content",
        "measure": "units",
        "segment": "all",
        "segment_value": "all",
        "component": "unit",
        "estimator": "regression",
        "prevalence": 0.0042,
        "std_error": 0.0006,
        "ci_low": 0.0031,
        "ci_high": 0.0055,
        "ci_method": "split_gamma",
        "n_llm": 8400,
        "n_human": 1260,
        "n_gold": 0,
        "effective_sample_size": 11617.0,
        "share_of_violating": None,
        "share_ci_low": None,
        "share_ci_high": None,
        "label_sources": ["file"],
        "status": "released",
        "hold_reasons": [],
        "warnings": [],
        "release_id": "rel-7",
    } | changes


def week_before_row(**changes: Any) -> dict[str, Any]:
    """The same a week earlier: 0.37 % with the interval 0.30–0.45 %."""
    earlier = {"period_start": MONDAY_BEFORE, "period_end": SUNDAY_BEFORE}
    return estimate_row(**earlier, prevalence=0.0037, ci_low=0.0030, ci_high=0.0045) | changes


def day_row(day: date, **changes: Any) -> dict[str, Any]:
    """The same for one day."""
    return estimate_row(period="day", period_start=day, period_end=day, n_days=1, **changes)


def component_row(component: str, share: float, low: float, high: float, **changes: Any) -> dict[str, Any]:
    """The share of what violates in which a component violates, in the headline week."""
    shares = {"share_of_violating": share, "share_ci_low": low, "share_ci_high": high}
    return estimate_row(component=component, prevalence=0.0042 * share, **shares) | changes


def all_rows() -> list[dict[str, Any]]:
    """Rows for every section of the page."""
    return [
        estimate_row(),
        week_before_row(),
        estimate_row(estimator="hajek", prevalence=0.0046, ci_low=0.0033, ci_high=0.0064),
        estimate_row(measure="views", prevalence=0.0051, ci_low=0.0040, ci_high=0.0065),
        estimate_row(segment="surface", segment_value="search", prevalence=0.0091, ci_low=0.0061, ci_high=0.0134),
        estimate_row(segment="surface", segment_value="home_feed", status="held", hold_reasons=["join_loss: 9 %"]),
        estimate_row(segment="country", segment_value="BR", n_llm=99, n_human=9),
        component_row("query", 0.61, 0.48, 0.73),
        day_row(date(2024, 3, 4)),
        day_row(date(2024, 3, 5), status="held", hold_reasons=["missing_labels: 12 %"]),
        day_row(date(2024, 3, 6)),
    ]


def dashboard_data(rows: list[dict[str, Any]] | None = None, **changes: Any) -> DashboardData:
    """A page of the given estimates, all_rows() by default."""
    data = DashboardData(
        prevalence=pd.DataFrame(all_rows() if rows is None else rows),
        funnel=pd.DataFrame(
            [
                {"ds": MONDAY, "stratum": "search", "population_size": 1_000_000, "sample_size": 4000}
                | {"n_labelled": 3990, "n_audited": 600},
                {"ds": MONDAY, "stratum": "home_feed", "population_size": 2_500_000, "sample_size": 4000}
                | {"n_labelled": 3980, "n_audited": 601},
                {"ds": MONDAY_BEFORE, "stratum": "search", "population_size": 77, "sample_size": 7}
                | {"n_labelled": 7, "n_audited": 7},
            ]
        ),
        positives=pd.DataFrame([{"ds": MONDAY, "policy": "adult_content", "n_positive": 43}]),
        row_account=pd.DataFrame(
            [
                {"ds": MONDAY, "source": "pin_log", "rows_in": 1003, "rows_used": 1000}
                | {"rows_duplicate": 2, "rows_quarantined": 1}
            ]
        ),
        scorers=pd.DataFrame(
            [
                {"ds": MONDAY, "scorer_version": "none", "size_measure_rule": "exposure_only"},
                {"ds": date(2024, 3, 5), "scorer_version": "5b1f", "size_measure_rule": "score_and_exposure"},
                {"ds": date(2024, 3, 6), "scorer_version": "5b1f", "size_measure_rule": "score_and_exposure"},
            ]
        ),
        label_sources=pd.DataFrame(
            [
                {"week": MONDAY, "rung": "llm", "labeler_id": "llm-1", "label_source": "file"}
                | {"prompt_version": "8f3a", "n_labels": 8400, "n_units": 8400, "n_priced": 8400, "cost": 168.0}
            ]
        ),
        policy_titles={"adult_content": "Adult content"},
        published_estimator="regression",
        headline_measure="units",
        confidence_level=0.95,
        minimum_segment_labels=100,
        generated_at=datetime(2024, 3, 11, 6, 30, tzinfo=UTC),
        job_run_id="run-4f2a",
        design_ids=["daily_v1"],
    )
    return replace(data, **changes)


def empty_data() -> DashboardData:
    """A page of tables that have not even columns."""
    return replace(
        dashboard_data(policy_titles={}, design_ids=[]),
        prevalence=pd.DataFrame(),
        funnel=pd.DataFrame(),
        positives=pd.DataFrame(),
        row_account=pd.DataFrame(),
        scorers=pd.DataFrame(),
        label_sources=pd.DataFrame(),
    )


def certificate_row(**changes: Any) -> dict[str, Any]:
    """One row of `design_audits`: a check of the calibrated scenario that passed."""
    return {
        "ds": date(2026, 3, 8), "design_id": "daily_v1", "policy": "adult_content", "measure": "units",
        "scenario": "calibrated", "status": "passed", "reasons": [], "estimator": "regression",
        "ci_method": "split_gamma", "confidence_level": 0.95, "has_score": True, "rungs": ["llm", "human"],
        "sensitivities": {"llm": 0.82}, "specificities": {"llm": 0.998}, "population_size": 1_000_000,
        "n_frame_units": 200_000, "n_replicates": 1000, "prevalence": 0.0058, "expected_labels": 499.5,
        "expected_positives": 31.2, "relative_bias": 0.01, "bias_in_simulation_errors": 1.3,
        "bias_in_std_errors": 0.04, "relative_std_error": 0.21, "variance_ratio": 1.02, "coverage": 0.957,
        "coverage_simulation_error": 0.006, "miss_low": 0.028, "miss_high": 0.015, "width_to_wald": 1.13, "gain": 4.2,
        "scorer_version": "text-5b1f", "job_run_id": "run-1",
    } | changes  # fmt: skip
