"""Sampled units in a warehouse of their own, and an LLM labeler for them."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lib.labelling.llm.llm_labeler import LlmLabeler
from lib.labelling.llm.warehouse_labeler import llm_labeler
from lib.labelling.redaction.redaction import Redaction
from lib.run_context import RunContext
from lib.storage import Storage
from schemas.columns import PIN_TYPE
from schemas.contracts.settings import InputSettings, StorageSettings
from tests.labelling.llm.questions import POLICIES, llm_settings

DS = date(2026, 3, 2)
NOON = datetime(2026, 3, 3, 12)
_SCHEMA = (
    f"unit_id string, query_text string, response_text string, pins array<{PIN_TYPE}>, segments map<string,string>"
)


def sampled(spark: SparkSession, *units: tuple[str, str]) -> DataFrame:
    """Units (unit_id, query_text) with a Pin, as `samples` holds them."""
    rows = [
        (
            unit_id,
            text,
            "an answer",
            [(0, f"pin-of-{unit_id}", True, NOON, "signature", "https://images.example/1.jpg", "a picture")],
            {"surface": "search", "language": "en"},
        )
        for unit_id, text in units
    ]
    return spark.createDataFrame(rows, _SCHEMA)


def storage_at(spark: SparkSession, path: Path) -> Storage:
    return Storage(
        spark, StorageSettings(warehouse=str(path / "tables"), input=InputSettings(path=str(path / "input")))
    )


def labeler_at(
    storage: Storage, url: str, *, run: str, ds: date = DS, labeler_id: str = "model", **changes: Any
) -> LlmLabeler:
    """A labeler that needs no key: the shared session's Python workers have the environment that it started with."""
    context = RunContext(ds=ds, job_run_id=run, now=lambda: NOON, environment={"PLUMBLINE_LLM_URL": url})
    settings = llm_settings(**{"key_variable": None, "n_concurrent": 4, **changes})
    return llm_labeler(
        labeler_id, settings, policies=POLICIES, redaction=Redaction(), storage=storage, run_context=context
    )


def rows_of(frame: DataFrame, *names: str, order: Sequence[str] = ("unit_id", "policy")) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in frame.orderBy(*order).select(*names).collect()]
