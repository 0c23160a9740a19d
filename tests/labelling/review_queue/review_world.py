"""A warehouse with a drawn human rung and a golden set, and what becomes of them in human review."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from lib.settings import load_settings
from lib.storage import Storage
from schemas import golden_set, labels, rung_samples, sample_content, samples
from schemas.contracts.settings import Settings
from schemas.table_spec import TableSpec
from tests.labelling.review_queue.examples import DS, HOSTILE, NOON
from tests.labelling.review_queue.label_studio_server import annotation

N_UNITS, N_GOLDEN = 400, 120
LATE_UNITS = ("unit-400", "unit-403")
LANGUAGES = ("en", "es", "fr-CA", "en", "unknown", "de", "en", "en")


@dataclass(frozen=True)
class Queue:
    """A warehouse with a drawn human rung, and the folder of its review queue."""

    settings: Settings
    folder: Path

    def rows(self, table: str) -> list[dict[str, Any]]:
        return DeltaTable(f"{self.settings.storage.warehouse}/{table}").to_pandas().to_dict("records")

    def tasks_of(self, **wanted: str) -> list[dict[str, Any]]:
        return [row for row in self.rows("review_tasks") if row.items() >= wanted.items()]

    def files(self, kind: str) -> dict[str, str]:
        return {path.name: path.read_text() for path in sorted((self.folder / "tasks" / f"{DS}").glob(f"*.{kind}"))}

    def answer(
        self,
        name: str,
        said: dict[str, tuple[int, dict[str, tuple[str, ...]]]],
        *,
        hours: int = 1,
        note: str | None = None,
    ) -> None:
        """Write an export of Label Studio: task id to who said what of it, and the note on all of them."""
        given = f"{NOON + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S.%fZ}"
        version = self.rows("review_tasks")[0]["prompt_version"]
        tasks = [
            {
                "data": {"task_id": task_id, "prompt_version": version},
                "annotations": [
                    annotation(choices, note=note) | {"id": n, "completed_by": reviewer, "updated_at": given}
                ],
            }
            for n, (task_id, (reviewer, choices)) in enumerate(said.items())
        ]
        (self.folder / "answers").mkdir(exist_ok=True)
        (self.folder / "answers" / name).write_text(json.dumps(tasks))


def store(storage: Storage, spark: SparkSession, table: TableSpec, records: list[dict[str, Any]]) -> None:
    """Append `records`; columns that they lack get a plain value."""
    plain = {"string": "x", "double": 0.5, "date": DS, "boolean": False, "timestamp": NOON}
    rows = [
        {c.name: record.get(c.name, None if c.is_nullable else plain.get(c.data_type, [])) for c in table.columns}
        for record in records
    ]
    rows = [row | {"draws": ["main"]} if "draws" in row else row for row in rows]
    for row in rows:
        row.update({name: {} for name in ("component_scores", "exposures", "size_measures") if name in row})
    frame = spark.createDataFrame([tuple(row.values()) for row in rows], table.schema())
    # Not through Storage: these tables' constraints are tested elsewhere, and each takes a commit.
    frame.write.format("delta").mode("append").partitionBy(*table.partition_by).save(storage.location(table))


def review_queue(spark: SparkSession, tmp_path: Path) -> Queue:
    """400 units on the human rung, a quarter Spanish or French; one of 100 found violating below; 120 golden items."""
    labeler = {
        "kind": "review_queue",
        "folder": str(tmp_path / "queue"),
        "queues": {"romance": ["es", "fr"]},
        "double_review_probability": 0.25,
        "canary_probability": 0.1,
        "minimum_positive_share": 0.1,
        "lifetime_days": 1.0,
    }
    rung = {"rung": "human", "labeler_id": "people", "cost_per_label": 2.0, "labeler": labeler}
    llm = {"rung": "llm", "labeler_id": "model", "labeler": {"kind": "file", "path": "unused.csv"}}
    conf = {
        "storage": {"warehouse": str(tmp_path / "warehouse"), "input": {"path": str(tmp_path)}},
        "labelling": {"rungs": [llm, rung]},
    }
    (tmp_path / "conf.yaml").write_text(yaml.safe_dump(conf))
    settings = load_settings("local", [tmp_path / "conf.yaml"])
    storage = Storage(spark, settings.storage)
    pin = (0, "p", True, None, None, "http://pins.example/1.png", HOSTILE)
    content = {"query_text": HOSTILE, "response_text": "=1+1", "pins": [pin]}
    units = [
        content
        | {
            "unit_id": f"unit-{n}",
            "user_key": f"person-{n}",
            "design_id": "daily_v1",
            "segments": {"language": LANGUAGES[n % 8]},
            "scores": {"adult_content": 0.875 if n == 7 else 0.01},
            "inclusion_probability": 0.5,
        }
        for n in range(N_UNITS + 4)
    ]
    store(storage, spark, samples.TABLE, units)
    store(storage, spark, sample_content.TABLE, units)
    drawn = [
        {"unit_id": u["unit_id"], "design_id": "daily_v1", "rung": "human", "rung_probability": 0.25}
        for u in units[:N_UNITS]
    ]
    store(storage, spark, rung_samples.TABLE, drawn)
    below = {
        "design_id": "daily_v1",
        "policy": "harassment",
        "rung": "llm",
        "review_role": "first",
        "labeler_id": "model",
    }
    found = [
        below
        | {
            "unit_id": f"unit-{n}",
            "verdict": "violating" if n % 100 == 0 else "not_violating",
            "label_source": "file",
        }
        for n in range(N_UNITS)
        if n != 7
    ]
    store(storage, spark, labels.TABLE, found)
    golden = [
        content
        | {
            "item_id": f"golden-{n}" if n else "unit-5",
            "policy": policy,
            "verdict": "violating" if policy == "self_harm" and n % 2 else "not_violating",
            "source": "curated",
            "weight": None,
            "language": LANGUAGES[n % 8],
            "scores": {},
        }
        for n in range(N_GOLDEN)
        for policy in ("self_harm", "harassment")
    ]
    store(storage, spark, golden_set.TABLE, golden)
    return Queue(settings, tmp_path / "queue")
