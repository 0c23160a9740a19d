"""Run by Airflow's interpreter: loads the DAGs from the folder that is named, and prints what they are as JSON."""

import json
import sys
from datetime import timedelta
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.execution_time import macros
from airflow.serialization.serialized_objects import DagSerialization

SEVERAL_DAYS = {"plumbline_daily": ["2026-03-02", "2026-12-31"], "plumbline_late_answers": ["2026-03-02"]}


def seconds(value: timedelta | None) -> float | None:
    return None if value is None else value.total_seconds()


def described(task: Any) -> dict[str, Any]:
    return {
        "after": sorted(task.upstream_task_ids),
        "retries": task.retries,
        "retry_delay": seconds(task.retry_delay),
        "max_retry_delay": seconds(task.max_retry_delay),
        "is_exponential": bool(task.retry_exponential_backoff),
        "timeout": seconds(task.execution_timeout),
        "pool": task.pool,
        "pool_slots": task.pool_slots,
        "trigger_rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
        "weight_rule": str(getattr(task.weight_rule, "value", task.weight_rule)),
        "depends_on_past": task.depends_on_past,
        "wait_for_downstream": task.wait_for_downstream,
    }


def command(dag: Any, task_id: str, **context: Any) -> list[str]:
    """The words that spark-submit would be started with on a day."""
    task = dag.get_task(task_id).prepare_for_execution()
    task.render_template_fields({"macros": macros, "dag": dag, **context})
    return list(task._get_hook()._build_spark_submit_command(task.application))


def main(folder: str) -> None:
    bag = DagBag(folder)
    found: dict[str, Any] = {"import_errors": bag.import_errors, "dags": {}}
    for dag_id, dag in sorted(bag.dags.items()):
        spark = [task.task_id for task in dag.topological_sort() if hasattr(task, "application")]
        params = {name: dag.params[name] for name in dag.params}
        found["dags"][dag_id] = {
            "timetable": type(dag.timetable).__name__,
            "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "is_paused_upon_creation": dag.is_paused_upon_creation,
            "deadlines": [
                {"reference": d.reference.reference_name, "seconds": seconds(d.interval), "callback": d.callback.path}
                for d in dag.deadline or []
            ],
            "tasks": {task.task_id: described(task) for task in dag.tasks},
            "order": spark,
            "commands": {
                ds: {task_id: command(dag, task_id, ds=ds, params=params) for task_id in spark}
                for ds in SEVERAL_DAYS[dag_id]
            },
            "command_of_a_named_day": command(dag, spark[0], ds="2026-03-02", params=params | {"ds": "2026-01-15"}),
            "survives_serialization": sorted(DagSerialization.to_dict(dag)["dag"]) != [],
        }
    sys.stdout.write("DESCRIBED " + json.dumps(found, default=str) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
