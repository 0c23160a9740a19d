"""Measure the chain against the same work in DuckDB, in Polars and in Spark written naively, in turn.

Logs of two days are generated once. In every repetition each engine runs in a process of its own: the first day cold,
start-up included, the second warm. What they wrote is compared, and costs and ratios are written into a folder.
"""

import argparse
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml
from tqdm import tqdm

from scripts.benchmark.agreement import Difference, differences, facts_of_day
from scripts.benchmark.costs import EngineRun, cost_table, ratio_table
from scripts.benchmark.engines import CHAIN, ENGINES, NAIVE, command_of
from scripts.benchmark.logs import generate_logs
from scripts.benchmark.machine import machine_facts
from scripts.benchmark.measured_run import measured_run
from scripts.benchmark.measured_work import DAYS, MeasuredWork, environment
from scripts.benchmark.picture import benchmark_picture
from scripts.benchmark.report import benchmark_report
from scripts.benchmark.spark_event_log import task_traffic

_LEAST_REPETITIONS = 1


@dataclass(frozen=True)
class Bench:
    """Where a benchmark works, and what all its runs have in common."""

    folder: Path
    logs: Path
    further_conf: Sequence[Path]

    def work(self, engine: str, repetition: int) -> MeasuredWork:
        """The folders of one run."""
        return MeasuredWork(
            logs=self.logs,
            warehouse=self.folder / f"{engine}-{repetition}",
            labels=self.folder / f"{CHAIN}-1",
            further_conf=(*self.further_conf, *([self._event_log(engine)] if repetition == 1 else [])),
        )

    def _event_log(self, engine: str) -> Path:
        """Conf that keeps Spark's event log; in the first repetition only, for it costs something."""
        folder = self.event_folder(engine)
        folder.mkdir(parents=True, exist_ok=True)
        conf = self.folder / f"{engine}-events.yaml"
        kept = {
            "spark.eventLog.enabled": True,
            "spark.eventLog.dir": folder.as_uri(),
            "spark.eventLog.compress": False,
            "spark.eventLog.rolling.enabled": False,
        }
        conf.write_text(yaml.safe_dump({"spark": {"conf": kept}}), encoding="utf-8")
        return conf

    def event_folder(self, engine: str) -> Path:
        """Where Spark's event log of the first repetition lies."""
        return self.folder / f"{engine}-events"


def run_engine(bench: Bench, engine: str, repetition: int) -> EngineRun:
    """Run one engine once, on both days."""
    if repetition == 1:
        # What an earlier benchmark in this folder left is no traffic of this one.
        shutil.rmtree(bench.event_folder(engine), ignore_errors=True)
    work = bench.work(engine, repetition)
    shutil.rmtree(work.warehouse, ignore_errors=True)
    log = bench.folder / f"{engine}-{repetition}.log"
    costs = measured_run(command_of(engine, work), environment=environment(), log=log)
    tasks = task_traffic(bench.event_folder(engine)) if engine in (CHAIN, NAIVE) and repetition == 1 else None
    return EngineRun(repetition, engine, costs, tasks)


def compare(bench: Bench, engine: str, repetition: int) -> list[Difference]:
    """Where the run's tables differ from those of the chain's first run; naive Spark has no such tables."""
    if engine == NAIVE or (engine, repetition) == (CHAIN, 1):
        return []
    reference, work = bench.work(CHAIN, 1), bench.work(engine, repetition)
    return [
        difference
        for ds in DAYS
        for difference in differences(facts_of_day(reference.warehouse, ds), facts_of_day(work.warehouse, ds), ds=ds)
    ]


def parse_args(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=1_000_000, help="units a day; ten times as many Pins (1,000,000)")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions of every engine in turn (default 3)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the logs")
    parser.add_argument("--folder", type=Path, default=Path("bench"), help="for logs and tables, emptied of tables")
    parser.add_argument("--output", type=Path, default=Path("docs/benchmark"), help="for page, tables and picture")
    parser.add_argument("--engines", nargs="+", choices=ENGINES[1:], default=ENGINES[1:], help="to compare with")
    parser.add_argument("--conf", action="append", type=Path, default=[], metavar="FILE", help="further YAML layer")
    parsed = parser.parse_args(arguments)
    if min(parsed.size, parsed.repeat) < _LEAST_REPETITIONS:
        parser.error("--size and --repeat are whole numbers above 0")
    return parsed


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate, measure, compare, write; 1 if engines disagree."""
    parsed = parse_args(arguments)
    folder = parsed.folder.resolve()
    bench = Bench(folder, folder / f"logs-{parsed.size}-{parsed.seed}", [path.resolve() for path in parsed.conf])
    bench.logs.mkdir(parents=True, exist_ok=True)
    with tqdm(total=len(DAYS) * parsed.size, unit="unit", unit_scale=True, desc="logs", file=sys.stderr) as progress:
        generate_logs(bench.logs, size=parsed.size, seed=parsed.seed, on_chunk=progress.update)
    runs, found = [], []
    turns = [(engine, n) for n in range(1, parsed.repeat + 1) for engine in (CHAIN, *parsed.engines)]
    for engine, repetition in turns:
        print(f"Repetition {repetition} of {parsed.repeat}: {engine} ...", flush=True)
        runs.append(run_engine(bench, engine, repetition))
        found += [(engine, difference) for difference in compare(bench, engine, repetition)]
        _tidy(bench, engine, repetition)
    costs = cost_table(runs)
    publish(parsed.output, costs, found, facts={**machine_facts(), **_facts_of(parsed, bench)})
    return 1 if found else 0


def _facts_of(parsed: argparse.Namespace, bench: Bench) -> Mapping[str, str]:
    facts = facts_of_day(bench.work(CHAIN, 1).warehouse, DAYS[1], tables=["interaction_units", "row_account"])
    return {
        "units of the second day": f"{facts['interaction_units', 'units']:,}",
        "Pin rows of the second day": f"{facts['row_account', 'pin_log in']:,}",
        "repetitions": f"{parsed.repeat}",
        "Python": platform.python_version(),
    }


def _tidy(bench: Bench, engine: str, repetition: int) -> None:
    """Remove what the run wrote, but for the labels that others read."""
    if (engine, repetition) != (CHAIN, 1):
        shutil.rmtree(bench.work(engine, repetition).warehouse, ignore_errors=True)


def publish(
    output: Path, costs: pd.DataFrame, found: Sequence[tuple[str, Difference]], *, facts: Mapping[str, str]
) -> None:
    """Write benchmark.md, benchmark.csv, ratios.csv and benchmark.png, and print the page."""
    output.mkdir(parents=True, exist_ok=True)
    ratios = ratio_table(costs)
    costs.round(3).to_csv(output / "benchmark.csv", index=False)
    ratios.round(4).to_csv(output / "ratios.csv", index=False)
    page = benchmark_report(costs, ratios, found, facts=facts)
    (output / "benchmark.md").write_text(page, encoding="utf-8")
    benchmark_picture(costs).save(output / "benchmark.png", scale_factor=1.5)
    print(page)


if __name__ == "__main__":
    sys.exit(main())
