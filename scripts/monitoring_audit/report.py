"""The tables of the monitoring audit, for people."""

import math

import pandas as pd
from scipy import stats

from scripts.monitoring_audit.platform import N_POLICIES, N_SEGMENTS

_OURS = "monitoring"


def monitoring_report(healthy: pd.DataFrame, changed: pd.DataFrame, platforms: pd.DataFrame) -> str:
    """Markdown: false alarms per stream-year by shape and rule, whole platforms, delays by size, kind and precision."""
    title = ["# Audited monitoring", "", "Made by `make audit-monitoring`; the figures are in the CSV files beside it."]
    parts = [title, _false_alarms(healthy), _platforms(platforms), _delays(changed)]
    return "\n".join([line for part in parts for line in (*part, "")])


def _false_alarms(healthy: pd.DataFrame) -> list[str]:
    rules = list(dict.fromkeys(healthy["rule"]))
    years = healthy.groupby("series")["stream_years"].first()
    lines = [
        "## False alarms per stream-year",
        "",
        f"{years.iloc[0]:.0f} stream-years a shape, after four weeks of warming up; in brackets the upper 95 % limit. "
        "Unless said otherwise: standard error 10 % of the rate, days of the week that differ by 15 %, true rate "
        "varying by 5 % with correlation 0.5, uneven weights, sample sizes that differ by 30 %, 2 % of days missing.",
        "",
        f"| healthy series | {' | '.join(rules)} |",
        f"|---|{'---:|' * len(rules)}",
    ]
    for name in dict.fromkeys(healthy["series"]):
        of_series = healthy[healthy["series"] == name].set_index("rule")
        shown = [_rate(of_series.loc[rule, "n_alarms"], of_series.loc[rule, "stream_years"], rule) for rule in rules]
        lines.append(f"| {name} | {' | '.join(shown)} |")
    return lines


def _platforms(platforms: pd.DataFrame) -> list[str]:
    healthy, changed = (platforms[platforms["is_changed"] == is_changed] for is_changed in (False, True))
    false_shares = (changed["n_false"] / changed["n_alarms"]).fillna(0.0)
    n_seen, delay = int(changed["first_delay"].notna().sum()), changed["first_delay"].median()
    years = healthy["years"].sum()
    limit = _upper_limit(int(healthy["n_alarms"].sum()), years)
    return [
        "## Whole platforms",
        "",
        f"{N_POLICIES} policies with {N_SEGMENTS} segments each under one error budget; segments of a policy vary "
        "together, and its headline is their mean (standard error 10 %, of a segment 35 %).",
        "",
        f"- {len(healthy)} healthy platforms, {years:.0f} platform-years: {healthy['n_alarms'].sum()} alarms of "
        f"streams, {healthy['n_alarms'].sum() / years:.2f} a year (upper 95 % limit {limit:.2f}); "
        f"{(healthy['n_alarms'] > 0).sum()} platforms had any.",
        f"- {len(changed)} platforms on which one policy rises by half: seen on {n_seen}, after a median of "
        f"{delay:.0f} days; share of false alarms among those of the year {_share(false_shares)}.",
    ]


def _delays(changed: pd.DataFrame) -> list[str]:
    rules = list(dict.fromkeys(changed["rule"]))
    lines = [
        "## Days until a rise is seen",
        "",
        f"Of {changed['n_streams'].iloc[0]} streams a line, each watched alone: the median, in brackets the day by "
        "which four of five are seen, and the share never seen in 120 days if it is above 5 %. The first day of the "
        "change is 1. Other rules seem fast because they raise alarms all the time.",
        "",
        f"| change | s.e. of a day | {' | '.join(rules)} |",
        f"|---|---:|{'---:|' * len(rules)}",
    ]
    cells = ["kind", "size", "relative_error"]
    kinds = list(dict.fromkeys(changed["kind"]))
    in_order = changed.assign(place=changed["kind"].map(kinds.index)).sort_values(["place", "size", "relative_error"])
    for cell in in_order.drop_duplicates(cells).itertuples():
        same = (changed[cells] == [cell.kind, cell.size, cell.relative_error]).all(axis=1)
        by_rule = changed[same].set_index("rule")
        shown = [_delay(by_rule.loc[rule]) for rule in rules]
        lines.append(f"| {cell.kind}, {cell.size:+.0%} | {cell.relative_error:.0%} | {' | '.join(shown)} |")
    return lines


def _rate(n_alarms: float, years: float, rule: str) -> str:
    rate = n_alarms / years
    if not rule.startswith(_OURS):
        return f"{rate:.1f}"
    return f"{rate:.3f} ({_upper_limit(int(n_alarms), years):.3f})"


def _upper_limit(n_events: int, years: float) -> float:
    """One-sided upper 95 % limit of a Poisson rate (Garwood 1936)."""
    return float(stats.chi2.ppf(0.95, 2 * (n_events + 1)) / 2.0 / years)


def _share(shares: "pd.Series[float]") -> str:
    error = shares.std(ddof=1) / math.sqrt(len(shares)) if len(shares) > 1 else math.nan
    return f"{100 * shares.mean():.1f} %" + ("" if math.isnan(error) else f" (standard error {100 * error:.1f})")


def _delay(row: "pd.Series[float]") -> str:
    median = "never" if math.isinf(row["median"]) else f"{row['median']:.0f}"
    later = "later" if math.isinf(row["p80"]) else f"{row['p80']:.0f}"
    missed = f", {100 * row['missed']:.0f} % missed" if row["missed"] > 0.05 else ""
    return f"{median} ({later}{missed})"
