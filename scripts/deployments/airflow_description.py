"""What the DAG file reads: tasks, order, and the same submit command that `make submit` prints."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.deployments.daily_tasks import POOL, POOL_SLOTS, RETRIES, Task, daily_tasks, late_answer_tasks
from scripts.print_submit_line import submission

# Airflow renders them: the day that somebody names when triggering a run, or else the day of the data interval.
DAY = "{{ params.ds or ds }}"
DAY_OF_LATE_ANSWERS = "{{ params.ds or macros.ds_add(ds, -params.days_back) }}"


def airflow_description(
    *,
    environment: str,
    archive: Path,
    conf_files: Sequence[Path] = (),
    start_ds: str,
    deadline_hours: float,
    has_deadline_alert: bool = True,
) -> dict[str, Any]:
    """The description as JSON values; `archive` and `conf_files` as the workers find them."""
    common = submission(job="run_chain", ds=DAY, environment=environment, archive=archive, conf_files=conf_files)

    def described(task: Task, ds: str) -> dict[str, Any]:
        submitted = submission(job=task.job, ds=ds, environment=environment, archive=archive, conf_files=conf_files)
        return {
            "job": task.job,
            "application": submitted.application,
            "arguments": list(submitted.arguments),
            "after": list(task.after),
            "pool_slots": task.pool_slots,
            "needs_day_before": task.needs_day_before,
            "is_run_after_failures": task.is_run_after_failures,
        }

    return {
        "start_ds": start_ds,
        "deadline_hours": deadline_hours,
        "has_deadline_alert": has_deadline_alert,
        "retries": RETRIES,
        "pool": POOL,
        "pool_slots": POOL_SLOTS,
        "packages": ",".join(common.packages),
        "exclude_packages": ",".join(common.excluded_packages),
        "conf": dict(common.conf),
        "py_files": common.py_files,
        "daily": [described(task, DAY) for task in daily_tasks()],
        "late_answers": [described(task, DAY_OF_LATE_ANSWERS) for task in late_answer_tasks()],
    }
