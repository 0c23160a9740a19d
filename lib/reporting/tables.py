"""HTML tables: captions, scopes, everything escaped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import pandas as pd
from markupsafe import Markup

from lib.reporting import figures
from lib.reporting.charts.interval_strip import Strip
from lib.reporting.estimates import Estimate, Figure
from lib.reporting.gate_words import plain_reasons
from lib.reporting.templating import environment

ROW_COUNTS: Final = {
    "rows_in": "Rows in",
    "rows_used": "Used",
    "rows_duplicate": "Duplicates",
    "rows_quarantined": "Quarantined",
}


@dataclass(frozen=True)
class Header:
    """A column's title."""

    text: str
    is_number: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell; `name` heads its row, `held` stands where figures would be.

    A strip or dots go before the text, `detail` stands below it.
    """

    text: str
    kind: Literal["name", "text", "number", "held", "alarm", "good"] = "text"
    span: int = 1
    strip: Strip | None = None
    dots: Sequence[str] = ()
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """A table ready to be rendered; `total` is its last row, `policies` are those of the rows, if each has one."""

    caption: str
    headers: Sequence[Header]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] = ()
    policies: Sequence[str] = ()


def render_table(table: Table) -> Markup:
    """Return the table as HTML."""
    return Markup(environment().get_template("table.html.jinja").render(table=table))  # noqa: S704 - escaped by Jinja


def estimate_cells(estimate: Estimate | None, *, decimals: int) -> list[Cell]:
    """Prevalence and interval of one estimate, or one wide cell that says why there is no figure."""
    if estimate is None:
        return [Cell("no estimate", span=2)]
    figure = estimate.figure
    if figure is None:
        return [Cell(f"held: {plain_reasons(estimate.hold_reasons)}", "held", span=2)]
    return [
        Cell(figures.percent(figure.prevalence, decimals=decimals), "number"),
        Cell(figures.percent_interval(figure.ci_low, figure.ci_high, decimals=decimals), "number"),
    ]


def estimators_table(
    estimates: Sequence[Estimate],
    *,
    caption: str,
    published: str,
    policy_titles: Mapping[str, str],
    decimals: Mapping[str, int],
) -> Table:
    """One row per policy and estimator with interval, standard error, effective sample size and method.

    Args:
        estimates: of one period, measure and segment, in the order of the table.
        caption: the table's caption.
        published: the estimator behind the published figures; it is marked.
        policy_titles: policy id to title.
        decimals: policy id to decimals of its percentages.

    """
    headers = [
        Header("Policy"),
        Header("Estimator"),
        Header("Prevalence", is_number=True),
        Header("Interval", is_number=True),
        Header("Standard error (points)", is_number=True),
        Header("Effective sample size", is_number=True),
        Header("Interval method"),
    ]
    rows = [
        [
            Cell(policy_titles[e.policy], "name"),
            Cell(figures.plain_words(e.estimator) + (", published" if e.estimator == published else "")),
            *estimate_cells(e, decimals=_decimals_of(e.policy, decimals)),
            *_precision_cells(e.figure, decimals=_decimals_of(e.policy, decimals) + 1),
            Cell(figures.plain_words(e.ci_method)),
        ]
        for e in estimates
    ]
    return Table(caption, headers, rows, policies=[e.policy for e in estimates])


def counts_table(frame: pd.DataFrame, *, caption: str, name: str, titles: Mapping[str, str]) -> Table:
    """Return a named row of counts per row of `frame`, and their totals.

    Args:
        frame: the rows in order.
        caption: the table's caption.
        name: the column that heads its row.
        titles: column to its title, in the order shown, `name` first.

    """
    counts = [column for column in titles if column != name]
    listing = listing_table(frame, caption=caption, titles=titles, counts=counts)
    total = [Cell("Total", "name"), *(Cell(figures.count(frame[column].sum()), "number") for column in counts)]
    return replace(listing, total=total)


def row_account_table(account: pd.DataFrame, *, caption: str) -> Table:
    """Return what became of every row of every log, and whether the account balances.

    Args:
        account: rows with `source`, the columns ROW_COUNTS, and `is_unbalanced` (how many of its days).
        caption: the table's caption.

    """
    counts = counts_table(account, caption=caption, name="source", titles={"source": "Log", **ROW_COUNTS})
    verdicts = [Cell("does not balance", "alarm") if n else Cell("balances") for n in account["is_unbalanced"]]
    return replace(
        counts,
        headers=[*counts.headers, Header("Account")],
        rows=[[*row, verdict] for row, verdict in zip(counts.rows, verdicts, strict=True)],
        total=[*counts.total, Cell("")],
    )


def listing_table(frame: pd.DataFrame, *, caption: str, titles: Mapping[str, str], counts: Sequence[str] = ()) -> Table:
    """Columns of a table as they are; the first heads its row, `counts` are numbers.

    Args:
        frame: the rows in order.
        caption: the table's caption.
        titles: column to its title, in the order shown.
        counts: the columns with counts.

    """
    headers = [Header(title, is_number=column in counts) for column, title in titles.items()]
    first = next(iter(titles))
    rows = [
        [
            Cell(figures.count(row[column]), "number")
            if column in counts
            else Cell(str(row[column]), "name" if column == first else "text")
            for column in titles
        ]
        for row in frame.to_dict("records")
    ]
    return Table(caption, headers, rows)


def of_policies(table: Table, policies: Sequence[str]) -> Table:
    """Return the table with the policy of every row, by which the page filters it."""
    return replace(table, policies=policies)


def _decimals_of(policy: str, decimals: Mapping[str, int]) -> int:
    return decimals.get(policy, figures.LEAST_DECIMALS)


def _precision_cells(figure: Figure | None, *, decimals: int) -> list[Cell]:
    error = None if figure is None else figure.std_error
    effective = None if figure is None else figure.effective_sample_size
    return [
        Cell("–" if error is None else f"{100 * error:.{decimals}f}", "number"),
        Cell("–" if effective is None else figures.count(effective), "number"),
    ]
