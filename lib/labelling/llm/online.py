"""Asks online what has no answer yet: batch by batch, each computed once and committed before the next begins."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import structlog
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.llm.answer_rows import SPARK_SCHEMA, record_batch, row_of_reply
from lib.labelling.llm.answer_store import AnswerStore
from lib.labelling.llm.asking import HOPELESS_FAULTS, Endpoint, Question
from lib.labelling.llm.client import endpoint_url
from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.unit_content import UnitContent
from schemas.errors import ConcurrentRunError, ConfigurationError
from schemas.llm_answers import FINAL_STATUSES, TRANSIENT_STATUSES


@dataclass(frozen=True)
class Progress:
    """How far asking has come: contents asked in this run, by others, and what the day has cost in all of its runs."""

    n_final: int
    n_transient: int
    n_of_others: int
    spent: float
    hopeless_fault: str | None


@dataclass(frozen=True)
class AskingRun:
    """Asking on behalf of one labeler in one run; `environment` names the endpoint."""

    labeler_id: str
    prompt: UnifiedPrompt
    settings: LlmLabelerSettings
    store: AnswerStore
    environment: Mapping[str, str] = field(repr=False)

    def ask(self, questions: DataFrame) -> None:
        """Ask `questions` (content_hash, content, injection_signs; distinct, without a final answer) within the budget.

        Ends quietly when the budget, or the patience with a failing endpoint, ends; says how many remain unasked.
        Raises ConfigurationError if the endpoint refuses the key or does not know the model, and ConcurrentRunError,
        with all answers kept, once another run is seen to ask on behalf of the same labeler and day.
        """
        _require_no_speculation(questions)
        waiting = questions.persist()
        try:
            n_questions = waiting.count()
            if n_questions:
                self._ask_batches(waiting, n_questions)
        finally:
            waiting.unpersist()

    def _ask_batches(self, waiting: DataFrame, n_questions: int) -> None:
        settings = self.settings
        endpoint = Endpoint(self.prompt, settings, endpoint_url(settings, self.environment))
        n_asked, n_partitions = 0, settings.n_partitions
        progress = self._progress()
        n_of_others = progress.n_of_others
        while n_asked < n_questions and progress.hopeless_fault is None:
            expected = min(settings.batch_size, n_questions - n_asked)
            left = settings.maximum_cost - progress.spent
            n_now = self._ask_batch(waiting, endpoint, left / n_partitions, n_partitions)
            n_failed_before = progress.n_transient
            n_asked, progress = n_asked + n_now, self._progress()
            self._require_alone(progress.n_of_others - n_of_others)
            if n_now == expected:
                continue
            is_failing = progress.n_transient - n_failed_before >= settings.stop_after_failures
            if is_failing or n_partitions == 1:
                break
            # What is left does not cover a request in every partition: one alone can still use it.
            n_partitions = 1
        self._report(progress, n_questions - n_asked)

    def _ask_batch(self, waiting: DataFrame, endpoint: Endpoint, allowance: float, n_partitions: int) -> int:
        asked = self.store.read().where(self._is_ours() & self._is_of_this_run()).select("content_hash")
        rest = waiting.join(asked, "content_hash", "left_anti")
        batch = rest.orderBy("content_hash").limit(self.settings.batch_size).repartition(n_partitions)
        replies = batch.mapInArrow(_asking(endpoint, allowance), SPARK_SCHEMA)
        named = {
            "labeler_id": F.lit(self.labeler_id),
            "prompt_version": F.lit(self.prompt.prompt_version),
            "model": F.lit(self.settings.model),
        }
        return self.store.append(replies.withColumns(named))

    def _progress(self) -> Progress:
        is_now, status = self._is_of_this_run(), F.col("status")
        of_day = self.store.read().where((F.col("labeler_id") == self.labeler_id) & (F.col("ds") == self.store.ds))
        hopeless = F.when(is_now & F.col("fault").isin(*HOPELESS_FAULTS), F.col("fault"))
        row = of_day.agg(
            F.count_if(is_now & status.isin(*FINAL_STATUSES)).alias("n_final"),
            F.count_if(is_now & status.isin(*TRANSIENT_STATUSES)).alias("n_transient"),
            F.count_if(~is_now).alias("n_of_others"),
            F.coalesce(F.sum(cost_at_most()), F.lit(0.0)).alias("spent"),
            F.min(hopeless).alias("hopeless_fault"),
        ).collect()[0]
        return Progress(**row.asDict())

    def _require_alone(self, n_from_others: int) -> None:
        if n_from_others > 0:
            raise ConcurrentRunError(
                f"LLM labeler `{self.labeler_id}`: another run is asking on its behalf on {self.store.ds}, and both "
                f"pay for the same ({n_from_others:,} answers came from it meanwhile); this run stops, its answers are "
                "kept. Wait until the other run has ended, then run the step again."
            )

    def _report(self, progress: Progress, n_unasked: int) -> None:
        settings, logger = self.settings, structlog.get_logger()
        if progress.hopeless_fault is not None:
            raise ConfigurationError(
                f"LLM labeler `{self.labeler_id}`: {progress.hopeless_fault}, model `{settings.model}`; "
                f"mend {settings.url_variable} or `model`, or set {settings.key_variable or 'key_variable'} "
                "where the executors run."
            )
        line = (
            f"{self.labeler_id}: {progress.n_final:,} contents answered, {progress.n_transient:,} failed, "
            f"{progress.spent:.4f} of {settings.maximum_cost:g} spent on {self.store.ds}"
        )
        if n_unasked:
            logger.warning(f"{line}; {n_unasked:,} remain unasked: the next run goes on")
        else:
            logger.info(line)

    def _is_ours(self) -> Column:
        version = self.prompt.prompt_version
        return (F.col("labeler_id") == self.labeler_id) & (F.col("prompt_version") == version)

    def _is_of_this_run(self) -> Column:
        return (F.col("ds") == self.store.ds) & (F.col("job_run_id") == self.store.job_run_id)


def cost_at_most() -> Column:
    """What an answer costs if everything that may have been billed was."""
    return F.coalesce("cost", F.lit(0.0)) + F.col("unconfirmed_cost")


def _asking(endpoint: Endpoint, allowance: float) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Arrow function content_hash, content, injection_signs → ASKED_COLUMNS, for one partition.

    A partition is at most one batch: its questions are asked in one event loop. Nothing is raised once a request may
    have been paid: a failed task would run, and pay, again. The key is read where the function runs, so that it is in
    no plan.
    """

    def ask(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        questions = [
            Question(row["content_hash"], UnitContent.model_validate_json(row["content"]), row["injection_signs"])
            for batch in batches
            for row in batch.to_pylist()
        ]
        replies = endpoint.ask_all(questions, allowance=allowance, environment=os.environ)
        yield record_batch(row_of_reply(reply) for reply in replies)

    return ask


def _require_no_speculation(frame: DataFrame) -> None:
    if str(frame.sparkSession.conf.get("spark.speculation", "false")).lower() == "true":
        raise ConfigurationError(
            "Spark property `spark.speculation` is true: a slow task would run twice, and every answer of it would be "
            "paid twice; set it to false where labels are asked for."
        )
