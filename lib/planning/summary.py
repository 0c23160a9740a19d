"""Says in a few lines what a plan comes to, and what its check found."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
_TITLES = {
    "configured": "configured budget",
    "wanted_error_all": "budget for the wanted error of every policy",
    "best_split": "best split",
}


def plan_summary(plans: Sequence[Row]) -> list[str]:
    """One line for each of the plans that a person decides between; the relative errors are of the whole population."""
    lines = []
    for kind, title in _TITLES.items():
        rows = [row for row in plans if row["kind"] == kind and row["segment"] == "all"]
        if rows:
            lines.append(f"{title} ({rows[0]['scenario']}): {_labels(rows[0])}; relative error {_errors(rows)}")
    return lines


def alarm_lines(checks: Iterable[Row]) -> list[str]:
    """One line an alarm; none if all plans held."""
    return [
        f"{row['status']}: {row['policy']}, {row['measure']}, {row['period']} from {row['period_start']}: "
        f"{row['kind']} {row['realised']:.3g} where {row['planned']:.3g} was expected (p {row['p_value']:.2g})"
        for row in checks
        if row["status"] not in ("as_planned", "not_checked")
    ]


def _labels(row: Row) -> str:
    sizes = [f"{rung} {row[f'n_{rung}']:,.0f}" for rung in ("llm", "human", "gold") if row[f"n_{rung}"] is not None]
    price = [] if row["cost"] is None else [f"{row['cost']:,.0f} {row['currency']} a day"]
    return ", ".join(sizes + price)


def _errors(rows: Iterable[Row]) -> str:
    return ", ".join(
        f"{row['policy']} {row['measure']} {100 * row['expected_relative_error']:.0f} %"
        for row in rows
        if row["expected_relative_error"] is not None
    )
