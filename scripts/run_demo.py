"""The demonstration: a week of generated logs, the whole chain for each day, the estimates beside the truth."""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import yaml

from jobs import run_chain
from lib.settings import load_settings
from scripts import compare_with_truth, generate_logs

SMALL_DATA = Path(__file__).resolve().parents[1] / "conf" / "small.yaml"
FIRST_DAY = date(2026, 3, 2)
# All that the dashboard can break numbers down by.
SEGMENTS = ["surface", "country", "language"]
ID_KEY_VARIABLE = "PLUMBLINE_ID_KEY"
_DEMO_KEY = "demonstration only, invented people"


def demo_conf(output: Path, *, logs: Path | None = None) -> dict[str, object]:
    """The settings of a run of the chain into the folder `output`: base's own ladder, with its truth beside the logs.

    `logs` is the folder of the generator: `output` itself, or one that several runs read.
    """
    logs = logs or output
    rungs = [rung.model_dump(exclude_none=True) for rung in load_settings().labelling.rungs]
    for rung in rungs:
        rung["labeler"]["truth_path"] = str(logs / "truth" / "unit_truth")
    return {
        "labelling": {"rungs": rungs},
        "storage": {
            "warehouse": str(output / "warehouse"),
            "input": {"path": str(logs / "input"), "format": "parquet"},
        },
        "reporting": {"dashboard_path": str(output / "dashboard.html")},
    }


def write_demo_conf(output: Path, *, logs: Path | None = None) -> list[Path]:
    """The layers of conf for such a run with every segment; the last one is written into `output`."""
    conf_file = output / "demo.yaml"
    conf = demo_conf(output, logs=logs) | {"estimation": {"segments": SEGMENTS}}
    conf_file.write_text(yaml.safe_dump(conf), encoding="utf-8")
    return [SMALL_DATA, conf_file]


def with_demo_key(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment, with a key for invented people unless it has one."""
    return {ID_KEY_VARIABLE: _DEMO_KEY} | dict(environment)


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate, run, compare, and say where everything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("demo"), help="folder for logs, truth, tables, dashboard")
    parser.add_argument("--days", type=int, default=7, help="days to generate and measure (default 7)")
    parser.add_argument("--units-per-day", type=int, default=20_000, help="interactions a day (default 20,000)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the logs")
    parsed = parser.parse_args(arguments)
    started = time.monotonic()
    output = parsed.output.resolve()
    if output.exists():
        shutil.rmtree(output)
    output.mkdir(parents=True)

    print(f"1/3 Generating {parsed.days} days of logs, {parsed.units_per_day:,} units a day ...", flush=True)
    generated = generate_logs.main(
        [
            *("--output", str(output), "--start-ds", f"{FIRST_DAY}", "--days", f"{parsed.days}"),
            *("--units-per-day", f"{parsed.units_per_day}", "--seed", f"{parsed.seed}"),
        ]
    )
    print("2/3 Running the chain for each day ...", flush=True)
    layers = write_demo_conf(output)
    os.environ.update(with_demo_key(os.environ))
    last_day = FIRST_DAY + timedelta(days=parsed.days - 1)
    failed = generated or run_chain.main(
        ["--ds", f"{FIRST_DAY}", "--until", f"{last_day}", *(w for path in layers for w in ("--conf", str(path)))]
    )
    if failed:
        return failed

    print(f"3/3 All {parsed.days} days, estimated from samples, beside the truth of the whole population:\n")
    print(compare_with_truth.render(compare_with_truth.compare(output / "warehouse", output / "truth")))
    print(
        f"\nLabels are simulated: truth disturbed with the error rates of conf/base.yaml."
        f"\nDashboard:         {output / 'dashboard.html'}"
        f"\nPrevalence table:  {output / 'warehouse' / 'prevalence'} (Delta)"
        f"\nTrue prevalence:   {output / 'truth' / 'prevalence_truth'} (Parquet)"
        f"\nRun a day again:   {ID_KEY_VARIABLE}='{_DEMO_KEY}' .venv/bin/python -m jobs.run_chain "
        f"--ds {last_day} --conf conf/small.yaml --conf {layers[-1]}"
        f"\nFinished in {time.monotonic() - started:.0f} s."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
