"""The tables of the monitoring audit, for people."""

import math

import pandas as pd


def monitoring_report(healthy: pd.DataFrame, changed: pd.DataFrame) -> str:
    """Markdown: false alarms per stream-year by shape and rule, delays by size, kind, precision and rule."""
    rules = list(dict.fromkeys(healthy["rule"]))
    years = healthy.groupby("series")["stream_years"].first()
    lines = [
        "# Audited monitoring",
        "",
        "Made by `make audit-monitoring`; the figures are in `false_alarms.csv` and `delays.csv`.",
        "",
        "## False alarms per stream-year",
        "",
        f"{years.iloc[0]:.0f} stream-years a shape, after four weeks of warming up. Unless said otherwise: standard "
        "error 10 % of the rate, days of the week that differ by 15 %, true rate varying by 5 % with correlation 0.5, "
        "uneven weights, sample sizes that differ by 30 %, 2 % of days missing.",
        "",
        f"| healthy series | {' | '.join(rules)} |",
        f"|---|{'---:|' * len(rules)}",
    ]
    for name in dict.fromkeys(healthy["series"]):
        of_series = healthy[healthy["series"] == name].set_index("rule")
        rates = of_series["n_alarms"] / of_series["stream_years"]
        lines.append(f"| {name} | {' | '.join(_rate(rates[rule]) for rule in rules)} |")
    lines += ["", "## Days until a rise is seen", ""]
    lines += [
        "Median, in brackets the day by which four of five are seen, and the share never seen in 120 days if it is "
        "above 5 %. The first day of the change is 1. Other rules seem fast because they raise alarms all the time.",
        "",
        f"| change | s.e. of a day | {' | '.join(rules)} |",
        f"|---|---:|{'---:|' * len(rules)}",
    ]
    cells = ["kind", "size", "relative_error"]
    for cell in changed.drop_duplicates(cells).sort_values(cells, ascending=[False, True, True]).itertuples():
        same = (changed[cells] == [cell.kind, cell.size, cell.relative_error]).all(axis=1)
        by_rule = changed[same].set_index("rule")
        shown = [_delay(by_rule.loc[rule]) for rule in rules]
        lines.append(f"| {cell.kind}, {cell.size:+.0%} | {cell.relative_error:.0%} | {' | '.join(shown)} |")
    return "\n".join([*lines, ""])


def _rate(rate: float) -> str:
    return f"{rate:.3f}" if rate < 1.0 else f"{rate:.1f}"


def _delay(row: "pd.Series[float]") -> str:
    median = "never" if math.isinf(row["median"]) else f"{row['median']:.0f}"
    later = "later" if math.isinf(row["p80"]) else f"{row['p80']:.0f}"
    missed = f", {100 * row['missed']:.0f} % missed" if row["missed"] > 0.05 else ""
    return f"{median} ({later}{missed})"
