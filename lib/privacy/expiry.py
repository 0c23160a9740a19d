"""Removes the content of days that are older than content is kept, from tables, their old versions, and files."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from pathlib import Path

import structlog
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from lib.privacy.content_files import (
    EVALUATION_FILES,
    LLM_BATCH_FILES,
    REVIEW_QUEUE_FILES,
    batch_folders,
    batch_roots,
    expire_evaluation_files,
    expire_review_files,
    review_folders,
)
from lib.privacy.content_tables import ContentTable, content_tables
from lib.privacy.removal_log import announce, note
from lib.run_context import RunContext
from lib.storage import Commit, Storage
from lib.storage_removal import StorageRemoval
from schemas import review_tasks
from schemas.content_removals import EXPIRED
from schemas.contracts.settings import Settings


class Expiry:
    """One run of it: content of days more than privacy.content_days before the run's day goes."""

    def __init__(self, spark: SparkSession, settings: Settings, run_context: RunContext) -> None:
        self._storage = Storage(spark, settings.storage)
        self._removal = StorageRemoval(spark, self._storage)
        self._settings = settings
        self._run_context = run_context
        self._before = run_context.ds - timedelta(days=settings.privacy.content_days)

    @property
    def until(self) -> date:
        """The last day whose content goes."""
        return self._before - timedelta(days=1)

    def run(self) -> list[Commit]:
        """Remove, vacuum, and note every place as it is cleared; running again finds nothing more."""
        if self._settings.privacy.is_dry_run:
            self._foretell()
            return []
        commits = [announce(self._storage, self._run_context, kind=EXPIRED, until=self.until)]
        tables = content_tables(self._settings.privacy)
        commits += [self._note(table.spec.name, self._clear(table)) for table in tables]
        commits += [self._note(place, n_files) for place, n_files in self._files(is_dry_run=False).items()]
        return commits

    def _foretell(self) -> None:
        tables = content_tables(self._settings.privacy)
        rows = {table.spec.name: self._removal.count(table.spec, where=self._where(table)) for table in tables}
        for place, n_removed in (rows | self._files(is_dry_run=True)).items():
            structlog.get_logger().info(f"would remove content until {self.until}: {place} {n_removed:,}")

    def _where(self, table: ContentTable) -> Column:
        return (F.col("ds") < F.lit(self._before)) & table.has_content()

    def _clear(self, table: ContentTable) -> int:
        where = self._where(table)
        if table.bare is None:
            n_removed = self._removal.delete(table.spec, where=where)
        else:
            n_removed = self._removal.set(table.spec, table.bare(), where=where)
        self._removal.vacuum(table.spec)
        return n_removed

    def _files(self, *, is_dry_run: bool) -> dict[str, int]:
        before, evaluations = self._before, Path(self._settings.evaluation.folder)
        queues = [
            expire_review_files(folder, before=before, days_of_tasks=self._days_of_tasks, is_dry_run=is_dry_run)
            for folder in review_folders(self._settings)
        ]
        return {
            REVIEW_QUEUE_FILES: sum(queues),
            LLM_BATCH_FILES: self._batches(is_dry_run=is_dry_run),
            EVALUATION_FILES: expire_evaluation_files(evaluations, before=before, is_dry_run=is_dry_run),
        }

    def _batches(self, *, is_dry_run: bool) -> int:
        files = [file for root in batch_roots(self._settings) for file in self._removal.files(root)]
        old = {folder for folder, day in batch_folders(files).items() if day < self._before}
        for folder in sorted(old) if not is_dry_run else []:
            self._removal.clear_files(folder)
        return sum(any(file.startswith(f"{folder}/") for folder in old) for file in files)

    def _days_of_tasks(self, task_ids: Collection[str]) -> Mapping[str, date]:
        tasks = self._storage.read_if_exists(review_tasks.TABLE)
        if tasks is None or not task_ids:
            return {}
        named = self._storage.rows(review_tasks.TABLE, [{"task_id": task_id} for task_id in task_ids])
        found = tasks.join(F.broadcast(named.select("task_id")), "task_id", "left_semi").select("task_id", "ds")
        return {row["task_id"]: row["ds"] for row in found.collect()}

    def _note(self, place: str, n_removed: int) -> Commit:
        structlog.get_logger().info(f"content until {self.until} is gone from {place}: {n_removed:,} removed")
        return note(self._storage, self._run_context, kind=EXPIRED, until=self.until, removed=[(place, n_removed)])
