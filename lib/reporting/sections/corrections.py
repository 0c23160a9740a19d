"""What was shown otherwise before, and what changed in the way it is measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures, tables
from lib.reporting.breaks import BREAK_MEANINGS
from lib.reporting.estimates import EVERYTHING
from lib.reporting.page_context import PageContext
from lib.reporting.tables import Cell, Header, Table
from schemas.restatements import CAUSES, KINDS


@dataclass(frozen=True)
class BreakSection:
    """What changed and when, and how far a measured change moved the figures."""

    changes: Markup | None
    studies: Markup | None
    n_scorer_days: int


def restatements_table(context: PageContext) -> Markup | None:
    """Return the latest corrections; None if there are none.

    Old and new figures are shown only of numbers that are released now, and whose period has no further days by now.
    """
    restatements = context.data.restatements
    if restatements is None or restatements.empty:
        return None
    rows = restatements.sort_values("restated_at", ascending=False).to_dict("records")
    headers = [
        Header("When"),
        Header("Number"),
        Header("Before", is_number=True),
        Header("Now", is_number=True),
        Header("Why"),
    ]
    cells = [_restated(row, context) for row in rows]
    table = Table("Corrections, the latest first", headers, cells, policies=[str(row["policy"]) for row in rows])
    return tables.render_table(table)


def breaks_section(context: PageContext) -> BreakSection:
    """Return changes of policies and prompts, and studies of them; days with a new scorer are only counted."""
    breaks = context.numbers.breaks
    shown = [known for known in breaks if known.kind != "scorer"]
    changes = None
    if shown:
        headers = [Header("From"), Header("What changed"), Header("Concerns"), Header("What it means")]
        rows = [
            [
                Cell(figures.day(known.ds), "name"),
                Cell(known.title),
                Cell("every policy" if known.policy is None else context.titles.get(known.policy, known.policy)),
                Cell(BREAK_MEANINGS[known.kind]),
            ]
            for known in reversed(shown)
        ]
        changes = tables.render_table(Table("Changes in the measurement, the latest first", headers, rows))
    return BreakSection(changes, _studies(context), len({known.ds for known in breaks if known.kind == "scorer"}))


def _studies(context: PageContext) -> Markup | None:
    """Only the shift: prevalences of a study could tell a number that is held."""
    studies = context.data.series_breaks
    if studies is None or studies.empty:
        return None
    headers = [
        Header("From"),
        Header("Policy"),
        Header("Counted by"),
        Header("Judge"),
        Header("The change alone moved the figure by", is_number=True),
        Header("Units judged both ways", is_number=True),
        Header("Why"),
    ]
    records = studies.sort_values(["ds", "policy", "measure"]).to_dict("records")
    rows = [
        [
            Cell(figures.day(row["ds"].date()), "name"),
            Cell(context.titles.get(row["policy"], str(row["policy"]))),
            Cell(str(row["measure"])),
            Cell(str(row["rung"])),
            Cell(_shift(row), "number"),
            Cell(f"{figures.count(row['n_units'])}, {figures.count(row['n_disagreeing'])} differ", "number"),
            Cell(str(row["reason"])),
        ]
        for row in records
    ]
    table = Table("Measured changes", headers, rows, policies=[str(row["policy"]) for row in records])
    return tables.render_table(table)


def _shift(row: Mapping[Any, Any]) -> str:
    decimals = figures.interval_decimals(float(row["ci_low"]), float(row["ci_high"]))
    shift, low, high = (
        figures.signed_points(float(row[name]), decimals=decimals) for name in ("shift", "ci_low", "ci_high")
    )
    return f"{shift} points ({low} to {high})"


def _restated(row: Mapping[Any, Any], context: PageContext) -> list[Cell]:
    decimals = context.decimals.get(row["policy"], figures.LEAST_DECIMALS)
    return [
        Cell(figures.day(row["restated_at"]), "name"),
        Cell(_number_name(row, context.titles)),
        *_before_and_now(row, decimals=decimals),
        Cell(_causes(row)),
    ]


def _before_and_now(row: Mapping[Any, Any], *, decimals: int) -> Sequence[Cell]:
    kind = KINDS.get(str(row["kind"]), str(row["kind"]))
    if not row["is_shown"]:
        return [Cell(f"{kind}; not shown any more", "held", span=2)]
    return [_figure_cell(row, "old", decimals=decimals), _figure_cell(row, "new", decimals=decimals)]


def _figure_cell(row: Mapping[Any, Any], state: str, *, decimals: int) -> Cell:
    values = [row[f"{state}_{name}"] for name in ("prevalence", "ci_low", "ci_high")]
    if any(pd.isna(value) for value in values):
        return Cell("–", "number")
    share, low, high = (float(value) for value in values)
    interval = figures.percent_interval(low, high, decimals=decimals)
    return Cell(f"{figures.percent(share, decimals=decimals)} ({interval})", "number")


def _number_name(row: Mapping[Any, Any], titles: Mapping[str, str]) -> str:
    days = figures.day_range(row["period_start"].date(), row["period_end"].date())
    where = "" if row["segment"] == EVERYTHING else f", {row['segment']} {row['segment_value']}"
    return f"{titles.get(row['policy'], row['policy'])}, {row['period']} {days}, by {row['measure']}{where}"


def _causes(row: Mapping[Any, Any]) -> str:
    causes = [CAUSES.get(str(cause), str(cause)) for cause in (row["causes"] if row["causes"] is not None else ())]
    text = row["cause_text"]
    return "; ".join([*causes, *([str(text)] if isinstance(text, str) else [])])
