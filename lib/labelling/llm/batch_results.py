"""Reads results of the Batch API into llm_answers: every line is checked against its request, none is counted twice."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import structlog
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.llm.answer_rows import SPARK_SCHEMA, columns_of_outcome, record_batch
from lib.labelling.llm.batch_folder import BatchFolder, content_hash_of
from lib.labelling.llm.completion import FILTER_CODES, Outcome, read_completion, stored_text
from lib.labelling.llm.contents import distinct_contents
from lib.labelling.llm.llm_labeler import LlmLabeler
from lib.labelling.llm.spending import Price, Usage
from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.unit_content import UnitContent
from schemas.llm_answers import FAILED, FILTERED, FINAL_STATUSES

_OK = 200
_CODE = re.compile(r"[a-z_]{1,60}")


def import_results(labeler: LlmLabeler, units: DataFrame, folder: BatchFolder) -> int:
    """Append what the result files say about the requests of `folder`; returns the number of new rows.

    A content that has a final answer keeps it, and a result that is there already is not added again. Says how many
    lines were of no use: not JSON, or the answer to a request that was never made.
    """
    lines, exported = folder.results(), folder.exported()
    if lines is None or exported is None:
        structlog.get_logger().warning(
            f"{labeler.labeler_id}: nothing to import; put the output and error files into {folder.results_path}, "
            f"after jobs/export_llm_batch.py has written {folder.requests_path}"
        )
        return 0
    known = exported.select("custom_id", F.lit(True).alias("is_known")).distinct()
    named = lines.join(known, "custom_id", "left")
    counts = named.agg(
        F.count(F.lit(1)).alias("n_lines"),
        F.count_if(F.col("custom_id").isNull()).alias("n_unreadable"),
        F.count_if(F.col("custom_id").isNotNull() & F.col("is_known").isNull()).alias("n_unknown"),
    ).collect()[0]
    hashes = content_hash_of(F.col("custom_id"), prompt_version=labeler.prompt_version)
    ours = named.where("is_known").select("line", hashes.alias("content_hash")).where("content_hash IS NOT NULL")
    asked = ours.join(distinct_contents(labeler.contents(units)), "content_hash", "left")
    rows = asked.mapInArrow(ResultReader(labeler.prompt, labeler.settings).rows(), SPARK_SCHEMA)
    identity = {
        "labeler_id": F.lit(labeler.labeler_id),
        "prompt_version": F.lit(labeler.prompt_version),
        "model": F.lit(labeler.settings.model),
    }
    n_new = labeler.store.append(_new(labeler, rows).withColumns(identity))
    structlog.get_logger().info(
        f"{labeler.labeler_id}: {counts['n_lines']:,} lines of results, {n_new:,} new answers; "
        f"{counts['n_unreadable']:,} lines cannot be read, {counts['n_unknown']:,} answer no request of this folder"
    )
    return n_new


def _new(labeler: LlmLabeler, rows: DataFrame) -> DataFrame:
    """One row per content that has no final answer yet, a final one first; failures only if they are new."""
    others = [name for name in rows.columns if name != "content_hash"]
    is_transient = ~F.col("status").isin(*FINAL_STATUSES)
    is_ours = (F.col("labeler_id") == labeler.labeler_id) & (F.col("prompt_version") == labeler.prompt_version)
    stored = labeler.store.read().where(is_ours).select("response_id").where("response_id IS NOT NULL").distinct()
    fresh = rows.join(stored, "response_id", "left_anti")
    first = F.min(
        F.struct(is_transient.alias("is_transient"), "response_id", *[n for n in others if n != "response_id"])
    )
    one = fresh.groupBy("content_hash").agg(first.alias("first"))
    chosen = one.select("content_hash", *[F.col(f"first.{name}").alias(name) for name in others])
    return chosen.join(labeler.answers().select("content_hash"), "content_hash", "left_anti")


@dataclass(frozen=True)
class ResultReader:
    """Reads lines of output and error files."""

    prompt: UnifiedPrompt
    settings: LlmLabelerSettings

    def rows(self) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
        """Arrow function line, content_hash, content, injection_signs → ASKED_COLUMNS.

        `content` is null if the unit is no longer in the sample; its answer was paid for and is kept.
        """

        def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                yield record_batch(self.row(**row) for row in batch.to_pylist())

        return read

    def row(
        self, line: str, content_hash: str, content: str | None, injection_signs: list[str] | None
    ) -> dict[str, Any]:
        """The ASKED_COLUMNS of one result; a paid answer that reports no usage counts at its worst."""
        result = _mapping(line)
        response = result.get("response") if isinstance(result.get("response"), Mapping) else {}
        body = response.get("body") if isinstance(response, Mapping) else None
        is_paid = isinstance(response, Mapping) and response.get("status_code") == _OK
        outcome = read_completion(body, self.prompt) if is_paid else _failure(result, response, body)
        usage = Usage.of(body) if is_paid and isinstance(body, Mapping) else None
        price = Price.batched(self.settings)
        shown = UnitContent() if content is None else UnitContent.model_validate_json(content)
        worst = price.of(self.prompt.estimated_prompt_tokens(shown), self.settings.maximum_output_tokens)
        return {
            "content_hash": content_hash,
            "injection_signs": injection_signs or [],
            "prompt_tokens": usage.prompt_tokens if usage else None,
            "completion_tokens": usage.completion_tokens if usage else None,
            "cost": price.of(usage.prompt_tokens, usage.completion_tokens) if usage else None,
            "unconfirmed_cost": worst if is_paid and not usage else 0.0,
            "seconds": None,
            "n_attempts": 1,
            **columns_of_outcome(outcome),
            "response_id": _line_id(result, line),
        }


def _mapping(line: str) -> Mapping[str, Any]:
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, Mapping) else {}


def _failure(result: Mapping[str, Any], response: Any, body: Any) -> Outcome:
    """Why there is no answer, by its code alone: a message may repeat content."""
    errors = [part.get("error") for part in (result, body) if isinstance(part, Mapping)]
    codes = [str(error.get("code")) for error in errors if isinstance(error, Mapping)]
    if any(code in FILTER_CODES for code in codes):
        return Outcome(FILTERED, "batch result, content filter")
    code = next((code for code in codes if _CODE.fullmatch(code) and code != "None"), "error")
    status = response.get("status_code") if isinstance(response, Mapping) else None
    return Outcome(FAILED, f"http {status}" if isinstance(status, int) else f"batch result: {code}")


def _line_id(result: Mapping[str, Any], line: str) -> str:
    """The result's own id; for a server that gives none, the hash of its line."""
    name = result.get("id")
    written = stored_text(name) if isinstance(name, str) else None
    return written or f"line-{hashlib.sha256(line.encode()).hexdigest()[:32]}"
