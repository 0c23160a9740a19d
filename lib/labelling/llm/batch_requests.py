"""Writes what has no answer yet as OpenAI Batch-API files, within the limits of a file and the day's budget."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import structlog
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.llm.answer_rows import record_batch
from lib.labelling.llm.batch_folder import BatchFolder, content_hash_of, custom_id
from lib.labelling.llm.llm_labeler import LlmLabeler
from lib.labelling.llm.online import cost_at_most
from lib.labelling.llm.request_body import request_body
from lib.labelling.llm.spending import Price
from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.unit_content import UnitContent
from schemas.llm_answers import TRANSIENT_STATUSES

_URL = "/v1/chat/completions"
_ARROW_SCHEMA = pa.schema([("file", pa.int32()), ("line", pa.string())])
_SPARK_SCHEMA = "file int, line string"
_LINES_AT_ONCE = 500


def export_requests(labeler: LlmLabeler, units: DataFrame, folder: BatchFolder) -> int:
    """Write a request for every content of `units` without a final answer that is not under way; returns how many.

    Requests of earlier files whose results are still out count at their worst case against the day's budget. Says how
    many went out, are under way, and were left for the lack of budget.
    """
    questions = labeler.unanswered(labeler.contents(units))
    named = questions.join(_under_way(labeler, folder), "content_hash", "left")
    marked = named.withColumn("is_under_way", F.coalesce("is_under_way", F.lit(False)))
    counts = marked.agg(
        F.count_if("is_under_way").alias("n_under_way"), F.count_if(~F.col("is_under_way")).alias("n_to_write")
    ).collect()[0]
    left = labeler.settings.maximum_cost - _spent(labeler)
    writer = RequestWriter(labeler.prompt, labeler.settings, left)
    # One task in a fixed order: only it knows what fits into a file and into the budget. No network, no waiting.
    in_order = marked.repartition(1).sortWithinPartitions(F.desc("is_under_way"), "content_hash")
    lines = in_order.mapInArrow(writer.lines(), _SPARK_SCHEMA)
    run = labeler.store.job_run_id
    if counts["n_to_write"]:
        folder.add_requests(lines.withColumn("run", F.lit(run)))
    n_written = _n_exported(folder, run)
    structlog.get_logger().info(
        f"{labeler.labeler_id}: {n_written:,} requests written to {folder.requests_path}/run={run}, "
        f"{counts['n_under_way']:,} under way, {counts['n_to_write'] - n_written:,} left for the lack of budget"
    )
    return n_written


@dataclass(frozen=True)
class RequestWriter:
    """Makes lines of requests; `allowance` is what all that are under way may cost together, at their worst."""

    prompt: UnifiedPrompt
    settings: LlmLabelerSettings
    allowance: float

    def lines(self) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
        """Arrow function content_hash, content, is_under_way (those first) → file (number from 1), line."""

        def write(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            rows = []
            for row in self._rows(row for batch in batches for row in batch.to_pylist()):
                rows.append(row)
                if len(rows) == _LINES_AT_ONCE:
                    yield record_batch(rows, _ARROW_SCHEMA)
                    rows = []
            yield record_batch(rows, _ARROW_SCHEMA)

        return write

    def _rows(self, questions: Iterable[dict[str, str | bool]]) -> Iterator[dict[str, int | str]]:
        price, committed = Price.batched(self.settings), 0.0
        file, n_requests, n_bytes = 1, 0, 0
        for question in questions:
            content = UnitContent.model_validate_json(str(question["content"]))
            tokens = self.prompt.estimated_prompt_tokens(content)
            committed += price.of(tokens, self.settings.maximum_output_tokens)
            if question["is_under_way"]:
                continue
            if committed > self.allowance:
                return
            line = self.line(str(question["content_hash"]), content)
            n_added = len(line) + 1
            is_full = n_requests == self.settings.maximum_requests_per_file
            if is_full or n_bytes + n_added > self.settings.maximum_bytes_per_file:
                file, n_requests, n_bytes = file + 1, 0, 0
            n_requests, n_bytes = n_requests + 1, n_bytes + n_added
            yield {"file": file, "line": line}

    def line(self, content_hash: str, content: UnitContent) -> str:
        """One request as a line of ASCII: its length is its number of bytes, and no reader sees a line end in it."""
        request = {
            "custom_id": custom_id(self.prompt.prompt_version, content_hash),
            "method": "POST",
            "url": _URL,
            "body": request_body(content, prompt=self.prompt, settings=self.settings),
        }
        return json.dumps(request, ensure_ascii=True)


def _under_way(labeler: LlmLabeler, folder: BatchFolder) -> DataFrame:
    """Contents that were exported more often than a result said that they failed: content_hash, is_under_way."""
    answers = labeler.store.read()
    is_ours = (F.col("labeler_id") == labeler.labeler_id) & (F.col("prompt_version") == labeler.prompt_version)
    # Only what came by a batch file has no seconds.
    is_failed_result = F.col("status").isin(*TRANSIENT_STATUSES) & F.col("seconds").isNull()
    of_day = F.col("ds") == F.lit(labeler.store.ds)
    failed = answers.where(is_ours & is_failed_result & of_day).select("content_hash", F.lit(-1).alias("n"))
    exported = folder.exported()
    if exported is None:
        return failed.select("content_hash", F.lit(False).alias("is_under_way")).limit(0)
    hashes = content_hash_of(F.col("custom_id"), prompt_version=labeler.prompt_version)
    sent = exported.select(hashes.alias("content_hash"), F.lit(1).alias("n")).where("content_hash IS NOT NULL")
    balance = sent.unionByName(failed).groupBy("content_hash").agg(F.sum("n").alias("n"))
    return balance.select("content_hash", (F.col("n") > 0).alias("is_under_way"))


def _spent(labeler: LlmLabeler) -> float:
    is_of_day = (F.col("labeler_id") == labeler.labeler_id) & (F.col("ds") == F.lit(labeler.store.ds))
    return float(labeler.store.read().where(is_of_day).agg(F.sum(cost_at_most())).collect()[0][0] or 0.0)


def _n_exported(folder: BatchFolder, run: str) -> int:
    exported = folder.exported()
    return 0 if exported is None else exported.where(F.col("run") == run).count()
