"""Costs are measured, summed and divided as the page says."""

import json
import sys
from pathlib import Path

import pytest

from scripts.benchmark.agreement import Difference
from scripts.benchmark.costs import TOTAL, WARM, EngineRun, cost_table, ratio_table
from scripts.benchmark.engines import CHAIN, DUCKDB
from scripts.benchmark.measured_run import StepCost, measured_run
from scripts.benchmark.measured_work import DAYS, ESTIMATES, SAMPLE, SCORES, STEPS, UNITS
from scripts.benchmark.picture import benchmark_picture
from scripts.benchmark.report import benchmark_report
from scripts.benchmark.spark_event_log import bytes_between, task_traffic
from scripts.benchmark.step_clock import START

CPU_OF_CHAIN = {START: 9.0, UNITS: 20.0, SCORES: 4.0, SAMPLE: 3.0, ESTIMATES: 3.0}
CPU_OF_DUCKDB = {START: 1.0, UNITS: 10.0, SCORES: 2.0, SAMPLE: 2.0, ESTIMATES: 1.0}
PROGRAM = """
from datetime import date
from scripts.benchmark.step_clock import StepClock
print("noise of a library")
clock = StepClock(date(2026, 3, 2))
with clock.step(date(2026, 3, 2), "units"):
    kept = bytearray(60_000_000)
    while sum(range(1000)) and __import__("time").process_time() < {until}:
        pass
"""


def _run(repetition: int, engine: str, cpu: dict[str, float], *, factor: float = 1.0) -> EngineRun:
    costs = []
    for ds in DAYS:
        for step in [START, *STEPS] if ds == DAYS[0] else STEPS:
            seconds = factor * cpu[step]
            costs.append(StepCost(f"{ds}", step, seconds, seconds / 2, 1_000_000, 0, 0.0, 10.0))
    return EngineRun(repetition, engine, costs)


RUNS = [
    _run(1, CHAIN, CPU_OF_CHAIN),
    _run(1, DUCKDB, CPU_OF_DUCKDB),
    _run(2, CHAIN, CPU_OF_CHAIN, factor=2.0),
    _run(2, DUCKDB, CPU_OF_DUCKDB),
]


@pytest.mark.slow
def test_ratios_are_those_of_one_repetition_and_start_up_counts_when_cold() -> None:
    ratios = ratio_table(cost_table(RUNS)).set_index(["phase", "step", "measure"])
    assert ratios.loc[(WARM, UNITS, "cpu_seconds"), ["minimum", "median"]].tolist() == [2.0, 3.0]
    assert ratios.loc[(WARM, TOTAL, "cpu_seconds"), "minimum"] == 30 / 15
    assert ratios.loc[("cold", TOTAL, "cpu_seconds"), "minimum"] == 39 / 16
    assert (WARM, START, "cpu_seconds") not in ratios.index


@pytest.mark.slow
def test_the_page_shows_ratios_targets_and_differences() -> None:
    costs = cost_table(RUNS)
    ratios = ratio_table(costs)
    page = benchmark_report(costs, ratios, [], facts={"memory": "8 GB"})
    assert "| DuckDB | warm | **total** | 2.00 (3.00) | 2.00 (3.00) | 1.00 (1.00) |" in page
    assert "- CPU ÷ DuckDB, warm: 3.00 in the median, aim ≤ 1.6: missed." in page
    assert "Yes, on both days" in page
    different = [(DUCKDB, Difference("2026-03-02", "samples", "sampled units", 2000, 1999))]
    assert "| DuckDB | 2026-03-02 | samples | sampled units | 2000 | 1999 |" in benchmark_report(
        costs, ratios, different, facts={}
    )
    assert len(benchmark_picture(costs).to_dict()["data"]) == 1


def test_shuffled_bytes_are_those_of_tasks_that_ended_within_the_step(tmp_path: Path) -> None:
    events = [
        {"Event": "SparkListenerApplicationStart"},
        *(
            {
                "Event": "SparkListenerTaskEnd",
                "Task Info": {"Finish Time": ended},
                "Task Metrics": {"Shuffle Write Metrics": {"Shuffle Bytes Written": n}, "Disk Bytes Spilled": 1},
            }
            for ended, n in ((1_000, 5), (2_000, 7), (9_000, 100))
        ),
        {"Event": "SparkListenerTaskEnd", "Task Info": {"Finish Time": 2_000}},
    ]
    (tmp_path / "local-1").write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    tasks = task_traffic(tmp_path)
    assert bytes_between(tasks, 0.5, 3.0) == (12, 2)


@pytest.mark.slow
def test_a_process_is_measured_step_by_step(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM.format(until=0.5)]
    start, units = measured_run(command, environment={}, log=tmp_path / "log")
    assert (start.step, units.step) == (START, "units")
    assert 0.3 < start.cpu_seconds + units.cpu_seconds < 5.0
    assert units.peak_bytes > 60_000_000
    assert units.peak_jvm_bytes == 0


def test_a_run_that_fails_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="exit status 3"):
        measured_run([sys.executable, "-c", "raise SystemExit(3)"], environment={}, log=tmp_path / "log")
