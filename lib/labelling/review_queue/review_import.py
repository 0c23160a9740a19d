"""Takes in the answers to the review tasks of one rung, day and design."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.review_queue.answer_history import GivenAnswer, Place, check_answers
from lib.labelling.review_queue.answer_rows import LABEL_SOURCE, golden_verdict_records, label_records, reject_records
from lib.labelling.review_queue.asked_task import AskedTask, asked_task, asked_task_columns
from lib.run_context import RunContext
from lib.storage import Commit, Storage
from schemas import golden_verdicts, label_rationales, labels, review_rejects, review_tasks
from schemas.contracts.labelling_settings import RungSettings
from schemas.contracts.policy import Policy
from schemas.contracts.review_task import ReviewAnswer
from schemas.table_spec import TableSpec


@dataclass(frozen=True)
class ReviewImport:
    """The answers to the tasks of one rung of one design on one day."""

    storage: Storage
    rung: RungSettings
    design_id: str
    run_context: RunContext

    def take_in(self, answers: Sequence[ReviewAnswer], policies: Sequence[Policy]) -> list[Commit]:
        """Append what answers say to labels, label_rationales and golden_verdicts; what is wrong, to review_rejects.

        Answers to tasks of other days, rungs and designs are theirs to take. An answer is taken whole or not at all.
        """
        tasks = self._tasks(answers)
        mine = {task_id: task for task_id, task in tasks.items() if self._is_mine(task)}
        own = [answer for answer in answers if (answer.task_id or "") in mine or (answer.task_id or "") not in tasks]
        now = self.run_context.now()
        severity_ids = {policy.id: policy.severity_ids for policy in policies}
        checked = check_answers(own, mine, self._given(), severity_ids=severity_ids, now=now)
        priced: dict[str, Any] = {
            "labeler_id": self.rung.labeler_id,
            "cost_per_label": self.rung.cost_per_label,
            "now": now,
        }
        given = label_records(checked.accepted, **priced)
        reasoned = [record for record in given if record["rationale"] is not None]
        # Labels and golden verdicts last: an answer that is there already is passed over without a word, so a run that
        # was killed after them would never note its reasons, nor that the same file holds it twice.
        return [
            self._append(review_rejects.TABLE, reject_records(checked.rejected)),
            self._append(label_rationales.TABLE, reasoned),
            self._append(golden_verdicts.TABLE, golden_verdict_records(checked.accepted, **priced)),
            self._append(labels.TABLE, given),
        ]

    def _tasks(self, answers: Sequence[ReviewAnswer]) -> dict[str, AskedTask]:
        """The tasks that `answers` name, of all days; as many as there are answers, at most."""
        named = sorted({answer.task_id for answer in answers if answer.task_id is not None})
        wanted = self.storage.rows(review_tasks.TABLE, [{"task_id": task_id} for task_id in named]).select("task_id")
        found = self.storage.read(review_tasks.TABLE).join(F.broadcast(wanted), "task_id", "left_semi")
        return {row["task_id"]: asked_task(row.asDict()) for row in asked_task_columns(found).collect()}

    def _is_mine(self, task: AskedTask) -> bool:
        wanted = (self.run_context.ds, self.design_id, self.rung.rung)
        return (task.ds, task.design_id, task.rung) == wanted

    def _given(self) -> dict[Place, GivenAnswer]:
        """What was imported before; a day's answers are no more than its reviewers can give."""
        said = ("policy", "verdict", "violating_components", "labeler_id")
        by_unit = self._of_day(labels.TABLE).where(
            (F.col("design_id") == self.design_id) & (F.col("label_source") == LABEL_SOURCE)
        )
        by_item = self._of_day(golden_verdicts.TABLE).where("purpose = 'canary'")
        rows = [
            *by_unit.select(F.col("unit_id").alias("subject"), "review_role", *said).collect(),
            *by_item.select(F.col("item_id").alias("subject"), F.lit("first").alias("review_role"), *said).collect(),
        ]
        verdicts: dict[Place, dict[str, tuple[str, tuple[str, ...]]]] = {}
        reviewers: dict[Place, str] = {}
        for row in rows:
            place = (row["subject"], row["review_role"])
            components = tuple(sorted(row["violating_components"]))
            verdicts.setdefault(place, {})[row["policy"]] = (row["verdict"], components)
            reviewers[place] = row["labeler_id"].removeprefix(f"{self.rung.labeler_id}:")
        return {place: GivenAnswer(reviewers[place], said) for place, said in verdicts.items()}

    def _of_day(self, table: TableSpec) -> DataFrame:
        self.storage.create(table)
        return self.storage.read_day(table, self.run_context.ds).where(F.col("rung") == self.rung.rung)

    def _append(self, table: TableSpec, records: list[dict[str, Any]]) -> Commit:
        rows = self.run_context.stamp(self.storage.rows(table, records).drop("job_run_id"))
        return self.storage.append_new(table, rows, ds=self.run_context.ds)
