"""A page with two policies over six weeks, with every section, a held week, and a country with too few labels."""

import math
from datetime import date, timedelta

import pandas as pd

from lib.reporting.dashboard_data import DashboardData
from tests.reporting.evidence_examples import all_evidence, gap_row, index_row
from tests.reporting.examples import dashboard_data
from tests.reporting.long_series import LongSeries

SERIES = LongSeries(
    rates={"adult_content": 0.008, "self_harm": 0.0025},
    segments={"surface": ("search", "home_feed"), "country": ("US", "BR", "CA", "-2+3")},
    components=("query", "response", "image"),
)
LAST_MONDAY = date(2024, 4, 8)
TITLES = {"adult_content": "Adult content", "self_harm": "Self-harm"}


def six_weeks() -> DashboardData:
    """Self-harm is held in the week before last, in which the prompt changed, and adult content's text before that.

    Of a country and of adult content's first week the ranges are so wide that they leave their scales.
    """
    rows = SERIES.frame()
    is_held = (rows["policy"] == "self_harm") & (rows["period_start"] == LAST_MONDAY - timedelta(days=7))
    is_small = rows["segment_value"] == "CA"
    is_first_week = (rows["period_start"] == SERIES.first_day) & (rows["period"] == "week")
    is_wide = (rows["segment_value"] == "-2+3") | (is_first_week & (rows["policy"] == "adult_content"))
    rows = rows.assign(
        status=rows["status"].mask(is_held, "held"),
        hold_reasons=[["missing_labels: 12 % have none"] if held else [] for held in is_held],
        n_llm=rows["n_llm"].mask(is_small, 40),
        n_human=rows["n_human"].mask(is_small, 10),
        ci_high=rows["ci_high"].mask(is_wide, 0.3),
        warnings=[["positives: few"] if policy == "self_harm" else [] for policy in rows["policy"]],
    )
    days = SERIES.days
    versions = [
        {
            "ds": day,
            "policies": {"adult_content": "2.0 aa" if day < date(2024, 3, 24) else "2.1 bb", "self_harm": "2.0 cc"},
            "prompt_versions": ["p1" if day < date(2024, 4, 3) else "p2"],
        }
        for day in days
    ]
    scorers = [
        {"ds": day, "scorer_version": f"v{place // 14}", "size_measure_rule": "score_and_exposure"}
        for place, day in enumerate(days)
    ]
    evidence = all_evidence() | {"versions": pd.DataFrame(versions), "directional_index": _index(rows)}
    evidence["gap_streams"] = pd.DataFrame([gap_row(policy=policy) for policy in TITLES])
    return dashboard_data(prevalence=rows, scorers=pd.DataFrame(scorers), policy_titles=TITLES, **evidence)


def _index(numbers: pd.DataFrame) -> pd.DataFrame:
    """The index of adult content's days goes up, and of self-harm's up and down; one day has no scores."""
    daily = numbers[(numbers["period"] == "day") & (numbers["estimator"] == "regression")]
    daily = daily[daily["period_start"] != date(2024, 3, 20)]
    rows = []
    for row in daily.to_dict("records"):
        policy, place = row["policy"], (row["period_start"] - SERIES.first_day).days
        wave = 0.01 * place if policy == "adult_content" else 0.2 * math.sin(place / 5)
        named = {"policy": policy, "measure": row["measure"], "mean_score": SERIES.rates[policy] * (0.8 + wave)}
        rows.append(index_row(row["period_start"], **named, direction="up" if policy == "adult_content" else "flat"))
    return pd.DataFrame(rows)
