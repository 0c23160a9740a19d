"""Audit monitoring by simulation: false alarms on healthy series of many shapes, and delays until a change is seen.

Watches simulated series with the library's own code, beside what a fresh interval each morning, CUSUM and EWMA would
do, and writes tables and a picture. Needs no Spark.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from lib.monitoring.detection.stream_block import BoolArray
from lib.monitoring.detection.watch import watch
from schemas.contracts.monitoring_settings import MonitoringSettings
from scripts.monitoring_audit.lone_streams import rise_alarms, watched_in_silence
from scripts.monitoring_audit.picture import delay_picture
from scripts.monitoring_audit.platform import platform_cell
from scripts.monitoring_audit.report import monitoring_report
from scripts.monitoring_audit.simple_rules import RULES, alarms_of
from scripts.monitoring_audit.simulated_series import HEALTHY, TYPICAL, changes, simulated

OURS = "monitoring"
# Shares of the budget of one stream: of 8 headline streams that share half, and of 100 segments that share a quarter.
SHARES = {"headline": 0.5 / 8, "segment": 0.25 / 100}
ERRORS = (0.05, 0.1, 0.2, 0.4)
HEALTHY_DAYS, WARM_UP = 365, 28
CHANGED_AT, CHANGED_DAYS = 150, 150 + 120
SEED = 20_261_129
_QUANTILES = {"median": 0.5, "p80": 0.8}


def healthy_cell(name: str, n_streams: int) -> list[dict[str, Any]]:
    """False alarms per stream-year of every rule on one healthy shape."""
    random = np.random.default_rng([SEED, list(HEALTHY).index(name)])
    series = simulated(HEALTHY[name], n_streams, HEALTHY_DAYS, random)
    years = n_streams * (HEALTHY_DAYS - WARM_UP) / 365.0
    settings = MonitoringSettings()
    rows = []
    for tier, share in SHARES.items():
        watched = watch(series.block(budget_share=share, settings=settings), settings)
        n_alarms = len(watched.episodes)
        rows.append({"series": name, "rule": f"{OURS}, {tier}", "n_alarms": n_alarms, "stream_years": years})
    for rule, raise_alarms in RULES.items():
        n_alarms = int(alarms_of(raise_alarms, series).sum())
        rows.append({"series": name, "rule": rule, "n_alarms": n_alarms, "stream_years": years})
    return rows


def changed_cell(error: float, kind: str, size: float, n_streams: int) -> list[dict[str, Any]]:
    """Days from the change to the first alarm after it, of every rule, each stream watched alone."""
    random = np.random.default_rng([SEED, int(1000 * error), int(100 * size), len(kind)])
    change = changes(CHANGED_DAYS, CHANGED_AT)[kind, size]
    series = simulated(replace(TYPICAL, relative_error=error), n_streams, CHANGED_DAYS, random, change=change)
    settings = MonitoringSettings()
    watched = watched_in_silence(series.block(budget_share=min(SHARES.values()), settings=settings), settings)
    delays = {
        f"{OURS}, {tier}": _delays(rise_alarms(watched, budget_share=share, settings=settings))
        for tier, share in SHARES.items()
    }
    for rule, raise_alarms in RULES.items():
        delays[rule] = _delays(alarms_of(raise_alarms, series))
    cell = {"relative_error": error, "kind": kind, "size": size, "n_streams": n_streams}
    return [
        cell
        # the day by which so many are seen, and nothing between two days
        | {"rule": rule}
        | {name: float(np.quantile(d, q, method="inverted_cdf")) for name, q in _QUANTILES.items()}
        | {"missed": float(np.isinf(d).mean())}
        for rule, d in delays.items()
    ]


def _delays(raised: BoolArray) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Days from the change to the first alarm, 1 for the first day itself; infinite without one."""
    after = raised[:, CHANGED_AT:]
    return np.where(after.any(axis=1), after.argmax(axis=1) + 1.0, np.inf)


def platform_year(number: int, *, is_changed: bool) -> dict[str, Any]:
    """A whole platform for a year."""
    random = np.random.default_rng([SEED, int(is_changed), number])
    return platform_cell(is_changed=is_changed, random=random)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the audit and write tables, report and picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("docs/monitoring"), help="default: docs/monitoring")
    parser.add_argument("--streams", type=int, default=600, help="healthy streams per shape (default: 600)")
    parser.add_argument("--platforms", type=int, default=60, help="platforms watched for a year (default: 60)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="default: one a core")
    parsed = parser.parse_args(arguments)
    shifts = [(error, kind, size) for error in ERRORS for kind, size in changes(CHANGED_DAYS, CHANGED_AT)]
    years = [(number, is_changed) for is_changed in (False, True) for number in range(parsed.platforms)]
    with ProcessPoolExecutor(parsed.processes) as pool:
        jobs: list[Future[Any]] = [pool.submit(healthy_cell, name, parsed.streams) for name in HEALTHY]
        jobs += [pool.submit(changed_cell, *shift, max(2, parsed.streams // 2)) for shift in shifts]
        jobs += [pool.submit(platform_year, number, is_changed=is_changed) for number, is_changed in years]
        done = [job.result() for job in tqdm(jobs, unit="cell", disable=not sys.stderr.isatty())]
    n_cells = len(HEALTHY), len(HEALTHY) + len(shifts)
    tables = {
        "false_alarms": pd.DataFrame([row for rows in done[: n_cells[0]] for row in rows]),
        "delays": pd.DataFrame([row for rows in done[n_cells[0] : n_cells[1]] for row in rows]),
        "platforms": pd.DataFrame(done[n_cells[1] :]),
    }
    parsed.output.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(parsed.output / f"{name}.csv", index=False)
    report = monitoring_report(tables["false_alarms"], tables["delays"], tables["platforms"])
    (parsed.output / "audit.md").write_text(report, encoding="utf-8")
    delay_picture(tables["delays"]).save(parsed.output / "delays.png", scale_factor=1.5)
    print(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
