"""The certificate of a design: what its numbers and intervals did over many samples of a real frame, as one page."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd

from lib.audit.certificate_rows import (
    BIAS_SIMULATION_ERRORS,
    BIAS_STD_ERRORS,
    COVERAGE_SIMULATION_ERRORS,
    COVERAGE_TOLERANCE,
    LEAST_POSITIVES,
)
from lib.reporting import figures, tables
from lib.reporting.neighbouring_page import NeighbouringPage, beside, href_to
from lib.reporting.tables import Cell, Header, Table
from lib.reporting.templating import environment, page_style
from lib.whole_files import write_whole
from schemas.design_audits import SCENARIOS

_VERDICTS: Final = {"passed": "passed", "failed": "failed", "not_judged": "not judged"}
_HEADERS: Final = (
    Header("Policy"),
    Header("Counted"),
    Header("Verdict"),
    Header("Coverage", is_number=True),
    Header("Truth below", is_number=True),
    Header("Truth above", is_number=True),
    Header("Width / Wald", is_number=True),
    Header("Bias", is_number=True),
    Header("Variance", is_number=True),
    Header("Relative error", is_number=True),
    Header("Gain", is_number=True),
    Header("Violations found", is_number=True),
    Header("Assumed share", is_number=True),
)


def certificate_path(dashboard_path: str) -> Path:
    """The certificate's file: beside the dashboard and named after it, for example `dashboard_certificate.html`."""
    return beside(dashboard_path, "certificate.html")


def write_certificate(
    audits: pd.DataFrame, *, dashboard_path: str, policy_titles: Mapping[str, str]
) -> NeighbouringPage | None:
    """Write the page of one design and day beside the dashboard.

    Args:
        audits: rows of `design_audits`.
        dashboard_path: the dashboard's file.
        policy_titles: policy id to title, in the order the policies are shown.

    Returns:
        the link to it; None, and no page, if there are no rows.

    """
    if audits.empty:
        return None
    path = certificate_path(dashboard_path)
    write_whole(path, render_certificate(audits, policy_titles=policy_titles))
    return NeighbouringPage(
        href=href_to(path),
        day=figures.day(_day(audits)),
        verdict=verdict_of(audits),
        has_failed=bool((audits["status"] == "failed").any()),
    )


def render_certificate(audits: pd.DataFrame, *, policy_titles: Mapping[str, str]) -> str:
    """Return the page as one self-contained HTML document, as inert as the dashboard; arguments as for the file."""
    first = audits.iloc[0]
    scenarios = []
    for scenario, meaning in SCENARIOS.items():
        rows = _in_order(audits[audits["scenario"] == scenario], policy_titles)
        scenarios.append(
            {
                "title": figures.plain_words(scenario).capitalize(),
                "meaning": meaning,
                "table": tables.render_table(_table(rows, scenario, policy_titles)),
                "reasons": _reasons(rows, policy_titles),
            }
        )
    level = float(first["confidence_level"])
    page = environment().get_template("certificate.html.jinja")
    return page.render(
        **page_style(),
        first=first,
        day=figures.day(_day(audits)),
        verdict=verdict_of(audits),
        level=figures.level(level),
        estimator=figures.plain_words(str(first["estimator"])),
        interval=figures.plain_words(str(first["ci_method"])),
        scenarios=scenarios,
        labelers=_labelers(audits, policy_titles),
        population=figures.count(first["population_size"]),
        n_frame_units=figures.count(first["n_frame_units"]),
        n_replicates=figures.count(first["n_replicates"]),
        least_positives=f"{LEAST_POSITIVES:g}",
        least_coverage=f"{100 * (level - COVERAGE_TOLERANCE):g} %",
        coverage_errors=f"{COVERAGE_SIMULATION_ERRORS:g}",
        bias_errors=f"{BIAS_SIMULATION_ERRORS:g}",
        bias_share=f"{BIAS_STD_ERRORS:g}",
    )


def verdict_of(audits: pd.DataFrame) -> str:
    """Say what came of the checks, for example `22 of 24 checks passed, 1 failed, 1 not judged` and a full stop."""
    counts = audits["status"].value_counts()
    found = [f"{counts.get(status, 0)} {title}" for status, title in _VERDICTS.items() if status != "passed"]
    return f"{counts.get('passed', 0)} of {len(audits)} checks passed, {', '.join(found)}."


def _day(audits: pd.DataFrame) -> date:
    return pd.Timestamp(audits["ds"].iloc[0]).date()


def _in_order(rows: pd.DataFrame, policy_titles: Mapping[str, str]) -> list[dict[str, Any]]:
    records = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    return sorted(records, key=lambda row: (_place(row["policy"], policy_titles), row["measure"]))


def _table(rows: Sequence[Mapping[str, Any]], scenario: str, policy_titles: Mapping[str, str]) -> Table:
    cells = [_cells(row, policy_titles) for row in rows]
    return Table(f"What the design does: {figures.plain_words(scenario)}", _HEADERS, cells)


def _cells(row: Mapping[str, Any], policy_titles: Mapping[str, str]) -> list[Cell]:
    positives, n_labels = _number(row["expected_positives"], 1), figures.count(row["expected_labels"])
    return [
        Cell(_title(row, policy_titles), "name"),
        Cell(str(row["measure"])),
        Cell(_VERDICTS[row["status"]], "alarm" if row["status"] == "failed" else "text"),
        *(_share(row[name], 1) for name in ("coverage", "miss_low", "miss_high")),
        Cell(_number(row["width_to_wald"], 2), "number"),
        Cell(_number(row["bias_in_std_errors"], 2), "number"),
        Cell(_number(row["variance_ratio"], 2), "number"),
        _share(row["relative_std_error"], 0),
        Cell(_number(row["gain"], 1), "number"),
        Cell(f"{positives} of {n_labels}", "number"),
        _share(row["prevalence"], 3),
    ]


def _reasons(rows: Sequence[Mapping[str, Any]], policy_titles: Mapping[str, str]) -> list[str]:
    """Why numbers did not pass, a sentence each."""
    return [
        f"{_title(row, policy_titles)}, {row['measure']}: {_VERDICTS[row['status']]}, {figures.plain_words(reason)}."
        for row in rows
        for reason in row["reasons"]
    ]


def _title(row: Mapping[str, Any], policy_titles: Mapping[str, str]) -> str:
    return policy_titles.get(row["policy"], row["policy"])


def _number(value: float | None, decimals: int) -> str:
    if value is None or pd.isna(value):
        return "–"
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def _share(value: float | None, decimals: int) -> Cell:
    return Cell("–" if value is None or pd.isna(value) else figures.percent(value, decimals=decimals), "number")


def _place(policy: str, policy_titles: Mapping[str, str]) -> tuple[int, str]:
    order = list(policy_titles)
    return (order.index(policy) if policy in order else len(order), policy)


def _labelers(audits: pd.DataFrame, policy_titles: Mapping[str, str]) -> Sequence[str]:
    """Error rates behind the audit, a sentence a policy and rung below the last."""
    sentences = {}
    for row in _in_order(audits, policy_titles):
        for rung, sensitivity in dict(row["sensitivities"]).items():
            specificity = dict(row["specificities"])[rung]
            found, cleared = figures.percent(sensitivity, decimals=0), figures.percent(specificity, decimals=2)
            sentences[(_place(row["policy"], policy_titles), rung)] = (
                f"{_title(row, policy_titles)}, {rung}: finds {found} of violations, clears {cleared} of the others"
            )
    return [sentence for _, sentence in sorted(sentences.items())]
