"""Shapes tasks into rows of the review_tasks table, and gives each its id."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.literal_map import literal_map
from schemas.review_tasks import TABLE


def task_rows(
    tasks: DataFrame,
    *,
    ds: date,
    design_id: str,
    rung: str,
    policy_versions: Mapping[str, str],
    prompt_version: str,
    exported_at: datetime,
    lifetime: timedelta,
    seed: int,
) -> DataFrame:
    """Rows of `review_tasks` except ds and job_run_id, from `new_tasks`.

    `tasks` has unit_id, item_id, rung_probability, queue, panel, purpose, review_role, selection_probability and
    policies; null policies are all of them.
    """
    every_policy = F.array(*[F.lit(policy) for policy in policy_versions])
    given: dict[str, Column] = {
        "policy_versions": literal_map(policy_versions),
        "prompt_version": F.lit(prompt_version),
        "exported_at": F.lit(exported_at),
        "expires_at": F.lit(exported_at + lifetime),
        "policies": F.coalesce("policies", every_policy),
    }
    known = {"design_id": F.lit(design_id), "rung": F.lit(rung)}
    names = [name for name in TABLE.column_names if name not in ("ds", "job_run_id")]
    identified = tasks.withColumns(known).withColumn("task_id", _task_id(ds=ds, seed=seed))
    return identified.withColumns(given).select(*names)


def _task_id(*, ds: date, seed: int) -> Column:
    """The same for the same task in every export. The seed keeps reviewers from computing what a task is for."""
    subject = F.coalesce("unit_id", "item_id")
    parts: list[Column | str] = [
        F.lit(f"{seed}"),
        F.lit(f"{ds:%Y-%m-%d}"),
        "design_id",
        "rung",
        "purpose",
        "review_role",
        subject,
    ]
    return F.substring(F.sha2(F.concat_ws("/", *parts), 256), 1, 32)
