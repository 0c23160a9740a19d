"""The page of the data checks: per day and table what passed, what failed and why, what only warned."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.neighbouring_page import NeighbouringPage, beside, href_to
from lib.reporting.tables import Cell, Header, Table
from lib.reporting.templating import environment, page_style
from lib.whole_files import write_whole

SHOWN_DAYS: Final = 28
_OVERVIEW_DAYS: Final = 14
_DETAIL_DAYS: Final = 7
_MOST_FINDINGS: Final = 300
_OUTCOMES: Final = ("failed", "accepted", "warned", "not judged", "passed")


def checks_page_path(dashboard_path: str) -> Path:
    """The page's file: beside the dashboard and named after it, for example `dashboard_checks.html`."""
    return beside(dashboard_path, "checks.html")


def write_checks_page(results: pd.DataFrame, *, dashboard_path: str) -> NeighbouringPage | None:
    """Write the page beside the dashboard.

    Args:
        results: rows of `check_results` of the last SHOWN_DAYS days.
        dashboard_path: the dashboard's file.

    Returns:
        the link to it; None, and no page, if there are no rows.

    """
    if results.empty:
        return None
    path = checks_page_path(dashboard_path)
    write_whole(path, render_checks_page(results, dashboard_href=href_to(dashboard_path)))
    checked = _prepared(results)
    last = checked[checked["ds"] == checked["ds"].max()]
    return NeighbouringPage(
        href=href_to(path),
        day=figures.day(last["ds"].iloc[0]),
        verdict=verdict_of(last),
        has_failed=bool((last["outcome"] == "failed").any()),
    )


def render_checks_page(results: pd.DataFrame, *, dashboard_href: str) -> str:
    """Return the page as one self-contained HTML document, as inert as the dashboard; arguments as for the file."""
    checked = _prepared(results)
    days = sorted(checked["ds"].unique(), reverse=True)
    last = checked[checked["ds"] == days[0]]
    findings = checked[checked["outcome"].isin(["failed", "accepted", "warned"])]
    return environment().get_template("checks.html.jinja").render(
        **page_style(),
        dashboard_href=dashboard_href,
        last_day=figures.day(pd.Timestamp(days[0])),
        first_day=figures.day(pd.Timestamp(days[-1])),
        verdict=verdict_of(last),
        has_failed=bool((last["outcome"] == "failed").any()),
        overview=_overview(checked, days[:_OVERVIEW_DAYS]),
        findings=_findings(findings) if len(findings) else None,
        n_findings_left_out=max(0, len(findings) - _MOST_FINDINGS),
        days=[_day(checked[checked["ds"] == day], pd.Timestamp(day)) for day in days[:_DETAIL_DAYS]],
        shown_days=SHOWN_DAYS,
        detail_days=_DETAIL_DAYS,
    )  # fmt: skip


def verdict_of(checked: pd.DataFrame) -> str:
    """Say how checks came out, for example `612 checks: 1 failed, 598 passed, 13 not judged` and a full stop."""
    counts = checked["outcome"].value_counts()
    said = [f"{figures.count(counts[outcome])} {outcome}" for outcome in _OUTCOMES if counts.get(outcome)]
    return f"{figures.count(len(checked))} checks: {', '.join(said)}."


def _prepared(results: pd.DataFrame) -> pd.DataFrame:
    """The rows with their outcome, days as timestamps, in the order of tables and checks."""
    checked = results.assign(ds=pd.to_datetime(results["ds"]))
    outcomes = [_outcome(row) for row in checked.to_dict("records")]
    return checked.assign(outcome=outcomes).sort_values(["ds", "table_name", "check_name"], ignore_index=True)


def _outcome(row: Mapping[Any, Any]) -> str:
    if not row["is_judged"]:
        return "not judged"
    if row["is_passed"]:
        return "passed"
    if row["severity"] == "warn":
        return "warned"
    return "accepted" if row["is_accepted"] else "failed"


def _overview(checked: pd.DataFrame, days: Sequence[Any]) -> Markup:
    """Tables down, days across, the latest first."""
    shown = checked[checked["ds"].isin(days)]
    by_place = {place: rows["outcome"].value_counts() for place, rows in shown.groupby(["table_name", "ds"])}
    headers = [Header("Table"), *(Header(figures.day(pd.Timestamp(day))) for day in days)]
    rows = [
        [Cell(name, "name"), *(_overview_cell(by_place.get((name, day))) for day in days)]
        for name in sorted(shown["table_name"].unique())
    ]
    return tables.render_table(Table("Tables by day", headers, rows))


def _overview_cell(counts: pd.Series | None) -> Cell:
    if counts is None:
        return Cell("–")
    said = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _OUTCOMES[:3] if counts.get(outcome))
    if not said:
        return Cell(f"{counts.get('passed', 0)} passed")
    return Cell(said, "alarm" if counts.get("failed") else "held")


def _findings(findings: pd.DataFrame) -> Markup:
    headers = [Header("Day"), Header("Outcome"), Header("What and what to do")]
    latest = findings.sort_values(["ds", "table_name", "check_name"], ascending=[False, True, True])
    rows = [
        [
            Cell(figures.day(row["ds"]), "name"),
            Cell(row["outcome"], "alarm" if row["outcome"] == "failed" else "held"),
            Cell(str(row["message"])),
        ]
        for row in latest.head(_MOST_FINDINGS).to_dict("records")
    ]
    return tables.render_table(Table("Failed, accepted and warned", headers, rows))


def _day(checked: pd.DataFrame, day: pd.Timestamp) -> dict[str, Any]:
    """Every check of a day, a table for each table."""
    return {
        "title": figures.day(day),
        "verdict": verdict_of(checked),
        "tables": [
            {"name": name, "verdict": verdict_of(rows), "table": _checks(str(name), rows)}
            for name, rows in checked.groupby("table_name")
        ],
    }


def _checks(name: str, rows: pd.DataFrame) -> Markup:
    headers = [
        Header("Check"), Header("Outcome"), Header("Severity"), Header("Figure", is_number=True),
        Header("At least", is_number=True), Header("At most", is_number=True),
    ]  # fmt: skip
    kinds: dict[str, Literal["held", "alarm"]] = {"failed": "alarm", "accepted": "held", "warned": "held"}
    cells = [
        [
            Cell(row["check_name"], "name"),
            Cell(row["outcome"], kinds.get(row["outcome"], "text")),
            Cell(row["severity"]),
            *(Cell(_number(row[column]), "number") for column in ("figure", "at_least", "at_most")),
        ]
        for row in rows.to_dict("records")
    ]
    return tables.render_table(Table(f"Checks of {name}", headers, cells))


def _number(value: float | None) -> str:
    if value is None or pd.isna(value):
        return "–"
    if abs(value) == float("inf"):
        return "∞"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.4g}"
