"""Replies and batch results as rows of llm_answers."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from lib.labelling.llm.asking import Reply
from lib.labelling.llm.completion import Outcome, stored_text
from schemas.llm_answers import ASKED_COLUMNS

_VERDICT = pa.struct(
    [
        ("policy", pa.string()),
        ("verdict", pa.string()),
        ("violating_components", pa.list_(pa.string())),
        ("severity", pa.string()),
        ("confidence", pa.float64()),
        ("rationale", pa.string()),
    ]
)
ARROW_SCHEMA = pa.schema(
    [
        ("content_hash", pa.string()),
        ("status", pa.string()),
        ("fault", pa.string()),
        ("answer", pa.string()),
        ("verdicts", pa.list_(_VERDICT)),
        ("tried_to_instruct", pa.bool_()),
        ("injection_signs", pa.list_(pa.string())),
        ("response_id", pa.string()),
        ("prompt_tokens", pa.int64()),
        ("completion_tokens", pa.int64()),
        ("cost", pa.float64()),
        ("unconfirmed_cost", pa.float64()),
        ("seconds", pa.float64()),
        ("n_attempts", pa.int32()),
    ]
)
SPARK_SCHEMA = ", ".join(f"{column.name} {column.data_type}" for column in ASKED_COLUMNS)


def row_of_reply(reply: Reply) -> dict[str, Any]:
    """The ASKED_COLUMNS of one reply."""
    account = reply.account
    return {
        "content_hash": reply.question.content_hash,
        "injection_signs": list(reply.question.injection_signs),
        "prompt_tokens": account.prompt_tokens,
        "completion_tokens": account.completion_tokens,
        "cost": account.cost,
        "unconfirmed_cost": account.unconfirmed_cost,
        "seconds": reply.seconds,
        "n_attempts": account.n_attempts,
        **columns_of_outcome(reply.outcome),
    }


def columns_of_outcome(outcome: Outcome) -> dict[str, Any]:
    """What a row says of the outcome itself."""
    answer = outcome.answer
    return {
        "status": outcome.status,
        "fault": outcome.fault,
        "answer": stored_text(outcome.text),
        "verdicts": [] if answer is None else [verdict.model_dump(mode="json") for verdict in answer.verdicts],
        "tried_to_instruct": None if answer is None else answer.tried_to_instruct,
        "response_id": stored_text(outcome.response_id),
    }


def record_batch(rows: Iterable[dict[str, Any]], schema: pa.Schema = ARROW_SCHEMA) -> pa.RecordBatch:
    """`rows` as Spark takes them from an Arrow function."""
    return pa.RecordBatch.from_pylist(list(rows), schema=schema)
