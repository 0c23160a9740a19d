"""A process of its own that runs one step, or the chain, and is meant to be killed: `python -m tests.faults.victim`.

It says `ready` once its session is warm, takes one line of JSON from standard input, says `started` and, if it gets
that far, `done`.
"""

import importlib
import json
import os
import sys
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs import run_chain
from lib.command_line import exit_code_of, run_step
from lib.run_context import RunContext
from lib.session import build_session
from lib.settings import load_settings

ROOT = Path(__file__).parents[2]
SMALL_DATA = Path("conf") / "small.yaml"
# The cluster to work on, instead of this process alone.
MASTER_VARIABLE = "PLUMBLINE_VICTIM_MASTER"
# As the shared session of the tests, so that a step writes as many files here as there.
LIKE_THE_TESTS = [
    f"spark.master={os.environ.get(MASTER_VARIABLE, 'local[2]')}",
    'spark.conf={"spark.sql.shuffle.partitions": 1, "spark.driver.memory": "1g", '
    # Executors of a cluster get their modules from here: shipping them is tested elsewhere.
    f'"spark.executorEnv.PYTHONPATH": "{ROOT}"}}',
]


def run_order(spark: SparkSession, order: dict[str, Any]) -> None:
    """Run what `order` says: `job`, `ds`, `conf`, and of a single step `run` (its id) and `now` (its clock)."""
    settings = load_settings("local", [SMALL_DATA, Path(order["conf"])])
    ds = date.fromisoformat(order["ds"])
    if order["job"] == "run_chain":
        run_chain.run_days(spark, settings, run_chain.STEPS, [ds])
        return
    job = importlib.import_module(f"jobs.{order['job']}")
    now = datetime.fromisoformat(order["now"])
    run_step(job.STEP, job.run, spark, settings, RunContext(ds=ds, job_run_id=order["run"], now=lambda: now))


def _warm_up(spark: SparkSession) -> None:
    """One small Delta table written, read and merged: what follows is the step's own work."""
    with tempfile.TemporaryDirectory() as folder:
        spark.range(3).write.format("delta").save(folder)
        spark.read.format("delta").load(folder).createOrReplaceTempView("warm")
        merge = f"MERGE INTO delta.`{folder}` AS a USING warm AS b ON a.id = b.id + 1 WHEN NOT MATCHED THEN INSERT *"
        spark.sql(merge).collect()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> int:
    """Say ready, run the one order, say done."""
    settings = load_settings("local", [SMALL_DATA], assignments=LIKE_THE_TESTS)
    spark = build_session(settings.spark, app_name="plumbline-victim")
    _warm_up(spark)
    _say("ready")
    line = sys.stdin.readline()
    if not line:
        return 0
    _say("started")
    code = exit_code_of(lambda: run_order(spark, json.loads(line)))
    _say(f"done {code}")
    # The session is left to die with the process: nothing that matters may depend on an orderly end.
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
