"""Hands out the review tasks of one rung, day and design: decides them, notes them, writes their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.redaction.redaction import Redaction
from lib.labelling.review_queue.queue_files import write_guidelines, write_task_files
from lib.labelling.review_queue.review_template import ReviewTemplate
from lib.labelling.review_queue.task_assignment import QueueInputs, fresh_units, new_tasks
from lib.labelling.review_queue.task_content import (
    require_writable,
    task_content,
    tasks_by_file,
    without_early_answers,
)
from lib.labelling.review_queue.task_rows import task_rows
from lib.run_context import RunContext
from lib.sampling.content import with_content
from lib.storage import Commit, Storage
from schemas import golden_set, labels, review_tasks, rung_samples, sample_content, samples
from schemas.contracts.policy import Policy
from schemas.contracts.review_settings import ReviewQueueLabelerSettings
from schemas.table_spec import TableSpec


@dataclass(frozen=True)
class ReviewExport:
    """The queue of one rung of one design on one day."""

    storage: Storage
    settings: ReviewQueueLabelerSettings
    redaction: Redaction
    rung: str
    design_id: str
    seed: int
    run_context: RunContext

    def hand_out(self, policies: Sequence[Policy]) -> Commit:
        """Append the tasks that are new, in one commit, and write the files of all of the day's tasks anew.

        A unit that was judged before, with a streamed sample, has its tasks in the table and in no file.
        """
        template = ReviewTemplate.of(policies, redaction_version=self.redaction.version)
        self.storage.create(review_tasks.TABLE)
        self.storage.create(labels.TABLE)
        sample = self._of_day(samples.TABLE)
        rung_sample = self._of_rung(rung_samples.TABLE).select("unit_id", "rung_probability")
        # Not later than the day: an old day exported again hides the golden items of its time.
        golden = self.storage.read_if_exists(golden_set.TABLE)
        golden = None if golden is None else golden.where(F.col("ds") <= F.lit(self.run_context.ds))
        handed_out = self._of_rung(review_tasks.TABLE)
        inputs = QueueInputs(
            self.rung, sample.join(rung_sample, "unit_id"), self._of_day(labels.TABLE), handed_out, golden
        )
        fresh = fresh_units(inputs, self.settings).cache()
        found = new_tasks(
            inputs,
            fresh,
            settings=self.settings,
            batch_name=f"{self.run_context.ds}/{self.design_id}/{self.rung}/{handed_out.count()}",
            seed=self.seed,
        )
        rows = task_rows(
            found,
            ds=self.run_context.ds,
            design_id=self.design_id,
            rung=self.rung,
            policy_versions=template.policy_versions,
            prompt_version=template.prompt_version,
            exported_at=self.run_context.now(),
            lifetime=timedelta(days=self.settings.lifetime_days),
            seed=self.seed,
        )
        commit = self.storage.append_new(review_tasks.TABLE, self.run_context.stamp(rows), ds=self.run_context.ds)
        fresh.unpersist()
        write_guidelines(self.settings.folder, template)
        units = with_content(sample, self._of_day(sample_content.TABLE))
        open_tasks = without_early_answers(self._of_rung(review_tasks.TABLE), self._of_rung(labels.TABLE))
        self._write_files(task_content(open_tasks, units, golden))
        return commit

    def _write_files(self, content: DataFrame) -> None:
        # One row more than is allowed tells that there are too many without reading them all.
        maximum_tasks = self.settings.maximum_tasks
        rows = [row.asDict(recursive=True) for row in content.limit(maximum_tasks + 1).collect()]
        require_writable(len(rows), maximum_tasks=maximum_tasks)
        write_task_files(
            self.settings.folder,
            ds=self.run_context.ds,
            files=tasks_by_file(rows, self.redaction),
            policies_of={row["prompt_version"]: row["policies"] for row in rows},
            has_byte_order_mark=self.settings.has_byte_order_mark,
            allows_private_image_hosts=self.settings.allows_private_image_hosts,
        )

    def _of_day(self, table: TableSpec) -> DataFrame:
        return self.storage.read_design(table, self.design_id, self.run_context.ds)

    def _of_rung(self, table: TableSpec) -> DataFrame:
        return self._of_day(table).where(F.col("rung") == self.rung)
