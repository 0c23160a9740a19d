"""What Airflow's triggerer calls when a day is late; it lies in the plugins folder, where every process finds it."""

import logging
from typing import Any


async def say_that_it_is_late(**kwargs: Any) -> None:
    """Log an error; who wants to be called puts a notifier of theirs here, or watches the metric of the newest day."""
    run = (kwargs.get("context") or {}).get("dag_run") or {}
    run_id = run.get("run_id", "unknown") if isinstance(run, dict) else getattr(run, "run_id", "unknown")
    logging.getLogger("plumbline").error("Plumbline is late: run %s has not ended by its deadline.", run_id)
