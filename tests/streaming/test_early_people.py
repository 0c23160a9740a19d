"""People judge the streamed sample in the evening: the night counts what they said, and asks for the rest alone."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import SparkSession

from jobs import (
    build_interaction_units,
    draw_sample,
    export_review_queue,
    import_review_labels,
    label_sample,
    score_units,
    stream_sample,
)
from lib.run_context import RunContext
from lib.settings import load_policies
from schemas.contracts.settings import Settings
from tests.streaming.arriving_day import NIGHT, TUESDAY, ArrivingDay, arriving_day

EVENING, MORNING = datetime(2026, 3, 3, 23, tzinfo=UTC), datetime(2026, 3, 4, 9, tzinfo=UTC)
STREAMED, NIGHTLY = "tiny_stream_v1", "tiny_v1"


def _settings(day: ArrivingDay, design: str) -> Settings:
    labeler = {"kind": "review_queue", "folder": str(day.folder / "queue"), "double_review_probability": 0.3}
    rung = {"rung": "human", "labeler_id": "people", "labeler": labeler}
    return day.settings_with(
        f"labelling.rungs={json.dumps([rung])}", f"sampling.design={day.folder / f'{design}.yaml'}"
    )


def _run(spark: SparkSession, settings: Settings, at: datetime, *jobs: Any) -> None:
    for job in jobs:
        job.run(spark, settings, RunContext(ds=TUESDAY, now=lambda: at))


def _handed_out(folder: Path) -> list[dict[str, str]]:
    tasks = []
    for file in sorted((folder / "queue" / "tasks" / f"{TUESDAY}").glob("*.csv")):
        panel = file.stem.split("-")[2]
        with file.open(encoding="utf-8", newline="") as opened:
            tasks += [row | {"reviewer": f"reviewer-{panel}"} for row in csv.DictReader(opened)]
    return tasks


def _answer(folder: Path, name: str, tasks: list[dict[str, str]]) -> None:
    policies = [policy.id for policy in load_policies()]
    (folder / "queue" / "answers").mkdir(exist_ok=True)
    with (folder / "queue" / "answers" / name).open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(tasks[0]))
        writer.writeheader()
        for task in tasks:
            is_bad = int(task["task_id"][0], 16) < 4
            said = {f"verdict.{policy}": "violating" if is_bad else "not_violating" for policy in policies}
            writer.writerow(task | said | {f"components.{policy}": "query" if is_bad else "" for policy in policies})


def _of(day: ArrivingDay, table: str, design: str) -> pd.DataFrame:
    rows = day.table(table)
    return rows[(rows["design_id"] == design) & (rows["ds"] == TUESDAY)]


def test_what_people_said_in_the_evening_counts_at_night(spark: SparkSession, tmp_path: Path) -> None:
    day = arriving_day(spark, tmp_path)
    for n in range(3):
        day.deliver(n)
    day.run(stream_sample, spark, TUESDAY)
    evening, night = _settings(day, "tiny_stream"), _settings(day, "tiny")
    _run(spark, evening, EVENING, label_sample, export_review_queue)
    _answer(tmp_path, "evening.csv", _handed_out(tmp_path))
    _run(spark, evening, EVENING, import_review_labels)
    _run(spark, night, NIGHT, build_interaction_units, score_units, draw_sample, label_sample, export_review_queue)

    content = {design: _of(day, "sample_content", design).set_index("unit_id") for design in (STREAMED, NIGHTLY)}
    both = set(content[STREAMED].index) & set(content[NIGHTLY].index)
    shown = ["query_text", "response_text", "pins"]
    alike = {
        u for u in both if all(repr(content[STREAMED].loc[u, c]) == repr(content[NIGHTLY].loc[u, c]) for c in shown)
    }
    assert alike
    assert both - alike
    said = ["unit_id", "policy", "review_role", "labeler_id", "verdict", "labelled_at"]
    early = _of(day, "labels", STREAMED)
    expected = early[early["unit_id"].isin(alike)][said].sort_values(said, ignore_index=True)
    counted = _of(day, "labels", NIGHTLY)[said].sort_values(said, ignore_index=True)
    pd.testing.assert_frame_equal(counted, expected)

    # Every unit has its tasks, so that second reviews keep their probability; only what is open is handed out.
    tasks = _of(day, "review_tasks", NIGHTLY)
    assert set(tasks["unit_id"]) == set(content[NIGHTLY].index)
    open_tasks = set(tasks.loc[~tasks["unit_id"].isin(alike), "task_id"])
    rest = [task for task in _handed_out(tmp_path) if task["task_id"] in set(tasks["task_id"])]
    assert {task["task_id"] for task in rest} == open_tasks
    _answer(tmp_path, "morning.csv", rest)
    _run(spark, night, MORNING, import_review_labels)
    given = _of(day, "labels", NIGHTLY)
    assert given.groupby(["unit_id", "policy", "review_role"]).size().eq(1).all()
    assert set(given["unit_id"]) == set(content[NIGHTLY].index)
    assert day.table("review_rejects").empty
