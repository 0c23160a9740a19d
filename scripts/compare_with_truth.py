"""Hold the estimates of a warehouse against the census that a log generator left beside its logs.

    python -m scripts.compare_with_truth --warehouse demo/warehouse --truth demo/truth

Tables are read without Spark. The truth has ds, surface, policy, measure, exposure_total, violating_total.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from deltalake import DeltaTable
from pyarrow import dataset

_NUMBER = ["policy", "measure"]


def truth_by_period(truth_path: Path, *, first: str, last: str) -> pd.DataFrame:
    """True prevalence per policy and measure over the days from `first` to `last`."""
    census = dataset.dataset(truth_path / "prevalence_truth", partitioning="hive").to_table().to_pandas()
    days = pd.to_datetime(census["ds"].astype(str))
    sums = census[(days >= first) & (days <= last)].groupby(_NUMBER)[["violating_total", "exposure_total"]].sum()
    truth: pd.DataFrame = sums.assign(truth=sums["violating_total"] / sums["exposure_total"])[["truth"]].reset_index()
    return truth


def compare(warehouse: Path, truth_path: Path, *, period: str = "all") -> pd.DataFrame:
    """Estimates of `period` over everything beside the truth, one row per policy, measure and estimator."""
    table = DeltaTable(str(warehouse / "prevalence")).to_pandas()
    is_whole = (table["segment"] == "all") & (table["component"] == "unit")
    estimates = table[(table["period"] == period) & is_whole]
    parts = []
    for (start, end), rows in estimates.groupby(["period_start", "period_end"]):
        truth = truth_by_period(truth_path, first=str(start), last=str(end))
        parts.append(rows.merge(truth, on=_NUMBER, how="left"))
    compared = pd.concat(parts) if parts else estimates.assign(truth=float("nan"))
    compared["is_covered"] = (compared["ci_low"] <= compared["truth"]) & (compared["truth"] <= compared["ci_high"])
    return compared.sort_values(["period_start", "measure", "policy", "estimator"], ignore_index=True)


def render(compared: pd.DataFrame) -> str:
    """The comparison as lines for a terminal, in percent."""
    lines = [f"{'policy':<16}{'measure':<9}{'estimator':<13}{'estimate':>10}{'95 % interval':>22}{'truth':>10}"]
    for row in compared.to_dict("records"):
        if row["status"] == "held":
            lines.append(
                f"{row['policy']:<16}{row['measure']:<9}{row['estimator']:<13}      held: {row['hold_reasons']}"
            )
            continue
        limits = f"{row['ci_low']:.3%} to {row['ci_high']:.3%}"
        is_known = pd.notna(row["truth"])
        truth = f"{row['truth']:.3%}" if is_known else "unknown"
        mark = "  outside" if is_known and not row["is_covered"] else ""
        lines.append(
            f"{row['policy']:<16}{row['measure']:<9}{row['estimator']:<13}{row['prevalence']:>10.3%}{limits:>22}"
            f"{truth:>10}{mark}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warehouse", type=Path, required=True, help="folder of Plumbline's tables")
    parser.add_argument("--truth", type=Path, required=True, help="truth folder of the log generator")
    parser.add_argument("--period", choices=["day", "week", "quarter", "all"], default="all")
    parsed = parser.parse_args(arguments)
    print(render(compare(parsed.warehouse, parsed.truth, period=parsed.period)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
