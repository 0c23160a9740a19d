"""Hand-written weeks for the summary: as many policies as a test wants, compared, held, broken."""

from datetime import date, timedelta
from typing import Any

import pandas as pd

from lib.reporting.report_period import ReportPeriod
from lib.reporting.summary.source import SummaryData, whole_numbers
from tests.reporting.examples import MONDAY, dashboard_data, day_row, estimate_row, week_before_row

KINDS = ("Adult content", "Harassment", "Self-harm", "Misinformation")
WEEK = ReportPeriod.containing("week", MONDAY)
HELD = {"status": "held", "hold_reasons": ["missing_labels: 12 % of the weight has no usable verdict"]}


def summary_data(rows: list[dict[str, Any]], **changes: Any) -> SummaryData:
    """The summary of 4–10 March 2024 with the given rows of `prevalence`, each of 2,500 units or views a day."""
    counted = [{"exposure_total": 2500.0 * row["n_days"]} | row for row in rows]
    page = dashboard_data(counted, funnel=pd.DataFrame(), positives=pd.DataFrame(), **changes)
    return SummaryData(page, WEEK, whole_numbers(pd.DataFrame(counted), estimator=page.published_estimator))


def week_days(**changes: Any) -> list[dict[str, Any]]:
    """A row for each of the week's seven days."""
    return [day_row(MONDAY + timedelta(days=n), **changes) for n in range(7)]


def figure(share: float, half: float) -> dict[str, float]:
    """A figure with a range of `half` to either side."""
    return {"prevalence": share, "ci_low": share - half, "ci_high": share + half}


def many_policies(n: int) -> SummaryData:
    """`n` policies with three places each: the first rose, the second fell, the third is held, as far as there are."""
    rows, titles = [], {}
    for place in range(n):
        policy = f"policy_{place}"
        titles[policy] = f"{KINDS[place % 4]} of kind {place + 1}"
        share = 0.004 + 0.0007 * place
        moved = {0: 0.003, 1: -0.003}.get(place, 0.0001)
        is_held = HELD if place == 2 else {}
        rows += [
            estimate_row(policy=policy, **figure(share + max(moved, 0), 0.0006), **is_held),
            week_before_row(policy=policy, **figure(share - min(moved, 0), 0.0006)),
            *week_days(policy=policy),
        ]
        for where in ("search", "home_feed", "related_pins"):
            part = {"policy": policy, "segment": "surface", "segment_value": where}
            rows += [
                estimate_row(**part, **figure(share + 2 * max(moved, 0), 0.001), **is_held),
                week_before_row(**part, **figure(share, 0.001)),
            ]
    rows[2] |= {"status": "held", "hold_reasons": ["label_lag: 5 days"]}
    versions = [
        {"ds": date(2024, 3, 1), "policies": {}, "prompt_versions": ["p1"]},
        {"ds": date(2024, 3, 6), "policies": {}, "prompt_versions": ["p2"]},
    ]
    return summary_data(rows, policy_titles=titles, versions=pd.DataFrame(versions))
