"""The daily job of a Databricks bundle: the same tasks in the same order, as resources that the bundle includes."""

from collections.abc import Sequence
from typing import Any

from scripts.deployments.daily_tasks import RETRIES, Task, daily_tasks

JOB = "plumbline_daily"
CLUSTER = "chain"
# Databricks knows the day of the run; the day to measure is the one before it (see --ds in lib/command_line.py).
DAY_BEFORE = "{{job.trigger.time.iso_date}}~1"
_SECRETS = {"PLUMBLINE_ID_KEY": "id_key", "PLUMBLINE_LLM_KEY": "llm_key"}


def bundle_resources(*, conf_files: Sequence[str] = (), deadline_hours: float) -> dict[str, Any]:
    """The content of the included file, as YAML values; `conf_files` as the cluster finds them."""
    seconds = round(deadline_hours * 3600)
    return {
        "resources": {
            "jobs": {
                JOB: {
                    "name": "plumbline daily [${bundle.target}]",
                    "description": "One day, from logs to released numbers. docs/runbook.md says what to do.",
                    # One day after another; a day that comes while one runs waits.
                    "max_concurrent_runs": 1,
                    "queue": {"enabled": True},
                    "schedule": {
                        "quartz_cron_expression": "0 0 3 * * ?",
                        "timezone_id": "UTC",
                        "pause_status": "${var.pause_status}",
                    },
                    "timeout_seconds": 2 * seconds,
                    "health": {"rules": [{"metric": "RUN_DURATION_SECONDS", "op": "GREATER_THAN", "value": seconds}]},
                    "email_notifications": {
                        "on_failure": ["${var.notified}"],
                        "on_duration_warning_threshold_exceeded": ["${var.notified}"],
                    },
                    "parameters": [{"name": "ds", "default": DAY_BEFORE}],
                    "job_clusters": [{"job_cluster_key": CLUSTER, "new_cluster": _cluster()}],
                    "tasks": [_task(task, conf_files) for task in daily_tasks()],
                }
            }
        }
    }


def _cluster() -> dict[str, Any]:
    return {
        "spark_version": "${var.spark_version}",
        "node_type_id": "${var.node_type_id}",
        "num_workers": "${var.num_workers}",
        "data_security_mode": "SINGLE_USER",
        "spark_env_vars": {
            variable: f"{{{{secrets/${{var.secret_scope}}/{name}}}}}" for variable, name in _SECRETS.items()
        },
    }


def _task(task: Task, conf_files: Sequence[str]) -> dict[str, Any]:
    conf = [word for path in conf_files for word in ("--conf", path)]
    described: dict[str, Any] = {
        "task_key": task.job,
        "job_cluster_key": CLUSTER,
        "python_wheel_task": {
            "package_name": "plumbline",
            "entry_point": "plumbline",
            "parameters": [task.job, "--ds", "{{job.parameters.ds}}", "--env", "cluster", *conf],
        },
        "libraries": [{"whl": "./dist/*.whl"}, {"requirements": "./requirements.txt"}],
        "max_retries": RETRIES,
        "min_retry_interval_millis": 300_000,
        "retry_on_timeout": False,
    }
    if task.after:
        described["depends_on"] = [{"task_key": name} for name in task.after]
    if task.is_run_after_failures:
        described["run_if"] = "ALL_DONE"
    return described
