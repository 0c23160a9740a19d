"""Hand-made rows of `prevalence`."""

from datetime import date
from typing import Any

DS = date(2026, 3, 2)


def number(**changes: Any) -> dict[str, Any]:
    """One number: 2 % [1 %, 4 %], from 200 LLM and 50 human verdicts."""
    return {
        "ds": DS, "design_id": "daily_v1", "period": "day", "period_start": DS, "period_end": DS, "n_days": 1,
        "policy": "a", "measure": "units", "segment": "all", "segment_value": "all", "component": "unit",
        "estimator": "hajek", "prevalence": 0.02, "std_error": 0.007, "ci_low": 0.01, "ci_high": 0.04,
        "confidence_level": 0.95, "ci_method": "split_gamma", "population_size": 1000, "exposure_total": 1000.0,
        "n_llm": 200, "n_human": 50, "n_gold": 0, "n_positive": 30, "n_positive_highest_rung": 20,
        "effective_sample_size": 400.0, "missing_label_rate": 0.0, "share_of_violating": None, "share_std_error": None,
        "share_ci_low": None, "share_ci_high": None, "label_sources": ["file"], "status": "held",
        "hold_reasons": ["not_yet_released: no release has decided on it; run release_metrics"], "release_id": None,
    } | changes  # fmt: skip
