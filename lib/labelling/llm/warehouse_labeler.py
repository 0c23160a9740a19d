"""The LLM labelers of the label ladder, their answers kept in the warehouse."""

from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.llm.answer_store import AnswerStore
from lib.labelling.llm.llm_labeler import LlmLabeler
from lib.labelling.redaction.redaction import Redaction
from lib.run_context import RunContext
from lib.storage import Storage
from schemas.contracts.labelling_settings import RungSettings
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.policy import Policy
from schemas.errors import ConfigurationError
from schemas.llm_answers import TABLE


def llm_labeler(
    labeler_id: str,
    settings: LlmLabelerSettings,
    *,
    policies: Sequence[Policy],
    redaction: Redaction,
    storage: Storage,
    run_context: RunContext,
) -> LlmLabeler:
    """The LLM labeler that `settings` describe; it judges by all of `policies` at once, and sees what is redacted."""
    return LlmLabeler.of(
        labeler_id,
        settings,
        policies=policies,
        redaction=redaction,
        store=answer_store(storage, run_context),
        environment=run_context.environment,
    )


def llm_labelers(
    rungs: Sequence[RungSettings],
    *,
    policies: Sequence[Policy],
    redaction: Redaction,
    storage: Storage,
    run_context: RunContext,
) -> list[tuple[RungSettings, LlmLabeler]]:
    """The rungs that a language model labels, with their labelers; raises ConfigurationError if there is none."""
    shared: dict[str, Any] = {"policies": policies, "redaction": redaction}
    shared |= {"storage": storage, "run_context": run_context}
    found = [
        (rung, llm_labeler(rung.labeler_id, rung.labeler, **shared))
        for rung in rungs
        if isinstance(rung.labeler, LlmLabelerSettings)
    ]
    if not found:
        raise ConfigurationError(
            "field `labelling.rungs`: no rung has a labeler of kind `llm`; batch files are for such a rung, name one."
        )
    return found


def answer_store(storage: Storage, run_context: RunContext) -> AnswerStore:
    """The table llm_answers, within one run."""

    def read() -> DataFrame:
        storage.create(TABLE)
        return storage.read(TABLE)

    def append(answers: DataFrame) -> int:
        dated = answers.withColumn("asked_at", F.lit(run_context.now()))
        return storage.append(TABLE, run_context.stamp(dated)).n_rows

    return AnswerStore(read, append, run_context.ds, run_context.job_run_id)
