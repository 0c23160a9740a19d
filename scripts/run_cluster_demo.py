"""The chain on a cluster of real processes, and in local mode: every table and every file of both must be equal.

A master and two workers run on this machine. The chain is submitted as on any cluster, with the zip; `--kill-worker-at`
takes one worker away in the middle, executor and shuffle files included.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from scripts import generate_logs
from scripts.build_zip import ROOT, build_zip
from scripts.print_submit_line import submit_line
from scripts.run_demo import FIRST_DAY, with_demo_key, write_demo_conf
from scripts.standalone_cluster import StandaloneCluster, spark_environment, standalone_cluster, submit_command
from scripts.warehouse_content import content_of

_EXECUTORS = {
    "spark.executor.memory": "1g",
    "spark.executor.cores": "1",
    # Both executors are there before the first task.
    "spark.scheduler.minRegisteredResourcesRatio": "1.0",
}


@dataclass(frozen=True)
class Run:
    """One way to run the chain: a folder of its own for tables and files, its layers of conf, the last day."""

    folder: Path
    conf_files: Sequence[Path]
    last_day: date

    @classmethod
    def into(cls, folder: Path, *, logs: Path, last_day: date) -> "Run":
        """A run on `logs` into the new folder `folder`."""
        folder.mkdir()
        return cls(folder, write_demo_conf(folder, logs=logs), last_day)


def run_locally(run: Run) -> int:
    """The chain in a process of its own, in local mode."""
    layers = [word for path in run.conf_files for word in ("--conf", str(path))]
    days = ["--ds", f"{FIRST_DAY}", "--until", f"{run.last_day}"]
    command = [sys.executable, "-m", "jobs.run_chain", *days, *layers]
    environment = with_demo_key(os.environ)
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603 - our own chain


def run_on_cluster(run: Run, cluster: StandaloneCluster, archive: Path, *, kill_worker_at: str | None) -> int:
    """The chain through spark-submit; `kill_worker_at` names the step at whose beginning a worker is killed."""
    line = submit_line(
        job="run_chain",
        ds=f"{FIRST_DAY}",
        environment="local",
        archive=archive,
        master=cluster.url,
        conf_files=run.conf_files,
    )
    environment = with_demo_key(spark_environment(run.folder.parent)) | {"PYSPARK_PYTHON": sys.executable}
    command = [*submit_command(line, _EXECUTORS), "--until", f"{run.last_day}"]
    is_waiting = kill_worker_at is not None
    # Spark's launcher passes on what a driver in Python says on standard error as its own standard output.
    with subprocess.Popen(  # noqa: S603 - Spark's own command with our own chain
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for said in process.stdout or []:
            print(said, end="", file=sys.stderr)
            if is_waiting and f" {kill_worker_at} " in said and ": started" in said:
                cluster.kill_worker()
                is_waiting = False
                print(f"A worker was killed at the beginning of {kill_worker_at}.", file=sys.stderr)
    return process.returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate, run twice, compare; 1 if something differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("demo-cluster"), help="folder for all that is made")
    parser.add_argument("--days", type=int, default=1, help="days to generate and measure (default 1)")
    parser.add_argument("--units-per-day", type=int, default=20_000, help="interactions a day (default 20,000)")
    parser.add_argument("--kill-worker-at", metavar="STEP", help="step of the chain at which one worker is killed")
    parsed = parser.parse_args(arguments)
    output = parsed.output.resolve()
    shutil.rmtree(output, ignore_errors=True)
    (output / "cluster").mkdir(parents=True)

    logs = output / "logs"
    archive = output / "plumbline.zip"
    build_zip(archive)
    size = ("--days", f"{parsed.days}", "--units-per-day", f"{parsed.units_per_day}")
    failed = generate_logs.main(["--output", str(logs), "--start-ds", f"{FIRST_DAY}", *size])
    last_day = FIRST_DAY + timedelta(days=parsed.days - 1)
    runs = {name: Run.into(output / name, logs=logs, last_day=last_day) for name in ("on_cluster", "locally")}
    began = time.monotonic()
    with standalone_cluster(output / "cluster", worker_memory="2g") as cluster:
        failed = failed or run_on_cluster(runs["on_cluster"], cluster, archive, kill_worker_at=parsed.kill_worker_at)
        n_left = len(cluster.workers)
    between = time.monotonic()
    failed = failed or run_locally(runs["locally"])
    if failed:
        return failed
    if parsed.kill_worker_at and n_left > 1:
        print(f"No step `{parsed.kill_worker_at}` began, so that no worker was killed.", file=sys.stderr)
        return 2

    contents = {name: content_of(run.folder, same_clock=False) for name, run in runs.items()}
    differences = contents["on_cluster"].differences(contents["locally"])
    print(*differences, sep="\n")
    n_rows = sum(rows.total() for rows in contents["locally"].tables.values())
    print(
        f"{len(contents['locally'].tables)} tables, {n_rows:,} rows, {len(contents['locally'].files)} files: "
        f"{'different, see above' if differences else 'equal on the cluster and in local mode'}."
        f"\nCluster with {n_left} workers at the end {between - began:.0f} s, "
        f"local mode {time.monotonic() - between:.0f} s. All in {output}."
    )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
