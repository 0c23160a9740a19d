"""Rows of alerts for tests."""

from datetime import date, timedelta
from typing import Any

FIRST = date(2026, 3, 2)


def day(number: int) -> date:
    """The day `number` days after the first."""
    return FIRST + timedelta(days=number)


def alert(
    number: int, transition: str = "opened", state: str = "open", *, alert_id: str = "a", **changed: Any
) -> dict[str, Any]:
    """An alert on a day."""
    driver = {
        "segment": "surface", "segment_value": "search", "effect": 0.002, "rate_effect": 0.002, "rate_std_error": 1e-4,
        "mix_effect": 0.0, "rate_before": 0.004, "rate_after": 0.008, "share_before": 0.5, "share_after": 0.5,
    }  # fmt: skip
    evidence = {
        "before": 0.004, "before_low": 0.0035, "before_high": 0.0045, "after": 0.006, "after_low": 0.005,
        "after_high": 0.0072, "ratio": 1.5, "ratio_low": 1.2, "ratio_high": 1.9, "confidence_level": 0.95,
        "n_days_before": 60, "n_days_after": 5, "log_evidence": 12.0, "log_threshold": 9.6,
        "streams": ["prevalence harassment units", "prevalence harassment views"], "drivers": [driver],
        "unexplained": 0.0, "unit_ids": ["u1", "u2"], "changed_versions": ["prompt version on 2026-03-01"],
    }  # fmt: skip
    row = {
        "ds": day(number), "design_id": "d", "alert_id": alert_id, "state": state, "transition": transition,
        "family": "prevalence", "policy": "harassment", "measure": "units", "segment": "all", "segment_value": "all",
        "kind": "level_shift", "direction": "rise", "opened_date": day(number), "began_date": day(number - 2),
        "began_earliest_date": day(number - 3), "began_latest_date": day(number - 1), "reason": "0.6 % since then",
        "acknowledged_by": None, "evidence": evidence,
    }  # fmt: skip
    return row | changed
