"""Hand-written rows of the tables that are evidence for the numbers of `examples`."""

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from tests.reporting.examples import MONDAY, SUNDAY


def gate_row(gate: str, **changes: Any) -> dict[str, Any]:
    """A gate that adult content passed: 0.02 of at most 0.1."""
    return {
        "gate": gate, "policy": "adult_content", "measure": "units", "estimator": "*", "subject": "*",
        "figure": 0.02, "bound": 0.1, "bound_kind": "at_most", "verdict": "passed", "reason": None,
    } | changes  # fmt: skip


def quality_row(**changes: Any) -> dict[str, Any]:
    """The LLM's verdicts that count, held against people's."""
    row: dict[str, Any] = {
        "rung": "llm", "policy": "adult_content", "reference": "human", "window_start": MONDAY, "window_end": SUNDAY,
        "n": 1260, "n_positive": 57, "is_drifting": None,
    }  # fmt: skip
    rates = {
        "sensitivity": (0.82, 0.71, 0.9), "specificity": (0.998, 0.994, 0.999), "precision": (0.76, 0.64, 0.85),
        "kappa": (0.78, 0.69, 0.87),
    }  # fmt: skip
    for name, (rate, low, high) in rates.items():
        row |= {name: rate, f"{name}_ci_low": low, f"{name}_ci_high": high}
    return row | changes


def restatement_row(**changes: Any) -> dict[str, Any]:
    """The headline number, which had been shown as 0.39 %."""
    return {
        "restated_at": datetime(2024, 3, 12, 9, tzinfo=UTC), "period": "week", "period_start": MONDAY,
        "period_end": SUNDAY, "policy": "adult_content", "measure": "units", "segment": "all", "segment_value": "all",
        "kind": "revised", "causes": ["late_labels"], "cause_text": "Reviewers were late.", "old_prevalence": 0.0039,
        "old_ci_low": 0.0029, "old_ci_high": 0.0053, "new_prevalence": 0.0042, "new_ci_low": 0.0031,
        "new_ci_high": 0.0055, "is_shown": True,
    } | changes  # fmt: skip


def break_row(**changes: Any) -> dict[str, Any]:
    """A prompt that moved the figure by 0.04 points."""
    return {
        "ds": date(2024, 3, 6), "policy": "adult_content", "measure": "units", "rung": "llm",
        "version_kind": "prompt_version", "old_version": "8f3a", "new_version": "91bc", "shift": 0.0004,
        "ci_low": 0.0001, "ci_high": 0.0008, "n_units": 2000, "n_disagreeing": 31, "reason": "Clearer examples",
    } | changes  # fmt: skip


def check_row(**changes: Any) -> dict[str, Any]:
    """Twelve checks of one table on one day, all passed."""
    row = {"ds": MONDAY, "table_name": "samples", "n_checks": 12, "n_failed": 0, "n_warned": 0, "failed_names": []}
    return row | changes


def alert_row(**changes: Any) -> dict[str, Any]:
    """An open alert nobody has taken: everywhere from 0.4 % to 0.6 %, driven by search."""
    return {
        "state": "open", "family": "prevalence", "policy": "adult_content", "measure": "units", "segment": "all",
        "segment_value": "all", "kind": "level_shift", "direction": "rise", "opened_date": date(2024, 3, 9),
        "began_date": date(2024, 3, 7), "closed_date": None, "resolution": None, "acknowledged_by": None, "note": None,
        "before": 0.004, "before_low": 0.0038, "before_high": 0.0042, "after": 0.006, "after_low": 0.005,
        "after_high": 0.0072, "ratio": 1.5, "ratio_low": 1.25, "ratio_high": 1.81, "driver_segments": ["surface"],
        "driver_values": ["search"], "driver_before": [0.0081], "driver_after": [0.0125],
        "unit_ids": ["0123456789abcdef0123456789abcdef"], "changed_versions": ["prompt version on 2024-03-07"],
    } | changes  # fmt: skip


def channel_row(**changes: Any) -> dict[str, Any]:
    """A channel that took the last message."""
    return {
        "channel": "team", "status": "sent", "fault": None, "attempted_at": datetime(2024, 3, 10, 6, 5, tzinfo=UTC),
        "n_undelivered": 0,
    } | changes  # fmt: skip


def index_row(ds: date, **changes: Any) -> dict[str, Any]:
    """A day of the index: a mean score of 0.5 %, up since the week before, right in 18 of 22 pairs of weeks."""
    return {
        "ds": ds, "policy": "adult_content", "measure": "units", "mean_score": 0.005,
        "reference_start": date(2024, 2, 26), "reference_end": date(2024, 3, 3), "direction": "up", "n_compared": 22,
        "n_right": 18, "share_right_low": 0.55, "share_right_high": 0.97, "n_sure": 5, "n_sure_right": 5,
        "confidence_level": 0.95,
    } | changes  # fmt: skip


def gap_row(**changes: Any) -> dict[str, Any]:
    """Labels over index, watched and as before."""
    return {"policy": "adult_content", "measure": "units", "phase": "watched"} | changes


def all_evidence() -> dict[str, pd.DataFrame]:
    """Every optional table of DashboardData with something in it."""
    of_day = {"ds": date(2024, 3, 4), "policy": "adult_content", "measure": "units"}
    span = {"period": "day", "period_start": SUNDAY, "period_end": SUNDAY}
    checked = {"policy": "adult_content", "measure": "units", "status": "as_planned", "reason": None}
    versions = [
        {"ds": date(2024, 3, day), "policies": {"adult_content": "2.0 aa"}, "prompt_versions": ["8f3a"]}
        for day in (4, 5)
    ]
    return {
        "versions": pd.DataFrame(versions),
        "gates": pd.DataFrame([gate_row("missing_labels")]),
        "restatements": pd.DataFrame([restatement_row()]),
        "series_breaks": pd.DataFrame([break_row()]),
        "labeler_quality": pd.DataFrame([quality_row()]),
        "data_checks": pd.DataFrame([check_row()]),
        "planned_errors": pd.DataFrame([of_day | {"planned_std_error": 0.0005}]),
        "plan_checks": pd.DataFrame([{"kind": "realised_error"} | span | checked]),
        "alerts": pd.DataFrame([alert_row()]),
        "channels": pd.DataFrame([channel_row()]),
        "watched_streams": pd.DataFrame([{"ds": SUNDAY, "phase": "watched", "n_streams": 31}]),
        "directional_index": pd.DataFrame([index_row(date(2024, 3, day)) for day in (4, 5, 6)]),
        "gap_streams": pd.DataFrame([gap_row()]),
    }
