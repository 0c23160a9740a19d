"""A warehouse of hand-made days, as the steps before estimation leave it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs import estimate_prevalence, release_metrics
from lib.run_context import RunContext
from lib.settings import load_settings
from schemas import labels, row_account, rung_samples, samples, sampling_frame
from schemas.contracts.settings import Settings
from tests.complete_rows import completed
from tests.moments.labelled_units import KNOWN, UNITS, Unit, frame_table, label_table, sample_table
from tests.warehouse_folder import WarehouseFolder

DESIGN = "daily_v1"
NAMES = {"a": "adult_content", "b": "harassment"}
# Eight units and two rungs: limits of a real day would hold everything.
LIMITS = {"minimum_labels": {"llm": 5, "human": 1}, "maximum_join_loss": 0.02}


@dataclass(frozen=True)
class Warehouse(WarehouseFolder):
    """One whose days are sampled, labelled, estimated and released."""

    def store_day(self, ds: date, units: Sequence[Unit]) -> None:
        """Sample, frame, draw, labels and row account of a day."""
        storage = self.storage
        drawn = completed(samples.TABLE, sample_table(self.spark, units), ds=ds, design_id=DESIGN)
        storage.replace_day(samples.TABLE, drawn, ds, design_id=DESIGN)
        totals = F.create_map(F.lit("units"), F.lit(150.0), F.lit("views"), F.lit(430.0))
        frame = frame_table(self.spark, KNOWN).withColumn("exposure_totals", totals)
        storage.replace_day(
            sampling_frame.TABLE, completed(sampling_frame.TABLE, frame, ds=ds, design_id=DESIGN), ds, design_id=DESIGN
        )
        asked = [
            {"rung": rung, "unit_id": unit.unit_id, "rung_probability": q}
            for unit in units
            for rung, q in zip(("llm", "human"), (1.0, *unit.q), strict=False)
        ]
        rungs = completed(rung_samples.TABLE, storage.rows(rung_samples.TABLE, asked), ds=ds, design_id=DESIGN)
        storage.replace_day(rung_samples.TABLE, rungs, ds, design_id=DESIGN)
        account = {"source": "query_log", "rows_in": 1000, "rows_used": 990, "rows_duplicate": 0}
        account_rows = storage.rows(
            row_account.TABLE, [account | {"rows_quarantined": 10, "job_run_id": "r", "ds": ds}]
        )
        storage.replace_day(row_account.TABLE, account_rows, ds)
        self.store_labels(ds, units, hour=1)

    def store_labels(self, ds: date, units: Sequence[Unit], *, hour: int) -> None:
        names = F.create_map(*[F.lit(text) for pair in NAMES.items() for text in pair])
        given = label_table(self.spark, units, rungs=["llm", "human"]).withColumns(
            {
                "policy": names[F.col("policy")],
                "labelled_at": F.lit(datetime(2026, 3, 4, hour)),
                "prompt_version": F.lit(f"p{hour}"),
                "labeler_id": F.col("rung"),
                "review_role": F.lit("first"),
                "no_verdict_reason": F.when(F.col("verdict") == "cannot_tell", "cannot_tell"),
            }
        )
        self.storage.append_new(labels.TABLE, completed(labels.TABLE, given, ds=ds, design_id=DESIGN), ds=ds)

    def estimate(self, ds: date) -> None:
        estimate_prevalence.run(self.spark, self.settings, RunContext(ds))

    def release(self, ds: date, *, settings: Settings | None = None, hour: int = 12) -> str:
        """Release the day at that hour of 5 March; returns the id of the day's last release."""
        context = RunContext(ds, now=lambda: datetime(2026, 3, 5, hour, tzinfo=UTC), environment={})
        release_metrics.run(self.spark, settings or self.settings, context)
        of_day = [row for row in self.rows("releases") if row["ds"] == ds]
        return str(max(of_day, key=lambda row: row["released_at"])["release_id"])


def new_warehouse(spark: SparkSession, folder: Path, *, release: dict[str, Any] | None = None) -> Warehouse:
    """An empty one, with settings for days of the LLM and a person."""
    (folder / "daily.yaml").write_text(yaml.safe_dump({"name": "daily", "version": 1, "sample_size": 8, "seed": 1}))
    labeler = {"kind": "file", "path": "unused.csv"}
    rungs = [{"rung": rung, "labeler_id": rung, "labeler": labeler} for rung in ("llm", "human")]
    conf = {
        "storage": {"warehouse": str(folder / "warehouse"), "input": {"path": str(folder)}},
        "sampling": {"design": str(folder / "daily.yaml")},
        "labelling": {"rungs": rungs},
        "estimation": {"minimum_respondents": 1, "segments": ["country"], "maximum_missing_label_rate": 0.5},
        "release": LIMITS | (release or {}),
        "reporting": {"dashboard_path": str(folder / "dashboard.html")},
    }
    (folder / "conf.yaml").write_text(yaml.safe_dump(conf))
    return Warehouse(folder, load_settings("local", [folder / "conf.yaml"]), spark)


def units_of(prefix: str) -> list[Unit]:
    """The hand-made units, with ids of their own."""
    return [replace(unit, unit_id=f"{prefix}{unit.unit_id}") for unit in UNITS]
