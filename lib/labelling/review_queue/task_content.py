"""What reviewers are shown of a day's tasks: content by task id, and nothing that tells what a task is for."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.redaction.redaction import Redaction
from lib.labelling.redaction.shown_content import shown_content
from lib.labelling.review_queue.golden_tasks import golden_items
from schemas.contracts.review_task import ReviewTask
from schemas.errors import ConfigurationError

_CONTENT = ("query_text", "response_text", "pins", "language")


class TaskFile(NamedTuple):
    """The tasks that go into one file: those of one queue and panel that ask by the same wording of the policies."""

    rung: str
    queue: str
    panel: str
    prompt_version: str

    @property
    def stem(self) -> str:
        """Name of the file without its ending."""
        return f"{self.rung}-{self.queue}-{self.panel}-{self.prompt_version}"


def without_early_answers(tasks: DataFrame, labels: DataFrame) -> DataFrame:
    """Those of `tasks` (rows of `review_tasks`) that nobody had answered when they were handed out.

    `labels` are those of the rung; only `label_sample` takes over what was said of a streamed sample earlier.
    """
    place = ["unit_id", "review_role"]
    answered = labels.groupBy(*place).agg(F.min("labelled_at").alias("answered_at"))
    beside = tasks.join(answered, place, "left")
    is_early = F.coalesce(F.col("answered_at") < F.col("exported_at"), F.lit(False))
    return beside.where(~is_early).select(*tasks.columns)


def task_content(tasks: DataFrame, units: DataFrame, golden_set: DataFrame | None) -> DataFrame:
    """Content of `tasks` (rows of `review_tasks`) from the day's `units` and from the golden set.

    `units` are sampled units with unit_id, query_text, response_text, pins, segments; a task whose unit has no content
    any more is left out.

    Returns task_id, rung, queue, panel, prompt_version, policies (sorted ids of those that the task asks for),
    query_text, response_text, pins, language; one row per task.
    """
    language = F.col("segments")["language"].alias("language")
    shown = tasks.select(
        "task_id",
        "rung",
        "queue",
        "panel",
        "prompt_version",
        F.array_sort(F.map_keys("policy_versions")).alias("policies"),
        "unit_id",
        "item_id",
    )
    shown_units = units.select("unit_id", "query_text", "response_text", "pins", language)
    content = shown.join(shown_units, "unit_id").drop("unit_id", "item_id")
    if golden_set is None:
        return content
    items = golden_items(golden_set, queue=F.lit("")).select("item_id", *_CONTENT)
    return content.unionByName(shown.join(items, "item_id").drop("unit_id", "item_id"))


def tasks_by_file(rows: Sequence[Mapping[str, Any]], redaction: Redaction) -> dict[TaskFile, list[ReviewTask]]:
    """Rows of `task_content` as redacted tasks, by the file that they go into, in the order of their ids.

    An id is a hash: its order is the same in every export, and a place in the file says nothing of a task.
    """
    files: dict[TaskFile, list[ReviewTask]] = {}
    for row in sorted(rows, key=lambda row: str(row["task_id"])):
        file = TaskFile(row["rung"], row["queue"], row["panel"], row["prompt_version"])
        task = ReviewTask(
            task_id=row["task_id"], prompt_version=row["prompt_version"], content=shown_content(row, redaction)
        )
        files.setdefault(file, []).append(task)
    return files


def require_writable(n_tasks: int, *, maximum_tasks: int) -> None:
    """Raise ConfigurationError if there are more tasks than one driver is to write."""
    if n_tasks > maximum_tasks:
        raise ConfigurationError(
            f"Field `maximum_tasks` is {maximum_tasks}, and at least {n_tasks} tasks are to be handed out; raise it if "
            "the reviewers can take so many, and draw fewer units to the rung (sample_size) on the next day."
        )
