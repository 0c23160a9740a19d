"""The report of the coverage audit in Markdown: what holds in which class of cells, and the cells where it does not."""

import pandas as pd

DEFAULT = "split_gamma"
# Positives on the last rung, and the mean width that the default may have there, in units of Wald's.
CLASSES = ((3.0, 10.0, None), (10.0, 30.0, 1.45), (30.0, float("inf"), 1.20))
LOWEST, HIGHEST = 0.94, 0.975
SIMULATION_ERRORS = 2.0


def coverage_report(table: pd.DataFrame, n_replicates: int) -> str:
    """Return the report; `table` has one row a cell and interval method, columns of `AuditFigures` and `Coverage`."""
    default = table[table["method"] == DEFAULT]
    lines = [
        "# Audited coverage",
        "",
        f"{len(default)} cells (score x rate x budget x rungs x measure, designs in turn), {n_replicates} samples "
        "each, nominal coverage 95 %. Made by `make audit-coverage`; every figure is in `coverage.csv`.",
        "",
        "A safety rate shown too low is the worse error: in the default's nominal 5 % the truth lies under the "
        "interval in 3 % and above it in 2 %.",
        "",
        "## Interval methods",
        "",
        "| positives on the last rung | method | cells | coverage least | mean | most | cells under 94 % | over 97.5 % "
        "| truth under the interval | above it | width / Wald mean | most |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for low, high, _ in CLASSES:
        for method, rows in _of_class(table, low, high).groupby("method", sort=False):
            lines.append(_method_line(_name(low, high), str(method), rows))
    lines += ["", f"## Cells in which `{DEFAULT}` misses its aim", "", *_misses(default)]
    lines += ["", "## Estimators", "", *_estimators(default)]
    return "\n".join(lines) + "\n"


def _of_class(table: pd.DataFrame, low: float, high: float) -> pd.DataFrame:
    return table[(table["n_positives"] >= low) & (table["n_positives"] < high)]


def _name(low: float, high: float) -> str:
    return f"{low:.0f} to {high:.0f}" if high != float("inf") else f"{low:.0f} and more"


def _method_line(name: str, method: str, rows: pd.DataFrame) -> str:
    coverage, width = rows["coverage"], rows["width_to_wald"]
    figures = [
        f"{len(rows)}",
        *(f"{value:.3f}" for value in (coverage.min(), coverage.mean(), coverage.max())),
        f"{(coverage < LOWEST).sum()}",
        f"{(coverage > HIGHEST).sum()}",
        f"{rows['miss_low'].mean():.3f}",
        f"{rows['miss_high'].mean():.3f}",
        f"{width.mean():.2f}",
        f"{width.max():.2f}",
    ]
    return f"| {name} | {method} | " + " | ".join(figures) + " |"


def _misses(default: pd.DataFrame) -> list[str]:
    """Cells out of the aim by more than two simulation errors, or too wide."""
    error = (default["coverage"] * (1 - default["coverage"]) / default["n_replicates"]) ** 0.5
    is_low = default["coverage"] + SIMULATION_ERRORS * error < LOWEST
    is_wide = pd.Series(False, index=default.index)
    is_high = pd.Series(False, index=default.index)
    for low, high, widest in CLASSES:
        inside = (default["n_positives"] >= low) & (default["n_positives"] < high)
        if widest is not None:
            is_wide |= inside & (default["width_to_wald"] > widest)
            is_high |= inside & (default["coverage"] - SIMULATION_ERRORS * error > HIGHEST)
    missed = default[is_low | is_wide | is_high].sort_values("coverage")
    if missed.empty:
        return ["None by more than two simulation errors."]
    header = [
        f"{is_low.sum()} cells cover too little, {is_high.sum()} too much (both by more than two simulation errors), "
        f"{is_wide.sum()} are wider than 1.45 (10 to 30 positives) or 1.20 (30 and more) times Wald.",
        "",
        "| score | rate | budget | rungs | measure | design | estimator | positives | coverage | width / Wald |",
        "|---|---:|---:|---:|---|---|---|---:|---:|---:|",
    ]
    return header + [
        f"| {row.score} | {row.rate:.2%} | {row.budget} | {row.n_rungs} | {row.measure} | {row.design} "
        f"| {row.estimator} | {row.n_positives:.0f} | {row.coverage:.3f} | {row.width_to_wald:.2f} |"
        for row in missed.itertuples()
    ]


def _estimators(default: pd.DataFrame) -> list[str]:
    header = [
        "Means over cells. The gain is the variance of simple random sampling with as many labels of the last rung "
        "over the variance found; the labels of the rungs below come on top.",
        "",
        "| estimator | design | score | rungs | cells | largest relative bias | bias / standard deviation, most "
        "| estimated / true variance, least | mean | most | gain, median |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines = []
    for (estimator, design, score, n_rungs), rows in default.groupby(["estimator", "design", "score", "n_rungs"]):
        bias = (rows["relative_bias"] / rows["relative_std_error"]).abs().max()
        ratio = rows["variance_ratio"]
        lines.append(
            f"| {estimator} | {design} | {score} | {n_rungs} | {len(rows)} | {rows['relative_bias'].abs().max():.1%} "
            f"| {bias:.2f} | {ratio.min():.2f} | {ratio.mean():.2f} | {ratio.max():.2f} | {rows['gain'].median():.1f} |"
        )
    return header + lines
