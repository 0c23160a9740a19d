"""The page of the benchmark: ratios, costs step by step, whether the engines agree, and what is compared."""

from collections.abc import Mapping, Sequence

import pandas as pd

from scripts.benchmark.agreement import Difference
from scripts.benchmark.costs import COLD, TOTAL, WARM
from scripts.benchmark.engines import CHAIN, DUCKDB, NAIVE, POLARS

_NAMES = {CHAIN: "chain", DUCKDB: "DuckDB", POLARS: "Polars", NAIVE: "naive Spark"}
_MEASURES = {"cpu_seconds": "CPU", "wall_seconds": "wall", "peak_bytes": "peak memory"}
_MOST_DIFFERENCES = 20
# What the chain is to reach, by engine and phase: chain's CPU seconds divided by the other's.
TARGETS = {(DUCKDB, WARM): 1.6, (DUCKDB, COLD): 3.0, (NAIVE, WARM): 0.4, (NAIVE, COLD): 0.4}


def benchmark_report(
    costs: pd.DataFrame,
    ratios: pd.DataFrame,
    found: Sequence[tuple[str, Difference]],
    *,
    facts: Mapping[str, str],
) -> str:
    """Return the page in Markdown; `costs` and `ratios` as made in scripts/benchmark/costs.py."""
    lines = [
        "# Benchmark",
        "",
        "Made by `make bench`; what is compared, and how, is in [method.md](method.md). All figures are in "
        "`benchmark.csv`, all ratios in `ratios.csv`.",
        "",
        *(f"- {name}: {value}" for name, value in facts.items()),
        "",
        "## The chain's cost ÷ the other's",
        "",
        "Minimum and, in brackets, median over the repetitions; both runs of a ratio are of the same one. Cold is a "
        "new process and its first day, start-up included; warm is the second day in the same process.",
        "",
        *_ratio_lines(ratios),
        "",
        *_target_lines(ratios),
        "",
        "## Do the engines agree?",
        "",
        *_agreement_lines(found),
        "",
        "## Step by step",
        "",
        "Medians over the repetitions. Memory is that of all processes together, shared pages counted in each. "
        "Shuffled and spilled bytes are from Spark's event log of the first repetition; the others shuffle nothing.",
        "",
        *_step_lines(costs),
        "",
        "![CPU seconds of every engine and step, cold and warm](benchmark.png)",
    ]
    return "\n".join(lines) + "\n"


def _ratio_lines(ratios: pd.DataFrame) -> list[str]:
    lines = ["| other | phase | step | " + " | ".join(_MEASURES.values()) + " |", "|---|---|---|---:|---:|---:|"]
    for cell, rows in ratios.groupby(["other", "phase", "step"], sort=False):
        other, phase, step = (str(part) for part in cell)
        by_measure = rows.set_index("measure")
        least, median = (by_measure[name].astype(float).to_dict() for name in ("minimum", "median"))
        cells = [f"{least[m]:.2f} ({median[m]:.2f})" for m in _MEASURES]
        shown = f"**{step}**" if step == TOTAL else step
        lines.append(f"| {_NAMES[other]} | {phase} | {shown} | " + " | ".join(cells) + " |")
    return lines


def _target_lines(ratios: pd.DataFrame) -> list[str]:
    lines = []
    for (other, phase), target in TARGETS.items():
        chosen = (ratios["other"] == other) & (ratios["phase"] == phase)
        total = ratios[chosen & (ratios["step"] == TOTAL) & (ratios["measure"] == "cpu_seconds")]
        for median in total["median"]:
            verdict = "reached" if median <= target else "missed"
            lines.append(
                f"- CPU ÷ {_NAMES[other]}, {phase}: {median:.2f} in the median, aim ≤ {target:.1f}: {verdict}."
            )
    return lines


def _agreement_lines(found: Sequence[tuple[str, Difference]]) -> list[str]:
    if not found:
        return [
            "Yes, on both days: numbers and content of units, quarantined records by reason, the account of every "
            "log, sums of scores, thresholds, sampled units with their probabilities and content, moments, estimates "
            "and intervals (numbers to nine digits)."
        ]
    lines = [f"**No: {len(found)} facts differ.**", "", "| engine | day | table | fact | chain | engine's |"]
    lines.append("|---|---|---|---|---:|---:|")
    for engine, one in found[:_MOST_DIFFERENCES]:
        lines.append(f"| {_NAMES[engine]} | {one.ds} | {one.table} | {one.fact} | {one.expected} | {one.found} |")
    return lines


def _step_lines(costs: pd.DataFrame) -> list[str]:
    lines = [
        "| engine | phase | step | CPU s | wall s | peak memory MB | of it JVM MB | shuffled MB | spilled MB |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for cell, rows in costs.groupby(["engine", "phase", "step"], sort=False):
        engine, phase, step = (str(part) for part in cell)
        kept = (rows[name].dropna() for name in ("peak_bytes", "peak_jvm_bytes", "shuffle_bytes", "spilled_bytes"))
        shown = " | ".join("" if figures.empty else f"{figures.median() / 1e6:,.0f}" for figures in kept)
        lines.append(
            f"| {_NAMES[engine]} | {phase} | {step} | {rows['cpu_seconds'].median():.1f} | "
            f"{rows['wall_seconds'].median():.1f} | {shown} |"
        )
    return lines
