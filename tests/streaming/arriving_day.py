"""Monday by the nightly batch, and Tuesday's logs in three deliveries, a part of the first one's Pins in the last."""

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs import build_interaction_units, draw_sample, score_units
from lib.run_context import RunContext
from lib.settings import load_settings
from schemas.contracts.settings import Settings
from scripts import generate_logs

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
LOGS = ("query_log", "response_log", "pin_log")
N_UNITS, SAMPLE_SIZE = 250, 90
ID_KEY = "a key for the tests only"
NIGHT = datetime(2026, 3, 4, 3, tzinfo=UTC)
STREAM_TABLES = ("samples", "sample_content", "stream_units", "stream_waiting", "stream_account", "stream_frames")
# What a second attempt may change: ids of runs and of checkpoints, and the versions that the frame was read at.
RUN_COLUMNS = ["job_run_id", "stream_id"]


@dataclass(frozen=True)
class ArrivingDay:
    """A folder with the warehouse, the logs and the conf of one stream."""

    folder: Path

    @property
    def conf(self) -> Path:
        return self.folder / "conf.yaml"

    @property
    def settings(self) -> Settings:
        return load_settings("local", [self.conf])

    def settings_with(self, *assignments: str) -> Settings:
        return load_settings("local", [self.conf], list(assignments))

    def table(self, name: str) -> pd.DataFrame:
        return DeltaTable(str(self.folder / "warehouse" / name)).to_pandas()

    def streamed(self, name: str) -> pd.DataFrame:
        """The stream's rows of a table in one order, nested values as text, without the columns that name a run."""
        table = self.table(name)
        if "design_id" in table.columns:
            table = table[table["design_id"] == "tiny_stream_v1"]
        kept = table.drop(columns=[column for column in RUN_COLUMNS if column in table.columns])
        as_text = kept.map(lambda value: repr(value) if not pd.api.types.is_scalar(value) else value)
        return as_text.sort_values(list(as_text.columns), ignore_index=True)

    def run(self, job: Any, spark: SparkSession, ds: date, **fields: Any) -> None:
        job.run(spark, fields.pop("settings", self.settings), RunContext(ds=ds, now=lambda: NIGHT, **fields))

    def deliver(self, n: int) -> None:
        """Put delivery `n` of Tuesday where the stream looks; a file appears whole, and the three nearly at once."""
        copies = []
        for log in LOGS:
            part = self.folder / "deliveries" / log / f"part-{n}.parquet"
            place = self.folder / "input" / log / f"ds={TUESDAY}"
            place.mkdir(parents=True, exist_ok=True)
            aside = place / f".part-{n}.parquet"
            shutil.copy(part, aside)
            # Files are taken in the order of their times.
            at = (NIGHT + timedelta(minutes=n)).timestamp()
            os.utime(aside, (at, at))
            copies.append((aside, place / f"part-{n}.parquet"))
        for aside, arrived in copies:
            aside.rename(arrived)

    def copy(self, folder: Path) -> "ArrivingDay":
        """The same state elsewhere."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        twin = ArrivingDay(folder)
        twin.write_conf()
        return twin

    def write_conf(self) -> None:
        designs = {}
        for name, method in (("tiny", "bottom_k"), ("tiny_stream", "poisson")):
            designs[name] = self.folder / f"{name}.yaml"
            design = {"name": name, "version": 1, "method": method, "sample_size": SAMPLE_SIZE, "seed": 11}
            designs[name].write_text(yaml.safe_dump(design | {"minimum_stratum_size": 8}), encoding="utf-8")
        conf = {
            "storage": {
                "warehouse": str(self.folder / "warehouse"),
                "input": {"path": str(self.folder / "input"), "format": "parquet"},
            },
            "scoring": {"source": "log_column"},
            "sampling": {"design": str(designs["tiny"])},
            "labelling": {"rungs": [_rung("llm", self.folder), _rung("human", self.folder) | {"sample_size": 20}]},
            "streaming": {
                "design": str(designs["tiny_stream"]),
                "source": {"kind": "files", "maximum_files_per_batch": 1},
                "delay_minutes": 30,
            },
        }
        self.conf.write_text(yaml.safe_dump(conf), encoding="utf-8")


def _rung(rung: str, folder: Path) -> dict[str, Any]:
    labeler = {"kind": "simulated", "truth_path": str(folder / "truth" / "unit_truth"), "seed": 1}
    return {"rung": rung, "labeler_id": f"simulated_{rung}", "labeler": labeler}


def arriving_day(spark: SparkSession, folder: Path) -> ArrivingDay:
    """Generate both days, run Monday up to its sample, and set Tuesday's logs aside in deliveries."""
    os.environ.setdefault("PLUMBLINE_ID_KEY", ID_KEY)
    arguments = ["--start-ds", f"{MONDAY}", "--days", "2", "--units-per-day", f"{N_UNITS}", "--seed", "5"]
    faults = ["--platform-scores", "--duplicate-rate", "0.05", "--orphan-rate", "0.02"]
    assert generate_logs.main(["--output", str(folder), "--violation-rate-scale", "20", *arguments, *faults]) == 0
    day = ArrivingDay(folder)
    day.write_conf()
    for job in (build_interaction_units, score_units, draw_sample):
        day.run(job, spark, MONDAY)
    for log in LOGS:
        # The stream is not to meet the day before: its files are younger than deliveries whose times are set.
        shutil.rmtree(folder / "input" / log / f"ds={MONDAY}")
        _set_aside(folder, log)
    return day


def _set_aside(folder: Path, log: str) -> None:
    place, aside = folder / "input" / log / f"ds={TUESDAY}", folder / "deliveries" / log
    rows = pa.concat_tables([pq.read_table(file, partitioning=None) for file in sorted(place.glob("*.parquet"))])
    hours = pc.fill_null(pc.hour(rows["event_ts"]), 0).to_numpy()
    delivery = hours // 8
    if log == "pin_log":
        # The Pins of every tenth response come with the last delivery.
        is_late = [hash_of(response_id) % 10 == 0 for response_id in rows["response_id"].to_pylist()]
        delivery = pd.Series(delivery).where(~pd.Series(is_late), 2).to_numpy()
    aside.mkdir(parents=True)
    for n in range(3):
        pq.write_table(rows.filter(pa.array(delivery == n)), aside / f"part-{n}.parquet")
    shutil.rmtree(place)


def hash_of(text: str | None) -> int:
    """The same small number for a text in every process."""
    return sum((text or "").encode())
