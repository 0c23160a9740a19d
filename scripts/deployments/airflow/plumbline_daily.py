"""Plumbline's daily chain for Airflow 3, from the description that lies beside this file.

`make deployments` writes the description. Nothing of Plumbline is imported here: the scheduler needs neither Spark nor
our packages. Secrets are in the environment in which spark-submit runs; none is in a DAG.
"""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, AsyncCallback, CronDataIntervalTimetable, DeadlineAlert, DeadlineReference, Param

DESCRIBED = json.loads(Path(__file__).with_name("plumbline_daily.json").read_text(encoding="utf-8"))
# The folder in which the workers find jobs/, the zip and conf files; empty: their working directory.
HOME = os.environ.get("PLUMBLINE_HOME", "")
AT_THREE = CronDataIntervalTimetable("0 3 * * *", timezone="UTC")
AT_NINE = CronDataIntervalTimetable("0 9 * * *", timezone="UTC")
DAY = Param(None, type=["null", "string"], pattern=r"^\d{4}-\d{2}-\d{2}$", description="Day to run; empty: the run's")
EVERY_TASK = {
    "owner": "plumbline",
    "pool": DESCRIBED["pool"],
    "retries": DESCRIBED["retries"],
    "retry_delay": timedelta(minutes=5),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(hours=1),
    "execution_timeout": timedelta(hours=DESCRIBED["deadline_hours"]),
    # Older days first, and later steps before the units of days to come.
    "weight_rule": "upstream",
}
# What Airflow 3 has in place of SLAs, from 3.1 on and still as an experiment.
LATE = DeadlineAlert(
    name="numbers_are_late",
    reference=DeadlineReference.DAGRUN_QUEUED_AT,
    interval=timedelta(hours=DESCRIBED["deadline_hours"]),
    callback=AsyncCallback("plumbline_deadline.say_that_it_is_late"),
)


def in_home(path: str) -> str:
    """`path` as a worker finds it."""
    return os.path.join(HOME, path) if HOME else path  # noqa: PTH118 - it may be an address of an object store


def spark_task(task: dict[str, Any]) -> SparkSubmitOperator:
    """One job of a day."""
    return SparkSubmitOperator(
        task_id=task["job"],
        name=f"plumbline-{task['job']}",
        conn_id="plumbline_spark",
        application=in_home(task["application"]),
        application_args=task["arguments"],
        py_files=in_home(DESCRIBED["py_files"]),
        packages=DESCRIBED["packages"],
        exclude_packages=DESCRIBED["exclude_packages"],
        conf=dict(DESCRIBED["conf"]),
        pool_slots=task["pool_slots"],
        trigger_rule="all_done" if task["is_run_after_failures"] else "all_success",
        # If a worker dies, the next try may meet the driver that it left: Plumbline sees that, and the later one waits.
        durable=False,
    )


def in_order(tasks: list[dict[str, Any]]) -> dict[str, SparkSubmitOperator]:
    """The tasks of the DAG at hand, each after those that it names."""
    made = {task["job"]: spark_task(task) for task in tasks}
    for task in tasks:
        for before in task["after"]:
            made[before] >> made[task["job"]]
    return made


with DAG(
    dag_id="plumbline_daily",
    description="How much of what people see violates policy: one day, from logs to released numbers",
    schedule=AT_THREE,
    start_date=datetime.fromisoformat(f"{DESCRIBED['start_ds']}T00:00:00+00:00"),
    catchup=True,
    # Days that wait for one that failed are runs, too: with fewer there would be no room for its repair.
    max_active_runs=14,
    params={"ds": DAY},
    default_args=EVERY_TASK,
    deadline=LATE if DESCRIBED["has_deadline_alert"] else None,
    tags=["plumbline"],
    doc_md="What to do when a task fails: docs/runbook.md.",
):
    daily = in_order(DESCRIBED["daily"])
    # What is directly behind this task must have succeeded on the day before: all steps but the units, built ahead.
    day_before = EmptyOperator(task_id="day_before_is_done", depends_on_past=True, wait_for_downstream=True)
    day_before >> [daily[task["job"]] for task in DESCRIBED["daily"] if task["needs_day_before"]]
    # A run is as good as its last tasks: what runs after failures must not be the only one.
    list(daily.values()) >> EmptyOperator(task_id="day_is_done")

with DAG(
    dag_id="plumbline_late_answers",
    description="Labels that people gave after their day had run; switch it on if people label",
    schedule=AT_NINE,
    start_date=datetime.fromisoformat(f"{DESCRIBED['start_ds']}T00:00:00+00:00"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=True,
    params={"ds": DAY, "days_back": Param(2, type="integer", minimum=1, maximum=60, description="Days to answer")},
    default_args=EVERY_TASK,
    tags=["plumbline"],
    doc_md="Takes in the answers of one day and decides its numbers again: docs/operations.md.",
):
    in_order(DESCRIBED["late_answers"])
