"""Erases one person's content, found under every key that it may have been written with."""

from collections.abc import Mapping
from pathlib import Path

import structlog
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.labelling.redaction.redaction import Redaction
from lib.privacy.content_files import (
    EVALUATION_FILES,
    LLM_BATCH_FILES,
    REVIEW_QUEUE_FILES,
    batch_folders,
    batch_roots,
    erase_evaluation_files,
    erase_review_files,
    review_folders,
)
from lib.privacy.content_tables import (
    ANSWERS,
    ARRIVED,
    RATIONALES,
    RECORDS,
    REJECTS,
    SAMPLE,
    SAMPLE_IMAGES,
    UNITS,
    ContentTable,
    content_tables,
)
from lib.privacy.personal_content import PersonalContent, unknown_keys
from lib.privacy.removal_log import announce, note
from lib.run_context import RunContext
from lib.storage import Commit, Storage
from lib.storage_removal import StorageRemoval
from schemas import erased_people, golden_set, interaction_units
from schemas.content_removals import ERASED
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError


class Erasure:
    """One person's, until the run's day: `people` is the user's keyed hash under every key, with the key's id."""

    def __init__(
        self, spark: SparkSession, settings: Settings, run_context: RunContext, *, people: Mapping[str, str]
    ) -> None:
        self._storage = Storage(spark, settings.storage)
        self._removal = StorageRemoval(spark, self._storage)
        self._settings = settings
        self._run_context = run_context
        self._people = people
        self._theirs = PersonalContent(
            self._storage, Redaction(settings.privacy.redaction), user_keys=people, until=run_context.ds
        )

    def run(self) -> list[Commit]:
        """Erase, vacuum, and note every place; running again finds nothing more.

        What leads to content goes after it: a run that is killed finds the rest when it is repeated. Raises
        ConfigurationError if units with content were written under a key that is not among those given.
        """
        self._require_all_keys()
        if self._settings.privacy.is_dry_run:
            self._foretell()
            return []
        until = self._run_context.ds
        commits = [self._remember(), announce(self._storage, self._run_context, kind=ERASED, until=until)]
        cleared = self._clear_files() | self._clear_tables()
        for table in content_tables(self._settings.privacy):
            self._removal.vacuum(table.spec)
        for place, n_removed in cleared.items():
            structlog.get_logger().info(f"content of the person is gone from {place}: {n_removed:,} removed")
        return [*commits, note(self._storage, self._run_context, kind=ERASED, until=until, removed=cleared.items())]

    def _require_all_keys(self) -> None:
        others = unknown_keys(self._storage.read(interaction_units.TABLE), sorted(self._people.values()))
        if others and not self._settings.privacy.ignores_unknown_keys:
            raise ConfigurationError(
                f"Table `interaction_units`: field `key_id` is {', '.join(others)}, and no such key is given; name "
                "its variable in units.previous_id_key_variables. If that key exists no longer, nobody can tell whose "
                "those units are: set privacy.ignores_unknown_keys to erase the others."
            )

    def _foretell(self) -> None:
        counts = {
            "units with content": self._theirs.units.where("has_content").count(),
            "quarantined records": self._theirs.records().count(),
            "golden items": len(self._theirs.item_ids()),
            "review tasks": self._theirs.tasks().count(),
            "contents that labelers were shown": self._theirs.content_hashes().count(),
        }
        for what, n in counts.items():
            structlog.get_logger().info(f"would erase until {self._run_context.ds}: {what} {n:,}")

    def _remember(self) -> Commit:
        """Keep who was erased, so that a day that is built again gets nothing of theirs back."""
        until = self._run_context.ds
        records = [
            {"user_key": user_key, "key_id": key_id, "erased_until": until} for user_key, key_id in self._people.items()
        ]
        rows = self._run_context.stamp(self._storage.rows(erased_people.TABLE, records))
        return self._storage.append_new(erased_people.TABLE, rows, ds=until)

    def _clear_files(self) -> dict[str, int]:
        hashes = {row["content_hash"] for row in self._theirs.content_hashes().collect()}
        task_ids = [row["task_id"] for row in self._theirs.tasks().collect()]
        queues = [erase_review_files(folder, task_ids) for folder in review_folders(self._settings)]
        evaluations = Path(self._settings.evaluation.folder)
        return {
            LLM_BATCH_FILES: self._clear_batches(hashes),
            REVIEW_QUEUE_FILES: sum(queues),
            EVALUATION_FILES: erase_evaluation_files(evaluations, self._theirs.item_ids()),
        }

    def _clear_batches(self, hashes: set[str]) -> int:
        days = self._theirs.days()
        found = [self._removal.files(root) for root in batch_roots(self._settings)]
        folders = [folder for files in found for folder, day in batch_folders(files).items() if day in days]
        holding = [folder for folder in sorted(folders) if self._holds(folder, hashes)]
        for folder in holding:
            self._removal.clear_files(folder)
            structlog.get_logger().warning(f"{folder} is empty now: export again what has no answer yet")
        return len(holding)

    def _holds(self, folder: str, hashes: set[str]) -> bool:
        lines = self._storage.read_lines(folder)
        if lines is None:
            return False
        named = F.substring_index(F.get_json_object("value", "$.custom_id"), "/", -1)
        return not lines.where(named.isin(*sorted(hashes))).isEmpty()

    def _clear_tables(self) -> dict[str, int]:
        theirs = self._theirs
        keys = theirs.units.select("ds", "unit_id")
        # In this order: the hashes come from what is deleted after them.
        return {
            ANSWERS.spec.name: self._bare(ANSWERS, theirs.content_hashes()),
            REJECTS.spec.name: self._removal.delete_matching(REJECTS.spec, theirs.tasks()),
            golden_set.TABLE.name: self._removal.delete_matching(golden_set.TABLE, theirs.items),
            RATIONALES.spec.name: self._removal.delete_matching(RATIONALES.spec, keys),
            SAMPLE.spec.name: self._removal.delete_matching(SAMPLE.spec, keys),
            SAMPLE_IMAGES.spec.name: self._removal.delete_matching(SAMPLE_IMAGES.spec, keys),
            ARRIVED.spec.name: sum(self._removal.delete_matching(ARRIVED.spec, ids) for ids in theirs.waiting()),
            RECORDS.spec.name: self._bare(RECORDS, theirs.records()),
            UNITS.spec.name: self._bare(UNITS, keys),
        }

    def _bare(self, table: ContentTable, keys: DataFrame) -> int:
        values = {} if table.bare is None else table.bare()
        return self._removal.set_matching(table.spec, values, keys, where=table.has_content())
