"""Audit monitoring by simulation: false alarms on healthy series of many shapes, and delays until a change is seen.

Watches simulated series with the library's own code, beside what a fresh interval each morning, CUSUM and EWMA would
do, and writes tables and a picture. Needs no Spark.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from lib.monitoring.detection.stream_block import BoolArray
from lib.monitoring.detection.watch import Episode, watch
from schemas.contracts.monitoring_settings import MonitoringSettings
from scripts.monitoring_audit.picture import delay_picture
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
    """Days from the change to the first alarm after it, of every rule."""
    random = np.random.default_rng([SEED, int(1000 * error), int(100 * size), len(kind)])
    change = changes(CHANGED_DAYS, CHANGED_AT)[kind, size]
    series = simulated(replace(TYPICAL, relative_error=error), n_streams, CHANGED_DAYS, random, change=change)
    settings = MonitoringSettings()
    delays = {}
    for tier, share in SHARES.items():
        episodes = watch(series.block(budget_share=share, settings=settings), settings).episodes
        delays[f"{OURS}, {tier}"] = _delays(_days(episodes, series.values.shape))
    for rule, raise_alarms in RULES.items():
        delays[rule] = _delays(alarms_of(raise_alarms, series))
    cell = {"relative_error": error, "kind": kind, "size": size, "n_streams": n_streams}
    return [
        cell
        | {"rule": rule, "median": float(np.median(d)), "p80": float(np.quantile(d, 0.8))}
        | {"missed": float(np.isinf(d).mean())}
        for rule, d in delays.items()
    ]


def _days(episodes: Sequence[Episode], shape: tuple[int, ...]) -> BoolArray:
    raised = np.zeros(shape, dtype=bool)
    for episode in episodes:
        raised[episode.stream, episode.opened] = episode.is_rise
    return raised


def _delays(raised: BoolArray) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Days from the change to the first alarm, 1 for the first day itself; infinite without one."""
    after = raised[:, CHANGED_AT:]
    return np.where(after.any(axis=1), after.argmax(axis=1) + 1.0, np.inf)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the audit and write tables, report and picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("docs/monitoring"), help="default: docs/monitoring")
    parser.add_argument("--streams", type=int, default=200, help="healthy streams per shape (default: 200)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="default: one a core")
    parsed = parser.parse_args(arguments)
    shifts = [(error, kind, size) for error in ERRORS for kind, size in changes(CHANGED_DAYS, CHANGED_AT)]
    with ProcessPoolExecutor(parsed.processes) as pool:
        jobs = [pool.submit(healthy_cell, name, parsed.streams) for name in HEALTHY]
        jobs += [pool.submit(changed_cell, *shift, max(2, parsed.streams // 2)) for shift in shifts]
        done = [job.result() for job in tqdm(jobs, unit="cell", disable=not sys.stderr.isatty())]
    healthy = pd.DataFrame([row for rows in done[: len(HEALTHY)] for row in rows])
    changed = pd.DataFrame([row for rows in done[len(HEALTHY) :] for row in rows])
    parsed.output.mkdir(parents=True, exist_ok=True)
    healthy.to_csv(parsed.output / "false_alarms.csv", index=False)
    changed.to_csv(parsed.output / "delays.csv", index=False)
    (parsed.output / "audit.md").write_text(monitoring_report(healthy, changed), encoding="utf-8")
    delay_picture(changed).save(parsed.output / "delays.png", scale_factor=1.5)
    print(monitoring_report(healthy, changed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
